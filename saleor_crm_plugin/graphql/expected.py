"""TEMPORARY: what the rooms below will answer, until they do."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ..segments.models import CustomerValue, Lifecycle, LifetimeValue, Membership, Score, SegmentState


@dataclass(frozen=True)
class Segment:
    kind: str
    name: str
    currency: str
    customers: int
    revenue: dict[str, Decimal]
    share: float | None


@dataclass(frozen=True)
class Overview:
    as_of: datetime | None
    customers: int
    segments: tuple[Segment, ...]


def overview() -> Overview:
    state = SegmentState.objects.first()
    return Overview(state.as_of if state else None, 0, ())


@dataclass(frozen=True)
class Portrait:
    rfm: tuple[CustomerValue, ...]
    score: Score | None
    stage: Lifecycle | None
    lifetime_values: tuple[LifetimeValue, ...]
    memberships: tuple[Membership, ...]


def customer(contact_id: int, now: datetime) -> Portrait:
    return Portrait(
        tuple(CustomerValue.objects.filter(contact=contact_id).order_by("currency")),
        Score.objects.filter(contact=contact_id).first(),
        Lifecycle.objects.filter(contact=contact_id).first(),
        tuple(LifetimeValue.objects.filter(contact=contact_id).order_by("currency")),
        tuple(Membership.objects.filter(contact=contact_id).order_by("-entered_at", "-pk")),
    )
