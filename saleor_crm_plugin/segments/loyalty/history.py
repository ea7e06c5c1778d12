"""What happened to a customer's points, movement by movement."""

from dataclasses import dataclass
from datetime import datetime

from .models import Entry


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
    entries = Entry.objects.filter(lot__contact_id=contact_id)
    if after is not None:
        entries = entries.filter(pk__lt=after)
    return [
        Movement(
            id=entry.pk,
            at=entry.at,
            kind=Entry.Kind(entry.kind),
            points=entry.points,
            order_id=entry.lot.source.removeprefix("order:") if entry.lot.source.startswith("order:") else "",
            source=entry.source,
            due_at=entry.due_at,
            note=entry.note,
            staff_id=entry.staff_id,
        )
        for entry in entries.select_related("lot").order_by("-pk")[:limit]
    ]
