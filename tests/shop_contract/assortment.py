"""What recommendations ask of a shop: its whole range, what a channel sells now, how it looks in a mail."""

from collections.abc import Callable, Iterable
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.shop.goods import CatalogueProduct
from tests.shop_contract.acts import guest_order
from tests.shop_contract.reads import MALFORMED
from tests.shop_driver import ShopDriver


def found(driver: ShopDriver, variant_id: str) -> CatalogueProduct:
    """The variant's product in the catalogue."""
    (product,) = (one for one in driver.shop.catalogue() if variant_id in {variant.id for variant in one.variants})
    return product


def sold(driver: ShopDriver, variants: Iterable[str], channel: str = "") -> list[bool]:
    """Whether the products of these variants are on sale, by themselves and as tiles."""
    products = [found(driver, variant).id for variant in variants]
    on_sale = driver.shop.on_sale(products, channel or driver.channel, [])
    assert set(driver.shop.tiles(products, channel or driver.channel, "de")) == set(on_sale)
    return [product in on_sale for product in products]


def test_the_catalogue_tells_what_is_known_of_a_product(driver: ShopDriver) -> None:
    # given
    small, large = driver.make_product("Linen shirt", price=Decimal("42.00"), variants=["S", "L"])
    driver.set_price(large, Decimal("39.00"))
    categories = driver.put_in_category(small, ["Clothes of linen", "Shirts", "Short sleeves"])
    driver.describe(small, {"cloth": "linen", "gender": "w"}, {"colour": "navy"})
    # when
    product = found(driver, small)
    # then
    assert product.categories == tuple(categories)
    assert {("cloth", "linen"), ("gender", "w")} <= product.values
    assert product.price == Decimal("39.00")
    assert product.text.startswith("Linen shirt")
    assert [variant.id for variant in product.variants] == [small, large]
    assert ("colour", "navy") in product.variants[0].values
    assert "colour" not in dict(product.values)
    assert "cloth" not in dict(product.variants[0].values)


def test_the_catalogue_has_every_product_once_whether_it_is_sold_or_not(driver: ShopDriver) -> None:
    # given
    there, gone, hidden = (driver.make_product(f"Product {number}")[0] for number in range(3))
    driver.sell_out(gone)
    driver.unlist(hidden, driver.channel)
    # when
    products = list(driver.shop.catalogue())
    # then
    variants = [variant.id for product in products for variant in product.variants]
    assert [variants.count(variant) for variant in (there, gone, hidden)] == [1, 1, 1]
    assert len({product.id for product in products}) == len(products)


def test_more_products_do_not_make_more_statements(driver: ShopDriver) -> None:
    for number in range(3):
        driver.describe(driver.make_product(f"Product {number}")[0], {"cloth": "linen"}, {"colour": "navy"})
    before = _statements(lambda: list(driver.shop.catalogue()))
    for number in range(4):
        variant = driver.make_product(f"More {number}", variants=["S", "M"])[0]
        driver.describe(variant, {"cloth": "wool"}, {"colour": "plum"})
        driver.put_in_category(variant, ["Wool", "Jumpers"])
    assert _statements(lambda: list(driver.shop.catalogue())) == before


def test_a_product_is_on_sale_in_the_channels_that_list_it(driver: ShopDriver) -> None:
    shirt, hat = driver.make_product("Shirt")[0], driver.make_product("Hat")[0]
    assert sold(driver, [shirt, hat]) == [True, True]
    driver.unlist(shirt, driver.channel)
    assert sold(driver, [shirt, hat]) == [False, True]
    assert sold(driver, [shirt, hat], driver.other_channel) == [True, True]
    assert driver.shop.on_sale([found(driver, hat).id], "no-such-channel", []) == {}


def test_a_product_is_on_sale_while_one_of_its_variants_is_there(driver: ShopDriver) -> None:
    small, large = driver.make_product(variants=["S", "L"])
    driver.sell_out(small)
    assert sold(driver, [small]) == [True]
    driver.sell_out(large)
    assert sold(driver, [small]) == [False]


def test_what_others_have_ordered_is_not_on_sale(driver: ShopDriver) -> None:
    last, plenty = driver.make_product("Shirt", stock=1)[0], driver.make_product("Hat", stock=2)[0]
    for variant in (last, plenty):
        guest_order(driver, variant)
    assert sold(driver, [last, plenty]) == [False, True]


