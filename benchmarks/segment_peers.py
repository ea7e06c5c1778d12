"""The same figures by DuckDB or polars, from a file of purchases: run by ``benchmarks.segments``, one process each.

RFM are the columns of crm_customer_value with ranks and group; the score is the decayed sum with its tier (without what
a tier was before); the lifecycle is the stage of now (without since when). They do less than ours does, never more.
"""

import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any

NOW = datetime(2026, 3, 5, 3, tzinfo=UTC)
START = NOW - timedelta(days=730)
HALF_LIFE = 90 * 86400

DUCKDB = {
    "rfm": f"""
CREATE OR REPLACE TABLE rfm AS
WITH moment AS (
    SELECT *, date_trunc('day', placed_at) AS day FROM purchase
), summed AS (
    SELECT contact_id, currency, count(*) AS orders, count(DISTINCT day) AS days, sum(kept) AS amount,
        min(placed_at) AS first_at, max(placed_at) AS last_at,
        count(*) FILTER (placed_at > TIMESTAMPTZ '{START}') AS recent_orders,
        sum(kept) FILTER (placed_at > TIMESTAMPTZ '{START}') AS recent_amount
    FROM moment GROUP BY ALL
), ranked AS (
    SELECT *, count(*) OVER c AS n, rank() OVER (c ORDER BY last_at) - 1 AS r,
        rank() OVER (c ORDER BY recent_orders) - 1 AS f, rank() OVER (c ORDER BY recent_amount) - 1 AS m
    FROM summed WHERE recent_orders > 0 WINDOW c AS (PARTITION BY currency)
), scored AS (
    SELECT *, least(5, 1 + 5 * r // (n - 1)) AS recency, least(5, 1 + 5 * f // (n - 1)) AS frequency,
        least(5, 1 + 5 * m // (n - 1)) AS monetary FROM ranked
)
SELECT *, recency * 10 + (frequency + monetary + 1) // 2 AS rfm_group FROM scored""",
    "score": f"""
CREATE OR REPLACE TABLE score AS
SELECT contact_id, points, CASE WHEN points >= 60 THEN 'A' WHEN points >= 30 THEN 'B' ELSE '' END AS tier FROM (
    SELECT contact_id, sum((10 + 0.1 * kept::DOUBLE) * exp(-ln(2) / {HALF_LIFE}
        * epoch(TIMESTAMPTZ '{NOW}' - placed_at))) AS points FROM purchase GROUP BY contact_id
)""",
    "lifecycle": """
CREATE OR REPLACE TABLE lifecycle AS
WITH summed AS (
    SELECT contact_id, count(DISTINCT day) AS days, min(placed_at) AS first_at, max(placed_at) AS last_at,
        max(placed_at) FILTER (day < last_day) AS previous_at
    FROM (
        SELECT contact_id, placed_at, date_trunc('day', placed_at) AS day,
            max(date_trunc('day', placed_at)) OVER (PARTITION BY contact_id) AS last_day FROM purchase
    ) GROUP BY contact_id
), measured AS (
    SELECT *, epoch(last_at - first_at) AS span, epoch(TIMESTAMPTZ '{NOW}' - last_at) AS silence FROM summed
), limited AS (
    SELECT *, least(greatest({silence_0}, {season} / 6), 1.5 * {season}) AS at_risk,
        greatest(1.5 * at_risk, least({silence_1}, 2 * {season})) AS lapsed,
        greatest(1.5 * lapsed, least({silence_2}, 4 * {season})) AS lost FROM measured
)
SELECT contact_id, CASE WHEN silence >= lost THEN 'lost' WHEN silence >= lapsed THEN 'lapsed'
    WHEN silence >= at_risk THEN 'at_risk'
    WHEN days = 1 THEN if(epoch(TIMESTAMPTZ '{NOW}' - first_at) < {season} / 6, 'new', 'getting_acquainted')
    WHEN days >= 4 AND span >= {season} THEN 'loyal'
    WHEN epoch(last_at - previous_at) <= {season} THEN 'active' ELSE 'getting_acquainted' END AS stage FROM limited""",
}
LEFT = (0.75, 0.45, 0.2)


