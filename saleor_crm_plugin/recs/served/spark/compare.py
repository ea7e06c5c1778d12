"""What would have been best in the shop's own last weeks, among what Spark fits: as ``recs.choice``, on one window.

Spark fits the candidates; what they answered to a few hundred customers and orders is judged here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody does

from ...arrays import DAY, NONE, Codes, nothing
from ...choice import CASES, FEWEST_CASES, FEWEST_ORDERS, LIST, best_of, too_few
from ...interactions import Interactions, Kind, interactions
from ...metrics import hits, ndcg
from ...model import Model
from ...popularity import Popularity
from ...recipes import POPULAR, Recipe
from ...tasks import Cases, Task, answer, cases_of_customers, cases_of_orders
from .. import every_engine, popular
from . import factors
from .session import Kept, table
from .signs import before, latest, of_kinds
from .together import WAYS, Together, together

_DAYS = 28
_HALF_LIVES = (popular.HALF_LIFE, 5.0)
_PARTS = 10_000
_MODEL_LIST = 60  # products that one product of a cart speaks for


@dataclass(frozen=True)
class Compared:
    """What was best for a task: ``picked`` is a recipe or a way, None where that is what sells."""

    picked: Any
    figures: Mapping[str, Any]

    @property
    def compared(self) -> bool:
        """Whether there was enough to compare."""
        return bool(self.figures["candidates"])


@dataclass(frozen=True)
class Choices:
    """What was best for each task, and for how long what sells stays so (a half-life in days)."""

    discovery: Compared
    basket: Compared
    related: Compared
    popular_half_life: float

    @property
    def figures(self) -> dict[str, Mapping[str, Any]]:
        """What is kept of it, by task."""
        why = "not compared: when it is due again is what the usual time between two purchases says"
        return {
            Task.DISCOVERY.value: self.discovery.figures,
            Task.REBUY.value: every_engine.figures("usual time between purchases", 0.0, 0.0, 0, 1, why),
            Task.BASKET.value: self.basket.figures,
            Task.RELATED.value: self.related.figures,
        }


def choose(rows: DataFrame, now: int, item_count: int, grid: Sequence[factors.Recipe], most_rows: int) -> Choices:
    """Pick for each task. Where there are more rows than ``most_rows``, customers are drawn."""
    orders = F.expr(f"count(DISTINCT CASE WHEN kind = {Kind.PURCHASE:d} THEN in_order END)")
    signs, orders, first, last = rows.agg(F.count("*"), orders, F.min("at"), F.max("at")).first()
    if orders < FEWEST_ORDERS:
        nothing_ = _unproven(too_few(f"{orders} orders"))
        return Choices(nothing_, nothing_, nothing_, popular.HALF_LIFE)
    days = min(_DAYS, (last - first) / DAY / 4)
    if signs > most_rows:
        rows = rows.where(F.pmod(F.xxhash64("who"), F.lit(_PARTS)) < round(_PARTS * most_rows / signs))
    with Kept() as kept:
        window = _Window(rows, now - round(days * DAY), item_count, kept)
        return Choices(
            window.discovery(grid), window.goes_with(Task.BASKET), window.goes_with(Task.RELATED), window.half_life
        )


class _Window:
    """The cases of the last weeks, and what the candidates reached in them."""

    def __init__(self, rows: DataFrame, cut: int, item_count: int, kept: Kept) -> None:
        self.cut, self.item_count, self.kept = cut, item_count, kept
        self._joined: dict[str, Together] = {}
        self.past = kept(before(rows, cut))
        self.known = kept(of_kinds(self.past, Kind.PURCHASE).select("item").distinct())
        later = of_kinds(rows, Kind.PURCHASE).where(F.col("at") >= cut)
        self.later = kept(later.join(F.broadcast(self.known), "item"))

    def discovery(self, grid: Sequence[factors.Recipe]) -> Compared:
        """The best recipe of ALS for what customers buy for the first time."""
        asked = self._customers
        if len(asked) < FEWEST_CASES:
            return _unproven(too_few(f"{len(asked)} cases"))
        reached = {recipe: self._judged(asked, self._lists(recipe, asked)) for recipe in grid}
        return self._compared(asked, reached)

    def goes_with(self, task: Task) -> Compared:
        """The best way to tell what goes with a cart or a product."""
        asked = self._orders[task]
        if len(asked) < FEWEST_CASES:
            return _unproven(too_few(f"{len(asked)} cases"))
        items = np.unique(asked.given.indices).tolist()
        given = table(self.past.sparkSession, [(item,) for item in items], "item int")
        models = {
            way: self._together(way.key).model(way.damping, self.item_count, _MODEL_LIST, self.known, given)
            for way in WAYS
        }
        return self._compared(asked, {way: self._asked(asked, model) for way, model in models.items()})

    @property
    def half_life(self) -> float:
        """For how long what sells stays so, as far as it can be told."""
        asked = self._customers
        if len(asked) < FEWEST_CASES:
            return popular.HALF_LIFE
        return max(_HALF_LIVES, key=lambda half_life: self._asked(asked, self._popular[half_life]))

    @cached_property
    def _customers(self) -> Cases:
        there = of_kinds(self.past, Kind.PURCHASE).select("who").distinct()
        buyers = self.later.select("who").distinct().join(there, "who").orderBy(F.xxhash64("who")).limit(CASES)
        bought = of_kinds(self.past, Kind.PURCHASE).unionByName(self.later)
        told = self._collected(bought.join(F.broadcast(buyers), "who"))
        self._people = told.user_ids
        return cases_of_customers(Task.DISCOVERY, told.before(self.cut), told.since(self.cut), CASES)

    @cached_property
    def _orders(self) -> dict[Task, Cases]:
        many = self.later.groupBy("in_order").agg(F.countDistinct("item").alias("many")).where("many > 1")
        some = many.orderBy(F.xxhash64("in_order")).limit(CASES).select("in_order")
        later = self._collected(self.later.join(F.broadcast(some), "in_order"))
        return {task: cases_of_orders(task, later, self.cut, CASES) for task in (Task.BASKET, Task.RELATED)}

    def _together(self, key: str) -> Together:
        if key not in self._joined:
            self._joined[key] = together(self.past, key, self.kept)
        return self._joined[key]

    @cached_property
    def _popular(self) -> dict[float, Popularity]:
        return {half_life: self._sells(half_life) for half_life in _HALF_LIVES}

    def _sells(self, half_life: float) -> Popularity:
        base = np.zeros(self.item_count, dtype=np.float32)
        for item, says in latest(self.past, self.cut, half_life).groupBy("item").agg(F.sum("says")).collect():
            base[item] = says
        return Popularity(nothing(CASES, self.item_count), base)

    def _lists(self, recipe: factors.Recipe, asked: Cases) -> Codes:
        place = {int(self._people[user]): row for row, user in enumerate(asked.users)}
        people = table(self.past.sparkSession, [(who,) for who in place], "who long")
        lists = np.full((len(asked), LIST), NONE, dtype=np.int32)
        model = factors.fit(self.past, self.cut, recipe, self.kept)
        for who, items, _ in model.lists(people, self.known, LIST).collect():
            lists[place[who], : len(items)] = items
        return lists

    def _asked(self, asked: Cases, model: Model) -> float:
        return self._judged(asked, answer(model, asked, LIST).items)

    def _judged(self, asked: Cases, lists: Codes) -> float:
        return float(np.mean(ndcg(hits(lists, asked.answers), asked.answers, LIST)))

    def _compared(self, asked: Cases, reached: Mapping[Any, float]) -> Compared:
        sells = {half_life: self._asked(asked, model) for half_life, model in self._popular.items()}
        half_life = max(sells, key=lambda one: sells[one])
        best = max(reached, key=lambda one: reached[one])
        picked = best if reached[best] > sells[half_life] else None
        name = _popular_name(half_life) if picked is None else str(picked)
        value, tried = max(reached[best], sells[half_life]), len(reached) + len(sells)
        why = best_of(tried, 1, value, sells[half_life])
        return Compared(picked, every_engine.figures(name, value, sells[half_life], 1, tried, why))

    def _collected(self, rows: DataFrame) -> Interactions:
        """The rows here: those of a few hundred customers or orders."""
        found = rows.select("who", "item", "at", "kind", "weight", "in_order").collect()
        who, item, at, kind, weight, in_order = zip(*found, strict=True) if found else ((),) * 6
        orders = np.unique(np.array(in_order, dtype=np.int64), return_inverse=True)[1]
        items = np.arange(self.item_count)
        return interactions(
            np.array(who, dtype=np.int64), np.array(item, dtype=np.int64), at, kind, weight, orders, items
        )


def _unproven(why: str) -> Compared:
    return Compared(None, every_engine.figures(_popular_name(90.0), 0.0, 0.0, 0, 0, why))


def _popular_name(half_life: float) -> str:
    return str(Recipe(POPULAR, half_life))
