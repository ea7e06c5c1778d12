"""The whole range, for training: products in pieces, in the order of their keys.

Relies on saleor/product/models.py (Product, ProductVariant, ProductVariantChannelListing, Category).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Min, OuterRef, Subquery
from django.db.models.functions import Coalesce
from saleor.core.db.connection import allow_writer
from saleor.product.models import Category, Product, ProductVariant, ProductVariantChannelListing

from saleor_crm_plugin.shop.categories import paths as category_paths
from saleor_crm_plugin.shop.goods import CatalogueProduct, CatalogueVariant
from saleor_crm_plugin.shop.saleor.values import AttributeValues

_PIECE = 2000  # products: some ten thousand rows at once, a few megabytes


def read_catalogue(piece: int = _PIECE) -> Iterator[CatalogueProduct]:
    """All products. One query for the category tree, and four for each piece.

    Pieces are read apart: no cursor or transaction stays open while the reader works, and a product that comes
    meanwhile is met if its key is higher.
    """
    with allow_writer():
        paths = category_paths(dict(Category.objects.order_by().values_list("pk", "parent_id")))
    last = 0
    while True:
        with allow_writer():
            rows = _products(last, piece)
            products = _told(rows, paths)
        yield from products
        if len(rows) < piece:
            return
        last = rows[-1]["pk"]


def _products(after: int, piece: int) -> list[Any]:
    """The next products by primary key, each with the lowest price of its variants, promotions applied."""
    lowest = (
        ProductVariantChannelListing.objects.filter(variant__product_id=OuterRef("pk"))
        .order_by()
        .values("variant__product_id")
        .annotate(lowest=Min(Coalesce("discounted_price_amount", "price_amount")))
        .values("lowest")
    )
    rows = Product.objects.filter(pk__gt=after).annotate(lowest=Subquery(lowest)).order_by("pk")
    return list(rows.values("pk", "name", "description_plaintext", "category_id", "lowest")[:piece])


def _told(rows: list[Any], paths: Mapping[int, tuple[str, ...]]) -> list[CatalogueProduct]:
    products = [row["pk"] for row in rows]
    variants: defaultdict[int, list[int]] = defaultdict(list)
    found = ProductVariant.objects.filter(product_id__in=products).order_by("pk")
    for product, variant in found.values_list("product_id", "pk"):
        variants[product].append(variant)
    values = AttributeValues(products, [variant for of_product in variants.values() for variant in of_product])
    return [
        CatalogueProduct(
            id=str(row["pk"]),
            categories=paths.get(row["category_id"], ()),
            values=values.of_product(row["pk"]),
            price=row["lowest"],
            text=f"{row['name']}\n{row['description_plaintext']}".strip(),
            variants=tuple(CatalogueVariant(str(pk), values.of_variant(pk)) for pk in variants[row["pk"]]),
        )
        for row in rows
    ]
