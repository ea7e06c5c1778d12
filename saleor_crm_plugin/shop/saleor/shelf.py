"""Products by where they stand: in a category, in a collection.

Relies on saleor/product/models.py (Product, Category, Collection, CollectionProduct).
"""

from collections.abc import Sequence

from django.db.models import F
from saleor.product.models import Category, Collection, CollectionProduct, Product

from saleor_crm_plugin.shop.categories import below, inside, paths
from saleor_crm_plugin.shop.goods import Shelf
from saleor_crm_plugin.shop.saleor.ids import integers


def read_product_ids(slugs: Sequence[str]) -> dict[str, str]:
    """The products with these slugs. One query."""
    rows = Product.objects.filter(slug__in=slugs).order_by()
    return {slug: str(key) for slug, key in rows.values_list("slug", "pk")}


def read_shelf(category: str, collection: str, most: int) -> Shelf:
    """The products of a category with those below it, and of a collection. At most two queries."""
    above = Category.objects.filter(slug=category).first() if category else None
    if category and above is None:
        return Shelf(None, ())
    if collection:
        # Saleor orders a collection so, those without a place last (saleor/graphql/product/sorters.py, COLLECTION).
        inside = CollectionProduct.objects.filter(collection__slug=collection)
        inside = inside.order_by(F("sort_order").asc(nulls_last=True), "pk").values_list("product_id", flat=True)
        below = "product__category__"
    else:
        inside = Product.objects.order_by("-pk").values_list("pk", flat=True)
        below = "category__"
    if above:
        branch = {"tree_id": above.tree_id, "lft__gte": above.lft, "rght__lte": above.rght}
        inside = inside.filter(**{f"{below}{name}": value for name, value in branch.items()})
    return Shelf(str(above.pk) if above else None, tuple(str(key) for key in inside[:most]))


def read_shelves_there(categories: Sequence[str], collections: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Those of the slugs that are there. Two queries."""
    above = Category.objects.filter(slug__in=categories).order_by()
    beside = Collection.objects.filter(slug__in=collections).order_by()
    return frozenset(above.values_list("slug", flat=True)), frozenset(beside.values_list("slug", flat=True))


def read_in_categories(category_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The products of each category with those below it. Two queries."""
    tree = paths(dict(Category.objects.order_by().values_list("pk", "parent_id")))
    rows = Product.objects.filter(category__in=below(category_ids, tree)).order_by()
    return inside(category_ids, tree, rows.values_list("pk", "category_id"))


def read_existing(product_ids: Sequence[str]) -> frozenset[str]:
    """Those of the products that are there. One query."""
    rows = Product.objects.filter(pk__in=integers(product_ids)).order_by()
    return frozenset(str(key) for key in rows.values_list("pk", flat=True))
