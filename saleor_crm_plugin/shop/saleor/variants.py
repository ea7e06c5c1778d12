"""Variants as a mail shows them, whether they are there or not: at the prices that the storefront shows.

Relies on saleor/product/models.py (ProductVariant, ProductVariantChannelListing) and follows
saleor/graphql/product/types/products.py (ProductVariant.resolve_pricing).
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from saleor.product.models import ProductVariant, ProductVariantChannelListing

from saleor_crm_plugin.shop.goods import VariantTile
from saleor_crm_plugin.shop.restock import expected_on
from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.money import quantized
from saleor_crm_plugin.shop.saleor.names import Names
from saleor_crm_plugin.shop.saleor.owner import metadata_key
from saleor_crm_plugin.shop.saleor.pictures import picture_finder
from saleor_crm_plugin.shop.saleor.taxes import ChannelTax
from saleor_crm_plugin.shop.saleor.values import AttributeValues

_LONG = ("description", "description_plaintext", "search_vector")  # of a product, and not wanted here


@dataclass(frozen=True)
class _Shown:
    """A variant that the channel shows and prices, and its product."""

    listing: Any  # of the variant, with both

    @property
    def variant_id(self) -> int:
        return int(self.listing.variant_id)

    @property
    def variant_name(self) -> str:
        return str(self.listing.variant.name)

    @property
    def product_id(self) -> int:
        return int(self.listing.variant.product_id)

    @property
    def product_name(self) -> str:
        return str(self.listing.variant.product.name)

    @property
    def tax_class(self) -> int | None:
        product = self.listing.variant.product
        key: int | None = product.tax_class_id or product.product_type.tax_class_id
        return key


def read_variants(
    variant_ids: Sequence[str], channel: str, language: str, attributes: Sequence[str]
) -> dict[str, VariantTile]:
    """Variants by id, those that the channel shows and prices. At most fourteen queries."""
    shown = _shown(integers(variant_ids), channel)
    if not shown:
        return {}
    tax = ChannelTax(channel)
    names, picture = Names(shown, [language]), picture_finder(shown)
    values = AttributeValues({one.product_id for one in shown}, {one.variant_id for one in shown}, attributes)
    restock = metadata_key("stock_restock_key")
    tiles = {}
    for one in shown:
        variant, currency = one.listing.variant, one.listing.currency
        now, usually = tax.ranges([one.listing], one.tax_class)
        price = quantized(now.start.gross.amount, currency)
        tiles[str(variant.pk)] = VariantTile(
            variant_id=str(variant.pk),
            product_id=str(variant.product_id),
            product_name=names.of_product(one, language),
            variant_name=names.of_variant(one, language),
            slug=variant.product.slug,
            image_url=picture(one),
            price=price,
            undiscounted_price=max(price, quantized(usually.start.gross.amount, currency)),
            currency=currency,
            values=values.of_product(one.product_id) | values.of_variant(one.variant_id),
            expected_on=expected_on(restock, variant.metadata, variant.product.metadata),
        )
    return tiles


def read_variants_of(product_ids: Sequence[str]) -> dict[str, list[str]]:
    """The variants of products, in the order of ProductVariant.Meta. One query."""
    rows = ProductVariant.objects.filter(product_id__in=integers(product_ids))
    variants: defaultdict[str, list[str]] = defaultdict(list)
    for product, variant in rows.order_by("product_id", "sort_order", "sku", "pk").values_list("product_id", "pk"):
        variants[str(product)].append(str(variant))
    return dict(variants)


def _shown(variants: Sequence[int], channel: str) -> list[_Shown]:
    """Published in the channel, as ProductChannelListing.is_visible, and listed there with a price. One query."""
    of = "variant__product__channel_listings__"
    already = Q(**{f"{of}published_at": None}) | Q(**{f"{of}published_at__lte": timezone.now()})
    rows = ProductVariantChannelListing.objects.filter(
        already,
        variant_id__in=variants,
        channel__slug=channel,
        channel__is_active=True,
        price_amount__isnull=False,
        **{f"{of}channel__slug": channel, f"{of}is_published": True},
    )
    rows = rows.select_related("variant__product__product_type")
    return [_Shown(row) for row in rows.defer(*(f"variant__product__{name}" for name in _LONG)).order_by("variant_id")]
