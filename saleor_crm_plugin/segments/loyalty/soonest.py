"""Taking earned points: those that expire soonest first, those that never expire last."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from .ledger import MOST, append
from .models import Entry

# Earned, something left, not expired: whether or not the job has written that down yet.
_LIVE = "earned_at IS NOT NULL AND points > 0 AND (due_at IS NULL OR due_at > %(now)s)"

_AVAILABLE = """
SELECT contact_id, sum(points) FROM crm_loyalty_lot WHERE contact_id = ANY(%(contacts)s) AND {live} GROUP BY contact_id
""".replace("{live}", _LIVE)

# A running sum over a contact's lots tells how much of a wish those before have met.
_TAKE = """
SELECT lot.id, %(kind)s, -least(lot.points, wish.points - lot.before), wish.source, lot.due_at, wish.note, wish.staff_id
FROM unnest(%(contacts)s::bigint[], %(points)s::integer[], %(sources)s::text[], %(notes)s::text[], %(staff)s::text[])
    wish (contact_id, points, source, note, staff_id)
JOIN (
    SELECT *, sum(points) OVER (PARTITION BY contact_id ORDER BY due_at, id) - points AS before
    FROM crm_loyalty_lot WHERE contact_id = ANY(%(contacts)s) AND {live}
) lot ON lot.contact_id = wish.contact_id AND lot.before < wish.points
""".replace("{live}", _LIVE)

# What was done under a name before: by its unique key, which begins with the source.
_MADE = """
SELECT entry.source, array_agg(DISTINCT lot.contact_id), sum(entry.points)
FROM crm_loyalty_entry entry JOIN crm_loyalty_lot lot ON lot.id = entry.lot_id
WHERE entry.source = ANY(%s) AND entry.kind = %s GROUP BY entry.source
"""


@dataclass(frozen=True)
class Wish:
    """So many points of a contact shall move, under a name (1 to 80 characters) that makes a repeat impossible."""

    contact_id: int
    points: int
    source: str
    note: str = ""
    staff_id: str = ""


@dataclass(frozen=True)
class Made:
    """What was done under a name: whose the lots are now, and the sum of its entries (signed)."""

    contact_ids: frozenset[int]
    points: int

    def is_the_same(self, contact_id: int, points: int) -> bool:
        """Whether somebody who asks for this only asks again."""
        return contact_id in self.contact_ids and points == self.points


def made(kind: Entry.Kind, sources: Collection[str]) -> dict[str, Made]:
    """What was done under these names. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_MADE, [list(sources), kind.value])
        return {source: Made(frozenset(contacts), int(points)) for source, contacts, points in cursor.fetchall()}


def available(contact_ids: Collection[int], now: datetime) -> Mapping[int, int]:
    """How many points each of the held contacts can spend; call ``ledger.settle`` before. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_AVAILABLE, {"contacts": list(contact_ids), "now": now})
        found = {contact: int(points) for contact, points in cursor.fetchall()}
    return {contact: found.get(contact, 0) for contact in contact_ids}


def take(kind: Entry.Kind, wishes: Sequence[Wish], now: datetime) -> None:
    """Take points (more than 0) from held contacts, one wish of each. What is more than there is stays unmet."""
    append(_TAKE, {"now": now, "kind": kind.value, **columns(wishes)})


def columns(wishes: Sequence[Wish]) -> dict[str, list[Any]]:
    """Wishes as the statements take them."""
    return {
        "contacts": [wish.contact_id for wish in wishes],
        "points": [wish.points for wish in wishes],
        "sources": [wish.source for wish in wishes],
        "notes": [wish.note for wish in wishes],
        "staff": [wish.staff_id for wish in wishes],
    }


def check(wishes: Sequence[Wish]) -> None:
    """Raise ValueError for wishes that can't be met together."""
    for wish in wishes:
        if not 1 <= abs(wish.points) <= MOST:
            raise ValueError(f"Points must be from 1 to {MOST}, or from -{MOST} to -1 to take some.")
        if not 1 <= len(wish.source) <= 80:
            raise ValueError("The name of a movement must have 1 to 80 characters.")
    for names in ({wish.contact_id for wish in wishes}, {wish.source for wish in wishes}):
        if len(names) < len(wishes):
            raise ValueError("One wish of each contact at a time, each under a name of its own.")
