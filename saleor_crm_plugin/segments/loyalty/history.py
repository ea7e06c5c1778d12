"""What happened to customers' points, movement by movement."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Count

from .models import Entry

# The newest entries of each contact, by the index on the lots' contact and that on the entries' lot.
_HISTORIES = """
SELECT contact_id, entry.id, entry.at, entry.kind, entry.points, entry.lot_source, entry.source, entry.due_at,
    entry.note, entry.staff_id
FROM unnest(%(contacts)s::bigint[]) AS wanted (contact_id)
CROSS JOIN LATERAL (
    SELECT entry.*, lot.source AS lot_source
    FROM crm_loyalty_lot lot JOIN crm_loyalty_entry entry ON entry.lot_id = lot.id
    WHERE lot.contact_id = wanted.contact_id AND (%(after)s::bigint IS NULL OR entry.id < %(after)s)
    ORDER BY entry.id DESC LIMIT %(limit)s
) entry
ORDER BY contact_id, entry.id DESC
"""
_ORDER = "order:"


@dataclass(frozen=True)
class Movement:
    """One entry of the ledger. ``order_id`` is whose points moved ("" for points of staff), ``source`` the name that
    the caller gave (for redemptions what for; else a number), ``due_at`` when the points become earned or expire."""

    id: int
    at: datetime
    kind: Entry.Kind
    points: int
    order_id: str
    source: str
    due_at: datetime | None
    note: str
    staff_id: str


def history(contact_id: int, after: int | None = None, limit: int = 50) -> list[Movement]:
    """A contact's movements, the newest first; ``after`` is the id of the last one seen. One query."""
    return histories([contact_id], after, limit)[contact_id]


def histories(contact_ids: Collection[int], after: int | None, limit: int) -> dict[int, list[Movement]]:
    """The same of many contacts, each up to ``limit``. One query."""
    found: dict[int, list[Movement]] = {contact_id: [] for contact_id in contact_ids}
    with connection.cursor() as cursor:
        cursor.execute(_HISTORIES, {"contacts": list(found), "after": after, "limit": limit})
        for contact_id, entry_id, at, kind, points, lot, *rest in cursor.fetchall():
            order_id = lot.removeprefix(_ORDER) if lot.startswith(_ORDER) else ""
            found[contact_id].append(Movement(entry_id, at, Entry.Kind(kind), points, order_id, *rest))
    return found


def counts(contact_ids: Collection[int]) -> dict[int, int]:
    """How many movements each contact has. One query."""
    rows = Entry.objects.filter(lot__contact__in=contact_ids).values_list("lot__contact")
    return dict.fromkeys(contact_ids, 0) | dict(rows.annotate(Count("pk")).order_by())
