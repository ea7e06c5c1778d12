"""What a shop says about a cart."""

import base64
from decimal import Decimal

from tests.shop_driver import ShopDriver


def test_a_cart_tells_what_is_in_it_and_whose_it_is(driver: ShopDriver) -> None:
    # given
    shirt, hat = driver.make_product("Shirt")[0], driver.make_product("Hat", price=Decimal("15.50"))[0]
    cart_id = driver.make_cart(email="ada@example.com", language="de", country="AT")
    # when
    driver.add_line(cart_id, shirt, 2)
    driver.add_line(cart_id, hat)
    cart = driver.shop.carts([cart_id])[cart_id]
    # then
    assert (cart.id, cart.email, cart.user_id, cart.user_email) == (cart_id, "ada@example.com", None, "")
    assert (cart.channel, cart.currency) == (driver.channel, driver.currency)
    assert (cart.language, cart.country) == ("de", "AT")
    assert [(line.variant_id, line.quantity, line.total) for line in cart.lines] == [
        (shirt, 2, Decimal("80.00")),
        (hat, 1, Decimal("15.50")),
    ]
    assert len({line.line_id for line in cart.lines}) == len({line.product_id for line in cart.lines}) == 2
    assert cart.total == Decimal("95.50")
    assert cart.created_at.tzinfo is not None
    assert cart.created_at <= cart.changed_at


def test_an_empty_cart_has_no_lines_and_no_total(driver: ShopDriver) -> None:
    cart_id = driver.make_cart(email="ada@example.com")
    cart = driver.shop.carts([cart_id])[cart_id]
    assert (cart.lines, cart.total) == ((), Decimal(0))


def test_a_cart_of_a_second_channel_is_in_its_currency(driver: ShopDriver) -> None:
    cart_id = driver.make_cart(channel=driver.other_channel, language="pl", country="PL")
    driver.add_line(cart_id, driver.make_product()[0])
    cart = driver.shop.carts([cart_id])[cart_id]
    assert (cart.channel, cart.currency) == (driver.other_channel, driver.other_currency)
    assert (cart.language, cart.country) == ("pl", "PL")
    assert driver.shop.priced_carts([cart_id])[cart_id].currency == driver.other_currency


def test_lines_stay_in_the_order_in_which_they_were_added(driver: ShopDriver) -> None:
    # given
    variants = [driver.make_product(f"Product {number}")[0] for number in range(4)]
    cart_id = driver.make_cart()
    for variant in reversed(variants):
        driver.add_line(cart_id, variant)
    # when
    driver.set_quantity(cart_id, variants[1], 3)
    driver.remove_line(cart_id, variants[2])
    # then
    expected = [(variants[3], 1), (variants[1], 3), (variants[0], 1)]
    assert [(line.variant_id, line.quantity) for line in driver.shop.carts([cart_id])[cart_id].lines] == expected
    priced = driver.shop.priced_carts([cart_id])[cart_id]
    assert [(line.variant_id, line.quantity) for line in priced.lines] == expected


def test_the_mail_of_a_cart_goes_to_its_own_address_before_its_users(driver: ShopDriver) -> None:
    # given
    user_id = driver.make_customer("ada@example.com")
    own, users = driver.make_cart(user_id=user_id, email="other@example.com"), driver.make_cart(user_id=user_id)
    nobodys = driver.make_cart()
    # when
    carts = driver.shop.carts([own, users, nobodys])
    # then
    assert [carts[pk].email for pk in (own, users, nobodys)] == ["other@example.com", "ada@example.com", ""]
    assert [carts[pk].user_id for pk in (own, users, nobodys)] == [user_id, user_id, None]
    assert [carts[pk].user_email for pk in (own, users, nobodys)] == ["ada@example.com", "ada@example.com", ""]


def test_a_changed_address_is_seen(driver: ShopDriver) -> None:
    cart_id = driver.make_cart(email="ada@example.com")
    driver.set_email(cart_id, "grace@example.com")
    assert driver.shop.carts([cart_id])[cart_id].email == "grace@example.com"


def test_a_storefront_knows_the_cart_by_its_global_id(driver: ShopDriver) -> None:
    cart_id = driver.make_cart()
    assert base64.b64decode(driver.shop.cart_reference(cart_id)).decode() == f"Checkout:{cart_id}"


def test_a_cart_tells_what_the_storefront_calls_the_visitor(driver: ShopDriver) -> None:
    # given
    visitor = "2f1c7f8e-0000-4000-8000-000000000001"
    told, silent = driver.make_cart(metadata={"crm-visitor": visitor}), driver.make_cart()
    hostile = [driver.make_cart(metadata={"crm-visitor": text}) for text in ("short", "x" * 65, "' OR '1'='1' -- ;")]
    # when
    carts = driver.shop.carts([told, silent, *hostile])
    # then
    assert carts[told].visitor_id == visitor
    assert {carts[pk].visitor_id for pk in (silent, *hostile)} == {""}
