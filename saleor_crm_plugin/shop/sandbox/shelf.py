"""Products by where they stand in the demo shop: in a category, in a collection, which is a season there."""

from collections.abc import Sequence

from ..categories import below, inside, paths
from ..goods import Shelf
from .models import Category, Product
from .pricing import translated


def read_product_ids(slugs: Sequence[str]) -> dict[str, str]:
    """The products with these slugs. One query."""
    return {slug: str(key) for slug, key in Product.objects.filter(slug__in=slugs).values_list("slug", "pk")}


def read_product_names(product_ids: Sequence[int], language: str) -> dict[str, str]:
    """What products are called in a language. One query."""
    rows = Product.objects.filter(pk__in=product_ids).values_list("pk", "name", "translations")
    return {str(key): translated(name, translations, language) for key, name, translations in rows}


def read_shelf(category: str, collection: str, most: int) -> Shelf:
    """The products of a category with those below it, and of a season. At most three queries."""
    rows = Product.objects.order_by("-pk")
    above = Category.objects.filter(slug=category).values_list("pk", flat=True).first() if category else None
    if category:
        tree = paths(dict(Category.objects.values_list("pk", "parent_id")))
        rows = rows.filter(category__in=[key for key, path in tree.items() if str(above) in path])
    if collection:
        rows = rows.filter(season=collection)
    found = rows.values_list("pk", flat=True)[:most]
    return Shelf(str(above) if above else None, tuple(str(key) for key in found))


def read_shelves_there(categories: Sequence[str], collections: Sequence[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Those of the slugs that are there; a season is, where it has products. Two queries."""
    above = Category.objects.filter(slug__in=categories).values_list("slug", flat=True)
    seasons = Product.objects.filter(season__in=collections).values_list("season", flat=True)
    return frozenset(above), frozenset(seasons.distinct())


def read_in_categories(category_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """The products of each category with those below it. Two queries."""
    tree = paths(dict(Category.objects.order_by().values_list("pk", "parent_id")))
    rows = Product.objects.filter(category__in=below(category_ids, tree)).order_by()
    return inside(category_ids, tree, rows.values_list("pk", "category_id"))


def read_existing(product_ids: Sequence[int]) -> frozenset[str]:
    """Those of the products that are there. One query."""
    rows = Product.objects.filter(pk__in=product_ids).order_by()
    return frozenset(str(key) for key in rows.values_list("pk", flat=True))
