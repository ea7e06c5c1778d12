"""What holds for every read: unknown ids, the number of queries, the settings, addresses."""

from collections.abc import Callable, Mapping
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.shop_contract.acts import guest_order
from tests.shop_driver import ShopDriver

MALFORMED = ["", "0", "-1", "abc", "99999999999999999999", "not-a-uuid", str(uuid4()), "1.5", "\x00", "é", "²"]


def test_a_saved_setting_is_in_the_configuration(driver: ShopDriver) -> None:
    driver.configure("sender_name", "The shop")
    assert driver.shop.configuration()["sender_name"] == "The shop"
    assert driver.shop.name()
    assert driver.shop.active() is True


def test_addresses_are_absolute(driver: ShopDriver) -> None:
    address = driver.shop.public_url("/plugins/x/?a=1")
    assert address.startswith(("http://", "https://"))
    assert address.endswith("/plugins/x/?a=1")
    assert "//plugins" not in address.removeprefix("http://").removeprefix("https://")


def test_unknown_and_malformed_ids_are_missing(driver: ShopDriver) -> None:
    # given
    cart_id = driver.make_cart(email="ada@example.com")
    user_id = driver.make_customer("ada@example.com")
    order_id = guest_order(driver, driver.make_product()[0])
    shop = driver.shop
    # then
    assert set(shop.carts([*MALFORMED, cart_id, cart_id])) == {cart_id}
    assert set(shop.priced_carts([*MALFORMED, cart_id])) == {cart_id}
    assert set(shop.orders([*MALFORMED, order_id])) == {order_id}
    assert set(shop.customers([*MALFORMED, user_id])) == {user_id}
    assert shop.orders_of_carts([*MALFORMED, cart_id]) == {}
    assert shop.carts([]) == shop.priced_carts([]) == shop.orders([]) == shop.customers([]) == {}


def test_eight_ids_cost_as_many_queries_as_one(driver: ShopDriver) -> None:
    # given
    shop = driver.shop
    variants = [driver.make_product(f"Product {number}", variants=["S", "M"])[0] for number in range(3)]
    users = [driver.make_customer(f"user{number}@example.com") for number in range(8)]
    carts = [driver.make_cart(user_id=user, email="") for user in users]
    for cart_id in carts:
        for variant in variants:
            driver.add_line(cart_id, variant)
    ordered = [driver.make_cart(email="ada@example.com") for _ in range(8)]
    for cart_id in ordered:
        driver.add_line(cart_id, variants[0])
    orders = [driver.place_order(cart_id) for cart_id in ordered]
    reads: list[tuple[Callable[[list[str]], Mapping[str, object]], list[str]]] = [
        (shop.carts, carts),
        (shop.priced_carts, carts),
        (shop.customers, users),
        (shop.orders, orders),
        (shop.orders_of_carts, ordered),
    ]
    for read, ids in reads:
        read(ids)  # whatever the shop caches is there from now on
        # when
        one, eight = _queries(lambda read=read, ids=ids: read(ids[:1])), _queries(lambda read=read, ids=ids: read(ids))
        # then
        assert eight == one, read
        assert len(read(ids)) == 8


def _queries(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)
