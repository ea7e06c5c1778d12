"""What those who wait for something ask of a shop: how much is left of a variant, and how it looks in a mail."""

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.shop_contract.acts import guest_order
from tests.shop_contract.assortment import found
from tests.shop_contract.reads import MALFORMED
from tests.shop_driver import ShopDriver

_LOOK = """
WITH wanted (variant_id, channel) AS (SELECT * FROM unnest(%(variants)s::text[], %(channels)s::text[]))
SELECT variant_id, channel, units FROM ({select}) facts
"""


def left(driver: ShopDriver, variant_id: str, channel: str = "") -> tuple[bool, int | None]:
    """Whether the channel sells the variant, and how many are left of it."""
    told = driver.shop.availability([variant_id], channel or driver.channel)[variant_id]
    assert told.there is (told.sold and told.units != 0)
    return told.sold, told.units


def looked(driver: ShopDriver, pairs: Iterable[tuple[str, str]]) -> list[tuple[Any, ...]]:
    """What the statement says of pairs of variant and channel: both, and how many are left."""
    facts = driver.shop.stock_facts()
    variants, channels = zip(*pairs, strict=True)
    with driver.shop.writing(), connection.cursor() as cursor:
        asked = {**facts.params, "variants": list(variants), "channels": list(channels)}
        cursor.execute(_LOOK.format(select=facts.select), asked)
        return sorted(cursor.fetchall())


def test_units_are_left_until_they_are_ordered_and_again_when_the_order_is_cancelled(driver: ShopDriver) -> None:
    variant = driver.make_product(stock=2)[0]
    assert left(driver, variant) == (True, 2)
    first, second = guest_order(driver, variant), guest_order(driver, variant)
    assert left(driver, variant) == left(driver, variant, driver.other_channel) == (True, 0)
    driver.cancel_order(first)
    assert left(driver, variant) == (True, 1)
    driver.fulfil_order(second)
    assert left(driver, variant) == (True, 1)


def test_units_are_left_as_they_are_counted(driver: ShopDriver) -> None:
    variant = driver.make_product()[0]
    for quantity in (0, 7, 1):
        driver.set_stock(variant, quantity)
        assert left(driver, variant) == left(driver, variant, driver.other_channel) == (True, quantity)
    driver.sell_out(variant)
    assert left(driver, variant) == (True, 0)


def test_units_are_those_of_the_variant_and_not_of_its_product(driver: ShopDriver) -> None:
    small, large = driver.make_product(variants=["S", "L"])
    driver.set_stock(small, 0)
    driver.set_stock(large, 3)
    told = driver.shop.availability([small, large], driver.channel)
    assert [told[variant].units for variant in (small, large)] == [0, 3]
    assert told[small].product_id == told[large].product_id == found(driver, small).id


def test_what_a_channel_does_not_show_it_does_not_sell(driver: ShopDriver) -> None:
    variant = driver.make_product(stock=4)[0]
    driver.unlist(variant, driver.channel)
    assert left(driver, variant) == (False, 4)
    assert left(driver, variant, driver.other_channel) == (True, 4)
    assert driver.shop.availability([variant], "no-such-channel") == {}


def test_a_price_is_that_of_the_channel_with_its_promotions(driver: ShopDriver) -> None:
    # given
    plain, reduced = driver.make_product("Hat", price=Decimal("15.50"))[0], driver.make_product("Shirt")[0]
    # when
    driver.set_price(reduced, Decimal("30.00"), was=Decimal("40.00"))
    here, there = (driver.shop.availability([plain, reduced], slug) for slug in (driver.channel, driver.other_channel))
    # then
    assert [(here[variant].price, here[variant].currency) for variant in (plain, reduced)] == [
        (Decimal("15.50"), driver.currency),
        (Decimal("30.00"), driver.currency),
    ]
    assert (there[reduced].price, there[reduced].currency) == (Decimal("30.00"), driver.other_currency)


def test_one_statement_looks_at_variants_in_many_channels(driver: ShopDriver) -> None:
    # given
    shirt, hat = driver.make_product("Shirt", stock=3)[0], driver.make_product("Hat", stock=5)[0]
    here, there = driver.channel, driver.other_channel
    unknown = [(one, here) for one in MALFORMED if "\x00" not in one] + [(shirt, "no-such-channel"), (shirt, "")]
    # when
    rows = looked(driver, [(shirt, here), (shirt, here), (hat, there), (shirt, there), *unknown])
    # then
    assert rows == sorted([(shirt, here, 3), (shirt, there, 3), (hat, there, 5)])


def test_a_variant_is_shown_with_its_names_and_prices_whether_it_is_there_or_not(driver: ShopDriver) -> None:
    # given
    small, large = driver.make_product(
        "Linen shirt", price=Decimal("30.00"), was=Decimal("40.00"), variants=["S", "L"], translations={"de": "Hemd"}
    )
    driver.sell_out(large)
    # when
    german = driver.shop.variants([small, large], driver.channel, "de", [])
    french = driver.shop.variants([large], driver.other_channel, "fr", [])[large]
    # then
    assert [german[variant].variant_name for variant in (small, large)] == ["S", "L"]
    gone = german[large]
    assert (gone.variant_id, gone.product_id) == (large, found(driver, large).id)
    assert (gone.product_name, french.product_name) == ("Hemd", "Linen shirt")
    assert (gone.price, gone.undiscounted_price, gone.currency) == (Decimal(30), Decimal(40), driver.currency)
    assert (french.price, french.currency) == (Decimal(30), driver.other_currency)
    assert gone.slug
    assert gone.image_url == "" or gone.image_url.startswith(("http://", "https://"))
    assert (gone.values, gone.expected_on) == (frozenset(), None)


