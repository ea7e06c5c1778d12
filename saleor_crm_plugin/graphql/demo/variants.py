"""Variants of the demo shop's products, in the shape in which Saleor shows them: as little as a product page needs to
offer what is there, and to let its customers wait for what is not."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import graphene
from promise import Promise

from ...shop.goods import Availability
from ...shop.port import get_shop
from ...shop.sandbox import models
from ...shop.sandbox.shop import integers
from ..loaders import load
from .goods import Product

# What never runs out is shown as so many, as in Saleor (its setting limitQuantityPerCheckout).
_MOST = 50


@dataclass(frozen=True)
class Variant:
    """A variant as it is asked for: in a channel, or in none."""

    node: models.Variant
    channel_slug: str | None


class VariantType(graphene.ObjectType):
    """A version of a product such as a size or a colour."""

    class Meta:
        name = "ProductVariant"

    id = graphene.GlobalID(required=True, description="The ID of the product variant.")
    name = graphene.String(required=True, description="The name of the product variant.")
    sku = graphene.String(description="The product variant SKU.")
    quantity_available = graphene.Int(
        description="Quantity available for sale in one checkout. Null where it is asked for in no channel."
    )

    @staticmethod
    def resolve_id(root: Variant, info: Any) -> int:
        return root.node.pk

    @staticmethod
    def resolve_name(root: Variant, info: Any) -> str:
        return root.node.name

    @staticmethod
    def resolve_sku(root: Variant, info: Any) -> str:
        return root.node.sku

    @staticmethod
    def resolve_quantity_available(root: Variant, info: Any) -> Any:
        if root.channel_slug is None:
            return None
        return load(info.context, _quantities, (str(root.node.pk), root.channel_slug))


def of_product() -> dict[str, Any]:
    """On the type Product."""
    return {
        "variants": graphene.Field(
            graphene.List(graphene.NonNull(VariantType)),
            description="List of variants for the product.",
            resolver=_resolve_variants,
        )
    }


def variants(context: Any, variant_ids: Sequence[str], channel: str | None) -> Any:
    """A promise of variants, None where one is not there."""
    found = [load(context, _rows, variant_id) for variant_id in variant_ids]
    return Promise.all(found).then(lambda rows: [None if row is None else Variant(row, channel) for row in rows])


def _resolve_variants(root: Product, info: Any) -> Any:
    found = load(info.context, _of_products, root.node.pk)
    return found.then(lambda rows: [Variant(row, root.channel_slug) for row in rows])


def _rows(ids: Sequence[str]) -> list[models.Variant | None]:
    found = {str(row.pk): row for row in models.Variant.objects.filter(pk__in=integers(ids))}
    return [found.get(variant_id) for variant_id in ids]


def _of_products(keys: Sequence[int]) -> list[list[models.Variant]]:
    found: dict[int, list[models.Variant]] = defaultdict(list)
    for row in models.Variant.objects.filter(product__in=keys).order_by("pk"):
        found[row.product_id].append(row)
    return [found[key] for key in keys]


def _quantities(wanted: Sequence[tuple[str, str]]) -> list[int]:
    """One question for each channel."""
    by_channel: dict[str, list[str]] = defaultdict(list)
    for variant_id, channel in wanted:
        by_channel[channel].append(variant_id)
    found = {channel: get_shop().availability(ids, channel) for channel, ids in by_channel.items()}
    return [_shown(found[channel].get(variant_id)) for variant_id, channel in wanted]


def _shown(found: Availability | None) -> int:
    if found is None or not found.sold:
        return 0
    return _MOST if found.units is None else min(found.units, _MOST)
