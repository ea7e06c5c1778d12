"""Shops at random: warehouses, zones, stocks, what orders and carts have of them, and what is sold."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any
from uuid import uuid4

from django.utils import timezone
from saleor.channel.models import Channel
from saleor.checkout.models import CheckoutLine
from saleor.order.models import OrderLine
from saleor.product.models import Product, ProductChannelListing, ProductVariant, ProductVariantChannelListing
from saleor.shipping.models import ShippingZone
from saleor.site.models import SiteSettings
from saleor.warehouse.models import Allocation, PreorderAllocation, PreorderReservation, Reservation, Stock, Warehouse

from saleor_crm_plugin.shop.saleor.stock import BY_ZONE
from tests.saleor.driver import SaleorDriver
from tests.saleor.merchandise import products_of
from tests.shop_contract.acts import guest_order

LIMIT = "limit_quantity_per_checkout"
RESERVING = ("reserve_stock_duration_anonymous_user", "reserve_stock_duration_authenticated_user")

Shelves = tuple[list[ShippingZone], list[Warehouse]]


@contextmanager
def settings_kept() -> Iterator[None]:
    """What the shop has set of its own stock is put back after."""
    names = [LIMIT, *RESERVING, *([BY_ZONE] if hasattr(SiteSettings, BY_ZONE) else [])]
    before = SiteSettings.objects.values(*names).get()
    try:
        yield
    finally:
        SiteSettings.objects.update(**before)


@contextmanager
def more() -> Iterator[Shelves]:
    """Three zones and five warehouses more, and settings that may be changed: what there was is put back after."""
    address = Warehouse.objects.get(slug="europe").address
    zones = [ShippingZone.objects.create(name=f"Zone {number}", countries=["DE"]) for number in range(3)]
    warehouses = [
        Warehouse.objects.create(name=f"Shelf {number}", slug=f"shelf-{number}", address=address.get_copy())
        for number in range(5)
    ]
    try:
        with settings_kept():
            yield zones, warehouses
    finally:
        for one in (*warehouses, *zones):
            one.delete()


def stocked(driver: SaleorDriver, random: Random, shelves: Shelves) -> list[ProductVariant]:
    """Forty variants on these shelves, listed in most channels, some ordered and held in carts. None is published."""
    made = driver.make_product(variants=["S", "M", "L"], stock=9)
    lines = [OrderLine.objects.get(order_id=guest_order(driver, made[0])) for _order in range(3)]
    carts = [driver.make_cart() for _cart in range(3)]
    for cart in carts:
        driver.add_line(cart, made[0])
    held = list(CheckoutLine.objects.filter(checkout_id__in=carts))
    variants = _variants(products_of(made)[0], 40)
    _settle(random, *shelves)
    _fill(random, variants, shelves[1], lines, held)
    return variants


def publish(random: Random, variants: list[ProductVariant], channel: str) -> None:
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
    settings: dict[str, Any] = {name: random.choice((None, 0, 30)) for name in RESERVING}
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