def test_the_only_variant_of_a_product_needs_no_name_in_a_mail_of_its_own(driver: ShopDriver) -> None:
    variant = driver.make_product(variants=["One size"])[0]
    assert driver.shop.variants([variant], driver.channel, "de", [])[variant].variant_name == ""


def test_a_variant_that_the_channel_does_not_show_is_not_shown(driver: ShopDriver) -> None:
    variant = driver.make_product()[0]
    driver.unlist(variant, driver.channel)
    assert driver.shop.variants([variant], driver.channel, "de", []) == {}
    assert set(driver.shop.variants([variant], driver.other_channel, "de", [])) == {variant}


def test_a_variant_tells_the_values_that_are_asked_for(driver: ShopDriver) -> None:
    navy, plum = driver.make_product(variants=["S", "L"])
    driver.describe(navy, {"cloth": "linen", "gender": "w"}, {"colour": "navy"})
    driver.describe(plum, {"cloth": "linen", "gender": "w"}, {"colour": "plum"})
    told = driver.shop.variants([navy, plum], driver.channel, "de", ["colour", "gender", "unheard-of"])
    assert told[navy].values == {("gender", "w"), ("colour", "navy")}
    assert told[plum].values == {("gender", "w"), ("colour", "plum")}


def test_a_variant_tells_when_it_is_expected_again(driver: ShopDriver) -> None:
    # given
    both, products, garbage, nothing = (driver.make_product(f"Product {number}")[0] for number in range(4))
    driver.note(both, {"restock-date": "2026-12-24"}, {"restock-date": "2027-01-07"})
    driver.note(products, {"restock-date": "2026-12-24T08:00:00+01:00"}, {"other": "2027-01-07"})
    driver.note(garbage, {"restock-date": "2026-12-24"}, {"restock-date": "next week"})
    asked = [both, products, garbage, nothing]
    # then
    told = driver.shop.variants(asked, driver.channel, "de", [])
    assert [told[variant].expected_on for variant in asked] == [date(2027, 1, 7), date(2026, 12, 24), None, None]
    # and when the owner keeps the day elsewhere
    driver.configure("stock_restock_key", "other")
    told = driver.shop.variants(asked, driver.channel, "de", [])
    assert [told[variant].expected_on for variant in asked] == [None, date(2027, 1, 7), None, None]


def test_the_variants_of_products_are_told_in_the_shops_order(driver: ShopDriver) -> None:
    shirts, hat = driver.make_product("Shirt", variants=["S", "M", "L"]), driver.make_product("Hat")
    driver.sell_out(shirts[1])
    products = [found(driver, one[0]).id for one in (shirts, hat)]
    told = driver.shop.variants_of(products)
    assert set(told) == set(products)
    assert sorted(told[products[0]]) == sorted(shirts)
    assert told[products[1]] == hat
    assert driver.shop.variants_of(products) == told


def test_variants_that_the_shop_has_not_are_missing(driver: ShopDriver) -> None:
    variant = driver.make_product()[0]
    product, shop, channel = found(driver, variant).id, driver.shop, driver.channel
    unknown = [*MALFORMED, "2147483647"]
    assert set(shop.availability([*unknown, variant, variant], channel)) == {variant}
    assert set(shop.variants([*unknown, variant, variant], channel, "de", ["colour"])) == {variant}
    assert set(shop.variants_of([*unknown, product, product])) == {product}
    assert shop.availability([], channel) == shop.variants([], channel, "de", []) == shop.variants_of([]) == {}


def test_twenty_variants_cost_as_many_statements_as_one(driver: ShopDriver) -> None:
    # given
    variants = [driver.make_product(f"Product {number}", variants=["S", "M"])[0] for number in range(20)]
    for variant in variants[:3]:
        driver.describe(variant, {"cloth": "linen"}, {"colour": "navy"})
    products = [found(driver, variant).id for variant in variants]
    shop, channel = driver.shop, driver.channel
    reads: list[tuple[Callable[[list[str]], dict[str, Any]], list[str]]] = [
        (lambda ids: shop.availability(ids, channel), variants),
        (lambda ids: shop.variants(ids, channel, "de", ["colour", "cloth"]), variants),
        (lambda ids: shop.variants_of(ids), products),
    ]
    for read, ids in reads:
        assert len(read(ids)) == 20  # whatever the shop caches is there from now on
        # when
        one, twenty = (_statements(lambda asked=asked, read=read: read(asked)) for asked in (ids[:1], ids))
        # then
        assert twenty == one
    assert _statements(lambda: shop.availability(variants, channel)) == 1


def _statements(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)


def test_a_cart_can_have_what_is_there_in_the_quantity_that_it_wants(driver: ShopDriver) -> None:
    # given
    many, few, gone = (driver.make_product(stock=stock)[0] for stock in (5, 1, 1))
    cart, empty = driver.make_cart(), driver.make_cart()
    for variant in (many, few, gone):
        driver.add_line(cart, variant)
    driver.sell_out(gone)
    # then
    assert driver.shop.deliverable([cart, empty, *MALFORMED]) == {cart: {many, few}, empty: frozenset()}
