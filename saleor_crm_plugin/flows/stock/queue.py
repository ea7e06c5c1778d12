"""The fair queue: units that came free are told of in waves, to no more people than there are units."""

from datetime import datetime
from typing import Any

from django.db import connection

from ...config import StockRules, Turn
from ..catalogue import BACK_IN_STOCK
from . import queries
from .enter import enter

# So many are told at most at one look; the next look goes on.
MOST = 5_000


def close(rules: StockRules, now: datetime) -> None:
    """End the waves whose time is over or whose variant is sold out again. Who was not told is in the queue again; who
    was told has the unit for as long as anybody else. Up to three statements."""
    with connection.cursor() as cursor:
        cursor.execute(queries.OVER, {"now": now})
        if over := [wave for (wave,) in cursor.fetchall()]:
            cursor.execute(queries.RETURN_TO_QUEUE, {"waves": over})
            cursor.execute(queries.CLOSE, {"waves": over, "now": now, "told_since": now - rules.wave})


def open_waves(rules: StockRules, now: datetime) -> int:
    """Give their turn to as many as there are units free for. Returns to how many.

    Units of which somebody was told within the time of a wave, and who has not bought since, are not free. A constant
    number of statements.
    """
    best, order = queries.BEST_FIRST if rules.order == Turn.BEST else queries.OLDEST_FIRST
    asked: dict[str, Any] = {
        "now": now,
        "ends_at": now + rules.wave,
        "told_since": now - rules.wave,
        "per_unit": rules.per_unit,
        "most": MOST,
        "flow": BACK_IN_STOCK.key,
    }
    with connection.cursor() as cursor:
        cursor.execute(queries.OPEN.format(best=best, order=order), asked)
        turns = cursor.fetchall()
        if not turns:
            return 0
        cursor.execute(queries.TOGETHER, {"ids": [turn[0] for turn in turns]})
        place = {key: number for number, (key,) in enumerate(cursor.fetchall())}
        turns.sort(key=lambda turn: place[turn[0]])
        ids, waves = ([turn[place] for turn in turns] for place in (0, 1))
        cursor.execute(queries.TAKE_TURN, {"ids": ids, "waves": waves})
    enter(BACK_IN_STOCK, queries.NAMED, {"ids": ids}, now, due_at=now)
    return len(ids)
