"""What was last seen of the variants that somebody is interested in, compared with the shop by one statement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Max

from ...shop.goods import StockFacts
from .models import StockWatch
from .queries import FORGET, LOOK, OF_VARIANTS, UNWATCHED, WATCH, WATCHED_IN


@dataclass(frozen=True)
class Moved:
    """A watched variant that is not as it was: whether it is there, how many are left, what it costs."""

    variant_id: str
    channel: str
    was_there: bool
    there: bool
    units: int | None
    price_before: Decimal | None
    price: Decimal | None


def watch(facts: StockFacts, pairs: Collection[tuple[str, str]], now: datetime) -> None:
    """Watch variants in channels from now on: pairs of both. What is watched already stays as it was last seen.

    Pairs that the shop does not have are left out. One statement.
    """
    if pairs:
        variants, channels = zip(*sorted(set(pairs)), strict=True)
        asked: dict[str, Any] = {"watched": list(variants), "channels": list(channels), "seen_at": now}
        with connection.cursor() as cursor:
            cursor.execute(WATCH.format(facts=facts.select), {**facts.params, **asked})


def look(facts: StockFacts, now: datetime, variants: Collection[str] | None = None) -> list[Moved]:
    """Look at everything that is watched, or at these variants, and keep what is seen. Returns what moved.

    Its cost grows with what is watched, not with what the shop has. The caller makes sure that nobody else looks before
    its transaction ends (``flows.stock.react``), so that what moved is acted upon once. One statement.
    """
    asked: dict[str, Any] = {"seen_at": now, "watched": None if variants is None else list(variants)}
    statement = LOOK.format(facts=facts.select, some="" if variants is None else OF_VARIANTS)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**facts.params, **asked})
        return [Moved(*row) for row in cursor.fetchall()]


def came_back(channel: str, since: datetime, most: int) -> list[str]:
    """Products of which a watched variant is there again since then, the latest first. One query."""
    found = StockWatch.objects.filter(channel=channel, there=True, came_back_at__gte=since)
    newest = found.values("product_id").annotate(at=Max("came_back_at")).order_by("-at", "product_id")
    return list(newest.values_list("product_id", flat=True)[:most])


def watched_in(orders: Collection[str]) -> list[str]:
    """The watched variants in these orders. One query."""
    with connection.cursor() as cursor:
        cursor.execute(WATCHED_IN, {"orders": list(orders)})
        return [variant for (variant,) in cursor.fetchall()]


def unwatched() -> list[tuple[str, str]]:
    """What somebody waits for and nobody watches. One query."""
    with connection.cursor() as cursor:
        cursor.execute(UNWATCHED)
        return list(cursor.fetchall())


def forget(now: datetime) -> int:
    """Stop watching what nobody is interested in any more. Returns how many. The caller holds the lock of ``look``."""
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"now": now})
        return int(cursor.rowcount)
