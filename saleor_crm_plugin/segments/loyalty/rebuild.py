"""The proof: what every lot has become, computed again from its entries alone."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

from .ledger import holding

_FIELDS = ("moves", "points", "worth", "earned_at", "due_at")

# The lots that are not what their entries say, in one pass over both tables.
_WRONG = """
FROM crm_loyalty_lot lot JOIN (
    SELECT lot.id, count(entry.id) AS moves, coalesce(sum(entry.points), 0) AS points,
        coalesce(sum(entry.points) FILTER (WHERE kind IN ('accrue', 'reverse')), 0) AS worth,
        (array_agg(entry.at ORDER BY entry.id) FILTER (WHERE kind IN ('confirm', 'adjust')))[1] AS earned_at,
        (array_agg(entry.due_at ORDER BY entry.id DESC))[1] AS due_at
    FROM crm_loyalty_lot lot LEFT JOIN crm_loyalty_entry entry ON entry.lot_id = lot.id
    GROUP BY lot.id
) proven ON proven.id = lot.id
WHERE (lot.moves, lot.points, lot.worth, lot.earned_at, lot.due_at)
    IS DISTINCT FROM (proven.moves, proven.points, proven.worth, proven.earned_at, proven.due_at)
"""
_COMPARE = """
SELECT lot.source, lot.contact_id, lot.moves, proven.moves, lot.points, proven.points, lot.worth, proven.worth,
    lot.earned_at, proven.earned_at, lot.due_at, proven.due_at
{wrong} ORDER BY lot.id
""".replace("{wrong}", _WRONG)
_CONTACTS = "SELECT DISTINCT lot.contact_id {wrong}".replace("{wrong}", _WRONG)
_REPAIR = """
UPDATE crm_loyalty_lot lot SET
    moves = truth.moves, points = truth.points, worth = truth.worth, earned_at = truth.earned_at, due_at = truth.due_at
FROM (SELECT proven.* {wrong}) truth WHERE lot.id = truth.id AND lot.contact_id = ANY(%s)
""".replace("{wrong}", _WRONG)
_COUNT = "SELECT count(*), count(DISTINCT contact_id) FROM crm_loyalty_lot"


@dataclass(frozen=True)
class Difference:
    """A field of a lot that is not what its entries say."""

    contact_id: int
    lot: str  # its source
    field: str
    stored: object
    proven: object


@dataclass(frozen=True)
class Proof:
    """What was proven: so many lots of so many contacts, but for the differences."""

    lots: int
    contacts: int
    differences: tuple[Difference, ...]


def prove() -> Proof:
    """Compute every lot from its entries and compare. Safe beside live work: a lot moves with its entries."""
    with connection.cursor() as cursor:
        cursor.execute(_COMPARE)
        differences = tuple(difference for row in cursor.fetchall() for difference in _differences(row))
        cursor.execute(_COUNT)
        lots, contacts = cursor.fetchone()
    return Proof(lots, contacts, differences)


def repair() -> int:
    """Make every lot what its entries say. Returns how many were something else."""
    with holding(_contacts) as held, connection.cursor() as cursor:
        cursor.execute(_REPAIR, [list(held)])
        return int(cursor.rowcount)


def _contacts() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(_CONTACTS)
        return {row[0] for row in cursor.fetchall()}


def _differences(row: tuple[object, ...]) -> Iterator[Difference]:
    source, contact, *pairs = row
    for field, stored, proven in zip(_FIELDS, pairs[::2], pairs[1::2], strict=True):
        if stored != proven:
            yield Difference(int(str(contact)), str(source), field, stored, proven)
