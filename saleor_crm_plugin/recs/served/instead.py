"""What can be had instead of a variant that is not there: like it, at about its price, in its size."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice

from ...shop.goods import OnSale, Tile, Values, VariantTile
from ...shop.port import Shop
from . import learnt, suggest
from .rules import Kind, Place, rules_of
from .suggest import Reason, Suggestion

# Of what is like a product, so many are looked at: the price and the size leave fewer.
_LOOKED_AT = 24
_CHEAPEST, _DEAREST = Decimal("0.5"), Decimal("1.5")
_ANY_LANGUAGE = "en"  # only prices are asked for


@dataclass(frozen=True)
class Wanted:
    """A variant that is not there, and what a customer would take instead of it.

    ``price`` is what a storefront shows, in ``currency``, that of the channel. ``sizes`` are the variant's values of
    the attributes that are sizes (the setting "Recommendations: sizes"), empty where they say nothing.
    """

    product_id: str
    price: Decimal
    currency: str
    sizes: Values = frozenset()

    @classmethod
    def of(cls, variant: VariantTile) -> "Wanted":
        """A variant that the shop was asked for with the attributes that are sizes."""
        return cls(variant.product_id, variant.price, variant.currency, variant.values)

    def costs_about(self, tile: Tile) -> bool:
        """Whether a product costs half as much to half as much more."""
        return tile.currency == self.currency and self.price * _CHEAPEST <= tile.price <= self.price * _DEAREST

    def fits(self, product: OnSale) -> bool:
        """Whether a product is there in this size. One whose attributes say nothing of sizes fits everybody."""
        for slug in {slug for slug, _ in self.sizes}:
            told = any(one == slug for one, _ in product.comes_in)
            if told and not {one for one in self.sizes & product.in_stock if one[0] == slug}:
                return False
        return True


def instead_of(
    shop: Shop, wanted: Collection[Wanted], channel: str, n: int, now: datetime
) -> dict[Wanted, list[Suggestion]]:
    """What to show instead of each, best first: what is like it, then what sells of its category.

    Seven statements and those of the shop, however many are wanted. Empty where nothing comes close: what only sells
    well in the whole shop is instead of nothing. A merchant's bans hold, and pins come first where they fit.
    """
    products = sorted({one.product_id for one in wanted})
    like = suggest.related(shop, products, channel, _LOOKED_AT, now)
    shelf = learnt.shelves(products)
    popular = suggest.popular(shop, sorted(set(shelf.values())), channel, _LOOKED_AT, now)
    rules = rules_of(Place(Kind.PRODUCT, product) for product in products)
    close = {
        product: _close(
            {product, *rules[Place(Kind.PRODUCT, product)].bans}, like[product], popular.get(shelf.get(product), ())
        )
        for product in products
    }
    found = sorted({one.product_id for some in close.values() for one in some})
    attributes = sorted({slug for one in wanted for slug, _ in one.sizes})
    tiles = shop.tiles(found, channel, [_ANY_LANGUAGE])[_ANY_LANGUAGE] if found else {}
    sold = shop.on_sale(found, channel, attributes) if found and attributes else {}
    return {one: list(islice(_fitting(one, close[one.product_id], tiles, sold), n)) for one in wanted}


def _close(closed: Collection[str], *lists: Iterable[Suggestion]) -> list[Suggestion]:
    """One list behind the other, without a product twice."""
    close: dict[str, Suggestion] = {}
    for one in chain.from_iterable(lists):
        if one.reason != Reason.POPULAR and one.product_id not in closed:
            close.setdefault(one.product_id, one)
    return list(close.values())


def _fitting(
    wanted: Wanted, close: Sequence[Suggestion], tiles: Mapping[str, Tile], sold: Mapping[str, OnSale]
) -> Iterable[Suggestion]:
    for one in close:
        tile, product = tiles.get(one.product_id), sold.get(one.product_id)
        if tile and wanted.costs_about(tile) and (not wanted.sizes or (product and wanted.fits(product))):
            yield one
