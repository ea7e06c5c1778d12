"""What a shop says about an order."""

from decimal import Decimal

import pytest

from tests.shop_contract.acts import guest_order
from tests.shop_driver import ShopDriver


def test_an_order_closes_its_cart_and_keeps_its_id(driver: ShopDriver) -> None:
    # given
    user_id = driver.make_customer("ada@example.com")
    cart_id = driver.make_cart(user_id=user_id, email="ada@example.com", language="fr", country="PL")
    driver.add_line(cart_id, driver.make_product(price=Decimal("20.00"))[0], 3)
    # when
    order_id = driver.place_order(cart_id)
    # then
    assert driver.shop.carts([cart_id]) == {}
    assert driver.shop.priced_carts([cart_id]) == {}
    order = driver.shop.orders([order_id])[order_id]
    assert (order.id, order.cart_id, order.email) == (order_id, cart_id, "ada@example.com")
    assert (order.user_id, order.user_email) == (user_id, "ada@example.com")
    assert (order.channel, order.currency) == (driver.channel, driver.currency)
    assert (order.language, order.country) == ("fr", "PL")
    assert (order.total, order.refunded) == (Decimal("60.00"), Decimal(0))
    assert (order.paid, order.real) == (True, True)
    assert order.placed_at.tzinfo is not None
    assert driver.shop.orders_of_carts([cart_id]) == {cart_id: [order_id]}


def test_a_guests_order_has_an_address_and_no_user(driver: ShopDriver) -> None:
    order_id = guest_order(driver, driver.make_product()[0])
    order = driver.shop.orders([order_id])[order_id]
    assert (order.email, order.user_id, order.user_email) == ("guest@example.com", None, "")


def test_an_order_without_payment_is_not_paid(driver: ShopDriver) -> None:
    order_id = guest_order(driver, driver.make_product()[0], paid=False)
    assert driver.shop.orders([order_id])[order_id].paid is False


def test_a_cancelled_order_is_not_real_and_gives_its_cart_noguest_order(driver: ShopDriver) -> None:
    # given
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, driver.make_product()[0])
    order_id = driver.place_order(cart_id)
    # when
    driver.cancel_order(order_id)
    # then
    assert driver.shop.orders([order_id])[order_id].real is False
    assert driver.shop.orders_of_carts([cart_id]) == {}


@pytest.mark.parametrize(
    ("status", "real"),
    [
        ("draft", False),
        ("expired", False),
        ("canceled", False),
        ("unconfirmed", True),
        ("unfulfilled", True),
        ("partially fulfilled", True),
        ("fulfilled", True),
        ("partially_returned", True),
        ("returned", True),
    ],
)
def test_an_order_is_real_while_the_customer_stands_by_it(driver: ShopDriver, status: str, real: bool) -> None:
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, driver.make_product()[0])
    order_id = driver.place_order(cart_id)
    driver.set_status(order_id, status)
    assert driver.shop.orders([order_id])[order_id].real is real
    assert driver.shop.orders_of_carts([cart_id]) == ({cart_id: [order_id]} if real else {})


def test_what_was_given_back_is_told(driver: ShopDriver) -> None:
    order_id = guest_order(driver, driver.make_product(price=Decimal("40.00"))[0])
    driver.refund_order(order_id, Decimal("15.00"))
    order = driver.shop.orders([order_id])[order_id]
    assert (order.total, order.refunded, order.real) == (Decimal("40.00"), Decimal("15.00"), True)
