"""How long things are kept."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import retention, work
from saleor_crm_plugin.activity.models import Cart, CartChange, Purchase
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts import consent
from saleor_crm_plugin.contacts.identity import Person
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact
from saleor_crm_plugin.contacts.preferences.models import NewsletterRequest, Preference
from saleor_crm_plugin.contacts.preferences.newsletter import CONFIRM_WITHIN
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.explain import explain
from saleor_crm_plugin.flows.models import Decision, Enrolment
from saleor_crm_plugin.flows.newsletter import sign_up
from saleor_crm_plugin.flows.withdraw import decide_again
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.retention import CARTS, MAIL_TEXTS, REQUESTS, RUNS, purge
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.values import time_zone
from tests.graphql.asking import data
from tests.graphql.waiting import REQUEST
from tests.road import NOON, Road

DAY = timedelta(days=1)
State = Message.State


def mail(state: State, age: timedelta, n: int = 0) -> Message:
    contact, _ = Contact.objects.get_or_create(email="ada@example.com", defaults={"created_at": NOON})
    return Message.objects.create(
        flow="abandoned_cart", subject_id=f"{state} {age} {n}", step=0, contact=contact, recipient="ada@example.com",
        content={"first_name": "Ada"}, state=state, created_at=NOON - age, next_attempt_at=NOON, expires_at=NOON,
    )  # fmt: skip


def cart(status: Cart.Status, age: timedelta) -> Cart:
    return Cart.objects.create(
        id=f"{status} {age.days}", status=status, channel="eu", currency="EUR", language="de", country="DE", total=1,
        created_at=NOON - age, changed_at=NOON - age, seen_at=NOON - age,
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.SENT, State.FAILED, State.HELD])
def test_after_90_days_only_that_a_mail_was_said_is_kept(state: State) -> None:
    old, young = mail(state, MAIL_TEXTS + DAY), mail(state, MAIL_TEXTS - DAY)

    assert purge(NOON) == 1

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.content, old.recipient, old.state) == ({}, "", state)
    assert (young.content, young.recipient) == ({"first_name": "Ada"}, "ada@example.com")
    assert purge(NOON) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.QUEUED, State.SENDING])
def test_a_mail_on_its_way_keeps_its_text(state: State) -> None:
    mail(state, MAIL_TEXTS + DAY)

    assert purge(NOON) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("status", Cart.Status)
def test_a_cart_that_nobody_touched_for_400_days_is_forgotten_with_its_changes(status: Cart.Status) -> None:
    # Open ones too: Saleor deletes its checkouts after 90 days and no hook tells of it.
    old, young = cart(status, CARTS + DAY), cart(status, CARTS - DAY)
    for one in (old, young):
        CartChange.objects.create(cart=one, revision=1, variant_id="1", product_id="1", quantity=1, at=NOON)

    purge(NOON)

    assert list(Cart.objects.all()) == [young]
    assert list(CartChange.objects.values_list("cart", flat=True)) == [young.pk]


def test_a_mail_whose_text_is_gone_is_written_anew_when_somebody_lets_it_go(road: Road) -> None:
    road.cart(*road.make_product())
    road.work()
    road.wait(hours=5)
    road.work(work.decide)
    Message.objects.update(state=State.HELD)
    road.wait(days=91)
    road.work(work.clean_up)

    decide_again([Message.objects.get().pk], road.now)
    (mail,) = road.work()

    assert "Linen shirt" in text_of(mail)


def test_what_was_decided_can_still_be_explained(road: Road) -> None:
    road.cart(*road.make_product())
    road.work()
    road.wait(hours=5)
    road.work()
    road.wait(days=500)

    road.work(work.clean_up)

    assert "It was time" in "\n".join(explain("ada@example.com", time_zone("UTC")))


def request_of(road: Road, email: str) -> Contact:
    """Somebody typed this address for the newsletter."""
    settings = parse(own_settings.stored())
    sign_up(settings, Person(email=email), road.channel, "de", "", road.now, known=False)
    return Contact.objects.get(email=email)


def test_whose_address_somebody_only_typed_is_forgotten_with_the_request(road: Road) -> None:
    road.set(newsletter_enabled=True)
    request_of(road, "eve@example.com")
    assert len(road.work()) == 1
    road.wait(seconds=(CONFIRM_WITHIN + REQUESTS - DAY).total_seconds())
    purge(road.now)
    assert Contact.objects.count() == 1
    road.wait(days=2)

    assert purge(road.now) == 2

    assert not Contact.objects.exists()
    assert not NewsletterRequest.objects.exists()


def waits(road: Road, email: str, name: str = "Linen shirt") -> None:
    """Somebody typed this address to be told when something is back."""
    variant = road.make_product(name, stock=0)[0]
    data(REQUEST, "", variant=global_id("ProductVariant", variant), channel=road.channel, email=email)


def test_whose_address_somebody_only_typed_to_be_told_what_is_back_is_forgotten_too(road: Road) -> None:
    road.set(back_in_stock_enabled=True)
    waits(road, "eve@example.com")
    assert len(road.work()) == 1
    road.wait(days=8)
    road.work()
    road.wait(seconds=(REQUESTS - DAY).total_seconds())
    purge(road.now)
    assert Contact.objects.count() == 1
    road.wait(days=2)

    purge(road.now)

    assert not Contact.objects.exists()
    assert not StockInterest.objects.exists()


def test_who_has_confirmed_one_of_several_requests_stays(road: Road) -> None:
    road.set(back_in_stock_enabled=True)
    for name in ("Linen shirt", "Wool hat"):
        waits(road, "ada@example.com", name)
    one = StockInterest.objects.order_by("pk")[0]
    StockInterest.objects.filter(pk=one.pk).update(state="waiting", expires_at=road.now + 400 * DAY, confirmed_at=NOON)
    road.wait(days=8)
    road.work()
    road.wait(seconds=(REQUESTS + DAY).total_seconds())

    purge(road.now)

    assert StockInterest.objects.get().contact == Contact.objects.get()


@pytest.mark.parametrize("known_by", ["account", "no", "cart", "order", "choice", "mail", "request"])
def test_who_is_known_by_anything_else_stays(road: Road, known_by: str) -> None:
    contact = request_of(road, "ada@example.com")
    road.wait(seconds=(CONFIRM_WITHIN + REQUESTS + DAY).total_seconds())
    if known_by == "account":
        Contact.objects.update(user_id="7")
    elif known_by == "no":
        consent.withdraw(contact, ConsentRecord.Source.UNSUBSCRIBE, road.now)
    elif known_by == "cart":
        one = cart(Cart.Status.OPEN, DAY)
        Cart.objects.filter(pk=one.pk).update(contact=contact, seen_at=road.now)
    elif known_by == "order":
        Purchase.objects.create(
            order_id="9", contact=contact, channel="eu", currency="EUR", language="de", total=1, refunded=0, real=True,
            paid=True, placed_at=NOON, changed_at=NOON,
        )  # fmt: skip
    elif known_by == "choice":
        Preference.objects.create(contact=contact, changed_at=road.now)
    elif known_by == "mail":
        mail(State.SENT, DAY)
    else:
        request_of(road, "ada@example.com")

    purge(road.now)

    assert Contact.objects.get() == contact


def ended_runs(count: int, age: timedelta, state: str = "finished") -> None:
    """Runs of long ago, with a decision each."""
    runs = Enrolment.objects.bulk_create(
        Enrolment(
            flow="newsletter", subject_id=f"{age.days} {state} {number}", state=state, basis=NOON, planned_at=NOON,
            due_at=NOON, enrolled_at=NOON - age,
        )
        for number in range(count)
    )  # fmt: skip
    Decision.objects.bulk_create(
        Decision(enrolment=run, step=0, outcome="sent", reason="due", at=NOON - age) for run in runs
    )


@pytest.mark.django_db
def test_the_runs_of_a_whole_newsletter_are_deleted_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(retention, "_RUNS_AT_ONCE", 10)
    ended_runs(25, RUNS + DAY)
    ended_runs(3, RUNS + DAY, "waiting")
    ended_runs(4, RUNS - DAY)
    # when
    with CaptureQueriesContext(connection) as queries:
        assert purge(NOON) == 25
    # then
    asked = [query["sql"] for query in queries if "crm_enrolment" in query["sql"]]
    assert len(asked) == 4  # none of which names a run
    assert (Enrolment.objects.count(), Decision.objects.count()) == (7, 7)
    assert not Enrolment.objects.filter(state="finished", enrolled_at__lt=NOON - RUNS).exists()