def test_on_sale_tells_what_a_product_comes_in_and_what_is_there(driver: ShopDriver) -> None:
    # given
    navy, plum = driver.make_product(variants=["S", "L"])
    driver.describe(navy, {"cloth": "linen", "gender": "w"}, {"colour": "navy"})
    driver.describe(plum, {"cloth": "linen", "gender": "w"}, {"colour": "plum"})
    categories = driver.put_in_category(navy, ["Clothes of linen", "Shirts"])
    driver.sell_out(plum)
    product = found(driver, navy).id
    # when
    told = driver.shop.on_sale([product], driver.channel, ["colour", "gender", "unheard-of"])[product]
    untold = driver.shop.on_sale([product], driver.channel, [])[product]
    # then
    assert (told.product_id, told.category_id) == (product, categories[-1])
    assert told.values == {("gender", "w")}
    assert told.comes_in == {("colour", "navy"), ("colour", "plum")}
    assert told.in_stock == {("colour", "navy")}
    assert untold.values == untold.comes_in == untold.in_stock == frozenset()


def test_a_tile_is_named_in_the_language_that_is_asked_for(driver: ShopDriver) -> None:
    product = found(driver, driver.make_product("Linen shirt", translations={"de": "Leinenhemd"})[0]).id
    german, french = (driver.shop.tiles([product], driver.channel, language)[product] for language in ("de", "fr"))
    assert (german.name, french.name) == ("Leinenhemd", "Linen shirt")
    assert german.product_id == product
    assert german.slug
    assert german.image_url == "" or german.image_url.startswith(("http://", "https://"))


def test_a_tile_shows_the_lowest_price_of_what_is_there(driver: ShopDriver) -> None:
    # given
    cheapest, cheap, dear = driver.make_product(variants=["S", "M", "L"])
    for variant, price in ((cheapest, "20.00"), (cheap, "30.00"), (dear, "45.50")):
        driver.set_price(variant, Decimal(price))
    product = found(driver, cheap).id
    # when
    driver.sell_out(cheapest)
    several = driver.shop.tiles([product], driver.channel, "de")[product]
    driver.sell_out(dear)
    one = driver.shop.tiles([product], driver.other_channel, "de")[product]
    # then
    assert (several.price, several.undiscounted_price, several.prices_differ) == (Decimal(30), Decimal(30), True)
    assert (one.price, one.prices_differ) == (Decimal(30), False)
    assert (several.currency, one.currency) == (driver.currency, driver.other_currency)


def test_a_tile_shows_what_a_promotion_takes_off(driver: ShopDriver) -> None:
    product = found(driver, driver.make_product(price=Decimal("30.00"), was=Decimal("40.00"))[0]).id
    tile = driver.shop.tiles([product], driver.channel, "de")[product]
    assert (tile.price, tile.undiscounted_price, tile.prices_differ) == (Decimal(30), Decimal(40), False)


def test_products_that_the_shop_has_not_are_not_on_sale(driver: ShopDriver) -> None:
    product = found(driver, driver.make_product()[0]).id
    unknown = [*MALFORMED, "2147483647"]
    assert set(driver.shop.on_sale([*unknown, product, product], driver.channel, [])) == {product}
    assert set(driver.shop.tiles([*unknown, product, product], driver.channel, "de")) == {product}
    assert driver.shop.on_sale([], driver.channel, ["colour"]) == driver.shop.tiles([], driver.channel, "de") == {}


def test_twenty_products_cost_as_many_statements_as_one(driver: ShopDriver) -> None:
    # given
    variants = [driver.make_product(f"Product {number}", variants=["S", "M"])[0] for number in range(20)]
    for variant in variants[:4]:
        driver.describe(variant, {"cloth": "linen"}, {"colour": "navy"})
    products = [found(driver, variant).id for variant in variants]
    shop, channel = driver.shop, driver.channel
    reads: list[Callable[[list[str]], object]] = [
        lambda ids: shop.on_sale(ids, channel, []),
        lambda ids: shop.on_sale(ids, channel, ["colour", "cloth"]),
        lambda ids: shop.tiles(ids, channel, "de"),
    ]
    for read in reads:
        read(products)  # whatever the shop caches is there from now on
        # when
        one, twenty = (_statements(lambda ids=ids, read=read: read(ids)) for ids in (products[:1], products))
        # then
        assert twenty == one
    assert _statements(lambda: reads[1](products)) <= 5


def _statements(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)
