"""Puts a list together: blocks one after another, of what may be shown, each product once."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from ...shop.goods import OnSale, Values
from .learnt import Entries, Entry, Wear
from .reasons import Reason
from .rules import Rules

_FOR_ALL = frozenset({"unisex", "all", "neutral", "everyone"})


@dataclass(frozen=True)
class Suggestion:
    """A product to show. ``score`` compares inside one list only, from 1 down to 0."""

    product_id: str
    reason: Reason
    score: float


@dataclass(frozen=True)
class Block:
    """Entries that stand together, best first, of which at most ``most`` are shown."""

    entries: Entries
    most: int | None = None


@dataclass(frozen=True)
class Draft:
    """What a list is made of, before it is known what the shop sells now.

    ``closed`` are products that must not be in it. With ``most_share``, no category has more than that part of the list
    while there are others.
    """

    blocks: Sequence[Block]
    closed: Collection[str] = ()
    rules: Rules = field(default_factory=Rules)
    bans: Collection[str] = ()  # of the whole shop
    wear: Wear = field(default_factory=Wear)
    most_share: float | None = None

    def candidates(self) -> Iterator[str]:
        """All products that can be in it, in the order in which they are looked at."""
        closed = self._all_closed()
        entries = (entry.product_id for block in self.blocks for entry in block.entries)
        return (product for product in dict.fromkeys((*self.rules.pins, *entries)) if product not in closed)

    def compose(self, sold: Mapping[str, OnSale], n: int) -> list[Suggestion]:
        """The list. ``sold`` is what the channel sells now."""
        building = _List(sold, self._all_closed(), n, self.most_share)
        building.add([Entry(product, Reason.PINNED, 1.0) for product in self.rules.pins])
        for block in self.blocks:
            fitting = [one for one in block.entries if one.product_id in sold and fits(sold[one.product_id], self.wear)]
            building.add(fitting, block.most)
        return building.finished()

    def _all_closed(self) -> set[str]:
        return {*self.closed, *self.bans, *self.rules.bans}


def fits(product: OnSale, wear: Wear) -> bool:
    """Whether it is there in a size of the customer's, if it comes in one, and for whom they buy.

    What says nothing of sizes, or of other kinds of sizes, fits everybody.
    """
    if not wear.sizes and not wear.genders:
        return True
    mine = wear.sizes & product.comes_in
    if mine and not mine & product.in_stock:
        return False
    return all(_for_whom(slug, product.values | product.comes_in, wear) for slug in {slug for slug, _ in wear.genders})


def measured(entries: Entries) -> dict[str, float]:
    """Scores in shares of the best one: so that those of different lists can be added."""
    best = max((entry.score for entry in entries), default=1.0)
    return {entry.product_id: entry.score / best for entry in entries}


class _List:
    """A list that grows. Scores go on from where they were."""

    def __init__(self, sold: Mapping[str, OnSale], closed: Collection[str], n: int, most_share: float | None) -> None:
        self.sold, self.closed, self.n = sold, closed, n
        self.most_of_category = None if most_share is None else max(1, ceil(round(n * most_share, 9)))
        self.of_category: Counter[str] = Counter()
        self.shown: dict[str, Suggestion] = {}
        self.waiting: list[Entry] = []

    def add(self, entries: Entries, most: int | None = None) -> None:
        """Show as many as there is room for. What is over its category's share has to wait."""
        end = self.n if most is None else min(self.n, len(self.shown) + most)
        open_ = [one for one in entries if self._is_open(one.product_id)]
        top = self._last()
        for entry in open_:
            if len(self.shown) >= end:
                return
            category = self.sold[entry.product_id].category_id
            if self.most_of_category is not None and category is not None:
                if self.of_category[category] >= self.most_of_category:
                    self.waiting.append(entry)
                    continue
                self.of_category[category] += 1
            self._show(entry, top * entry.score / open_[0].score)

    def finished(self) -> list[Suggestion]:
        """All of it, with those that waited where there is room left."""
        for entry in self.waiting:
            if len(self.shown) < self.n and entry.product_id not in self.shown:
                self._show(entry, self._last())
        return list(self.shown.values())

    def _is_open(self, product: str) -> bool:
        return product in self.sold and product not in self.closed and product not in self.shown

    def _show(self, entry: Entry, score: float) -> None:
        self.shown[entry.product_id] = Suggestion(entry.product_id, entry.reason, min(score, self._last()))

    def _last(self) -> float:
        return next(reversed(self.shown.values())).score if self.shown else 1.0


def _for_whom(slug: str, told: Values, wear: Wear) -> bool:
    here = {one for one in told if one[0] == slug}
    return not here or bool(here & wear.genders) or any(value in _FOR_ALL for _, value in here)
