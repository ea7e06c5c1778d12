"""What customers did, as DataFrames of ``who``, ``item``, ``at``, ``kind``, ``weight``, ``in_order``.

``item`` is the place of a product in the shop's range. The measures are those of ``recs.signals``.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 - as everybody does

from ...arrays import DAY
from ...interactions import SAYS, Kind
from .session import table

_CODES_IN_A_PIECE = 200


def of_range(session: SparkSession, rows: DataFrame, catalogue: Sequence[int]) -> DataFrame:
    """What happened with products of the shop's range, with their places in it."""
    places = table(session, list(zip(catalogue, range(len(catalogue)), strict=True)), "product long, item int")
    return rows.join(F.broadcast(places), "product").drop("product")


def of_kinds(rows: DataFrame, *kinds: Kind) -> DataFrame:
    """The rows of some kinds."""
    return rows.where(F.col("kind").isin([int(kind) for kind in kinds]))


def before(rows: DataFrame, moment: int) -> DataFrame:
    """What happened earlier than a moment."""
    return rows.where(F.col("at") < moment)


def latest(rows: DataFrame, now: int, half_life: float) -> DataFrame:
    """``who``, ``item``, ``says``: the strongest sign that is left, above zero; gifts count like purchases."""
    gift = (F.col("kind") == int(Kind.PURCHASE)) & (F.col("weight") == 0)
    says = F.when(gift, 1.0).otherwise(_says())
    signs = rows.select("who", "item", says.alias("plain"), _fading(now, half_life).alias("fading"))
    strongest, left = F.max(F.greatest("plain", F.lit(0.0)) * F.col("fading")), F.sum("plain")
    found = signs.groupBy("who", "item").agg(strongest.alias("says"), left.alias("left"))
    return found.where((F.col("left") > 0) & (F.col("says") > 0)).drop("left")


def total(rows: DataFrame, now: int, half_life: float) -> DataFrame:
    """``who``, ``item``, ``says``: all signs added up, what went back against, where that is above zero."""
    says = F.sum(_says() * _fading(now, half_life))
    return rows.groupBy("who", "item").agg(says.alias("says")).where(F.col("says") > 0)


def bought(rows: DataFrame) -> DataFrame:
    """``who``, ``item``: each product that a customer ever bought, for whomever."""
    return of_kinds(rows, Kind.PURCHASE).select("who", "item").distinct()


def with_profile(rows: DataFrame) -> DataFrame:
    """``who``: contacts who are known well enough for a list of their own (``recs.guards``)."""
    own_orders = F.when((F.col("kind") == int(Kind.PURCHASE)) & (F.col("weight") > 0), F.col("in_order"))
    looked = F.max(F.col("kind").isin(int(Kind.VIEW), int(Kind.CART), int(Kind.INTEREST)))
    known = (
        rows.where("who > 0").groupBy("who").agg(F.countDistinct(own_orders).alias("orders"), looked.alias("looked"))
    )
    return known.where("orders >= 2 OR (orders >= 1 AND looked)").select("who")


def numbered(people: DataFrame) -> DataFrame:
    """``who``, ``user``: the numbers of distinct people from 0 on, the same for the same people.

    Spark's ALS takes numbers of 32 bits. They are given in pieces by a hash, as one count over all would be made on one
    machine.
    """
    placed = people.withColumn("piece", F.pmod(F.xxhash64("who"), F.lit(_CODES_IN_A_PIECE)))
    starts, many = [], 0
    for row in sorted(placed.groupBy("piece").count().collect()):
        starts.append((row["piece"], many))
        many += row["count"]
    first = table(people.sparkSession, starts, "piece long, start int")
    place = F.row_number().over(Window.partitionBy("piece").orderBy("who")) - 1
    return (
        placed.withColumn("place", place)
        .join(F.broadcast(first), "piece")
        .select("who", (F.col("start") + F.col("place")).cast("int").alias("user"))
    )


def _says() -> Column:
    return F.array(*(F.lit(SAYS[kind]) for kind in Kind))[F.col("kind").cast("int")] * F.col("weight")


def _fading(now: int, half_life: float) -> Column:
    return F.pow(F.lit(0.5), F.greatest(F.lit(now) - F.col("at"), F.lit(0)) / DAY / half_life)
