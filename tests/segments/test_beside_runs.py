"""What happens to people while a run is at work: nobody waits for its end, and nobody who is gone is left in it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from time import sleep

import pytest
from django.db import connection, transaction

from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import ComputedOfContact, Contact, ContactChange
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.segments.models import CustomerValue, Lifecycle, Membership, RfmCut
from tests.segments.facts import DAY, NOW, buy, history, night, open_memberships, person, rules

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = ["RFM", "scores", "lifetime values", "lifecycle", "memberships"]


@contextmanager
def rebuild_at(step: str, **values: str) -> Iterator[list[str]]:
    """A rebuild in another connection that waits before a step, and goes on afterwards. Gives the steps it took."""
    steps, there, may_go_on = list[str](), Event(), Event()

    def tell(now: str) -> None:
        steps.append(now)
        if now == step:
            there.set()
            may_go_on.wait(30)

    def work() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '20s'")
            nightly.rebuild(rules(**values), NOW + DAY, tell)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(work)
        assert there.wait(30)
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '3s'")  # whoever waits for the run's end fails
            yield steps
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
            may_go_on.set()
            done.result(30)


def met(*people: Person) -> list[int]:
    with transaction.atomic():
        return [contact.pk for contact in resolve(list(people), NOW).values()]


def everybody() -> set[int]:
    """Whoever is in a computed table."""
    tables = [model._default_manager.values_list("contact", flat=True) for model in ComputedOfContact.__subclasses__()]
    return {contact for contacts in tables for contact in contacts if contact is not None}


@pytest.mark.parametrize("step", STEPS)
def test_events_erasures_and_merges_do_not_wait_for_a_first_rebuild(step: str) -> None:
    people = [person() for _ in range(6)]
    ada, grace = met(Person(email="ada@example.com")), met(Person(user_id="7"))
    for n, contact in enumerate([*people, *ada, *grace]):
        buy(contact, n + 1, str(10 * n + 10))

    with rebuild_at(step) as steps:
        erase([Contact.objects.get(pk=people[0])], NOW)
        named = met(Person(email=Contact.objects.get(pk=people[1]).email or "", user_id="8"))
        merged = met(Person(email="ada@example.com", user_id="7"))

    assert (named, merged) == ([people[1]], ada)
    assert steps.count(step) == 1
    assert everybody() <= {*people[1:], *ada}
    night(2)
    assert everybody() == {*people[1:], *ada}
    assert set(RfmCut.objects.values_list("customers", flat=True)) == {6}
    assert CustomerValue.objects.get(contact_id=ada[0]).orders == 2


@pytest.mark.parametrize("step", STEPS)
def test_an_erasure_of_whose_rows_are_written_anew_waits_and_neither_fails(step: str) -> None:
    people = [person() for _ in range(8)]
    for n, contact in enumerate(people):
        buy(contact, n + 1, str(10 * n + 10))
        buy(contact, n + 40, "20")
    night()
    anew = {"rfm_period": "30 d", "score_points": "order = 99", "season": "7 d"}

    def forget() -> None:
        try:
            erase([Contact.objects.get(pk=people[0])], NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with rebuild_at(step, **anew) as steps:
            erased = pool.submit(forget)
            sleep(0.5)  # it has come as far as it can
        erased.result(30)

    assert steps.count(step) == 1
    assert everybody() == set(people[1:])
    night(2, rules(**anew))
    assert everybody() == set(people[1:])
    assert set(RfmCut.objects.values_list("customers", flat=True)) == {7}
    assert not CustomerValue.objects.filter(contact=None).exists()


def test_whoever_is_being_renamed_when_a_run_ends_is_not_waited_for_and_computed_the_next_time() -> None:
    renamed, other = person(), person()
    buy(renamed, 3)
    buy(other, 3)
    night()
    before = history(renamed, "lifecycle")

    with transaction.atomic():
        Contact.objects.select_for_update().get(pk=renamed)
        with rebuild_at("memberships", season="7 d") as steps:
            pass
        assert set(ContactChange.objects.values_list("contact_id", flat=True)) == {renamed}

    assert steps.count("memberships") == 1
    assert set(Lifecycle.objects.values_list("contact", flat=True)) == {other}
    night(2, rules(season="7 d"))
    assert set(open_memberships("lifecycle")) == {(renamed, ""), (other, "")}
    assert history(renamed, "lifecycle")[0][:2] == before[0][:2]
    assert Membership.objects.filter(contact_id=renamed, left_at=None, kind="lifecycle").count() == 1
