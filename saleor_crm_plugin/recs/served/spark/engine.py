"""The engine: what is best for the shop is found out, fitted by Spark, and its lists are kept.

The rows of customers stay with Spark. What comes here are lists in blocks, and tables of products.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody does

from ...arrays import NONE, Mask, nothing
from ...interactions import Kind
from ...model import Model, Ranked
from ...neighbours import Neighbours
from ...weighed import Weighed
from .. import every_engine, popular
from ..assortment import Assortment
from ..engine import Order, Trained
from ..every_engine import FEWEST_BUYERS, LATELY, MOST, MOST_AGAIN
from ..lists import Lists, Numbers
from ..models import ContactList
from ..reasons import CODES, Reason
from . import again, factors
from .compare import Choices, choose
from .session import Kept, spark_session, table, what_happened
from .signs import of_kinds, of_range, with_profile
from .together import SAME_CUSTOMERS, TOGETHER, Together, Way, filled, together

_AT_ONCE = 50_000
# Candidates are compared on about so many rows, those of a part of the customers.
_MOST_ROWS = 3_000_000


class SparkEngine:
    """Apache Spark, on this machine or on a cluster, as the setting ``CRM_SPARK`` says (``session.py``)."""

    name = "spark"

    def __init__(self, grid: Sequence[factors.Recipe] = factors.GRID) -> None:
        self.grid = grid

    def train(self, order: Order) -> Trained:
        """Make the lists of a run. Raises EngineNotReady, and what Spark raises."""
        range_ = every_engine.survey(order)
        order.progress("what was bought and looked at")
        with spark_session() as session, Kept() as kept:
            rows = kept(of_range(session, what_happened(session, order.now), range_.ids))
            counted = of_kinds(rows, Kind.PURCHASE).agg(
                F.expr("count(DISTINCT CASE WHEN who > 0 THEN who END)"), F.count("*")
            )
            customers, lines = counted.first()
            order.progress("which models are the best")
            now = int(order.now.timestamp())
            choices = choose(rows, now, len(range_.ids), self.grid, _MOST_ROWS)
            _Training(order, range_, rows, choices, kept).keep()
        popular.refresh(order.now, choices.popular_half_life)
        return Trained(customers, len(range_.ids), lines, choices.popular_half_life, choices.figures)


@dataclass(frozen=True)
class _Training:
    order: Order
    range_: Assortment
    rows: DataFrame
    choices: Choices
    kept: Kept
    joined: dict[str, Together] = field(default_factory=dict)
    models: dict[Way, Neighbours] = field(default_factory=dict)

    @property
    def now(self) -> int:
        return int(self.order.now.timestamp())

    @cached_property
    def lists(self) -> Lists:
        return Lists(self.order.run_id, np.array(self.range_.ids, dtype=np.int64))

    @cached_property
    def shown(self) -> Mask:
        since = self.now - round(LATELY.total_seconds())
        last = of_kinds(self.rows, Kind.PURCHASE).groupBy("item").agg(F.max("at").alias("last")).collect()
        lately, ever = (np.zeros(len(self.range_.ids), dtype=bool) for _ in range(2))
        ever[[item for item, _ in last]] = True
        lately[[item for item, at in last if at >= since]] = True
        return every_engine.can_be_shown(self.order, self.range_, lately, ever)

    @cached_property
    def told(self) -> Mask:
        """Products that so many bought that it says nothing of any one of them what goes with them."""
        buyers = of_kinds(self.rows, Kind.PURCHASE).groupBy("item").agg(F.countDistinct("who").alias("buyers"))
        enough = np.zeros(len(self.range_.ids), dtype=bool)
        enough[[item for (item,) in buyers.where(F.col("buyers") >= FEWEST_BUYERS).select("item").collect()]] = True
        return enough

    @cached_property
    def on_show(self) -> DataFrame:
        """The same as ``item``."""
        items = [(int(item),) for item in np.flatnonzero(self.shown)]
        return table(self.rows.sparkSession, items, "item int")

    def keep(self) -> None:
        self.order.progress("related products")
        every_engine.keep_related(self.lists, self._related(), self._like(), self.told)
        self.order.progress("bought together")
        self._keep_together()
        self.order.progress("what each customer may like")
        if recipe := self.choices.discovery.picked:
            fitted = factors.fit(self.rows, self.now, recipe, self.kept)
            lists = fitted.lists(with_profile(self.rows), self.on_show, MOST)
            self._keep(ContactList.Kind.PERSONAL, lists, MOST, Reason.PERSONAL)
        self.order.progress("what runs out")
        lists = again.due(self.rows, self.now, self.on_show, MOST_AGAIN)
        self._keep(ContactList.Kind.AGAIN, lists, MOST_AGAIN, Reason.BOUGHT_BEFORE)
        every_engine.keep_wears(self.order, self.range_, self.lists)

    def _keep_together(self) -> None:
        if not self.choices.basket.compared:
            return  # so few orders that two products in one are chance
        way = self.choices.basket.picked
        reason = Reason.BOUGHT_TOGETHER if way and way.by_orders else Reason.RELATED
        every_engine.keep_together(self.lists, self._model(TOGETHER), self._goes_with(way), reason, self.told)

    def _like(self) -> Model | None:
        alike = every_engine.alike(self.range_)
        if alike is None:
            return None
        return Weighed(Neighbours(nothing(0, len(self.shown)), alike), self.shown.astype(np.float32))

    def _related(self) -> Model | None:
        way = self.choices.related.picked
        if way is None or not way.by_orders:
            return self._goes_with(way)
        return filled(self._model(way), self._model(SAME_CUSTOMERS))

    def _goes_with(self, way: Way | None) -> Model | None:
        return None if way is None else self._model(way)

    def _model(self, way: Way) -> Neighbours:
        if way.key not in self.joined:
            self.joined[way.key] = together(self.rows, way.key, self.kept)
        if way not in self.models:
            joined = self.joined[way.key]
            self.models[way] = joined.model(way.damping, len(self.shown), MOST, self.on_show)
        return self.models[way]

    def _keep(self, kind: ContactList.Kind, lists: DataFrame, most: int, reason: Reason) -> None:
        for owners, ranked in _blocks(lists, most):
            reasons = np.full(ranked.items.shape, CODES[reason], dtype=np.int16)
            self.lists.of_contacts(kind, owners, ranked, reasons)


def _blocks(lists: DataFrame, most: int) -> Iterator[tuple[Numbers, Ranked]]:
    """Lists (``who``, ``items``, ``scores``) as they come, so many at once."""
    rows = lists.toLocalIterator(prefetchPartitions=True)
    while block := list(islice(rows, _AT_ONCE)):
        owners = np.array([who for who, _, _ in block], dtype=np.int64)
        items = np.full((len(block), most), NONE, dtype=np.int32)
        scores = np.zeros((len(block), most), dtype=np.float32)
        for row, (_, some, worth) in enumerate(block):
            items[row, : len(some)] = some
            scores[row, : len(some)] = worth
        yield owners, Ranked(items, scores)
