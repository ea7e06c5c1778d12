"""A run as a whole: one at a time, all or nothing, and by index where there is much."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import connection, transaction

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts import changes
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import ComputedOfContact, Contact, ContactChange
from saleor_crm_plugin.segments import cuts, lifecycle, nightly, scoring, staging, values
from saleor_crm_plugin.segments.models import CustomerValue, Lifecycle, Membership, RfmCut
from saleor_crm_plugin.segments.overview import overview
from tests.contacts.test_two_workers import at_once
from tests.flows.test_scale import nodes, plan_of
from tests.segments.facts import COMPUTED, NOW, buy, night, open_memberships, person, put_into_cart, rows, rules


@contextmanager
def run_held_open() -> Iterator[None]:
    """A run in another connection that has not ended yet."""
    began, may_end = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                nightly.run(rules(), NOW)
                began.set()
                may_end.wait(30)
        finally:
            connection.close()

    worker = Thread(target=hold)
    worker.start()
    began.wait(30)
    try:
        yield
    finally:
        may_end.set()
        worker.join()


def test_two_at_once_are_impossible(transactional_db: None) -> None:
    buy(person(), 3)

    with run_held_open():
        assert nightly.run(rules(), NOW) == nightly.Outcome(busy=True)
        assert nightly.rebuild(rules(), NOW).busy
        assert not Lifecycle.objects.exists()

    assert Lifecycle.objects.count() == 1
    assert not night().busy


@pytest.mark.parametrize("step", ["memberships.apply", "lifecycle.refresh", "scoring.refresh"])
def test_a_failure_leaves_the_last_whole_result_and_the_notes(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    contact = person()
    buy(contact, 10)
    night()
    before = {table: rows(table) for table in COMPUTED}
    buy(contact, 5)

    def fails(*args: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(f"saleor_crm_plugin.segments.{step}", fails)
        with pytest.raises(RuntimeError):
            night(1)

    assert {table: rows(table) for table in COMPUTED} == before
    assert ContactChange.objects.count() == 1
    assert night(1).contacts == 1
    assert CustomerValue.objects.get().orders == 2


@pytest.mark.django_db
def test_an_erased_customer_is_gone_from_everything_and_the_sums_that_remain_are_right() -> None:
    people = [person() for _ in range(5)]
    for n, contact in enumerate(people):
        buy(contact, n + 1, str(10 * (n + 1)))
        put_into_cart(contact, 1)
    night()

    erase([Contact.objects.get(pk=people[4])], NOW)

    revenue = [(one.customers, one.revenue, one.sample) for one in overview() if one.kind == "lifecycle"]
    assert revenue == [(4, 100, 4)]
    night()
    assert CustomerValue.objects.count() == 4
    assert set(RfmCut.objects.values_list("customers", flat=True)) == {4}
    for model in ComputedOfContact.__subclasses__():
        assert set(model.objects.values_list("contact", flat=True)) <= set(people[:4])


@pytest.mark.django_db
def test_a_customer_who_is_merged_into_another_counts_as_one() -> None:
    guest, account = Person(email="ada@example.com"), Person(user_id="7")
    younger, older = (resolve([one], NOW)[one].pk for one in (account, guest))
    buy(younger, 5, "10")
    buy(older, 3, "20")
    night()
    both = Person(email="ada@example.com", user_id="7")

    (kept,) = resolve([both], NOW).values()
    night()

    assert [(v.contact_id, v.orders, v.amount) for v in CustomerValue.objects.all()] == [(kept.pk, 2, 30)]
    assert set(open_memberships("lifecycle")) == {(kept.pk, "")}


def test_erasures_beside_runs_leave_nobody_behind(transactional_db: None) -> None:
    people = [person() for _ in range(40)]
    for n, contact in enumerate(people):
        buy(contact, n + 1)

    def forget() -> None:
        for contact in Contact.objects.filter(pk__in=people[:20]):
            erase([contact], NOW)

    def compute() -> None:
        night()

    at_once([forget, compute, forget])
    night()

    assert CustomerValue.objects.count() == 20
    assert Lifecycle.objects.count() == 20
    assert set(RfmCut.objects.values_list("customers", flat=True)) == {20}


@pytest.mark.django_db
def test_one_customer_is_enough_for_every_figure() -> None:
    contact = person()
    buy(contact, 3)

    night()

    assert open_memberships("rfm") == {(contact, "EUR"): "Needs attention"}
    assert open_memberships("lifecycle") == {(contact, ""): "new"}
    assert all(one.sample == 1 for one in overview())


@pytest.mark.django_db
def test_a_rebuild_tells_how_far_it_is() -> None:
    steps: list[str] = []

    nightly.rebuild(rules(), NOW, steps.append)

    assert steps[0] == "what changed"
    assert steps[-1] == "memberships"


LARGE = {"crm_purchase", "crm_customer_value", "crm_lifecycle", "crm_score", "crm_membership"}


def fill() -> None:
    """A hundred thousand customers as computed, and few of them changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO crm_contact (id, key, language, country, consented, created_at) SELECT n, gen_random_uuid(),"
            " '', '', false, %s FROM generate_series(1, 100000) n",
            [NOW],
        )
        cursor.execute(
            "INSERT INTO crm_purchase (order_id, contact_id, channel, currency, language, total, refunded, goods_net,"
            " gift, real, paid, placed_at, changed_at) SELECT n, 1 + n::bigint * 7919 %% 100000, '', 'EUR', '',"
            " 1 + n %% 9973, 0, 0, false, true, true, %s::timestamptz - n * interval '4 minutes', %s"
            " FROM generate_series(1, 150000) n",
            [NOW, NOW],
        )
    night()
    changes.note(range(1, 101))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def used(sql: str, params: object) -> tuple[set[str], set[str]]:
    """The indexes that a plan uses, and the tables that it reads from end to end."""
    found = nodes(plan_of(sql, params))
    indexes = {str(node["Index Name"]) for node in found if node.get("Index Name")}
    return indexes, {str(node.get("Relation Name")) for node in found if node["Node Type"].endswith("Seq Scan")}


@pytest.mark.django_db
def test_a_night_among_a_hundred_thousand_reads_by_index() -> None:
    fill()
    run = staging.Run(rules(), NOW, NOW, everything=False)
    staging.begin(run)
    values.refresh(run)
    RfmCut.objects.update(last_at_below=100, last_at_upto=101, recent_amount_below=100, recent_amount_upto=101)

    for sql, params, index in (
        (values.SUM, {"from": NOW}, "crm_purchase_contact"),
        (values.OLD, None, "crm_customer_value_once"),
        (staging.CHANGED, {"from": NOW, "to": NOW}, "crm_purchase_placed"),
        (lifecycle.DUE, {"now": NOW}, "crm_lifecycle_until"),
        (scoring.FALLEN, {"tier": "A", "least": 0.5}, "crm_score_tier"),
        (cuts.walk("last_at"), {"bins": 5}, "crm_value_recency"),
        (cuts.walk("recent_amount"), {"bins": 5}, "crm_value_monetary"),
    ):
        indexes, whole = used(sql, params)
        assert index in indexes, (sql, indexes)
        assert not whole & LARGE, (sql, whole)


def test_nobody_is_lost_whose_purchase_lost_its_owner(db: None) -> None:
    contact = person()
    order = buy(contact, 3)
    night()
    Purchase.objects.filter(pk=order).update(contact=None)
    changes.note([contact])

    night()

    assert not CustomerValue.objects.exists()
    assert Membership.objects.filter(kind="rfm", left_at=None).count() == 0
