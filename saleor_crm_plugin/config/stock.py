"""What the owner says of stock: how those who wait are told, how many of them, and what a price drop is."""

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ..values import one_line


class Turn(StrEnum):
    """Who of those who wait is told first."""

    OLDEST = "oldest"  # who asked first
    BEST = "best"  # who is expected to bring most


@dataclass(frozen=True)
class StockRules:
    """How waiting customers are served.

    With N units free at most N times ``per_unit`` of them are told in a ``wave``; after it the units that are still
    free go to the next. ``confirm``: a guest's request is confirmed by mail. A price drop is one of at least
    ``drop_percent`` against the price when the interest was stated.
    """

    confirm: bool
    kept: timedelta
    order: Turn
    per_unit: Decimal
    wave: timedelta
    restock_key: str
    drop_percent: int


def order(value: Any) -> Turn:
    text = one_line(value).lower()
    try:
        return Turn(text.removesuffix(" first"))
    except ValueError:
        raise ValueError("must be oldest or best.") from None


def per_unit(value: Any) -> Decimal:
    text = one_line(value)
    if not re.fullmatch(r"[0-9]{1,2}(\.[0-9]{1,2})?", text) or not Decimal("0.1") <= Decimal(text) <= 20:
        raise ValueError("must be a number from 0.1 to 20, such as 1 or 1.5.")
    return Decimal(text)


def wave(value: Any) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,4})\s*(min|h|d)", one_line(value).lower())
    unit = {"min": "minutes", "h": "hours", "d": "days"}
    time = timedelta(**{unit[match[2]]: int(match[1])}) if match else timedelta(0)
    if not timedelta(minutes=10) <= time <= timedelta(days=7):
        raise ValueError("must be a time from 10 min to 7 d, such as 6 h.")
    return time


def drop_percent(value: Any) -> int:
    text = one_line(value).removesuffix("%").strip()
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 90:
        raise ValueError("must be a whole number from 1 to 90.")
    return int(text)
