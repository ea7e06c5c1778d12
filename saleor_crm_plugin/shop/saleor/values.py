"""What attributes say of products and variants: the slugs of the attribute and of the value.

Relies on saleor/attribute/models (AssignedProductAttributeValue, AssignedVariantAttributeValue). The way to a variant
by its assignment is there in all versions; the short one (3.22+) is filled in little by little.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from saleor.attribute.models import AssignedProductAttributeValue, AssignedVariantAttributeValue

from saleor_crm_plugin.shop.goods import Values

_NONE: Values = frozenset()
_SLUGS = ("value__attribute__slug", "value__slug")


class AttributeValues:
    """The values of products and variants, of some attributes or (None) of all. Two queries, none for no attributes."""

    def __init__(self, products: Any, variants: Any, attributes: Collection[str] | None = None) -> None:
        """``products`` and ``variants`` are keys, or queries for them."""
        self._products: Mapping[int, Values] = {}
        self._variants: Mapping[int, Values] = {}
        if attributes is None or attributes:
            of_products = AssignedProductAttributeValue.objects.filter(product_id__in=products)
            of_variants = AssignedVariantAttributeValue.objects.filter(assignment__variant_id__in=variants)
            self._products = _read(of_products, "product_id", attributes)
            self._variants = _read(of_variants, "assignment__variant_id", attributes)

    def of_product(self, product_id: int) -> Values:
        """What the product's own attributes say."""
        return self._products.get(product_id, _NONE)

    def of_variant(self, variant_id: int) -> Values:
        """What the variant's attributes say."""
        return self._variants.get(variant_id, _NONE)


def _read(rows: Any, owner: str, attributes: Collection[str] | None) -> Mapping[int, Values]:
    if attributes is not None:
        rows = rows.filter(value__attribute__slug__in=attributes)
    values: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
    for key, attribute, value in rows.order_by().values_list(owner, *_SLUGS):
        values[key].add((attribute, value))
    return {key: frozenset(told) for key, told in values.items()}
