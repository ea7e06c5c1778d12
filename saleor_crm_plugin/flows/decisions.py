"""What was decided: of each flow in numbers, of one customer one by one."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from .models import Decision, Enrolment
from .naming import named


@dataclass
class Counts:
    """Of one flow: its runs, and its decisions by outcome and reason, the most frequent first."""

    enrolled: int = 0
    decisions: list[tuple[str, str, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Decided:
    """One decision with the run that it is about. ``about`` names that for people to read."""

    decision: Decision
    flow: str
    about: str


def counts() -> Mapping[str, Counts]:
    """Of every flow that anybody ever was in, by key. Two queries."""
    found: defaultdict[str, Counts] = defaultdict(Counts)
    for flow, enrolled in Enrolment.objects.values_list("flow").annotate(Count("pk")):
        found[flow].enrolled = enrolled
    decisions = Decision.objects.values_list("enrolment__flow", "outcome", "reason").annotate(number=Count("pk"))
    for flow, outcome, reason, number in decisions.order_by("-number", "outcome", "reason"):
        found[flow].decisions.append((outcome, reason, number))
    return found


def decided(contact_id: int, after: tuple[datetime, int] | None, limit: int) -> Sequence[Decided]:
    """So many decisions about a contact, newest first, after a moment and a number. Two queries."""
    rows = Decision.objects.filter(enrolment__contact=contact_id).select_related("enrolment")
    if after:
        at, number = after
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=number))
    found = list(rows.order_by("-at", "-pk")[:limit])
    names = named([decision.enrolment for decision in found])
    return [Decided(one, one.enrolment.flow, names[one.enrolment_id]) for one in found]


def how_many(contact_id: int) -> int:
    """How many decisions about a contact there are. One query."""
    return Decision.objects.filter(enrolment__contact=contact_id).count()
