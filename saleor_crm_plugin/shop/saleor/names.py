"""Names of products and variants in the cart's language.

Relies on saleor/product/models.py (ProductTranslation, ProductVariantTranslation). Like the
storefront's API, an untranslated name shows as it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import graphene
from django.db.models import Count
from saleor.product.models import Product, ProductTranslation, ProductVariant, ProductVariantTranslation

from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.lines import OfVariant


class Names:
    """Names of the products and variants of some lines in some languages. Three queries."""

    def __init__(self, lines: Iterable[OfVariant], languages: Iterable[str]) -> None:
        languages = set(languages)
        products = {line.product_id for line in lines}
        variants = {line.variant_id for line in lines}
        self._products = product_names(products, languages)
        self._variants = _translated(
            ProductVariantTranslation.objects.filter(product_variant_id__in=variants, language_code__in=languages),
            "product_variant_id",
        )
        counted = ProductVariant.objects.filter(product_id__in=products).order_by().values_list("product_id")
        self._choices = dict(counted.annotate(choices=Count("pk")))

    def of_product(self, line: OfVariant, language: str) -> str:
        """The product's name."""
        return self._products.get((line.product_id, language)) or line.product_name

    def of_variant(self, line: OfVariant, language: str) -> str:
        """The variant's name, "" where there is nothing to choose or only an id stands for a name."""
        name = self._variants.get((line.variant_id, language)) or line.variant_name
        # saleor/product/utils/variants.py generate_and_set_variant_name falls back to the global id.
        unnamed = name == graphene.Node.to_global_id("ProductVariant", line.variant_id)
        return "" if unnamed or self._choices.get(line.product_id, 1) < 2 else name


def product_names(products: Iterable[int], languages: Iterable[str]) -> Mapping[tuple[int, str], str]:
    """The translated names by product and language, where there are any. One query."""
    found = ProductTranslation.objects.filter(product_id__in=products, language_code__in=languages)
    return _translated(found, "product_id")


def read_product_names(product_ids: Sequence[str], language: str) -> dict[str, str]:
    """What products are called in a language. Two queries."""
    keys = integers(product_ids)
    translated = product_names(keys, {language})
    rows = Product.objects.filter(pk__in=keys).order_by().values_list("pk", "name")
    return {str(key): translated.get((key, language)) or name for key, name in rows}


def _translated(rows: Any, owner: str) -> Mapping[tuple[int, str], str]:
    return {
        (key, language): name for key, language, name in rows.order_by().values_list(owner, "language_code", "name")
    }
