"""Customers and products as vectors, by MLlib's ALS for implicit feedback (Hu, Koren and Volinsky 2008)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 - as everybody does

from ...interactions import Kind
from .session import Kept, table
from .signs import bought, numbered, of_kinds, total

_ITERATIONS, _SEED = 10, 1
# Lists are longer by as much as customers bought, before that is taken away; one length for all would be the longest.
_STEPS = (20, 100, 500)
_LISTS = "who long, items array<int>, scores array<float>"


@dataclass(frozen=True)
class Recipe:
    """How ALS is fitted. ``half_life`` in days; ``alpha`` is how much surer a purchase is than none."""

    rank: int
    alpha: float
    regularisation: float
    half_life: float

    def __str__(self) -> str:
        return (
            f"ALS, {self.rank} factors, alpha {self.alpha:g}, regularisation {self.regularisation:g},"
            f" half-life {self.half_life:g} days"
        )


GRID: Sequence[Recipe] = tuple(
    Recipe(rank, alpha, regularisation, half_life)
    for rank, alpha, regularisation, half_life in product((32, 64), (2.0, 20.0), (0.03, 0.3), (90.0,))
)


@dataclass(frozen=True)
class Factors:
    """A fitted model. ``people``: ``who``, ``user``; ``bought``: ``who``, ``item``."""

    model: ALSModel
    people: DataFrame
    bought: DataFrame

    def lists(self, people: DataFrame, shown: DataFrame, most: int) -> DataFrame:
        """``who``, ``items``, ``scores``: the ``most`` best products for people (``who``), best first.

        None that they bought, and none that is not ``shown`` (``item``). A score is above zero.
        """
        own = self.bought.join(people, "who").groupBy("who").agg(F.collect_list("item").alias("own"))
        asked = people.join(self.people, "who").join(own, "who", "left")
        asked = asked.withColumn("own", F.coalesce("own", F.array().cast("array<int>"))).withColumn(
            "many", F.size("own")
        )
        model = _only(self.model, shown)
        found: DataFrame | None = None
        for low, high in zip((-1, *_STEPS), (*_STEPS, None), strict=True):
            some = asked.where(F.col("many") > low)
            if high is not None:
                some = some.where(F.col("many") <= high)
            longest = some.agg(F.max("many")).first()[0]
            if longest is not None:
                part = _ranked(model, some, most, longest)
                found = part if found is None else found.unionAll(part)
        return found or table(people.sparkSession, [], _LISTS)


def fit(rows: DataFrame, now: int, recipe: Recipe, kept: Kept) -> Factors:
    """Fit it to what was bought for oneself and did not go back, less the longer ago it was.

    What was looked at only has a block of its own, and makes no taste.
    """
    signs = total(of_kinds(rows, Kind.PURCHASE, Kind.RETURN), now, recipe.half_life)
    people = kept(numbered(signs.select("who").distinct()))
    blocks = max(2, rows.sparkSession.sparkContext.defaultParallelism)
    als = ALS(
        rank=recipe.rank,
        maxIter=_ITERATIONS,
        regParam=recipe.regularisation,
        numUserBlocks=blocks,
        numItemBlocks=blocks,
        implicitPrefs=True,
        alpha=recipe.alpha,
        userCol="user",
        itemCol="item",
        ratingCol="says",
        seed=_SEED,
    )
    return Factors(als.fit(signs.join(people, "who").select("user", "item", "says")), people, bought(rows))


def _only(model: ALSModel, shown: DataFrame) -> ALSModel:
    """The model with a part of the products. Spark has no way of its own to leave products out."""
    java = model._java_obj
    factors = model.itemFactors.join(F.broadcast(shown.withColumnRenamed("item", "id")), "id").select("id", "features")
    jvm = shown.sparkSession.sparkContext._jvm
    part = jvm.org.apache.spark.ml.recommendation.ALSModel(java.uid(), java.rank(), java.userFactors(), factors._jdf)
    return ALSModel(java.copyValues(part, jvm.org.apache.spark.ml.param.ParamMap.empty()))


def _ranked(model: ALSModel, asked: DataFrame, most: int, longest: int) -> DataFrame:
    best = model.recommendForUserSubset(asked.select("user"), most + longest)
    new = F.filter("recommendations", lambda one: (one["rating"] > 0) & ~F.array_contains("own", one["item"]))
    listed = best.join(asked, "user").select("who", F.slice(new, 1, most).alias("best"))
    return listed.select("who", F.col("best.item").alias("items"), F.col("best.rating").alias("scores"))
