"""A flow that rests: nobody enters, nothing is decided, mails wait; afterwards it goes on with what is not too old."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import CommandError
from django.db import connection

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.catalogue import ABANDONED_CART, BACK_IN_STOCK, FLOWS
from saleor_crm_plugin.flows.decide import decide_due
from saleor_crm_plugin.flows.models import Enrolment, Pause
from saleor_crm_plugin.flows.pauses import pause, resume
from saleor_crm_plugin.shop.port import PricedCart
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.flows.people.test_table import buys, decided
from tests.road import Road
from tests.test_crm_command import crm

STAFF = "user:7"


def left(road: Road, **cart: object) -> str:
    """A cart that is in the flow."""
    cart_id = road.cart(*road.make_product(), **cart)  # type: ignore[arg-type]
    road.work()
    return cart_id


def decide(road: Road) -> None:
    """Decide what is due, and keep its mails in the outbox."""
    road.work(work.decide)


def test_nobody_enters_a_flow_that_rests(road: Road) -> None:
    pause(ABANDONED_CART, STAFF, road.now)
    left(road)
    assert not Enrolment.objects.exists()


def test_one_command_lets_a_flow_rest_or_go_on_not_both(road: Road) -> None:
    with pytest.raises(CommandError, match="not allowed with"):
        crm("flows", "--pause", "welcome", "--resume", "welcome")
    assert not Pause.objects.exists()


def test_no_customer_enters_a_flow_that_rests_and_other_flows_do_not_notice(road: Road) -> None:
    road.set(flows="welcome = on\ncross_sell = on")
    pause(FLOWS["welcome"], STAFF, road.now)
    buys(road, road.make_product("Hat")[0])
    road.work(work.enter_flows)
    assert set(Enrolment.objects.filter(flow__in=FLOWS).values_list("flow", flat=True)) - {"abandoned_cart"} == {
        "cross_sell"
    }


def test_nothing_of_it_is_decided_and_afterwards_what_is_not_too_old_is_sent(road: Road) -> None:
    cart = left(road)
    pause(ABANDONED_CART, STAFF, road.now)
    road.wait(hours=5)
    assert road.work() == []
    assert road.reasons(cart) == []
    resume(ABANDONED_CART)
    road.wait(hours=2)
    assert len(road.work()) == 1
    assert road.reasons(cart) == [("sent", "due")]


def test_a_step_that_outlived_its_shelf_life_ends_with_that_reason_and_the_next_one_goes_on(road: Road) -> None:
    cart = left(road)
    pause(ABANDONED_CART, STAFF, road.now)
    road.wait(hours=4 + 24 + 1)
    road.work()
    resume(ABANDONED_CART)
    assert len(road.work()) == 1
    assert road.reasons(cart) == [("skipped", "too_late"), ("sent", "due")]


def test_a_mail_in_the_outbox_waits_and_leaves_afterwards(road: Road) -> None:
    left(road)
    road.wait(hours=5)
    decide(road)
    pause(ABANDONED_CART, STAFF, road.now)
    assert road.work(work.deliver) == []
    assert Message.objects.get().state == Message.State.QUEUED
    resume(ABANDONED_CART)
    assert len(road.work(work.deliver)) == 1


def test_a_mail_that_waited_too_long_is_withdrawn_with_that_reason(road: Road) -> None:
    cart = left(road)
    road.wait(hours=5)
    decide(road)
    pause(ABANDONED_CART, STAFF, road.now)
    road.wait(hours=30)
    resume(ABANDONED_CART)
    assert road.work(work.deliver) == []
    assert road.reasons(cart)[:2] == [("sent", "due"), ("withdrawn", "too_late")]


def test_mails_that_wait_do_not_stand_in_the_way_of_others(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saleor_crm_plugin.emails.send.BATCH", 1)
    road.set(flows="welcome = on")
    left(road)
    buys(road, road.make_product("Hat")[0], email="bob@example.com")
    road.work(work.enter_flows)
    road.wait(hours=5)
    decide(road)
    road.wait(days=1)
    decide(road)
    pause(ABANDONED_CART, STAFF, road.now)
    assert [mail["To"] for mail in road.work(work.deliver)] == ["bob@example.com"]
    assert decided("welcome") == [("sent", "due")]


class _PausedMeanwhile(SandboxShop):
    """While a worker looks prices up, staff pauses the flow over another connection."""

    def priced_carts(self, ids: Sequence[str]) -> dict[str, PricedCart]:
        def from_elsewhere() -> None:
            try:
                pause(ABANDONED_CART, STAFF, work.now())
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as other:
            other.submit(from_elsewhere).result()
        return super().priced_carts(ids)


def test_a_worker_that_has_claimed_a_step_lets_it_go(road: Road) -> None:
    cart = left(road)
    road.wait(hours=5)
    settings = work._settings(road.shop)
    assert settings
    assert decide_due(_PausedMeanwhile(), settings, road.now) == 0
    assert road.reasons(cart) == []
    assert road.run_of(cart).leased_until is None


def test_two_who_pause_at_once_are_one_pause(road: Road) -> None:
    def at_once(by: str) -> None:
        try:
            pause(ABANDONED_CART, by, road.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(at_once, ["user:1", "user:2"]))
    assert Pause.objects.count() == 1


def test_pausing_again_keeps_since_when_and_by_whom(road: Road) -> None:
    pause(BACK_IN_STOCK, STAFF, road.now)
    again = pause(BACK_IN_STOCK, "app:1", road.now + timedelta(days=1))
    assert (again.since, again.by) == (road.now, STAFF)
    assert [resume(BACK_IN_STOCK), resume(BACK_IN_STOCK)] == [True, False]


def test_the_command_pauses_tells_and_resumes(road: Road) -> None:
    (line,) = [line for line in crm("flows", "--pause", "abandoned_cart").splitlines() if "paused" in line]
    assert line == "abandoned_cart       on   0 % held out   after 4 h, 1 d; paused since 2026-03-02 12:00 by command"
    assert "Abandoned cart: 0 enrolled, rests" in crm("report")
    assert "paused" not in crm("flows", "--resume", "abandoned_cart")