def main() -> None:
    peer, file, says = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    found: dict[str, Any] = (duckdb if peer == "duckdb" else polars)(file, says)
    print(json.dumps({**found, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


def duckdb(file: str, says: dict[str, Any]) -> dict[str, Any]:
    import duckdb as peer

    database = peer.connect()
    database.execute("SET TimeZone = 'UTC'")
    types = "{'contact_id': 'BIGINT', 'currency': 'VARCHAR', 'placed_at': 'TIMESTAMPTZ', 'kept': 'DECIMAL(18, 3)'}"
    load = best(lambda: database.execute(f"CREATE TABLE purchase AS FROM read_csv('{file}', columns = {types})"), 1)
    silences = {f"silence_{n}": _silence_sql(says, n) for n in range(3)}
    lifecycle = DUCKDB["lifecycle"].format(NOW=NOW, season=says["season"], **silences)
    return {
        "version": peer.__version__,
        "load": load,
        "rfm": best(lambda: database.execute(DUCKDB["rfm"])),
        "score": best(lambda: database.execute(DUCKDB["score"])),
        "lifecycle": best(lambda: database.execute(lifecycle)),
    }


def polars(file: str, says: dict[str, Any]) -> dict[str, Any]:
    import polars as pl

    frames: list[Any] = []

    def read() -> None:
        raw = pl.read_csv(file, schema_overrides={"currency": pl.String, "kept": pl.Float64, "placed_at": pl.String})
        placed = pl.col("placed_at").str.head(19).str.to_datetime("%Y-%m-%d %H:%M:%S", time_zone="UTC")
        frames.append(raw.with_columns(placed).with_columns(pl.col("placed_at").dt.truncate("1d").alias("day")))

    load = best(read, 1)
    purchase = frames[0].lazy()
    recent = pl.col("placed_at") > START

    def rank(name: str) -> Any:
        lower = pl.col(name).rank("min").over("currency").cast(pl.Int64) - 1
        return pl.min_horizontal(5, 1 + 5 * lower // (pl.len().over("currency").cast(pl.Int64) - 1))

    def rfm() -> None:
        summed = purchase.group_by("contact_id", "currency").agg(
            pl.len().alias("orders"),
            pl.col("day").n_unique().alias("days"),
            pl.col("kept").sum().alias("amount"),
            pl.col("placed_at").min().alias("first_at"),
            pl.col("placed_at").max().alias("last_at"),
            recent.sum().alias("recent_orders"),
            pl.col("kept").filter(recent).sum().alias("recent_amount"),
        )
        ranks = [rank("last_at").alias("r"), rank("recent_orders").alias("f"), rank("recent_amount").alias("m")]
        group = pl.col("r") * 10 + (pl.col("f") + pl.col("m") + 1) // 2
        summed.filter(pl.col("recent_orders") > 0).with_columns(ranks).with_columns(group.alias("group")).collect()

    def score() -> None:
        age = (pl.lit(NOW) - pl.col("placed_at")).dt.total_seconds()
        points = (10 + 0.1 * pl.col("kept")) * 0.5 ** (age / HALF_LIFE)
        tier = pl.when(pl.col("points") >= 60).then(pl.lit("A")).when(pl.col("points") >= 30).then(pl.lit("B"))
        purchase.group_by("contact_id").agg(points.sum().alias("points")).with_columns(tier.alias("tier")).collect()

    def lifecycle() -> None:
        season = says["season"]
        first, second, third = (_silence_polars(pl, says, n, pl.col("span"), pl.col("days")) for n in range(3))
        summed = purchase.group_by("contact_id").agg(
            pl.col("day").n_unique().cast(pl.Float64).alias("days"),
            pl.col("placed_at").min().alias("first_at"),
            pl.col("placed_at").max().alias("last_at"),
            pl.col("placed_at").filter(pl.col("day") < pl.col("day").max()).max().alias("previous_at"),
        )
        measured = summed.with_columns(
            (pl.col("last_at") - pl.col("first_at")).dt.total_seconds().alias("span"),
            (pl.lit(NOW) - pl.col("last_at")).dt.total_seconds().alias("silence"),
        )
        at_risk = pl.min_horizontal(pl.max_horizontal(first, season / 6), 1.5 * season)
        lapsed = pl.max_horizontal(1.5 * pl.col("at_risk"), pl.min_horizontal(second, 2 * season))
        lost = pl.max_horizontal(1.5 * pl.col("lapsed"), pl.min_horizontal(third, 4 * season))
        limited = measured.with_columns(at_risk.alias("at_risk")).with_columns(lapsed.alias("lapsed"))
        silent, gap = pl.col("silence"), (pl.col("last_at") - pl.col("previous_at")).dt.total_seconds()
        stage = pl.when(silent >= pl.col("lost")).then(pl.lit("lost"))
        stage = stage.when(silent >= pl.col("lapsed")).then(pl.lit("lapsed"))
        stage = stage.when(silent >= pl.col("at_risk")).then(pl.lit("at_risk"))
        stage = stage.when((pl.col("days") == 1) & (silent < season / 6)).then(pl.lit("new"))
        stage = stage.when((pl.col("days") >= 4) & (pl.col("span") >= season)).then(pl.lit("loyal"))
        stage = stage.when(gap <= season).then(pl.lit("active"))
        stage = stage.otherwise(pl.lit("getting_acquainted"))
        limited.with_columns(lost.alias("lost")).with_columns(stage.alias("stage")).collect()

    return {
        "version": pl.__version__,
        "load": load,
        "rfm": best(rfm),
        "score": best(score),
        "lifecycle": best(lifecycle),
    }


def _silence_sql(says: dict[str, Any], n: int) -> str:
    if says["basis"] == "mbgnbd":
        r, alpha, a, b, left = *(float(says[name]) for name in ("r", "alpha", "a", "b")), LEFT[n]
        return (f"({alpha} + span) * (exp(least(ln(({a} + (1 - {left}) * ({b} + days - 1)) / ({left} * {a}))"
                f" / ({r} + days - 1), 60)) - 1)")  # fmt: skip
    if says["ratio_0"] is None:
        return f"{(1, 2, 4)[n]} * {says['season']}"
    return f"if(days >= 3, {says[f'ratio_{n}']} * span / greatest(days - 1, 1), {says[f'first_{n}']})"


def _silence_polars(pl: Any, says: dict[str, Any], n: int, span: Any, days: Any) -> Any:
    if says["basis"] == "mbgnbd":
        r, alpha, a, b, left = *(float(says[name]) for name in ("r", "alpha", "a", "b")), LEFT[n]
        power = ((a + (1 - left) * (b + days - 1)) / (left * a)).log() / (r + days - 1)
        return (alpha + span) * (pl.min_horizontal(power, 60.0).exp() - 1)
    if says["ratio_0"] is None:
        return pl.lit((1, 2, 4)[n] * says["season"])
    return pl.when(days >= 3).then(says[f"ratio_{n}"] * span / (days - 1)).otherwise(says[f"first_{n}"])


def best(work: Callable[[], object], times: int = 3) -> float:
    """Seconds of the quickest of some times: the first one warms up."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        work()
        taken.append(perf_counter() - start)
    return min(taken)


if __name__ == "__main__":
    main()
