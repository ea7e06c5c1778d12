"""How long things are kept."""

from datetime import timedelta

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Cart, CartChange
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.explain import explain
from saleor_crm_plugin.flows.withdraw import decide_again
from saleor_crm_plugin.retention import CARTS, MAIL_TEXTS, purge
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.values import time_zone
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
