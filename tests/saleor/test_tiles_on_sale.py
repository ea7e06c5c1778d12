"""What is on sale shows the prices and the picture that the storefront shows."""

from decimal import Decimal
from random import Random

import pytest
from saleor.channel.models import Channel
from saleor.product.models import Product, ProductMedia, ProductVariantChannelListing
from saleor.tax.models import TaxClass, TaxClassCountryRate, TaxConfiguration, TaxConfigurationPerCountry

from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import FOR_SALE, PICTURE, GraphQL, global_id
from tests.saleor.merchandise import products_of


@pytest.mark.parametrize("strategy", ["FLAT_RATES", "TAX_APP", "exception"])
def test_prices_are_those_of_the_storefront(driver: SaleorDriver, strategy: str) -> None:
    # given prices that take tax to two channels: on top in one, included in the other; a class of its own; promotions
    random = Random(17)
    reduced = TaxClass.objects.create(name="Reduced")
    channels = list(Channel.objects.filter(slug__in=[driver.channel, driver.other_channel]))
    rates = [
        TaxClassCountryRate.objects.update_or_create(country=channel.default_country, tax_class=tax_class, defaults=of)
        for channel in channels
        for tax_class, of in ((None, {"rate": Decimal(19)}), (reduced, {"rate": Decimal("5.5")}))
    ]
    configured = TaxConfiguration.objects.filter(channel__in=channels)
    assert set(configured.values_list("prices_entered_with_tax", flat=True)) == {True, False}
    if strategy == "exception":
        for configuration in configured:
            country = configuration.channel.default_country
            TaxConfigurationPerCountry.objects.create(
                tax_configuration=configuration, country=country, tax_calculation_strategy="TAX_APP"
            )
    else:
        configured.update(tax_calculation_strategy=strategy)
    try:
        variants = []
        for number in range(6):
            price = Decimal(random.randrange(1000, 9000)) / 100
            was = price + 7 if number % 2 else None
            small, large = driver.make_product(f"Product {number}", price=price, was=was, variants=["S", "L"])
            if number % 3:
                listings = ProductVariantChannelListing.objects.filter(variant_id=int(large))
                listings.update(price_amount=price + 11, discounted_price_amount=price + 4)
            variants.append(small)
        Product.objects.filter(variants__in=map(int, variants[:3])).update(tax_class=reduced)
        products = products_of(variants)
        for channel in (driver.channel, driver.other_channel):
            # when
            tiles = driver.shop.tiles(products, channel, ["de"])["de"]
            # then
            assert [
                (tiles[product].price, tiles[product].undiscounted_price, tiles[product].prices_differ)
                for product in products
            ] == [_shown(driver.api, product, channel) for product in products]
        assert {tile.prices_differ for tile in tiles.values()} == {True, False}
        assert {tile.undiscounted_price > tile.price for tile in tiles.values()} == {True, False}
    finally:
        TaxConfigurationPerCountry.objects.filter(tax_configuration__in=configured).delete()
        configured.update(tax_calculation_strategy="FLAT_RATES")
        for rate, made in rates:
            if made:
                rate.delete()
        reduced.delete()


def test_the_picture_is_the_one_that_the_storefront_shows(driver: SaleorDriver, api: GraphQL) -> None:
    product = products_of([driver.make_product()[0]])[0]
    media = ProductMedia.objects.filter(type="IMAGE").exclude(image="").order_by("pk")[:2]
    for order, one in enumerate(media):
        ProductMedia.objects.create(product_id=int(product), image=one.image.name, sort_order=1 - order)
    image = driver.shop.tiles([product], driver.channel, ["de"])["de"][product].image_url
    assert image == api(PICTURE, id=global_id("Product", product))["thumbnail"]["url"]


def _shown(api: GraphQL, product: str, channel: str) -> tuple[Decimal, Decimal, bool]:
    """What a storefront shows as lowest price, lowest price before promotions, and whether there are higher ones."""
    pricing = api(FOR_SALE, id=global_id("Product", product), channel=channel)["pricing"]
    lowest, highest, before = (
        Decimal(str(price["gross"]["amount"]))
        for price in (*pricing["priceRange"].values(), pricing["priceRangeUndiscounted"]["start"])
    )
    return lowest, before, lowest != highest
