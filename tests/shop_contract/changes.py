"""How a shop tells what changed, so that a sweep misses nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from saleor_crm_plugin.shop.port import Changed
from tests.shop_contract.acts import guest_order
from tests.shop_driver import ShopDriver

LONG_AGO = Changed("", datetime(2000, 1, 1, tzinfo=UTC))  # an empty id comes before every other


@pytest.mark.parametrize(
    "change",
    [
        lambda driver, cart, variant: driver.add_line(cart, driver.make_product("Hat")[0]),
        lambda driver, cart, variant: driver.set_quantity(cart, variant, 3),
        lambda driver, cart, variant: driver.remove_line(cart, variant),
        lambda driver, cart, variant: driver.set_email(cart, "new@example.com"),
    ],
    ids=["added", "quantity", "removed", "email"],
)
def test_what_a_customer_does_to_a_cart_moves_its_change(
    driver: ShopDriver, change: Callable[[ShopDriver, str, str], None]
) -> None:
    # given
    variant = driver.make_product()[0]
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, variant)
    before = datetime(2020, 1, 1, tzinfo=UTC)
    driver.set_changed_at(cart_id, before)
    # when
    change(driver, cart_id, variant)
    # then
    assert driver.shop.carts([cart_id])[cart_id].changed_at > before
    assert [changed.id for changed in driver.shop.changed_carts(Changed(cart_id, before), 10)] == [cart_id]


def test_looking_at_a_cart_does_not_move_its_change(driver: ShopDriver) -> None:
    # given
    variant = driver.make_product()[0]
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, variant)
    before = datetime(2020, 1, 1, tzinfo=UTC)
    driver.set_changed_at(cart_id, before)
    driver.set_price(variant, Decimal("12.00"))
    # when
    driver.shop.priced_carts([cart_id])
    # then
    assert driver.shop.carts([cart_id])[cart_id].changed_at == before


def test_changed_carts_come_in_order_and_in_pages(driver: ShopDriver) -> None:
    # given
    start = datetime(2024, 5, 1, 12, tzinfo=UTC)
    carts = [driver.make_cart() for _ in range(5)]
    for minutes, cart_id in zip((30, 10, 50, 20, 40), carts, strict=True):
        driver.set_changed_at(cart_id, start + timedelta(minutes=minutes))
    by_time = [carts[1], carts[3], carts[0], carts[4], carts[2]]
    # when
    pages = _pages(driver.shop.changed_carts, limit=2)
    # then
    assert [[changed.id for changed in page] for page in pages] == [by_time[:2], by_time[2:4], by_time[4:]]
    late = driver.shop.changed_carts(Changed(carts[0], start + timedelta(minutes=30)), 10)
    assert [changed.id for changed in late] == by_time[3:]


def test_carts_changed_at_the_same_moment_are_all_found_once(driver: ShopDriver) -> None:
    moment = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
    carts = [driver.make_cart() for _ in range(7)]
    for cart_id in carts:
        driver.set_changed_at(cart_id, moment)
    pages = _pages(driver.shop.changed_carts, limit=2)
    assert [changed.id for page in pages for changed in page] == sorted(carts)


def test_orders_changed_at_the_same_moment_are_all_found_once(driver: ShopDriver) -> None:
    moment = datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=UTC)
    variant = driver.make_product()[0]
    orders = [guest_order(driver, variant) for _ in range(5)]
    for order_id in orders:
        driver.set_order_changed_at(order_id, moment)
    pages = _pages(driver.shop.changed_orders, limit=2)
    assert [changed.id for page in pages for changed in page] == sorted(orders)


def test_a_cancelled_order_is_found_among_the_changed(driver: ShopDriver) -> None:
    before = datetime(2020, 1, 1, tzinfo=UTC)
    order_id = guest_order(driver, driver.make_product()[0])
    driver.set_order_changed_at(order_id, before)
    driver.cancel_order(order_id)
    assert [changed.id for changed in driver.shop.changed_orders(Changed(order_id, before), 10)] == [order_id]


def _pages(read: Callable[[Changed, int], list[Changed]], *, limit: int) -> list[list[Changed]]:
    pages: list[list[Changed]] = []
    after = LONG_AGO
    while page := read(after, limit):
        pages.append(page)
        after = page[-1]
    return pages
