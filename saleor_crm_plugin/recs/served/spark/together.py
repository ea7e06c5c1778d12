"""Products in the same orders, by a join of orders with themselves."""

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

# A reseller's thousand products in an order say little of any two, and pairs grow with the square.
_MOST_IN_AN_ORDER = 200
DAMPED, PLAIN = 0.4, 0.0  # as in ``recs.recipes``: "bought together" and "pairs"


@dataclass(frozen=True)
class Together:
    """``pairs``: ``item``, ``other``, and how many ``orders`` have both. ``sold``: ``other``, and how many have it."""

    pairs: DataFrame
    sold: DataFrame

    def model(
        self, damping: float, item_count: int, most: int, shown: DataFrame, given: DataFrame | None = None
    ) -> Neighbours:
        """The ``most`` of the ``shown`` products for each, for all products or those that are ``given``.

        Best-sellers are damped as in ``recs.baskets``. ``shown`` and ``given`` have a column ``item``.
        """
        pairs = self.pairs if given is None else self.pairs.join(F.broadcast(given), "item")
        pairs = pairs.join(F.broadcast(shown.withColumnRenamed("item", "other")), "other")
        score = (F.col("orders") / F.pow("sold", F.lit(damping))).cast("float")
        scored = pairs.join(F.broadcast(self.sold), "other").select("item", "other", score.alias("score"))
        by_score = Window.partitionBy("item").orderBy(F.desc("score"), "other")
        best = scored.withColumn("place", F.row_number().over(by_score)).where(F.col("place") <= most)
        lists = best.groupBy("item").agg(
            F.collect_list("other").alias("others"), F.collect_list("score").alias("scores")
        )
        return Neighbours(nothing(0, item_count), _table(lists, item_count))


def bought_together(rows: DataFrame, kept: Kept) -> Together:
    """Counts of common orders. Gifts count: they tell nothing of who bought them, and still what goes with what."""
    lines = of_kinds(rows, Kind.PURCHASE).select("in_order", "item").distinct()
    place = F.row_number().over(Window.partitionBy("in_order").orderBy("item"))
    lines = lines.withColumn("place", place).where(F.col("place") <= _MOST_IN_AN_ORDER).drop("place")
    other = lines.withColumnRenamed("item", "other")
    both = lines.join(other, "in_order").where("item != other")
    pairs, sold = both.groupBy("item", "other"), other.groupBy("other")
    return Together(kept(pairs.agg(F.count("*").alias("orders"))), kept(sold.agg(F.count("*").alias("sold"))))


def _table(lists: DataFrame, item_count: int) -> Sparse:
    rows, others, scores = [], [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for item, other, score in lists.toLocalIterator():
        rows.append(np.full(len(other), item, dtype=np.int32))
        others.append(np.array(other, dtype=np.int32))
        scores.append(np.array(score, dtype=np.float32))
    places = (np.concatenate([others[0], *rows]), np.concatenate(others))
    return sparse(coo_array((np.concatenate(scores), places), shape=(item_count, item_count)).tocsr())
