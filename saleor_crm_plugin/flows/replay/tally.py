"""The sums of a rehearsal: for each flow and week, who would have got what, and what held mails back."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from ..models import Decision
from ..reasons import Reason
from .rehearse import ENDED, ENTERED, STAYED_OUT, Event

Outcome = Decision.Outcome
# The columns of the table, and what is counted in each.
COLUMNS = ("entered", "mails", "held out", "capped", "not allowed", "over", "moved", "stayed out")
_NOT_ALLOWED = frozenset({Reason.NO_CONSENT, Reason.SUPPRESSED, Reason.NO_EMAIL, Reason.KIND_UNWANTED})


@dataclass
class FlowTally:
    """One flow: ``weeks`` by their Monday, ``reasons`` by what happened and why, ``got`` are those who got a mail."""

    weeks: dict[date, Counter[str]] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    got: set[int] = field(default_factory=set)

    @property
    def total(self) -> Mapping[str, int]:
        """All weeks together."""
        return sum(self.weeks.values(), Counter())


class Tally:
    """Counts what it is told (``rehearse.Tell``). Weeks are those of ``zone``."""

    def __init__(self, flows: Mapping[str, object], zone: ZoneInfo) -> None:
        self.flows = {key: FlowTally() for key in flows}
        self._zone = zone

    def __call__(self, event: Event) -> None:
        flow = self.flows[event.flow]
        day = event.at.astimezone(self._zone).date()
        week = flow.weeks.setdefault(day - timedelta(days=day.weekday()), Counter())
        if column := column_of(event):
            week[column] += 1
        if event.what != ENTERED:
            flow.reasons[event.what, event.reason] += 1
        if event.what == Outcome.SENT:
            flow.got.add(event.contact_id)


def column_of(event: Event) -> str:
    """In which column an event counts; "" in none."""
    if event.what in (ENTERED, STAYED_OUT):
        return event.what.replace("_", " ")
    if event.what == Outcome.SENT:
        return "mails"
    if event.what == Outcome.HELD_OUT:
        return "held out"
    if event.reason in (Reason.CAPPED, Reason.WEEKLY):
        return "capped"
    if event.what == Outcome.MOVED:
        return "moved"
    if event.reason in _NOT_ALLOWED:
        return "not allowed"
    return "over" if event.what in (Outcome.SKIPPED, ENDED) else ""
