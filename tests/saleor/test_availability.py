"""A line is available when the shop could sell it to this cart now: listings, stock, reservations, preorders."""

from collections.abc import Iterator
from decimal import Decimal
from inspect import signature
from random import Random
from uuid import UUID

import pytest
from django.utils import timezone
from saleor.checkout.models import Checkout, CheckoutLine
from saleor.core.exceptions import InsufficientStock
from saleor.product.models import ProductVariant, ProductVariantChannelListing
from saleor.site.models import SiteSettings
from saleor.warehouse.availability import check_stock_and_preorder_quantity_bulk
from saleor.warehouse.models import Reservation, Stock, Warehouse

from tests.saleor.driver import ADDRESSES, SaleorDriver
from tests.saleor.graphql import LINES_ADD, SHOP_SETTINGS, GraphQL, global_id


@pytest.fixture
def reserving(staff: GraphQL) -> Iterator[None]:
    """The shop holds what is in a cart for an hour."""
    staff(SHOP_SETTINGS, input={"reserveStockDurationAnonymousUser": 60})
    yield
    staff(SHOP_SETTINGS, input={"reserveStockDurationAnonymousUser": None})


def test_what_is_available_is_what_saleor_would_let_the_cart_order(driver: SaleorDriver) -> None:
    # given carts of several countries and channels, and stock that has become scarce
    random = Random(11)
    variants = [driver.make_product(f"Product {number}", stock=60)[0] for number in range(5)]
    carts = []
    for number in range(10):
        channel = (driver.channel, driver.other_channel)[number % 2]
        cart_id = driver.make_cart(channel=channel, country=sorted(ADDRESSES)[number // 2 % len(ADDRESSES)])
        for variant in random.sample(variants, 3):
            driver.add_line(cart_id, variant, random.randint(1, 9))
        carts.append(cart_id)
    for quantity, variant in enumerate(variants):
        Stock.objects.filter(product_variant_id=int(variant)).update(quantity=2 * quantity)
    # when
    priced = driver.shop.priced_carts(carts)
    # then
    told = {cart_id: [line.available for line in priced[cart_id].lines] for cart_id in carts}
    assert told == {cart_id: _allowed(cart_id) for cart_id in carts}
    assert {available for lines in told.values() for available in lines} == {True, False}


def test_what_a_cart_itself_holds_does_not_count_against_it(driver: SaleorDriver, reserving: None) -> None:
    # given three units, held by two carts, and a third cart whose hold has run out
    variant = driver.make_product(stock=4)[0]
    two, one, late = (driver.make_cart() for _cart in range(3))
    for cart_id, quantity in ((two, 2), (one, 1), (late, 1)):
        driver.add_line(cart_id, variant, quantity)
    assert Reservation.objects.count() == 3
    Reservation.objects.filter(checkout_line__checkout_id=UUID(late)).update(reserved_until=timezone.now())
    Stock.objects.filter(product_variant_id=int(variant)).update(quantity=3)
    # when
    priced = driver.shop.priced_carts([two, one, late])
    # then
    assert [priced[cart_id].lines[0].available for cart_id in (two, one, late)] == [True, True, False]


def test_lines_of_one_variant_have_to_be_there_together(driver: SaleorDriver) -> None:
    variant = driver.make_product(stock=4)[0]
    cart_id = driver.make_cart()
    line = {"variantId": global_id("ProductVariant", variant), "quantity": 2, "forceNewLine": True}
    for _line in range(2):
        driver.api(LINES_ADD, id=global_id("Checkout", cart_id), lines=[line])
    assert [line.available for line in driver.shop.priced_carts([cart_id])[cart_id].lines] == [True, True]
    Stock.objects.filter(product_variant_id=int(variant)).update(quantity=3)
    assert [line.available for line in driver.shop.priced_carts([cart_id])[cart_id].lines] == [False, False]


def test_what_is_not_counted_never_runs_out(driver: SaleorDriver) -> None:
    variant = driver.make_product()[0]
    cart_id = driver.make_cart()
    driver.add_line(cart_id, variant)
    driver.sell_out(variant)
    ProductVariant.objects.filter(pk=int(variant)).update(track_inventory=False)
    assert driver.shop.priced_carts([cart_id])[cart_id].lines[0].available is True


def test_a_variant_without_a_price_in_the_channel_is_not_available(driver: SaleorDriver) -> None:
    variant = driver.make_product()[0]
    cart_id = driver.make_cart()
    driver.add_line(cart_id, variant)
    ProductVariantChannelListing.objects.filter(variant_id=int(variant)).update(price_amount=None)
    line = driver.shop.priced_carts([cart_id])[cart_id].lines[0]
    assert (line.available, line.total) == (False, Decimal("40.00"))


def test_a_preorder_is_available_up_to_its_threshold(driver: SaleorDriver) -> None:
    variant = driver.make_product(stock=0)[0]
    ProductVariant.objects.filter(pk=int(variant)).update(is_preorder=True, preorder_global_threshold=5)
    ProductVariantChannelListing.objects.filter(variant_id=int(variant)).update(preorder_quantity_threshold=3)
    enough, too_many = driver.make_cart(), driver.make_cart()
    driver.add_line(enough, variant, 3)
    driver.add_line(too_many, variant, 3)
    CheckoutLine.objects.filter(checkout_id=UUID(too_many)).update(quantity=4)
    priced = driver.shop.priced_carts([enough, too_many])
    assert [priced[cart_id].lines[0].available for cart_id in (enough, too_many)] == [True, False]
    ProductVariant.objects.filter(pk=int(variant)).update(preorder_global_threshold=2)
    assert driver.shop.priced_carts([enough])[enough].lines[0].available is False


@pytest.mark.skipif(
    not hasattr(SiteSettings, "use_legacy_shipping_zone_stock_availability"),
    reason="before 3.23 stock always depends on shipping zones",
)
def test_a_shop_may_let_every_warehouse_serve_every_country(driver: SaleorDriver, staff: GraphQL) -> None:
    # given a cart that ships to Germany, and stock that serves America
    variant = driver.make_product()[0]
    cart_id = driver.make_cart(country="DE")
    driver.add_line(cart_id, variant)
    americas = Warehouse.objects.get(slug="americas")
    Stock.objects.filter(product_variant_id=int(variant)).update(warehouse=americas)
    # (the demo range makes some warehouses, by chance, ones where customers collect what they buy, from any country)
    Warehouse.objects.filter(pk=americas.pk).update(click_and_collect_option="disabled")
    # when the shop goes by shipping zones, as older ones do, and when it does not, as new ones
    before = SiteSettings.objects.values_list("use_legacy_shipping_zone_stock_availability", flat=True).get()
    available = {}
    try:
        for by_zone in (True, False):
            SiteSettings.objects.update(use_legacy_shipping_zone_stock_availability=by_zone)
            available[by_zone] = driver.shop.priced_carts([cart_id])[cart_id].lines[0].available
    finally:
        SiteSettings.objects.update(use_legacy_shipping_zone_stock_availability=before)
    # then
    assert available == {True: False, False: True}


def _allowed(cart_id: str) -> list[bool]:
    """What the completion of the checkout would say of each line (saleor/warehouse/availability.py)."""
    cart = Checkout.objects.get(pk=UUID(cart_id))
    lines = list(cart.lines.all())
    variants = [line.variant for line in lines]
    newer = "include_shipping_zones" in signature(check_stock_and_preorder_quantity_bulk).parameters
    try:
        check_stock_and_preorder_quantity_bulk(
            variants,
            cart.get_country(),
            [line.quantity for line in lines],
            cart.channel.slug,
            None,
            **({"include_shipping_zones": True} if newer else {}),
        )
    except InsufficientStock as refusal:
        missing = {item.variant for item in refusal.items}
        return [variant not in missing for variant in variants]
    return [True] * len(lines)
