"""What runs out, as in ``recs.replenish``: which products are bought again, after how long, and who needs which now."""

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - as everybody does

from ... import replenish
from ...arrays import DAY
from ...interactions import Kind
from .signs import of_kinds


def due(rows: DataFrame, now: int, shown: DataFrame, most: int) -> DataFrame:
    """``who``, ``items``, ``scores``: what contacts are likely to need now, the surest and most timely first.

    ``shown`` (``item``) is what may be in a list.
    """
    bought = of_kinds(rows, Kind.PURCHASE).where("weight > 0")
    days = bought.select("who", "item", F.floor(F.col("at") / DAY).alias("day")).distinct()
    before = F.lag("day").over(Window.partitionBy("who", "item").orderBy("day"))
    days = days.withColumn("gap", F.col("day") - before)
    usual = days.groupBy("item").agg(F.expr("percentile(gap, 0.5)").alias("usual"))
    own = days.groupBy("who", "item").agg(
        F.max("day").alias("last"), F.avg("gap").alias("mean"), F.count("gap").alias("gaps")
    )
    back = F.sum((F.col("gaps") > 0).cast("int"))
    share = (back / F.count("*")).alias("share")
    products = own.groupBy("item").agg(share, back.alias("back")).join(usual, "item").join(F.broadcast(shown), "item")
    runs_out = products.where((F.col("back") >= replenish.FEWEST_BACK) & (F.col("share") >= replenish.LEAST_SHARE))
    gap = F.when(F.col("gaps") > 1, F.col("mean")).otherwise(F.col("usual"))
    waited = (F.lit(now // DAY) - F.col("last")) / gap
    wanted = own.where("who > 0").join(F.broadcast(runs_out), "item").withColumn("waited", waited)
    wanted = wanted.where(F.col("waited").between(replenish.EARLY, replenish.LATE))
    near = F.least("waited", 1 / F.col("waited"))
    scored = wanted.select("who", "item", (F.col("share") * near).cast("float").alias("score"))
    best = F.slice(F.sort_array(F.collect_list(F.struct((-F.col("score")).alias("less"), "item"))), 1, most)
    listed = scored.groupBy("who").agg(best.alias("best"))
    scores = F.transform("best.less", lambda less: -less)
    return listed.select("who", F.col("best.item").alias("items"), scores.alias("scores"))
