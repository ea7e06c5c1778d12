"""The shop's range, as training needs it: what each product is, and which of them can be shown at all."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from django.db import transaction

from ...shop.goods import CatalogueProduct, Values
from ...shop.port import Shop
from ..arrays import NONE, Codes, Mask, blocks
from ..content import Product
from .copying import write
from .models import Shelf

_AT_ONCE = 2000  # products that the shop is asked about at once


@dataclass(frozen=True)
class Assortment:
    """All products of the shop in the order of their numbers, whether they are sold now or not."""

    products: Sequence[CatalogueProduct]

    @cached_property
    def ids(self) -> list[int]:
        """The products' numbers."""
        return [int(product.id) for product in self.products]

    def content(self) -> list[Product]:
        """The products as content similarity compares them.

        Values that one product alone has are its name or its number, and say of no other that it is like it.
        """
        values = [product.values.union(*(variant.values for variant in product.variants)) for product in self.products]
        common = Counter(value for of_product in values for value in of_product)
        return [
            Product(
                categories=product.categories,
                attributes=[f"{slug}={value}" for slug, value in sorted(told) if common[slug, value] > 1],
                price=float(product.price or 0),
                text=product.text,
            )
            for product, told in zip(self.products, values, strict=True)
        ]

    def top_categories(self) -> Codes:
        """A number for the category at the root over each product, -1 where it has none."""
        roots = [product.categories[0] if product.categories else None for product in self.products]
        code = {root: number for number, root in enumerate(sorted({root for root in roots if root is not None}))}
        return np.array([NONE if root is None else code[root] for root in roots], dtype=np.int32)

    def sold(self, shop: Shop, channels: Iterable[str]) -> Mask:
        """Which of the products any of these channels sells now. A few statements for 2,000 products and a channel."""
        found = np.zeros(len(self.products), dtype=bool)
        for channel in channels:
            for start, end in blocks(len(self.products), _AT_ONCE):
                asked = [product.id for product in self.products[start:end]]
                there = shop.on_sale(asked, channel, ())
                found[start:end] |= [product in there for product in asked]
        return found

    def keep_shelves(self) -> None:
        """Note for serving where each product stands, and which are gone: they are known to have stood there."""
        with transaction.atomic():
            Shelf.objects.filter(pk__in=self.ids).delete()
            Shelf.objects.filter(gone=False).update(gone=True)
            rows = ((int(product.id), list(product.categories)) for product in self.products)
            write("crm_recs_shelf", ("product_id", "categories"), rows)

    def values_of_variants(self, slugs: Collection[str]) -> dict[int, Values]:
        """What each variant says of these attributes, with what its product says. Variants that say nothing are left
        out."""
        found: dict[int, Values] = {}
        for product in self.products:
            of_product = {value for value in product.values if value[0] in slugs}
            for variant in product.variants:
                told = frozenset(of_product | {value for value in variant.values if value[0] in slugs})
                if told:
                    found[int(variant.id)] = told
        return found


def read_assortment(shop: Shop) -> Assortment:
    """Ask the shop for all that it has."""
    return Assortment(sorted(shop.catalogue(), key=lambda product: int(product.id)))
