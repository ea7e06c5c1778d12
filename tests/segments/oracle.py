"""The lifecycle's rules once more, in Python and one moment at a time: what SQL says is compared with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

LEFT = (0.75, 0.45, 0.2)


def limits_of(days: int, span: float, says: Mapping[str, Any]) -> list[float]:
    """After how many seconds of silence somebody is at risk, lapsed and lost."""
    season: float = says["season"]
    raw = []
    for n, left in enumerate(LEFT):
        if says["basis"] == "mbgnbd":
            raw.append(_solve(days - 1, span, left, says))
        elif days >= 3 and says[f"ratio_{n}"] is not None:
            raw.append(says[f"ratio_{n}"] * span / (days - 1))
        elif days < 3 and says[f"first_{n}"] is not None:
            raw.append(says[f"first_{n}"])
        else:
            raw.append((1, 2, 4)[n] * season)
    at_risk = min(max(raw[0], season / 6), 1.5 * season)
    lapsed = max(1.5 * at_risk, min(raw[1], 2 * season))
    return [at_risk, lapsed, max(1.5 * lapsed, min(raw[2], 4 * season))]


def alive(x: int, span: float, silence: float, says: Mapping[str, Any]) -> float:
    """P(alive) of MBG/NBD as it is printed."""
    r, alpha, a, b = (says[name] for name in ("r", "alpha", "a", "b"))
    try:
        odds = a / (b + x) * ((alpha + span + silence) / (alpha + span)) ** (r + x)
    except OverflowError:
        return 0.0
    return float(1 / (1 + odds))


def _solve(x: int, span: float, left: float, says: Mapping[str, Any]) -> float:
    """The silence after which that share of the chance is left, found by halving."""
    low, high = 0.0, 1e12
    for _ in range(200):
        middle = (low + high) / 2
        if alive(x, span, middle, says) > left * alive(x, span, 0, says):
            low = middle
        else:
            high = middle
    return low


def stage_at(orders: Sequence[datetime], moment: datetime, says: Mapping[str, Any]) -> str:
    """Where a customer stands at a moment by the orders up to it."""
    past = sorted(at for at in orders if at <= moment)
    if not past:
        return "prospect"
    season = timedelta(seconds=says["season"])
    first, last = past[0], past[-1]
    days = len({at.date() for at in past})
    earlier = [at for at in past if at.date() < last.date()]
    at_risk, lapsed, lost = limits_of(days, (last - first).total_seconds(), says)
    silence = (moment - last).total_seconds()
    for limit, stage in ((lost, "lost"), (lapsed, "lapsed"), (at_risk, "at_risk")):
        if silence >= limit:
            return stage
    if days == 1:
        return "new" if moment < first + season / 6 else "getting_acquainted"
    if days >= 4 and last - first >= season:
        return "loyal"
    return "active" if last - earlier[-1] <= season else "getting_acquainted"
