"""What once went wrong: a bad row that stopped all others, steps put off for ever, mails at the wrong time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.send import CHUNK
from saleor_crm_plugin.flows.models import Decision, Enrolment
from saleor_crm_plugin.flows.report import report
from saleor_crm_plugin.flows.withdraw import decide_again
from saleor_crm_plugin.shop.port import PricedCart
from saleor_crm_plugin.shop.sandbox import models as sandbox
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from saleor_crm_plugin.webhooks import hooks, inbox
from saleor_crm_plugin.webhooks.models import InboxItem, SweepCursor
from tests.road import AGREED, Road


class BrokenShop(SandboxShop):
    """A shop that fails on one cart, whoever asks for it."""

    def __init__(self, broken: str) -> None:
        self.broken = broken

    def priced_carts(self, ids):  # type: ignore[no-untyped-def]
        if self.broken in ids:
            raise ArithmeticError("0 shirts")
        return super().priced_carts(ids)


class CountingShop(SandboxShop):
    """Counts how many carts it was asked to price."""

    priced = 0

    def priced_carts(self, ids) -> dict[str, PricedCart]:  # type: ignore[no-untyped-def]
        CountingShop.priced += len(ids)
        return super().priced_carts(ids)


def test_a_cart_that_can_not_be_priced_does_not_stop_the_others(road: Road) -> None:
    (shirt,) = road.make_product()
    bad, good = road.cart(shirt), road.cart(shirt, email="bea@example.com")
    road.work()
    road.wait(hours=5)

    road.shop = BrokenShop(bad)
    mails = road.work()

    assert [mail["To"] for mail in mails] == ["bea@example.com"]
    assert road.reasons(bad) == [("failed", "error")]
    assert road.reasons(good) == [("sent", "due")]


def test_an_error_that_stays_is_told_once_and_ends_after_a_day(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()
    road.shop = BrokenShop(cart)

    for _ in range(80):
        road.wait(minutes=30)
        road.work()

    assert road.reasons(cart) == [("failed", "error")] * 2
    assert road.run_of(cart).state == Enrolment.State.FINISHED


@pytest.mark.parametrize("table", [Enrolment, Message])
def test_a_flow_that_this_version_does_not_have_stops_nobody_else(road: Road, table: type) -> None:
    (shirt,) = road.make_product()
    other, cart = road.cart(shirt), road.cart(shirt, email="bea@example.com")
    road.work()
    road.wait(hours=5)
    if table is Message:
        road.work(work.decide)
        Message.objects.filter(subject_id=other).update(flow="browse")
    Enrolment.objects.filter(subject_id=other).update(flow="browse")

    assert [mail["To"] for mail in road.work()] == ["bea@example.com"]
    assert road.run_of(other).state == Enrolment.State.FINISHED
    assert road.reasons(cart) == [("sent", "due")]


def test_a_customer_whose_address_changed_is_not_put_off_for_ever(road: Road) -> None:
    user = road.make_customer("ada@old.example", metadata=AGREED)
    cart = road.cart(*road.make_product(), email="ada@old.example", user_id=user)
    road.work()
    sandbox.User.objects.filter(pk=int(user)).update(email="ada@new.example")
    hooks.tell(InboxItem.Kind.CUSTOMER, [user])

    for _ in range(100):
        road.wait(minutes=30)
        road.work()

    assert len(road.reasons(cart)) <= 3
    assert road.run_of(cart).state == Enrolment.State.FINISHED


def test_orders_and_refusals_while_a_batch_leaves_are_respected(road: Road) -> None:
    (shirt,) = road.make_product()
    road.set(sending_connections="1")
    emails = [f"c{n}@example.com" for n in range(2 * CHUNK + 6)]
    carts = {email: road.cart(shirt, email=email) for email in emails}
    road.work()
    road.wait(hours=5)
    road.work(work.decide)
    *_, refusing, also_refusing, ordering = Message.objects.order_by("next_attempt_at", "pk").values_list(
        "recipient", flat=True
    )
    first: list[str] = []

    def meanwhile(mail: object) -> None:  # two chunks are under way by now
        if not first:
            first.append(str(mail["To"]))  # type: ignore[index]
            with ThreadPoolExecutor(1) as pool:
                pool.submit(_act, road, [refusing, also_refusing], carts[ordering]).result()
            road.wait(seconds=3)

    road.sink.on_data = meanwhile  # type: ignore[assignment]
    mails = road.work(work.deliver)

    assert len(mails) == len(carts) - 3
    assert sorted(Decision.objects.filter(outcome="withdrawn").values_list("reason", flat=True)) == [
        "ordered", "suppressed", "suppressed",
    ]  # fmt: skip


def _act(road: Road, refusing: list[str], ordered: str) -> None:
    try:
        for email in refusing:
            suppress(email, Suppression.Reason.UNSUBSCRIBED, road.now)
        road.place_order(ordered)
    finally:
        connection.close()


def test_a_mail_that_was_held_up_until_night_waits_for_the_morning(road: Road) -> None:
    road.set(quiet_hours="21-8", time_zone="UTC")
    cart = road.cart(*road.make_product(), country="")  # at noon
    road.work()
    road.wait(hours=8, minutes=50)
    road.sink.on_data = lambda mail: "451 4.3.0 later"
    road.work()
    road.sink.on_data = lambda mail: None

    road.wait(minutes=30)
    assert road.work() == []
    assert road.reasons(cart)[-1] == ("withdrawn", "quiet_hours")
    road.wait(hours=11)

    assert len(road.work()) == 1


def test_those_held_out_are_asked_about_as_many_carts_as_the_others(road: Road) -> None:
    road.set(holdout_percent="50")
    (shirt,) = road.make_product(stock=1000)
    for n in range(40):
        road.cart(shirt, email=f"customer{n}@example.com")
        road.cart(shirt, email=f"customer{n}@example.com")
    road.work()
    road.wait(hours=5)
    road.work()

    result, *_ = report()

    assert result.treated.carts + result.holdout.carts == 40


def test_two_workers_price_a_cart_once(road: Road) -> None:
    (shirt,) = road.make_product()
    for n in range(30):
        road.cart(shirt, email=f"customer{n}@example.com")
    road.work()
    road.wait(hours=5)
    road.shop = CountingShop()
    CountingShop.priced = 0

    with ThreadPoolExecutor(3) as pool:
        for job in [pool.submit(_decide, road) for _ in range(3)]:
            job.result()

    assert CountingShop.priced == 30


def _decide(road: Road) -> None:
    try:
        work.decide(road.shop)
    finally:
        connection.close()


def test_a_worker_that_died_while_it_looked_up_prices_leaves_its_carts_to_others(road: Road) -> None:
    cart = road.cart(*road.make_product())
    road.work()
    road.wait(hours=5)
    Enrolment.objects.update(leased_until=road.now + timedelta(minutes=5))

    assert road.work() == []
    road.wait(minutes=6)

    assert len(road.work()) == 1
    assert road.reasons(cart) == [("sent", "due")]


def test_a_mailbox_that_stays_full_is_given_up_after_as_many_attempts_as_any(road: Road) -> None:
    tried: list[str] = []
    road.sink.on_recipient = lambda address: tried.append(address) or "452 4.2.2 mailbox full"  # type: ignore[func-returns-value]
    road.set(abandoned_cart_second_delay="29 d")
    road.cart(*road.make_product())
    road.work()

    for _ in range(24 * 12):
        road.wait(minutes=10)
        road.work()

    assert len(tried) <= 8
    assert Message.objects.get().state == Message.State.FAILED


def test_a_server_that_takes_few_mails_at_a_time_gets_them_all_in_one_run(road: Road) -> None:
    (shirt,) = road.make_product()
    for n in range(25):
        road.cart(shirt, email=f"customer{n}@example.com")
    road.work()
    road.wait(hours=5)
    road.work(work.decide)
    taken: list[str] = []

    def closes_after_seven(address: str) -> str | None:
        taken.append(address)
        return "421 4.7.0 too many mails" if len(taken) % 8 == 0 else None

    road.sink.on_recipient = closes_after_seven
    road.work(work.deliver)

    assert len(road.sink.mails) == 25


def test_a_held_mail_that_is_let_go_says_todays_price(road: Road) -> None:
    (shirt,) = road.make_product(price=Decimal("40"))
    road.cart(shirt)
    road.work()
    road.wait(hours=5)
    road.work(work.decide)
    Message.objects.update(state=Message.State.HELD)
    road.set_price(shirt, Decimal("60"))
    road.wait(days=3)

    decide_again([Message.objects.get().pk], road.now)
    mails = road.work()

    assert len(mails) == 1
    assert "60,00" in text_of(mails[0])


def test_a_sweep_while_the_clock_was_ahead_does_not_make_later_ones_blind(road: Road) -> None:
    (shirt,) = road.make_product()
    SweepCursor.objects.create(name="carts", changed_at=road.now + timedelta(days=365))
    cart = road.make_cart(email="ada@example.com")
    InboxItem.objects.all().delete()
    road.add_line(cart, shirt)
    InboxItem.objects.all().delete()

    work.sweep_shop(road.shop)

    assert InboxItem.objects.filter(object_id=cart).exists()


def test_an_object_that_kills_its_worker_is_parked(road: Road) -> None:
    inbox.hint(InboxItem.Kind.CART, ["deadly"], road.now)
    for _ in range(inbox.ATTEMPTS):
        assert len(inbox.claim(road.now, 10)) == 1
        road.wait(minutes=6)

    assert inbox.claim(road.now, 10) == []
    assert [item.object_id for item in inbox.parked()] == ["deadly"]


def test_news_of_a_kind_that_this_version_does_not_know_stops_nobody_else(road: Road) -> None:
    InboxItem.objects.create(kind="gift", object_id="1", due_at=road.now, first_hint_at=road.now)
    road.cart(*road.make_product())
    road.work()

    assert InboxItem.objects.get().kind == "gift"
    assert Enrolment.objects.count() == 1
