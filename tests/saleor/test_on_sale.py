"""What is on sale is what a storefront says: its listings, its availability. And the whole range, for training."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from saleor.channel.models import Channel
from saleor.product.models import Product, ProductChannelListing, ProductVariant, ProductVariantChannelListing
from saleor.site.models import SiteSettings
from saleor.warehouse.models import Reservation, Stock, Warehouse

from saleor_crm_plugin.shop.saleor.catalogue import read_catalogue
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import LISTED, SHOP_SETTINGS, GraphQL, global_id, key_of
from tests.saleor.merchandise import products_of
from tests.shop_contract.acts import guest_order

ZONES = "use_legacy_shipping_zone_stock_availability"  # from 3.23 on


@pytest.fixture
def reserving(staff: GraphQL) -> Iterator[None]:
    """The shop holds what is in a cart for an hour."""
    staff(SHOP_SETTINGS, input={"reserveStockDurationAnonymousUser": 60})
    yield
    staff(SHOP_SETTINGS, input={"reserveStockDurationAnonymousUser": None})


@pytest.fixture(params=[True, False], ids=["by zone", "by channel"])
def by_zone(request: pytest.FixtureRequest, staff: GraphQL) -> Iterator[bool]:
    """Whether the shop goes by shipping zones."""
    if not hasattr(SiteSettings, ZONES):
        if not request.param:
            pytest.skip("before 3.23 stock always depends on shipping zones")
        yield True
        return
    before = SiteSettings.objects.values_list(ZONES, flat=True).get()
    SiteSettings.objects.update(**{ZONES: request.param})
    yield request.param
    SiteSettings.objects.update(**{ZONES: before})


def test_what_is_there_is_what_the_storefront_says(driver: SaleorDriver, reserving: None, by_zone: bool) -> None:
    # given goods in all warehouses, of which some are ordered, held in carts, or sold more often than they are there
    random = Random(13)
    variants = [driver.make_product(f"Product {n}", variants=["S", "M"], stock=5)[n % 2] for n in range(16)]
    warehouses = list(Warehouse.objects.order_by("slug"))
    for variant in variants:
        for _order in range(random.randrange(3)):
            guest_order(driver, variant)
        if random.random() < 0.4:
            driver.add_line(driver.make_cart(), variant, random.randint(1, 2))
        rest = ProductVariant.objects.filter(product__variants=int(variant)).exclude(pk=int(variant))
        Stock.objects.filter(product_variant__in=rest).update(quantity=0)
        Stock.objects.filter(product_variant_id=int(variant)).update(quantity=random.choice((0, 0, 1, 3)))
        for warehouse in warehouses:
            if random.random() < 0.1:
                Stock.objects.get_or_create(
                    product_variant_id=int(variant), warehouse=warehouse, defaults={"quantity": random.randrange(3)}
                )
    products = [*products_of(variants), *_demo_range()]
    for channel in (driver.channel, driver.other_channel):
        # when
        ours = set(driver.shop.on_sale(products, channel, []))
        # then
        assert ours == _told(driver, products, channel)
        assert {product in ours for product in products_of(variants)} == {True, False}


def test_what_a_zone_lacks_is_not_made_up_by_its_own_other_stock(driver: SaleorDriver) -> None:
    # given a unit that was sold and is not there, and another unit in the same place
    variant = driver.make_product(stock=2)[0]
    for _order in range(2):
        guest_order(driver, variant)
    (stock,) = Stock.objects.filter(product_variant_id=int(variant))
    stock.quantity = 1
    stock.save()
    twin = Warehouse.objects.create(name="Twin", slug="twin", address=stock.warehouse.address.get_copy())
    try:
        twin.channels.set(stock.warehouse.channels.all())
        twin.shipping_zones.set(stock.warehouse.shipping_zones.all())
        Stock.objects.create(product_variant_id=int(variant), warehouse=twin, quantity=1)
        products = products_of([variant])
        # then
        assert (
            set(driver.shop.on_sale(products, driver.channel, [])) == set() == _told(driver, products, driver.channel)
        )
        Stock.objects.filter(warehouse=twin).update(quantity=2)
        assert set(driver.shop.on_sale(products, driver.channel, [])) == set(products)
        assert _told(driver, products, driver.channel) == set(products)
    finally:
        twin.delete()


def test_only_what_is_published_listed_and_for_sale_is_on_sale(driver: SaleorDriver) -> None:
    # given
    later, earlier = timezone.now() + timedelta(hours=1), timezone.now() - timedelta(hours=1)
    states: list[tuple[dict[str, object], bool]] = [
        ({}, True),
        ({"is_published": False}, False),
        ({"published_at": later}, False),
        ({"published_at": earlier}, True),
        ({"published_at": None}, True),
        ({"visible_in_listings": False}, False),
        ({"available_for_purchase_at": None}, False),
        ({"available_for_purchase_at": later}, False),
        ({"available_for_purchase_at": earlier}, True),
    ]
    products = products_of([driver.make_product(f"Product {number}")[0] for number in range(len(states))])
    for product, (changes, _sold) in zip(products, states, strict=True):
        if changes:
            _listings(driver, product).update(**changes)
    # then
    expected = {product for product, (_changes, sold) in zip(products, states, strict=True) if sold}
    assert set(driver.shop.on_sale(products, driver.channel, [])) == expected
    assert _told(driver, products, driver.channel) == expected
    assert set(driver.shop.tiles(products, driver.channel, ["de"])["de"]) == expected
    assert set(driver.shop.on_sale(products, driver.other_channel, [])) == set(products)


def test_only_variants_with_a_price_in_the_channel_are_on_sale(driver: SaleorDriver) -> None:
    # given
    without, elsewhere, half, whole = (driver.make_product(f"Product {n}", variants=["S", "M"]) for n in range(4))
    here = ProductVariantChannelListing.objects.filter(channel__slug=driver.channel)
    here.filter(variant_id__in=map(int, [*without, half[0]])).update(price_amount=None)
    here.filter(variant_id__in=map(int, elsewhere)).delete()
    for variant, colour in ((half[0], "navy"), (half[1], "plum")):
        driver.describe(variant, {}, {"colour": colour})
    products = products_of([one[0] for one in (without, elsewhere, half, whole)])
    # when
    on_sale = driver.shop.on_sale(products, driver.channel, ["colour"])
    # then
    assert set(on_sale) == set(products[2:]) == _told(driver, products, driver.channel)
    assert on_sale[products[2]].comes_in == on_sale[products[2]].in_stock == {("colour", "plum")}
    assert set(driver.shop.on_sale(products, driver.other_channel, [])) == set(products)


def test_a_closed_channel_sells_nothing(driver: SaleorDriver) -> None:
    products = products_of([driver.make_product()[0]])
    Channel.objects.filter(slug=driver.channel).update(is_active=False)
    try:
        assert driver.shop.on_sale(products, driver.channel, []) == {}
        assert driver.shop.tiles(products, driver.channel, ["de"])["de"] == {}
    finally:
        Channel.objects.filter(slug=driver.channel).update(is_active=True)


def test_what_is_held_in_a_cart_is_not_on_sale_until_the_hold_runs_out(driver: SaleorDriver, reserving: None) -> None:
    # given
    variant = driver.make_product(stock=2)[0]
    products = products_of([variant])
    cart_id = driver.make_cart()
    driver.add_line(cart_id, variant, 2)
    # then
    assert driver.shop.on_sale(products, driver.channel, []) == {}
    assert _told(driver, products, driver.channel) == set()
    Reservation.objects.filter(checkout_line__checkout_id=UUID(cart_id)).update(reserved_until=timezone.now())
    assert set(driver.shop.on_sale(products, driver.channel, [])) == set(products)


def test_what_is_held_does_not_count_where_the_shop_holds_nothing(driver: SaleorDriver, staff: GraphQL) -> None:
    variant = driver.make_product(stock=1)[0]
    staff(SHOP_SETTINGS, input={"reserveStockDurationAnonymousUser": 60})
    driver.add_line(driver.make_cart(), variant)
    staff(SHOP_SETTINGS, input={"reserveStockDurationAnonymousUser": None})
    assert Reservation.objects.count() == 1
    products = products_of([variant])
    assert set(driver.shop.on_sale(products, driver.channel, [])) == set(products)
    assert _told(driver, products, driver.channel) == set(products)


def test_what_is_not_counted_stays_on_sale(driver: SaleorDriver) -> None:
    variant = driver.make_product()[0]
    driver.sell_out(variant)
    ProductVariant.objects.filter(pk=int(variant)).update(track_inventory=False)
    products = products_of([variant])
    assert set(driver.shop.on_sale(products, driver.channel, [])) == set(products)
    driver.add_line(driver.make_cart(), variant)  # Saleor sells it, too


@pytest.mark.parametrize(
    ("everywhere", "here", "sold"), [(None, None, True), (3, 1, True), (0, None, False), (3, 0, False), (0, 1, False)]
)
def test_a_preorder_is_on_sale_up_to_its_thresholds(
    driver: SaleorDriver, everywhere: int | None, here: int | None, sold: bool
) -> None:
    variant = driver.make_product(stock=0)[0]
    ProductVariant.objects.filter(pk=int(variant)).update(is_preorder=True, preorder_global_threshold=everywhere)
    ProductVariantChannelListing.objects.filter(variant_id=int(variant)).update(preorder_quantity_threshold=here)
    products = products_of([variant])
    assert set(driver.shop.on_sale(products, driver.channel, [])) == (set(products) if sold else set())


def test_a_preorder_that_is_over_is_sold_from_stock(driver: SaleorDriver) -> None:
    gone, there = driver.make_product(stock=0)[0], driver.make_product(stock=1)[0]
    over = timezone.now() - timedelta(hours=1)
    ProductVariant.objects.filter(pk__in=[int(gone), int(there)]).update(is_preorder=True, preorder_end_date=over)
    products = products_of([gone, there])
    assert set(driver.shop.on_sale(products, driver.channel, [])) == {products[1]}


def test_the_catalogue_is_the_same_in_whatever_pieces_it_is_read(driver: SaleorDriver) -> None:
    driver.describe(driver.make_product(variants=["S", "M"])[0], {"cloth": "linen"}, {"colour": "navy"})
    whole = list(read_catalogue())
    assert [product.id for product in whole] == [
        str(pk) for pk in Product.objects.order_by("pk").values_list("pk", flat=True)
    ]
    assert list(read_catalogue(2)) == list(read_catalogue(len(whole))) == whole


def test_the_text_of_a_product_is_its_name_and_what_describes_it(driver: SaleorDriver) -> None:
    product = products_of([driver.make_product("Linen shirt")[0]])[0]
    Product.objects.filter(pk=int(product)).update(description_plaintext="Cool in summer.")
    (told,) = (one for one in driver.shop.catalogue() if one.id == product)
    assert told.text == "Linen shirt\nCool in summer."


def test_a_storefront_waits_for_few_statements(driver: SaleorDriver, reserving: None) -> None:
    products = products_of([driver.make_product(f"Product {number}")[0] for number in range(3)])
    driver.shop.tiles(products, driver.channel, ["de"])
    assert _statements(lambda: driver.shop.on_sale(products, driver.channel, [])) == 1
    assert _statements(lambda: driver.shop.on_sale(products, driver.channel, ["colour"])) == 3
    assert _statements(lambda: driver.shop.tiles(products, driver.channel, ["de", "fr", "en"])) <= 10


def _demo_range() -> list[str]:
    """Products of Saleor's demo range of which everything is counted, and nothing preordered."""
    others = ProductVariant.objects.exclude(track_inventory=True, is_preorder=False).values("product_id")
    return [str(pk) for pk in Product.objects.exclude(pk__in=others).order_by("pk").values_list("pk", flat=True)[:50]]


def _listings(driver: SaleorDriver, product: str) -> Any:
    return ProductChannelListing.objects.filter(product_id=int(product), channel__slug=driver.channel)


def _told(driver: SaleorDriver, products: Sequence[str], channel: str) -> set[str]:
    """The products that a storefront lists, and says are available."""
    ids = [global_id("Product", product) for product in products]
    edges = driver.api(LISTED, ids=ids, channel=channel)["edges"]
    return {key_of(edge["node"]["id"]) for edge in edges if edge["node"]["isAvailable"]}


def _statements(read: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        read()
    return len(captured)
