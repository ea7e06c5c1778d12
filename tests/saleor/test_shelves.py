"""What a channel has left is what Saleor says, however warehouses, zones, stocks, holds and thresholds lie."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from saleor.channel.models import Channel
from saleor.checkout.models import CheckoutLine
from saleor.core.exceptions import InsufficientStock
from saleor.order.models import OrderLine
from saleor.product.models import Product, ProductChannelListing, ProductVariant, ProductVariantChannelListing
from saleor.shipping.models import ShippingZone
from saleor.site.models import SiteSettings
from saleor.warehouse.availability import check_preorder_threshold_bulk
from saleor.warehouse.models import Allocation, PreorderAllocation, PreorderReservation, Reservation, Stock, Warehouse

from saleor_crm_plugin.shop.saleor.stock import BY_ZONE
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import OFFERED, global_id, key_of
from tests.saleor.merchandise import products_of
from tests.shop_contract.acts import guest_order


@pytest.fixture
def shelves(driver: SaleorDriver) -> Iterator[tuple[list[ShippingZone], list[Warehouse]]]:
    """Three zones and five warehouses more. What the shop has set of its own stock is put back after."""
    address = Warehouse.objects.get(slug="europe").address
    zones = [ShippingZone.objects.create(name=f"Zone {number}", countries=["DE"]) for number in range(3)]
    warehouses = [
        Warehouse.objects.create(name=f"Shelf {number}", slug=f"shelf-{number}", address=address.get_copy())
        for number in range(5)
    ]
    names = ["reserve_stock_duration_anonymous_user", "reserve_stock_duration_authenticated_user"]
    names += [BY_ZONE] if hasattr(SiteSettings, BY_ZONE) else []
    before = SiteSettings.objects.values(*names).get()
    yield zones, warehouses
    SiteSettings.objects.update(**before)
    for one in (*warehouses, *zones):
        one.delete()


@pytest.mark.parametrize("seed", range(6))
def test_what_is_left_is_what_saleor_says(
    driver: SaleorDriver, shelves: tuple[list[ShippingZone], list[Warehouse]], seed: int
) -> None:
    # given
    random = Random(seed)
    made = driver.make_product(variants=["S", "M", "L"], stock=9)
    lines = [OrderLine.objects.get(order_id=guest_order(driver, made[0])) for _order in range(3)]
    carts = [driver.make_cart() for _cart in range(3)]
    for cart in carts:
        driver.add_line(cart, made[0])
    held = list(CheckoutLine.objects.filter(checkout_id__in=carts))
    variants = _variants(products_of(made)[0], 40)
    _settle(random, *shelves)
    _fill(random, variants, shelves[1], lines, held)
    for channel in (driver.channel, driver.other_channel):
        _list(random, variants, channel)
        products = [str(key) for key in sorted({variant.product_id for variant in variants})]
        # when
        sold = driver.shop.on_sale(products, channel, [])
        # then
        told = _told(driver, products, channel)
        assert set(sold) == {key for key, bought in told.items() if any(bought)}
        assert {len(sold) == 0, len(sold) == len(products)} == {False}
        assert driver.shop.on_sale(products, channel, ["no-such-attribute"]) == sold
        assert set(driver.shop.tiles(products, channel, "de")) == set(sold)


def _variants(like: str, count: int) -> list[ProductVariant]:
    """As many new variants, of products of one or two of them."""
    model = Product.objects.get(pk=int(like))
    products = Product.objects.bulk_create(
        Product(name=f"Product {n}", slug=f"p-{uuid4()}", product_type=model.product_type, category=model.category)
        for n in range(count * 2 // 3)
    )
    return list(
        ProductVariant.objects.bulk_create(
            ProductVariant(product=products[n % len(products)], name=str(n), sku=str(uuid4())) for n in range(count)
        )
    )


def _settle(random: Random, zones: list[ShippingZone], warehouses: list[Warehouse]) -> None:
    """Whether the shop holds what is in carts, whether it goes by zones, and who serves whom."""
    settings: dict[str, Any] = {"reserve_stock_duration_anonymous_user": random.choice((None, 0, 30))}
    settings["reserve_stock_duration_authenticated_user"] = random.choice((None, 0, 30))
    if hasattr(SiteSettings, BY_ZONE):
        settings[BY_ZONE] = random.random() < 0.7
    SiteSettings.objects.update(**settings)
    channels = list(Channel.objects.all())
    for zone in zones:
        zone.channels.set([channel for channel in channels if random.random() < 0.8])
    for warehouse in warehouses:
        warehouse.click_and_collect_option = random.choice(("disabled", "disabled", "local", "all"))
        warehouse.save()
        warehouse.channels.set([channel for channel in channels if random.random() < 0.9])
        warehouse.shipping_zones.set([zone for zone in zones if random.random() < 0.4])


def _fill(
    random: Random,
    variants: list[ProductVariant],
    warehouses: list[Warehouse],
    lines: list[OrderLine],
    held: list[CheckoutLine],
) -> None:
    """Stocks, and what orders and carts have of them: sometimes more than is there."""
    until = [timezone.now() + timedelta(hours=hours) for hours in (-1, 1, 1)]
    stocks = Stock.objects.bulk_create(
        Stock(product_variant=variant, warehouse=warehouse, quantity=random.choice((0, 0, 1, 2, 3)))
        for variant in variants
        for warehouse in warehouses
        if random.random() < 0.5
    )
    Allocation.objects.bulk_create(
        Allocation(order_line=line, stock=stock, quantity_allocated=random.choice((0, 1, 1, 3)))
        for line in lines
        for stock in stocks
        if random.random() < 0.2
    )
    Reservation.objects.bulk_create(
        Reservation(checkout_line=line, stock=stock, quantity_reserved=1, reserved_until=random.choice(until))
        for line in held
        for stock in stocks
        if random.random() < 0.2
    )
    for variant in variants:
        variant.track_inventory = random.random() < 0.9
        variant.is_preorder = random.random() < 0.3
        variant.preorder_end_date = random.choice((None, *until))
        variant.preorder_global_threshold = random.choice((None, 0, 1, 3, 6))
    ProductVariant.objects.bulk_update(
        variants, ["track_inventory", "is_preorder", "preorder_end_date", "preorder_global_threshold"]
    )
    listings = ProductVariantChannelListing.objects.bulk_create(
        ProductVariantChannelListing(
            variant=variant,
            channel=channel,
            currency=channel.currency_code,
            price_amount=None if random.random() < 0.1 else 10,
            discounted_price_amount=10,
            preorder_quantity_threshold=random.choice((None, 0, 1, 3, 6)),
        )
        for variant in variants
        for channel in Channel.objects.all()
        if random.random() < 0.9
    )
    PreorderAllocation.objects.bulk_create(
        PreorderAllocation(order_line=line, product_variant_channel_listing=listing, quantity=random.randrange(3))
        for line in lines
        for listing in listings
        if random.random() < 0.3
    )
    PreorderReservation.objects.bulk_create(
        PreorderReservation(
            checkout_line=line,
            product_variant_channel_listing=listing,
            quantity_reserved=1,
            reserved_until=random.choice(until),
        )
        for line in held
        for listing in listings
        if random.random() < 0.2
    )


def _list(random: Random, variants: list[ProductVariant], channel: str) -> None:
    """Most products are shown and sold; the others not in one way or another."""
    now, later = timezone.now(), timezone.now() + timedelta(hours=1)
    shown = {"is_published": True, "visible_in_listings": True, "available_for_purchase_at": now}
    hidden = ({"is_published": False}, {"visible_in_listings": False}, {"published_at": later})
    states = [{}] * 16 + [*hidden, {"available_for_purchase_at": later}, {"available_for_purchase_at": None}]
    ProductChannelListing.objects.bulk_create(
        ProductChannelListing(
            product_id=product, channel=Channel.objects.get(slug=channel), **{**shown, **random.choice(states)}
        )
        for product in sorted({variant.product_id for variant in variants})
    )


def _told(driver: SaleorDriver, products: list[str], channel: str) -> dict[str, list[bool]]:
    """The products that a storefront lists and sells, and of which of their variants Saleor would sell one."""
    ids = [global_id("Product", product) for product in products]
    nodes = [edge["node"] for edge in driver.api(OFFERED, ids=ids, channel=channel)["edges"]]
    quantities = {
        int(key_of(variant["id"])): variant["quantityAvailable"] for node in nodes for variant in node["variants"]
    }
    there = {
        variant.pk: _preordered(variant, channel) if variant.is_preorder_active() else quantities[variant.pk] > 0
        for variant in ProductVariant.objects.filter(pk__in=quantities)
    }
    return {
        key_of(node["id"]): [there[int(key_of(variant["id"]))] for variant in node["variants"]]
        for node in nodes
        if node["isAvailableForPurchase"]
    }


def _preordered(variant: ProductVariant, channel: str) -> bool:
    """What a checkout says, by all thresholds. (``quantityAvailable`` goes by one of them.)"""
    try:
        check_preorder_threshold_bulk([variant], [1], channel, None, check_reservations=True)
    except InsufficientStock:
        return False
    return True
