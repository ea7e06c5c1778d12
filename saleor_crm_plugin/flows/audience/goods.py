"""What conditions name of the shop's range, as the shop has it now.

Where products stand is asked of the shop whenever people are counted, so that it holds before anything was learnt, too.
What the shop deleted stands where it stood when the catalogue was last read (``recs/served/models.Shelf``): whoever
bought it has bought of that category for ever.
"""

from collections.abc import Collection, Iterator, Sequence

from ...activity.models import PurchaseLine
from ...recs.served.models import Shelf
from ...shop.port import Shop
from .conditions import Audience, AudienceError, Bought


def check(audience: Audience, shop: Shop) -> None:
    """Raise AudienceError where conditions name a product or a category that never was. At most five queries."""
    named = list(_named(audience))
    products = _unknown_products(shop, {key for _, one in named for key in one.products})
    categories = _unknown_categories(shop, {key for _, one in named for key in one.categories})
    problems = {}
    for place, one in named:
        for kind, what, unknown in (("products", "product", products), ("categories", "category", categories)):
            strange = [key for key in getattr(one, kind) if key in unknown]
            if strange:
                problems[f"{place}.{kind}"] = f"The shop has no {what} with the id {', '.join(strange)[:200]}."
    if problems:
        raise AudienceError(problems)


def in_categories(shop: Shop, categories: Sequence[str]) -> frozenset[str]:
    """The products in categories and below them, with those that the shop has deleted. Four queries."""
    there = frozenset[str]().union(*shop.in_categories(categories).values())
    stood = Shelf.objects.filter(categories__overlap=list(categories)).values_list("product_id", flat=True)
    elsewhere = {str(key) for key in stood} - there
    return there | (elsewhere - shop.existing(sorted(elsewhere)))


def _named(audience: Audience) -> Iterator[tuple[str, Bought]]:
    for part, conditions in (("where", audience.where), ("but_not", audience.but_not)):
        for name in ("bought", "never_bought") if conditions else ():
            for number, one in enumerate(getattr(conditions, name)):
                yield f"{part}.{name}.{number}", one


def _unknown_products(shop: Shop, keys: Collection[str]) -> set[str]:
    unknown = set(keys) - shop.existing(sorted(keys)) if keys else set()
    if unknown:
        unknown -= {str(key) for key in Shelf.objects.filter(pk__in=unknown).values_list("pk", flat=True)}
    if unknown:
        unknown -= set(PurchaseLine.objects.filter(product_id__in=unknown).values_list("product_id", flat=True))
    return unknown


def _unknown_categories(shop: Shop, keys: Collection[str]) -> set[str]:
    unknown = set(keys) - set(shop.in_categories(sorted(keys))) if keys else set()
    return {key for key in unknown if not Shelf.objects.filter(categories__contains=[key]).exists()}
