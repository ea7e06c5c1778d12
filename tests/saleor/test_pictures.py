"""A mail shows the picture that the storefront shows."""

from django.db.models import Q
from saleor.product.models import (
    ProductChannelListing,
    ProductMedia,
    ProductVariant,
    ProductVariantChannelListing,
    VariantMedia,
)
from saleor.warehouse.models import Stock, Warehouse

from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import PICTURE, GraphQL, global_id


def test_the_picture_is_the_one_that_the_storefront_shows(driver: SaleorDriver, api: GraphQL) -> None:
    # given a product of Saleor's demo range, which have pictures
    variant = _with_picture(driver)
    cart_id = driver.make_cart()
    driver.add_line(cart_id, str(variant.pk))
    # when
    image = driver.shop.priced_carts([cart_id])[cart_id].lines[0].image_url
    # then
    assert image == api(PICTURE, id=global_id("Product", variant.product_id))["thumbnail"]["url"]
    assert image.startswith(f"{api.url.removesuffix('/graphql/')}/")


def test_the_picture_of_the_variant_comes_before_that_of_the_product(driver: SaleorDriver) -> None:
    # given
    variant = _with_picture(driver)
    cart_id = driver.make_cart()
    driver.add_line(cart_id, str(variant.pk))
    products = driver.shop.priced_carts([cart_id])[cart_id].lines[0].image_url
    first = ProductMedia.objects.filter(product_id=variant.product_id).order_by("sort_order", "pk")[0]
    own = ProductMedia.objects.create(product_id=variant.product_id, image=first.image.name, sort_order=99)
    VariantMedia.objects.create(variant=variant, media=own)
    # when
    image = driver.shop.priced_carts([cart_id])[cart_id].lines[0].image_url
    # then
    assert image.endswith(f"/thumbnail/{global_id('ProductMedia', own.pk)}/256/")
    assert image != products
    own.delete()
    assert driver.shop.priced_carts([cart_id])[cart_id].lines[0].image_url == products


def _with_picture(driver: SaleorDriver) -> ProductVariant:
    """A variant of Saleor's demo range that has no picture of its own, of a product that has one."""
    sold = ProductChannelListing.objects.filter(channel__slug=driver.channel, is_published=True).values("product_id")
    priced = ProductVariantChannelListing.objects.filter(channel__slug=driver.channel).values("variant_id")
    pictured = ProductMedia.objects.filter(type="IMAGE").values("product_id")
    variant = ProductVariant.objects.filter(
        Q(product_id__in=sold) & Q(product_id__in=pictured), pk__in=priced, is_preorder=False
    ).order_by("pk")[0]
    VariantMedia.objects.filter(variant=variant).delete()
    europe = Warehouse.objects.get(slug="europe")
    Stock.objects.update_or_create(product_variant=variant, warehouse=europe, defaults={"quantity": 100})
    return variant
