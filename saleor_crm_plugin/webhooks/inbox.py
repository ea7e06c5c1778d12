"""The inbox: what has to be looked at.

A hint costs the shopper one statement. A worker claims rows for a while (no lock stays, so that no hook
ever waits for a worker), looks at the shop as it is then, and removes a row only if no hint came meanwhile.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from traceback import format_exc

from django.db import connection, transaction

from ..activity import interactions
from ..contacts import locks
from ..privacy import masked
from .models import InboxItem

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
ATTEMPTS = 8  # with the backoff below: about four hours

# One row per object, however many hints. A hint makes a parked or waiting row due at once and starts its
# attempts afresh. Served by the unique key (kind, object_id). Rows are inserted in the order of their
# object ids, so that two bulk hints can't deadlock.
_HINT = """
INSERT INTO crm_inbox (kind, object_id, version, due_at, attempts, error, parked_at, first_hint_at)
SELECT %(kind)s, object_id, 1, %(now)s, 0, '', NULL, %(now)s FROM unnest(%(ids)s::text[]) object_id ORDER BY 1, 2
ON CONFLICT (kind, object_id) DO UPDATE SET
    version = crm_inbox.version + 1, due_at = excluded.due_at, attempts = 0, error = '', parked_at = NULL
"""

# Rows that were claimed time and again and never settled: looking at them kills the worker.
_PARK_DEADLY = """
UPDATE crm_inbox SET parked_at = %(now)s, error = 'No worker came back from looking at it.'
WHERE due_at <= %(now)s AND parked_at IS NULL AND attempts >= %(attempts)s
"""

# The oldest due rows, not those that another worker is just claiming. Served by crm_inbox_due.
CLAIM = """
UPDATE crm_inbox SET due_at = %(until)s, attempts = attempts + 1
WHERE id IN (
    SELECT id FROM crm_inbox WHERE due_at <= %(now)s AND parked_at IS NULL
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING id, kind, object_id, version, attempts
"""

# Rows of which no newer hint came during the work. Locked in the order in which hints lock them.
_REMOVE = """
DELETE FROM crm_inbox WHERE id IN (
    SELECT item.id FROM crm_inbox item
    JOIN unnest(%(ids)s::bigint[], %(versions)s::bigint[]) AS done (id, version)
        ON item.id = done.id AND item.version = done.version
    ORDER BY item.kind, item.object_id FOR UPDATE OF item
)
"""


@dataclass(frozen=True)
class Claim:
    """A claimed row: ``version`` is the number of hints seen so far."""

    id: int
    kind: str
    object_id: str
    version: int
    attempts: int


Handler = Callable[[Sequence[str], datetime], None]


def hint(kind: InboxItem.Kind, object_ids: Collection[str], now: datetime) -> None:
    """Say that objects of the shop may have changed. One statement."""
    if not object_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(_HINT, {"kind": kind.value, "ids": sorted(set(object_ids)), "now": now})


def claim(now: datetime, limit: int) -> list[Claim]:
    """Take up to ``limit`` due rows for ``LEASE``. If nobody finishes them by then, they are due again."""
    with connection.cursor() as cursor:
        cursor.execute(_PARK_DEADLY, {"now": now, "attempts": ATTEMPTS})
        cursor.execute(CLAIM, {"now": now, "until": now + LEASE, "limit": limit})
        return [Claim(*row) for row in cursor.fetchall()]


def process(handlers: Mapping[InboxItem.Kind, Handler], clock: Callable[[], datetime], limit: int = 100) -> int:
    """Claim one batch and hand it to the handlers of its kinds. Returns how many rows were claimed.

    A batch that fails is tried again row by row, so that one bad object does not hold up the others; a row
    that fails is tried again later and parked with its error after ``ATTEMPTS``.
    """
    claims = sorted(claim(clock(), limit), key=lambda c: (c.kind, c.object_id))
    for kind, group in groupby(claims, key=lambda c: c.kind):
        batch = list(group)
        handler = handlers.get(InboxItem.Kind(kind)) if kind in InboxItem.Kind.values else None
        if handler is None:
            _settle(batch, ValueError(f"this version knows nothing of {kind}"), clock())
            continue
        error = _handle(handler, batch, clock())
        if error is None or len(batch) == 1:
            _settle(batch, error, clock())
        else:
            for one in batch:
                _settle([one], _handle(handler, [one], clock()), clock())
    return len(claims)


def _handle(handler: Handler, claims: Sequence[Claim], now: datetime) -> Exception | None:
    ids = [c.object_id for c in claims]
    try:
        try:
            _look(handler, claims[0].kind, ids, now)
        except interactions.NoRoomError as missing:
            with transaction.atomic():
                locks.alone()
                interactions.make_room(missing.moments)
            _look(handler, claims[0].kind, ids, now)
    except Exception as error:
        logger.warning("CRM: %s %s could not be looked at: %s", claims[0].kind, ids, masked(format_exc()))
        return error
    return None


def _look(handler: Handler, kind: str, ids: Sequence[str], now: datetime) -> None:
    with transaction.atomic():
        # Held until the facts are committed, and taken before the shop is read: a slow worker can't write an
        # older state over a newer one, nor can the backfill.
        locks.share()
        locks.hold("saleor_crm", (f"{kind}:{object_id}" for object_id in ids))
        handler(ids, now)


def _settle(claims: Sequence[Claim], error: Exception | None, now: datetime) -> None:
    for one in claims if error else ():
        # The version is not asked here: a failed row stays anyway, and a newer hint has made it due already.
        values: dict[str, object] = {"error": masked(f"{type(error).__name__}: {error}")[:2000]}
        if one.attempts >= ATTEMPTS:
            values["parked_at"] = now
        else:
            values["due_at"] = now + backoff(one.attempts)
        InboxItem.objects.filter(pk=one.id, version=one.version).update(**values)
    if not error:
        with connection.cursor() as cursor:
            cursor.execute(_REMOVE, {"ids": [c.id for c in claims], "versions": [c.version for c in claims]})


def backoff(attempts: int) -> timedelta:
    """How long to wait after a failed attempt: 1, 2, 4 ... minutes, at most 2 hours."""
    return min(timedelta(minutes=2 ** (attempts - 1)), timedelta(hours=2))


def parked() -> list[InboxItem]:
    """The rows that were given up, oldest first."""
    return list(InboxItem.objects.exclude(parked_at=None).order_by("parked_at"))


def retry_parked(now: datetime) -> int:
    """Make all parked rows due again. Returns how many."""
    return InboxItem.objects.exclude(parked_at=None).update(parked_at=None, attempts=0, due_at=now)
