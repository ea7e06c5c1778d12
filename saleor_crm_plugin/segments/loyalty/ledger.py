"""Writing to the ledger: whose points are held meanwhile, how entries are appended, how debts are paid.

Whoever writes holds the rows of the contacts, as those who merge and erase people do (``contacts/``): points are moved
by one worker at a time, and never beside a merge. Rows are held in one go, in the order of their numbers, before any
lot is touched, so that two writers can't lock each other out. Who holds other rows already must not wait (``Others``).
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db import connection, transaction

# Points that come back after their lot has expired live so long again. Also what "expiring soon" means.
SOON = timedelta(days=30)
MOST = 1_000_000_000  # points of one order or adjustment: more is a mistake, and no number for GraphQL

Params = dict[str, Any]


class Others(StrEnum):
    """What to do about contacts that another worker holds."""

    WAIT = ""
    FAIL = " NOWAIT"  # raises OperationalError: for those who hold contacts already
    SKIP = " SKIP LOCKED"


_HOLD = "SELECT id FROM crm_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

# Appends movements, and moves their lots. All movements of one lot in one statement carry the same due_at.
_APPEND = """
WITH movement (lot_id, kind, points, source, due_at, note, staff_id) AS MATERIALIZED ({movements}),
entry AS (
    INSERT INTO crm_loyalty_entry (lot_id, kind, points, source, due_at, note, staff_id, at)
    SELECT lot_id, kind, points, source, due_at, note, staff_id, %(now)s FROM movement ORDER BY lot_id, kind
)
UPDATE crm_loyalty_lot lot SET
    points = lot.points + moved.points,
    worth = lot.worth + moved.worth,
    earned_at = coalesce(lot.earned_at, CASE WHEN moved.earns THEN %(now)s::timestamptz END),
    due_at = moved.due_at,
    moves = lot.moves + moved.moves
FROM (
    SELECT lot_id, sum(points) AS points,
        coalesce(sum(points) FILTER (WHERE kind IN ('accrue', 'reverse')), 0) AS worth,
        bool_or(kind IN ('confirm', 'adjust')) AS earns, (array_agg(due_at))[1] AS due_at, count(*) AS moves
    FROM movement GROUP BY lot_id
) moved
WHERE lot.id = moved.lot_id
"""

# For contacts that owe points: their earned points pay, those that expire soonest first, also those that are about to.
# Debtors are found by the partial index crm_loyalty_lot_owes. Running sums lay the payment along the lots of each side.
_SETTLE = """
SELECT id, 'settle', CASE WHEN points < 0 THEN part ELSE -part END, (moves + 1)::text, due_at, '', ''
FROM (
    SELECT *, least(abs(points), paid - before) AS part
    FROM (
        SELECT id, points, moves, due_at,
            least(
                coalesce(sum(points) FILTER (WHERE points > 0) OVER (PARTITION BY contact_id), 0),
                coalesce(-sum(points) FILTER (WHERE points < 0) OVER (PARTITION BY contact_id), 0)
            ) AS paid,
            sum(abs(points)) OVER (PARTITION BY contact_id, points > 0 ORDER BY due_at, id) - abs(points) AS before
        FROM crm_loyalty_lot
        WHERE contact_id IN (SELECT contact_id FROM crm_loyalty_lot WHERE contact_id = ANY(%(contacts)s) AND points < 0)
            AND earned_at IS NOT NULL AND points <> 0
    ) lot
) lot
WHERE part > 0
"""


def hold(contact_ids: Collection[int], others: Others = Others.WAIT) -> set[int]:
    """Keep these contacts from other workers until the transaction ends. Returns those that exist (and were free)."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD + others, [sorted(contact_ids)])
        return {row[0] for row in cursor.fetchall()}


@contextmanager
def holding(find: Callable[[], Collection[int]], others: Others = Others.WAIT) -> Iterator[set[int]]:
    """A transaction that holds the contacts which ``find`` names.

    Whom it names can change until they are held, by a merge. Then all are let go and found again: to hold some and
    wait for others would be a way to deadlock.
    """
    with transaction.atomic():
        while True:
            before = transaction.savepoint()
            wanted = find()
            held = hold(wanted, others) if wanted else set()
            if not wanted or held.issuperset(find()):
                break
            transaction.savepoint_rollback(before)
        yield held


def append(movements: str, params: Params) -> int:
    """Append the movements that a SELECT names, in the transaction that holds their contacts. Returns of how many lots.

    Its columns: lot, kind, points, source, due_at, note, staff. ``params`` has ``now``.
    """
    with connection.cursor() as cursor:
        cursor.execute(_APPEND.replace("{movements}", movements), params)
        return int(cursor.rowcount)


def settle(contact_ids: Collection[int], params: Params) -> int:
    """Pay what these contacts owe, as far as they have earned points. Call it after whatever makes debts or points."""
    return append(_SETTLE, {**params, "contacts": list(contact_ids)})
