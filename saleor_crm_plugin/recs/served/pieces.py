"""What people did, as many SELECTs of a piece of time each: for what reads at several places at once, or writes files.

Together they tell what ``history.read_history`` reads, but for looks: all of them, not the newest ten million.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import ceil
from typing import Any

from django.db import connection

from .history import BOUGHT, BOUGHT_SINCE, CAME_BACK, COLUMNS, LOOKED, LOOKED_SINCE

# Orders or looks in a piece, about: a few hundred thousand rows.
_AT_ONCE = 100_000
_MOST = 200

_NAMED = f"SELECT * FROM ({{}}) told ({', '.join(COLUMNS)})"  # noqa: S608 - of constants
_LOOKED_UNTIL = _NAMED.format(LOOKED) + " WHERE at < %(until)s"

# Served by the indexes of the moments.
_BOUGHT_SINCE = "SELECT min(placed_at), count(*) FROM crm_purchase WHERE placed_at >= %(since)s AND placed_at < %(now)s"
_LOOKED_SINCE = """
SELECT min(at), count(*) FROM (
    SELECT at FROM crm_view WHERE at >= %(since)s AND at < %(now)s
    UNION ALL SELECT at FROM crm_cart_change WHERE at >= %(since)s AND at < %(now)s
    UNION ALL SELECT asked_at FROM crm_stock_interest WHERE asked_at >= %(since)s AND asked_at < %(now)s
) looked
"""


@dataclass(frozen=True)
class Piece:
    """A SELECT of ``history.COLUMNS``, with its parameters."""

    select: str
    params: dict[str, Any]

    def text(self) -> str:
        """The statement with its parameters written out."""
        return str(connection.ops.compose_sql(self.select, self.params))  # type: ignore[attr-defined]


def pieces(now: datetime) -> Iterator[Piece]:
    """All that happened before ``now``: purchases, what came back, looks, carts and requests. Two statements."""
    for since, until in _spans(_BOUGHT_SINCE, now - BOUGHT_SINCE, now):
        params = {"bought_since": since, "now": until}
        yield Piece(_NAMED.format(BOUGHT), params)
        yield Piece(_NAMED.format(CAME_BACK), params)
    for since, until in _spans(_LOOKED_SINCE, now - LOOKED_SINCE, now):
        yield Piece(_LOOKED_UNTIL, {"since": since, "until": int(until.timestamp())})


def _spans(counted: str, since: datetime, now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """As many spans as the rows need, one after the other and of about the same length from the first row on."""
    with connection.cursor() as cursor:
        cursor.execute(counted, {"since": since, "now": now})
        first, rows = cursor.fetchone()
    many = min(_MOST, max(1, ceil(rows / _AT_ONCE)))
    # Looks are told apart by whole seconds.
    start = (first or since).replace(microsecond=0)
    length = (now - start) / many
    inner = [(start + part * length).replace(microsecond=0) for part in range(1, many)]
    return pairwise([since, *inner, now])
