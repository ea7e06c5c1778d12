"""How runs stand: what comes next, what holds it back, or why nothing comes any more."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from .campaigns.models import Campaign
from .models import Enrolment
from .naming import named
from .pauses import pauses
from .reasons import SENTENCES, Reason

_RESTS = "The flow is paused: nothing of it is decided or sent until it goes on."
_NEWSLETTER_RESTS = "The newsletter is paused: nothing of it is decided or sent until it goes on."
_WAITS = "It is decided then."
_SAID_ALL = "Its last mail was decided."


@dataclass(frozen=True)
class Standing:
    """A run, what it is about (for people to read), and how it stands in a sentence. ``rests`` is the one that says so
    where its flow or newsletter is paused, "" where it is not."""

    run: Enrolment
    about: str
    rests: str
    sentence: str


def standings(runs: Collection[Enrolment]) -> list[Standing]:
    """How these runs stand, in their order. Four queries."""
    names, resting = named(runs), pauses()
    ids = {run.campaign_id for run in runs if run.campaign_id}
    paused = Campaign.objects.filter(pk__in=ids, state=Campaign.State.PAUSED)
    newsletters = set(paused.values_list("pk", flat=True)) if ids else set()
    found = []
    for run in runs:
        rests = _RESTS if run.flow in resting else _NEWSLETTER_RESTS if run.campaign_id in newsletters else ""
        found.append(Standing(run, names[run.pk], rests, _sentence(run, rests)))
    return found


def in_flows(contact_id: int, after: tuple[datetime, int] | None, limit: int) -> Sequence[Standing]:
    """So many runs of a contact, those that began last first, after a moment and a number. Five queries."""
    rows = Enrolment.objects.filter(contact=contact_id)
    if after:
        at, number = after
        rows = rows.filter(Q(enrolled_at__lt=at) | Q(enrolled_at=at, pk__lt=number))
    return standings(list(rows.order_by("-enrolled_at", "-pk")[:limit]))


def how_many(contact_id: int) -> int:
    """How many runs of a contact there are. One query."""
    return Enrolment.objects.filter(contact=contact_id).count()


def _sentence(run: Enrolment, rests: str) -> str:
    if run.state == Enrolment.State.WAITING:
        return rests or _WAITS
    if run.ended_by in ("", Reason.DUE, Reason.HOLDOUT):
        return _SAID_ALL
    return SENTENCES[Reason(run.ended_by)]
