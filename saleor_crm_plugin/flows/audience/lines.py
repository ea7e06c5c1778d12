"""Conditions as lines of a command: ``lifecycle=at_risk,lapsed``, ``not country=AT``, ``bought=category:12 in 90d``."""

import re
from collections.abc import Iterable
from typing import Any

from .conditions import AudienceError

_LISTS = ("lifecycle", "rfm", "tiers", "channels", "languages", "countries")
_WHOLE = (
    "points_from", "points_below", "orders_from", "orders_below", "ordered_within_days", "not_ordered_for_days",
)  # fmt: skip
_FRACTIONS = ("score_from", "score_below")
_PURCHASES = ("bought", "never_bought")
_BOUGHT = re.compile(r"(?P<what>[^ ]+)(?:\s+in\s+(?P<days>\d{1,5})\s*d)?")
_KINDS = {"product": "products", "category": "categories"}


def told(lines: Iterable[str]) -> dict[str, Any]:
    """What lines say, for ``conditions.read``. Raises AudienceError where a line can't be read."""
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for line in lines:
        name, equals, value = (part.strip() for part in line.partition("="))
        part = "but_not" if name.startswith("not ") else "where"
        name = name.removeprefix("not ").strip()
        conditions = found.setdefault(part, {})
        try:
            if not equals:
                raise ValueError("is written NAME=VALUE.")
            if name in _PURCHASES:
                conditions.setdefault(name, []).append(_bought(value))
            elif name in conditions:
                raise ValueError("is there twice.")
            else:
                conditions[name] = _value(name, value)
        except ValueError as wrong:
            problems[line] = str(wrong)
    if problems:
        raise AudienceError(problems)
    return found


def _value(name: str, value: str) -> Any:
    if name in _LISTS:
        return [one.strip() for one in value.split(",") if one.strip()]
    if name in _WHOLE:
        if not re.fullmatch(r"\d{1,12}", value, re.ASCII):
            raise ValueError("is a whole number.")
        return int(value)
    if name in _FRACTIONS:
        return float(value)
    if name == "consented":
        if value not in ("yes", "no"):
            raise ValueError("is yes or no.")
        return value == "yes"
    return value  # it is not known, and whoever reads it says so


def _bought(value: str) -> dict[str, Any]:
    match = _BOUGHT.fullmatch(value)
    if not match:
        raise ValueError("is written product:12,category:3 in 90d; the days may be left out.")
    found: dict[str, Any] = {}
    for one in match["what"].split(","):
        kind, _, key = one.partition(":")
        if kind not in _KINDS or not key:
            raise ValueError("names product:ID or category:ID.")
        found.setdefault(_KINDS[kind], []).append(key)
    return found | ({"within_days": int(match["days"])} if match["days"] else {})
