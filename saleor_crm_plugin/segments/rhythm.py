"""How long a customer may stay silent before that means something: by the model of all, by gaps, or by the season.

Three limits count from the last purchase on: after them a customer is at risk, lapsed, lost (docs/adr/0009).
"""

from collections.abc import Mapping
from datetime import timedelta

from django.db import connection

from .models import ModelFit

MBGNBD, ORDER_GAPS = "mbgnbd", "order_gaps"
LEAST_REPEATERS = 100  # customers who bought again, for the model to speak
LEAST_GAPS = 20
# Of the chance to be there that a customer had right after the last purchase, so much is left at each limit.
LEFT_ALIVE = (0.75, 0.45, 0.2)
# So many of all gaps are shorter than each limit.
QUANTILES = (0.8, 0.95, 0.99)
_SEASONS = (1, 2, 4)

# A silence in seconds, of a state of a customer: ``days`` with purchases, the last of them ``span`` seconds after the
# first. By MBG/NBD the chance to be there after a silence S is P = 1 / (1 + a / (b+x) * R^(r+x)) with x = days - 1 and
# R = (alpha + span + S) / (alpha + span); after a purchase it is P0 = (b+x) / (a+b+x). P = left * P0, solved for S,
# is S = (alpha + span) * (R - 1) with R^(r+x) = (a + (1 - left) * (b+x)) / (left * a). The exponent is kept from
# overflowing: what it stands for is beyond any season. By gaps: with three days or more the quantile of gaps in units
# of their customer's mean gap times the own mean gap, else the quantile of gaps from the first purchase to the second.
# Without the casts PostgreSQL would compute with decimals, which takes four times as long for the whole lifecycle.
_SILENCE = """
CASE WHEN %(basis)s = 'mbgnbd' THEN (%(alpha)s::float8 + span) * (exp(least(
    ln((%(a)s::float8 + (1 - {left}::float8) * (%(b)s::float8 + days - 1)) / ({left}::float8 * %(a)s::float8))
    / (%(r)s::float8 + days - 1), 60)) - 1)
WHEN days >= 3 AND %(ratio_{n})s::float8 IS NOT NULL THEN %(ratio_{n})s::float8 * span / (days - 1)
WHEN days < 3 AND %(first_{n})s::float8 IS NOT NULL THEN %(first_{n})s::float8
ELSE {seasons} * %(season)s::float8 END
"""


def _silence(n: int) -> str:
    return _SILENCE.format(n=n, left=LEFT_ALIVE[n], seasons=_SEASONS[n])


# Kept near the season and in their order, in seconds; each refers to the one before by name.
AT_RISK = f"least(greatest({_silence(0)}, %(season)s::float8 / 6), 1.5 * %(season)s::float8)"
LAPSED = f"greatest(1.5 * at_risk, least({_silence(1)}, 2 * %(season)s::float8))"
LOST = f"greatest(1.5 * lapsed, least({_silence(2)}, 4 * %(season)s::float8))"

# Quantiles of gaps between days with purchases, and how many gaps there are: of the first one, and of all of customers
# with three days or more, in units of their mean.
_GAPS = """
WITH day AS (
    SELECT contact_id, min(placed_at) AS at FROM crm_purchase WHERE counts AND contact_id IS NOT NULL
    GROUP BY contact_id, (placed_at AT TIME ZONE 'UTC')::date
), gap AS (
    SELECT date_part('epoch', at - lag(at) OVER history) AS seconds, row_number() OVER history - 1 AS place,
        date_part('epoch', max(at) OVER whole - min(at) OVER whole) AS span, count(*) OVER whole AS days
    FROM day WINDOW whole AS (PARTITION BY contact_id), history AS (PARTITION BY contact_id ORDER BY at)
)
SELECT percentile_cont(%(quantiles)s::float8[]) WITHIN GROUP (ORDER BY seconds * (days - 1) / span)
        FILTER (WHERE days >= 3 AND place >= 1),
    count(*) FILTER (WHERE days >= 3 AND place >= 1),
    percentile_cont(%(quantiles)s::float8[]) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE place = 1),
    count(*) FILTER (WHERE place = 1)
FROM gap
"""


def measure_gaps() -> tuple[Mapping[str, list[float]], int]:
    """Quantiles of order gaps where there are enough: {"ratios": [...], "firsts": [...]}; and how many gaps."""
    with connection.cursor() as cursor:
        cursor.execute(_GAPS, {"quantiles": list(QUANTILES)})
        ratios, ratio_count, firsts, first_count = cursor.fetchone() or ([], 0, [], 0)
    enough: dict[str, tuple[list[float], int]] = {"ratios": (ratios, ratio_count), "firsts": (firsts, first_count)}
    quantiles = {name: list(found) for name, (found, count) in enough.items() if count >= LEAST_GAPS}
    return quantiles, ratio_count + first_count


def limits(season: timedelta) -> Mapping[str, object]:
    """The parameters of the three limits, as the models now say."""
    fits = {fit.model: fit for fit in ModelFit.objects.filter(model__in=[MBGNBD, ORDER_GAPS])}
    model, gaps = fits.get(MBGNBD), fits.get(ORDER_GAPS)
    found: dict[str, object] = {"season": season.total_seconds(), "basis": "", "r": 1, "alpha": 1, "a": 1, "b": 1}
    if model and model.converged and model.params["repeaters"] >= LEAST_REPEATERS:
        week = timedelta(weeks=1).total_seconds()
        found |= {"basis": MBGNBD, **{name: model.params[name] for name in ("r", "a", "b")}}
        found["alpha"] = model.params["alpha"] * week
    quantiles = gaps.params if gaps else {}
    for name in ("ratio", "first"):
        values = quantiles.get(f"{name}s") or [None] * len(QUANTILES)
        found |= {f"{name}_{n}": value for n, value in enumerate(values)}
    return found
