"""What the owner says of customers: how they are ranked, scored and rewarded. Read from plain text, line by line.

Each reader raises ValueError with the end of a plain sentence that began with the field's label, as in ``values.py``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ..values import one_line

# What has points: the rest of the word says what it counts in (segments/scoring.py).
ACTIONS = ("order", "value", "cart", "return", "view", "click")


@dataclass(frozen=True)
class Group:
    """One line of the table of RFM groups: which recency and which frequency-and-money scores (1-5) belong to it."""

    name: str
    recency: tuple[int, int]  # from, to
    worth: tuple[int, int]  # the mean of frequency and monetary, rounded half up


@dataclass(frozen=True)
class RfmRules:
    """How customers are ranked: over which time, into how many bins, and what the groups are called."""

    period: timedelta
    bins: int
    groups: tuple[Group, ...]  # the first that fits holds; together they cover all scores

    def group_of(self, recency: int, worth: int) -> str:
        """The group of two scores of 1 to 5."""
        return next(
            group.name
            for group in self.groups
            if group.recency[0] <= recency <= group.recency[1] and group.worth[0] <= worth <= group.worth[1]
        )


@dataclass(frozen=True)
class ScoreRules:
    """Points per action: by action, or by ("value", currency) for each unit of money. They halve in ``half_life``."""

    points: Mapping[tuple[str, str], float]
    half_life: timedelta
    tier_a: float
    tier_b: float


@dataclass(frozen=True)
class Tier:
    """A loyalty tier: from so many points earned in the last 12 months, each new one counts ``multiplier`` times."""

    name: str
    threshold: int
    multiplier: Decimal


@dataclass(frozen=True)
class LoyaltyRules:
    """The loyalty programme. ``since`` is None while there is none."""

    since: datetime | None  # orders placed from here on earn
    rates: Mapping[str, Decimal]  # points per unit of a currency; "" is for all others
    return_window: timedelta
    lifetime: timedelta | None  # None: points never expire
    tiers: tuple[Tier, ...]  # by rising threshold

    def rate(self, currency: str) -> Decimal:
        """Points per unit of a currency."""
        return self.rates.get(currency, self.rates.get("", Decimal(0)))


_UNITS = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7, "month": 30, "months": 30}
_UNITS |= {"y": 365, "year": 365, "years": 365}
_LONGEST = 3650


def period(value: Any) -> timedelta:
    """A time in days, weeks, months (30 days) or years (365 days)."""
    match = re.fullmatch(r"([0-9]{1,4})\s*([a-z]+)", one_line(value).lower())
    days = int(match[1]) * _UNITS.get(match[2], 0) if match else 0
    if not 1 <= days <= _LONGEST:
        raise ValueError("must be a time from 1 d to 10 years, such as 90 d, 12 weeks, 6 months or 2 years.")
    return timedelta(days=days)


def period_or_never(value: Any) -> timedelta | None:
    return period(value) if one_line(value) else None


def bins(value: Any) -> int:
    text = one_line(value)
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 2 <= int(text) <= 10:
        raise ValueError("must be a whole number from 2 to 10.")
    return int(text)


def points(value: Any) -> float:
    return float(_number(one_line(value)))


def groups(value: Any) -> tuple[Group, ...]:
    """Lines such as ``Champions = 5, 4-5``: recency, then the mean of frequency and money."""
    found = []
    for line in _lines(value):
        name, _, scores = line.partition("=")
        spans = [re.fullmatch(r"([1-5])(?:\s*[-–]\s*([1-5]))?", part.strip()) for part in scores.split(",")]
        name = _name(name)
        if len(spans) != 2 or not all(spans):
            raise ValueError(f"has a line that can't be read: “{line[:60]}”. Write it as Champions = 4-5, 5.")
        (recency, worth) = ((int(span[1]), int(span[2] or span[1])) for span in spans if span)
        if recency[0] > recency[1] or worth[0] > worth[1]:
            raise ValueError(f"has a span that runs backwards: “{line[:60]}”.")
        found.append(Group(name, recency, worth))
    rules = RfmRules(timedelta(1), 5, tuple(found))
    for recency_score in range(1, 6):
        for worth_score in range(1, 6):
            try:
                rules.group_of(recency_score, worth_score)
            except StopIteration:
                raise ValueError(f"has no group for recency {recency_score} with {worth_score}.") from None
    return tuple(found)


def action_points(value: Any) -> Mapping[tuple[str, str], float]:
    """Lines such as ``order = 10`` or ``value EUR = 0.1``."""
    found: dict[tuple[str, str], float] = {}
    for line in _lines(value):
        match = re.fullmatch(r"([a-z]+)(?:\s+([A-Z]{3}))?\s*=\s*(\S+)", line)
        if not match or match[1] not in ACTIONS or (match[2] and match[1] != "value"):
            raise ValueError(
                f"has a line that can't be read: “{line[:60]}”. Write it as order = 10 or value EUR = 0.1; "
                f"what has points: {', '.join(ACTIONS)}."
            )
        found[match[1], match[2] or ""] = float(_number(match[3], negative=match[1] == "return"))
    return found


def since(value: Any) -> datetime | None:
    """The beginning of a day (UTC); None where empty."""
    text = one_line(value)
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day such as 2026-01-31, or empty.") from None
    if not 2000 <= day.year <= 2100:
        raise ValueError("must be a day of this century.")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def rates(value: Any) -> Mapping[str, Decimal]:
    """One number for all currencies, or lines such as ``EUR 1`` and ``PLN 0.25``."""
    found: dict[str, Decimal] = {}
    for line in re.split(r"[,;\n]", str(value)):
        if not line.strip():
            continue
        match = re.fullmatch(r"(?:([A-Z]{3})\s+)?(\S+)", line.strip())
        if not match or (match[1] or "") in found:
            raise ValueError("must be a number such as 1, or one for each currency, such as EUR 1, PLN 0.25.")
        found[match[1] or ""] = _number(match[2])
    if not found:
        raise ValueError("must say how many points a unit of money earns, such as 1.")
    return found


def tiers(value: Any) -> tuple[Tier, ...]:
    """Lines such as ``Silver = 500, 1.25``: from so many points in 12 months, and how often each new point counts."""
    found = []
    for line in _lines(value):
        name, _, numbers = line.partition("=")
        match = re.fullmatch(r"([0-9]{1,9})\s*(?:,\s*(\S+))?", numbers.strip())
        if not match:
            raise ValueError(f"has a line that can't be read: “{line[:60]}”. Write it as Silver = 500, 1.25.")
        multiplier = _number(match[2] or "1")
        if not Decimal("0.1") <= multiplier <= 100:
            raise ValueError("may count a point 0.1 to 100 times.")
        found.append(Tier(_name(name), int(match[1]), multiplier))
    found.sort(key=lambda tier: tier.threshold)
    if len({tier.threshold for tier in found}) < len(found) or len({tier.name for tier in found}) < len(found):
        raise ValueError("has two tiers of the same name or threshold.")
    return tuple(found)


def _lines(value: Any) -> list[str]:
    return [line.strip() for line in str(value).splitlines() if line.strip()]


def _name(text: str) -> str:
    name = one_line(text)
    if not 1 <= len(name) <= 32:
        raise ValueError("needs a name of 1 to 32 letters before each “=”.")
    return name


def _number(text: str, *, negative: bool = False) -> Decimal:
    if not re.fullmatch(r"-?[0-9]{1,6}(\.[0-9]{1,6})?", text) or (text.startswith("-") and not negative):
        raise ValueError(f"has “{text[:20]}” where a number such as 10 or 0.25 has to be.")
    return Decimal(text)
