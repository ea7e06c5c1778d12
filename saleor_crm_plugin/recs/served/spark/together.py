"""Products that go together, by a join of orders with themselves, or of customers."""

from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - as everybody does
from scipy.sparse import coo_array

from ...arrays import Sparse, nothing, sparse
from ...interactions import Kind
from ...neighbours import Neighbours
from .session import Kept
from .signs import of_kinds

# A reseller's thousand products say little of any two, and pairs grow with the square.
_MOST = 200


@dataclass(frozen=True)
class Way:
    """What joins two products (``in_order`` or ``who``), and how much best-sellers are damped (``recs.baskets``)."""

    name: str
    key: str
    damping: float

    def __str__(self) -> str:
        return self.name

    @property
    def by_orders(self) -> bool:
        """Whether both have to be in one order."""
        return self.key == "in_order"


TOGETHER, SAME_CUSTOMERS = Way("bought together", "in_order", 0.4), Way("same customers", "who", 0.4)
WAYS = (TOGETHER, Way("pairs", "in_order", 0.0), SAME_CUSTOMERS)


@dataclass(frozen=True)
class Together:
    """``pairs``: ``item``, ``other``, and how ``many`` have both. ``sold``: ``other``, and how many have it."""

    pairs: DataFrame
    sold: DataFrame

    def model(
        self, damping: float, item_count: int, most: int, shown: DataFrame, given: DataFrame | None = None
    ) -> Neighbours:
        """The ``most`` of the ``shown`` products for each, for all products or those that are ``given``.

        ``shown`` and ``given`` have a column ``item``.
        """
        pairs = self.pairs if given is None else self.pairs.join(F.broadcast(given), "item")
        pairs = pairs.join(F.broadcast(shown.withColumnRenamed("item", "other")), "other")
        score = (F.col("many") / F.pow("sold", F.lit(damping))).cast("float")
        scored = pairs.join(F.broadcast(self.sold), "other").select("item", "other", score.alias("score"))
        by_score = Window.partitionBy("item").orderBy(F.desc("score"), "other")
        best = scored.withColumn("place", F.row_number().over(by_score)).where(F.col("place") <= most)
        lists = best.groupBy("item").agg(
            F.collect_list("other").alias("others"), F.collect_list("score").alias("scores")
        )
        return Neighbours(nothing(0, item_count), _table(lists, item_count))


def together(rows: DataFrame, key: str, kept: Kept) -> Together:
    """How many orders, or customers, have each two products (``key`` as in ``Way``); of very many, the newest count.

    Gifts count in orders: they tell what goes with what, and nothing of who bought them.
    """
    lines = of_kinds(rows, Kind.PURCHASE).where("TRUE" if key == "in_order" else "weight > 0")
    newest = Window.partitionBy(key).orderBy(F.desc("at"), "item")
    lines = lines.groupBy(key, "item").agg(F.max("at").alias("at")).withColumn("place", F.row_number().over(newest))
    lines = lines.where(F.col("place") <= _MOST).select(key, "item")
    other = lines.withColumnRenamed("item", "other")
    both = lines.join(other, key).where("item != other")
    pairs, sold = both.groupBy("item", "other"), other.groupBy("other")
    return Together(kept(pairs.agg(F.count("*").alias("many"))), kept(sold.agg(F.count("*").alias("sold"))))


def filled(by_orders: Neighbours, by_customers: Neighbours) -> Neighbours:
    """What is in the same orders, and behind it what the same customers buy: orders alone fill few places of a list."""
    first, then = by_orders.similarity, by_customers.similarity
    if not first.nnz or not then.nnz:
        return by_customers if then.nnz else by_orders
    share = first.data.min() / then.data.max() / 2
    return Neighbours(by_orders.profiles, sparse(first + then * share))


def _table(lists: DataFrame, item_count: int) -> Sparse:
    rows, others, scores = [], [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for item, other, score in lists.toLocalIterator():
        rows.append(np.full(len(other), item, dtype=np.int32))
        others.append(np.array(other, dtype=np.int32))
        scores.append(np.array(score, dtype=np.float32))
    places = (np.concatenate([others[0], *rows]), np.concatenate(others))
    return sparse(coo_array((np.concatenate(scores), places), shape=(item_count, item_count)).tocsr())
