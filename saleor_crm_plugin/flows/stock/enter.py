"""Who enters a flow about stock, and when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from ...activity.stock import watch
from ...activity.stock.models import StockInterest
from ...activity.stock.watch import Moved
from ...config import Settings
from ...contacts import locks
from ...shop.port import Cart, Shop
from ..catalogue import OUT_OF_STOCK, PRICE_DROP, STOCK_CONFIRMATION
from ..flow import Flow
from ..pauses import takes_in
from ..reasons import Reason
from . import queries

# Nobody is shown something else for the same thing again within this time.
AGAIN_AFTER = timedelta(days=30)
# A drop of a price that was not said for one of these reasons is looked at again after a while.
NOT_SAID_AGAIN_AFTER = timedelta(hours=6)
_PASSING = [Reason.PRICE_ROSE, Reason.NOT_SOLD, Reason.FLOW_OFF, Reason.TOO_LATE, Reason.NO_CONSENT]


def enter(
    flow: Flow, entering: str, params: Mapping[str, Any], now: datetime, *, due_at: datetime, spread: bool = False
) -> int:
    """Enrol those of a SELECT of ``subject_id`` and ``contact_id``: anew, where they were in the flow before. All for
    one moment, or ``spread`` over some minutes where they are many.

    Returns how many. One statement.
    """
    due = queries.IN_PORTIONS if spread else queries.AT_ONCE
    with connection.cursor() as cursor:
        cursor.execute(
            queries.ENROL.format(entering=entering, due_at=due),
            {**params, "flow": flow.key, "now": now, "due_at": due_at},
        )
        return int(cursor.rowcount)


def asked(interests: Sequence[StockInterest], settings: Settings, now: datetime) -> None:
    """What follows when somebody asks to be told: a guest is asked to confirm, whoever waits is shown what is there."""
    unconfirmed = [one.pk for one in interests if one.state == StockInterest.State.UNCONFIRMED]
    waiting = [one.pk for one in interests if one.state == StockInterest.State.WAITING]
    if unconfirmed and takes_in(STOCK_CONFIRMATION, settings):
        enter(STOCK_CONFIRMATION, queries.TO_CONFIRM, {"ids": unconfirmed}, now, due_at=now)
    not_there(waiting, settings, now)


def not_there(interests: Collection[int], settings: Settings, now: datetime) -> None:
    """Enrol these interests for the mail that shows what is there instead."""
    if interests and takes_in(OUT_OF_STOCK, settings):
        due_at = now + settings.out_of_stock_delay
        enter(OUT_OF_STOCK, queries.NAMED, {"ids": list(interests)}, now, due_at=due_at)


def carted(shop: Shop, settings: Settings, carts: Sequence[Cart], now: datetime) -> None:
    """Watch what lies in carts, so that it is noticed when it sells out. One statement."""
    if OUT_OF_STOCK.enabled(settings):
        pairs = {(line.variant_id, cart.channel) for cart in carts for line in cart.lines}
        watch.watch(shop.stock_facts(), pairs, now)


def sold_out_in_carts(gone: Sequence[Moved], settings: Settings, now: datetime) -> None:
    """Enrol the owners of carts in which something has just sold out. Two statements."""
    if not gone or not takes_in(OUT_OF_STOCK, settings):
        return
    asked: dict[str, Any] = {
        **_pairs(gone),
        "now": now,
        "since": now - settings.stock.kept,
        "again": now - AGAIN_AFTER,
        "expires_at": now + settings.stock.kept,
    }
    with connection.cursor() as cursor:
        cursor.execute(queries.SOLD_OUT_IN_CARTS, asked)
        found = [key for (key,) in cursor.fetchall()]
    not_there(found, settings, now)


def price_drops(moved: Sequence[Moved], settings: Settings, now: datetime) -> None:
    """Enrol those who asked for something that costs less now. Who was told of a drop that is over may be told of the
    next. Two statements."""
    if not moved:
        return
    with connection.cursor() as cursor:
        cursor.execute(queries.DEARER, _pairs(moved))
    _cheaper(queries.AMONG_MOVED, _pairs(moved), settings, now)


def lasting_price_drops(settings: Settings, now: datetime) -> int:
    """Enrol those who asked for something that has cost less for a while, and whom the price's moving did not enrol:
    the flow rested, it was not there for a moment, the owner counts more as a drop now. Returns how many. Two
    statements."""
    with transaction.atomic():
        locks.hold("saleor_crm_stock", ["look"])
        return _cheaper("", _pairs(()), settings, now)


def _cheaper(where: str, moved: Mapping[str, list[str]], settings: Settings, now: datetime) -> int:
    if not takes_in(PRICE_DROP, settings):
        return 0
    asked: dict[str, Any] = {
        **moved,
        "drop": settings.stock.drop_percent,
        "passing": _PASSING,
        "again": now - NOT_SAID_AGAIN_AFTER,
    }
    return enter(PRICE_DROP, queries.CHEAPER.format(where=where), asked, now, due_at=now, spread=True)


def _pairs(moved: Sequence[Moved]) -> dict[str, list[str]]:
    return {"variants": [one.variant_id for one in moved], "channels": [one.channel for one in moved]}
