"""What recommendations ask of a shop: its whole range, what a channel sells now, how it looks in a mail."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.shop.goods import CatalogueProduct, Shelf
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
    assert set(driver.shop.tiles(products, channel or driver.channel, ["de"])["de"]) == set(on_sale)
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
    tiles = driver.shop.tiles([product], driver.channel, ["de", "fr"])
    german, french = tiles["de"][product], tiles["fr"][product]
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
    several = driver.shop.tiles([product], driver.channel, ["de"])["de"][product]
    driver.sell_out(dear)
    one = driver.shop.tiles([product], driver.other_channel, ["de"])["de"][product]
    # then
    assert (several.price, several.undiscounted_price, several.prices_differ) == (Decimal(30), Decimal(30), True)
    assert (one.price, one.prices_differ) == (Decimal(30), False)
    assert (several.currency, one.currency) == (driver.currency, driver.other_currency)


def test_a_tile_shows_what_a_promotion_takes_off(driver: ShopDriver) -> None:
    product = found(driver, driver.make_product(price=Decimal("30.00"), was=Decimal("40.00"))[0]).id
    tile = driver.shop.tiles([product], driver.channel, ["de"])["de"][product]
    assert (tile.price, tile.undiscounted_price, tile.prices_differ) == (Decimal(30), Decimal(40), False)


def test_products_that_the_shop_has_not_are_not_on_sale(driver: ShopDriver) -> None:
    product = found(driver, driver.make_product()[0]).id
    unknown = [*MALFORMED, "2147483647"]
    assert set(driver.shop.on_sale([*unknown, product, product], driver.channel, [])) == {product}
    assert set(driver.shop.tiles([*unknown, product, product], driver.channel, ["de"])["de"]) == {product}
    assert driver.shop.on_sale([], driver.channel, ["colour"]) == {}
    assert driver.shop.tiles([], driver.channel, ["de", "fr"]) == {"de": {}, "fr": {}}


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
        lambda ids: shop.tiles(ids, channel, ["de"]),
    ]
    for read in reads:
        read(products)  # whatever the shop caches is there from now on
        # when
        one, twenty = (_statements(lambda ids=ids, read=read: read(ids)) for ids in (products[:1], products))
        # then
        assert twenty == one
    assert _statements(lambda: reads[1](products)) <= 5


def test_tiles_in_four_languages_cost_as_many_statements_as_in_one(driver: ShopDriver) -> None:
    # given
    product = found(driver, driver.make_product("Shirt")[0]).id
    shop, channel = driver.shop, driver.channel
    shop.tiles([product], channel, ["de"])  # whatever the shop caches is there from now on
    # when
    one, four = (
        _statements(lambda asked=asked: shop.tiles([product], channel, asked))
        for asked in (["de"], ["de", "fr", "pl", "en"])
    )
    # then
    assert four == one


def test_a_shelf_has_what_is_in_a_category_and_below_it_the_newest_first(driver: ShopDriver) -> None:
    # given
    name = f"shelf-{uuid4().hex[:8]}"
    older, newer, elsewhere = (driver.make_product(f"Product {number}")[0] for number in range(3))
    inside = driver.put_in_category(older, [name, f"{name}-below"])
    above = driver.put_in_category(newer, [f"{name}-other"])
    # when
    shelf, other = (driver.shop.shelf(slug, "", 10) for slug in (name, f"{name}-other"))
    # then
    assert shelf == Shelf(inside[0], (found(driver, older).id,))
    assert other == Shelf(above[0], (found(driver, newer).id,))
    assert found(driver, elsewhere).id not in shelf.product_ids


def test_a_shelf_has_what_is_in_a_collection_and_no_more_than_is_asked_for(driver: ShopDriver) -> None:
    # given
    name = f"shelf-{uuid4().hex[:8]}"
    variants = [driver.make_product(f"Product {number}")[0] for number in range(3)]
    products = [found(driver, variant).id for variant in variants]
    slug = driver.put_in_collection(variants)
    (inside,) = driver.put_in_category(variants[1], [name])
    # when
    whole, first, both = (driver.shop.shelf(place, slug, most) for place, most in (("", 9), ("", 2), (name, 9)))
    # then
    assert set(whole.product_ids) == set(products)
    assert first.product_ids == whole.product_ids[:2]
    assert both == Shelf(inside, (products[1],))


def test_there_is_nothing_on_a_shelf_that_the_shop_has_not(driver: ShopDriver) -> None:
    # given
    slug = driver.put_in_collection([driver.make_product()[0]])
    # when
    none = [driver.shop.shelf(*place, 9) for place in (("no-such", ""), ("", "no-such"), ("no-such", slug))]
    # then
    assert none == [Shelf(None, ())] * 3


def test_categories_and_collections_are_known_by_their_slugs(driver: ShopDriver) -> None:
    # given
    name = f"shelf-{uuid4().hex[:8]}"
    (variant,) = driver.make_product()
    driver.put_in_category(variant, [name])
    slug = driver.put_in_collection([variant])
    # when / then
    assert driver.shop.shelves_there([name, "no-such", slug], [slug, "no-such", name]) == ({name}, {slug})


def test_a_category_has_all_products_in_it_and_below_it_sold_or_not(driver: ShopDriver) -> None:
    # given
    name = f"shelf-{uuid4().hex[:8]}"
    inside, sold_out, elsewhere = (driver.make_product(f"Product {number}", stock=0)[0] for number in range(3))
    above, leaf = driver.put_in_category(inside, [name, f"{name}-below"])
    (other,) = driver.put_in_category(elsewhere, [f"{name}-other"])
    driver.put_in_category(sold_out, [f"{name}-third"])
    # when
    told = driver.shop.in_categories([above, leaf, other, "99999999", "no id"])
    # then
    mine = frozenset({found(driver, inside).id})
    assert told == {above: mine, leaf: mine, other: frozenset({found(driver, elsewhere).id})}


def test_which_products_exist_is_told_whether_they_are_sold_or_not(driver: ShopDriver) -> None:
    product = found(driver, driver.make_product(stock=0)[0]).id
    assert driver.shop.existing([product, "99999999", "no id"]) == {product}


def test_products_are_known_by_their_slugs(driver: ShopDriver) -> None:
    # given
    product = found(driver, driver.make_product()[0]).id
    slug = driver.shop.tiles([product], driver.channel, ["de"])["de"][product].slug
    # when / then
    assert driver.shop.product_ids([slug, slug, "no-such"]) == {slug: product}


def test_products_are_called_as_in_the_language_also_where_they_are_not_sold(driver: ShopDriver) -> None:
    # given
    variants = driver.make_product("Linen shirt", translations={"de": "Leinenhemd"}), driver.make_product("Hat")
    shirt, hat = (found(driver, variant).id for (variant,) in variants)
    for channel in (driver.channel, driver.other_channel):
        driver.unlist(variants[0][0], channel)
    # when / then
    asked = [shirt, hat, shirt, "2147483000", "x"]
    assert driver.shop.product_names(asked, "de") == {shirt: "Leinenhemd", hat: "Hat"}
    assert driver.shop.product_names(asked, "fr") == {shirt: "Linen shirt", hat: "Hat"}
    assert _statements(lambda: driver.shop.product_names([shirt, hat], "de")) <= 2


def _statements(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)
