"""A person in a rehearsal: what was known of them at each moment, and which flows they are in by then."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ...contacts.models import Contact, Suppression
from ..models import Enrolment
from ..wishes import NONE, Wishes

_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Start:
    """Something that puts a customer into a flow, known from ``known_at`` on. Fields as ``people.triggers.Trigger``."""

    flow: str
    subject_id: str
    basis: datetime
    about: list[str]
    known_at: datetime


@dataclass(frozen=True)
class CartEvent:
    """A cart was touched, or ordered. ``filled``: something lay in it afterwards."""

    cart_id: str
    known_at: datetime
    filled: bool = True
    ordered: bool = False


@dataclass
class CartSeen:
    """A cart as it stands at a moment of the rehearsal. ``said`` steps of it were said before the rehearsal began."""

    country: str
    said: int = 0
    touched_at: datetime = _ALWAYS
    filled: bool = False
    ordered: bool = False
    last_said: datetime | None = None


@dataclass
class Person:
    """Whom a rehearsal is about. ``happenings`` lie ahead, in order; ``pending`` have happened, and wait for the person
    to be let in; ``mails`` are when advertisements were sent to them. ``earlier``: (flow, subject, basis) of what they
    were told before the rehearsal began. ``place``: the channel and currency in which they buy, as known today."""

    contact: Contact
    happenings: deque[Start | CartEvent] = field(default_factory=deque)
    pending: list[Start] = field(default_factory=list)
    refused: dict[tuple[str, str], str] = field(default_factory=dict)
    consent: list[tuple[datetime, bool]] = field(default_factory=list)
    suppressed: tuple[datetime, Suppression.Reason] | None = None
    place: tuple[str, str] | None = None
    wishes: tuple[datetime, Wishes] | None = None
    mails: list[datetime] = field(default_factory=list)
    carts: dict[str, CartSeen] = field(default_factory=dict)
    runs: dict[tuple[str, str], Enrolment] = field(default_factory=dict)
    earlier: list[tuple[str, str, datetime]] = field(default_factory=list)
    at: datetime = _ALWAYS
    wake: datetime | None = None

    def agreed(self, at: datetime) -> bool:
        """Whether they had agreed to marketing mail by then."""
        place = bisect_right(self.consent, at, key=lambda said: said[0])
        return place > 0 and self.consent[place - 1][1]

    def refusal(self, at: datetime) -> Suppression.Reason | None:
        """Why their address got no mail by then."""
        return self.suppressed[1] if self.suppressed and self.suppressed[0] <= at else None

    def wanted(self, at: datetime) -> Wishes:
        """What they had chosen by then; what they had chosen before their last choice is not kept."""
        return self.wishes[1] if self.wishes and self.wishes[0] <= at else NONE

    def next_moment(self) -> datetime | None:
        """When something next happens to them, or is decided about them."""
        moments = [run.due_at for run in self.runs.values() if run.state == Enrolment.State.WAITING]
        if self.happenings:
            moments.append(self.happenings[0].known_at)
        if self.pending:
            moments += [moment for moment, _ in self.consent if moment > self.at][:1]
            moments += [self.wake] if self.wake and self.wake > self.at else []
        return min(moments, default=None)
