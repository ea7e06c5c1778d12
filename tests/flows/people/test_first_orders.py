"""Whose order is the first: as far as is known when it is decided, and when the mail leaves."""

from datetime import timedelta
from uuid import UUID

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.shop.sandbox.models import Order
from saleor_crm_plugin.webhooks import history
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.flows.people.test_table import ADA, buys, decided, shop
from tests.road import Road

__all__ = ["shop"]  # the fixture


def ordered_before_the_crm_was_there(road: Road) -> None:
    """Ada has ordered for years, which only the shop knows."""
    for days in (700, 300, 100):
        order = road.place_order(road.cart(road.make_product("Hat")[0], email=ADA))
        then = road.now - timedelta(days=days)
        Order.objects.filter(pk=UUID(order)).update(placed_at=then, changed_at=then)
    InboxItem.objects.all().delete()


@pytest.mark.parametrize("key", ["welcome", "second_purchase"])
def test_an_old_customer_whose_orders_become_known_in_time_is_not_thanked_for_the_first(shop: Road, key: str) -> None:
    # given an order that was the first one known
    ordered_before_the_crm_was_there(shop)
    shop.set(flows=f"{key} = on, 1 d")
    buys(shop, shop.make_product("Scarf")[0])
    shop.work(work.enter_flows)
    # when
    history.backfill(shop.shop, work.now)
    shop.wait(days=1, minutes=5)
    shop.work()
    # then
    assert shop.sink.mails == []
    assert decided(key) == [("skipped", "not_first")]


def test_a_welcome_that_waits_for_the_mail_server_is_withdrawn_from_an_old_customer(shop: Road) -> None:
    # given
    ordered_before_the_crm_was_there(shop)
    shop.set(flows="welcome = on, 1 d")
    buys(shop, shop.make_product("Scarf")[0])
    shop.wait(days=1, minutes=5)
    shop.work(work.enter_flows, work.decide)
    # when
    history.backfill(shop.shop, work.now)
    # then
    assert shop.work(work.deliver) == []
    assert decided("welcome") == [("sent", "due"), ("withdrawn", "not_first")]
