"""Who belongs to a segment now: for whatever is done to all of them."""

from dataclasses import dataclass

from django.db.models import F

from ..config import Settings
from .models import Lifecycle, Membership


@dataclass(frozen=True)
class Member:
    """One contact of a segment that has an address."""

    contact_id: int
    email: str
    consented: bool


def names(kind: str, settings: Settings) -> tuple[str, ...]:
    """The segments that a kind has, in the owner's words."""
    if kind == Membership.Kind.RFM:
        return tuple(dict.fromkeys(group.name for group in settings.rfm.groups))
    return ("A", "B") if kind == Membership.Kind.SCORE else tuple(Lifecycle.Stage)


def members(kind: str, segment: str, currency: str, after: int, limit: int) -> list[Member]:
    """The members of a segment, at most ``limit`` of those after a contact, in the order of their numbers.

    RFM groups are those of a currency; the others have none.
    """
    rows = Membership.objects.filter(
        kind=kind, segment=segment, currency=currency if kind == Membership.Kind.RFM else "", left_at=None
    )
    there = rows.filter(contact_id__gt=after, contact__email__isnull=False).order_by("contact_id")
    found = there.annotate(email=F("contact__email"), consented=F("contact__consented"))
    return [Member(*row) for row in found.values_list("contact_id", "email", "consented")[:limit]]
