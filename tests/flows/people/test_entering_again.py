"""Who enters a flow again: those who were told nothing the first time, once something new starts it."""

from datetime import timedelta

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.replay.rehearse import ENTERED, Event
from saleor_crm_plugin.flows.replay.run import replay
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.vouchers.models import Grant
from tests.flows.people.test_table import ADA, buys, decided, on, shop, starts
from tests.road import AGREED, Road

__all__ = ["shop"]  # the fixture


def looks(road: Road, variant: str) -> None:
    """Ada looks at something twice."""
    product = road.shop.availability([variant], road.channel)[variant].product_id
    for number in range(2):
        View.objects.create(
            event_id=f"look-{road.now}-{number}", at=road.now, kind="product_view", product_id=product,
            contact=Contact.objects.get(email=ADA),
        )  # fmt: skip


def lives(road: Road, days: int) -> None:
    for _ in range(days):
        road.wait(days=1)
        road.work()


def ordered_twice_within_a_week(road: Road) -> None:
    """The second order ends the run that the first delivery began."""
    buys(road, road.make_product("Hat")[0])
    road.work()
    road.wait(days=5)
    buys(road, road.make_product("Scarf")[0])
    lives(road, days=8)


@pytest.mark.parametrize("key", ["welcome", "second_purchase"])
def test_the_order_after_a_cancelled_first_one_is_the_first(shop: Road, key: str) -> None:
    # given
    shop.set(flows=f"{key} = on, 1 d")
    cart = shop.cart(shop.make_product("Hat")[0], email=ADA, metadata=AGREED)
    shop.work(work.process_inbox)
    order = shop.place_order(cart)
    shop.work()
    shop.cancel_order(order)
    shop.work(work.process_inbox)
    # when
    shop.wait(hours=1)
    buys(shop, shop.make_product("Hat L")[0])
    lives(shop, days=3)
    # then
    assert [mail["To"] for mail in shop.sink.mails] == [ADA], decided(key)


def test_whose_run_was_ended_before_anything_was_said_enters_by_the_next_delivery(shop: Road) -> None:
    on(shop, "cross_sell")
    ordered_twice_within_a_week(shop)
    assert decided("cross_sell") == [("skipped", "ordered"), ("sent", "due")]


def test_a_rehearsal_lets_in_whom_the_flow_let_in(shop: Road) -> None:
    on(shop, "cross_sell")
    ordered_twice_within_a_week(shop)
    events: list[Event] = []
    since = shop.now - timedelta(days=20)
    replay([FLOWS["cross_sell"]], parse(shop.shop.configuration()), since, shop.now, events.append)
    assert [one.what for one in events if one.what != ENTERED] == ["skipped", "sent"]


def test_who_looks_again_after_a_cart_spoke_against_it_is_written_to(shop: Road) -> None:
    # given
    starts(shop, "browse_abandonment")
    shop.work(work.enter_flows)
    cart = shop.cart(shop.make_product("Hat")[0], email=ADA, metadata=AGREED)
    shop.work()
    shop.wait(hours=7)
    shop.work()
    shop.place_order(cart)
    shop.work()
    # when
    shop.wait(days=5)
    looks(shop, shop.make_product("Coat")[0])
    shop.work()
    shop.wait(hours=7)
    shop.work()
    # then
    assert decided("browse_abandonment") == [("skipped", "has_cart"), ("sent", "due")]


def test_an_older_look_starts_nothing_once_the_newer_is_over(shop: Road) -> None:
    # given a look of yesterday and one of today, of which the newer began the run
    starts(shop, "browse_abandonment")
    shop.wait(hours=20)
    coat = shop.make_product("Coat")[0]
    looks(shop, coat)
    shop.work(work.enter_flows)
    # when the product of the newer one is bought, which ends the run
    buys(shop, coat)
    shop.wait(hours=7)
    shop.work()
    shop.work()
    # then
    assert Enrolment.objects.filter(flow="browse_abandonment").count() == 1
    assert decided("browse_abandonment") == [("skipped", "ordered")]


def test_who_could_be_given_no_code_gets_one_the_next_time(shop: Road) -> None:
    # given
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=30)
    shop.set(flows="loyal_b = on", voucher_tiers="Gold = 20 %")
    ada = Contact.objects.get(email=ADA)
    Membership.objects.create(contact=ada, kind="score", segment="B", entered_at=shop.now, cause="order")
    shop.work()
    assert decided("loyal_b") == [("skipped", "no_voucher")]
    # when
    shop.set(voucher_tiers="B = 15 %")
    shop.wait(days=20)
    Membership.objects.filter(contact=ada, kind="score").update(left_at=shop.now)
    Membership.objects.create(contact=ada, kind="score", segment="B", entered_at=shop.now, cause="order")
    shop.work()
    # then
    assert Grant.objects.filter(state="granted").count() == 1
