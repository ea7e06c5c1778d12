"""What a flow is about, as the rules see it: each flow's own module answers these questions (``topics.py``)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from ..config import Settings
from ..contacts.models import Contact
from ..emails.models import Message
from ..emails.products import Asking
from ..shop.port import Shop
from .models import Decision, Enrolment
from .reasons import Reason


@dataclass(frozen=True)
class Situation:
    """How the subject of a run stands now.

    ``over`` ends the run, whoever it is about. ``nothing_left`` ends it, too, once it is sure that the person may be
    written to. ``unknown`` is what can't be known just now: it is asked again later. ``changed_at``: the waiting counts
    from here if that is later than what it counted from. ``email`` is where mails about the subject go, in any
    spelling; "" is the contact's own address. ``country`` tells when it is night (ISO 3166-1 alpha-2). ``held_out``:
    the subject has a holdout of its own, and whether the contact belongs to it; None: that of the flow holds.
    ``due_by``: the step waits no longer than this, whatever delay is set.
    """

    over: Reason | None = None
    nothing_left: Reason | None = None
    unknown: Reason | None = None
    changed_at: datetime | None = None
    email: str = ""
    country: str = ""
    held_out: bool | None = None
    due_by: datetime | None = None


@dataclass(frozen=True)
class Objection:
    """Why a mail must not leave now. ``again_at`` is when its step is decided anew; None ends its run.

    ``basis``: the waiting counts from here now. ``same``: it is the same mail then, which is given neither more time
    nor more attempts.
    """

    reason: Reason
    again_at: datetime | None = None
    basis: datetime | None = None
    same: bool = False


@dataclass(frozen=True)
class Frozen:
    """What a mail will say: ``content`` is for ``emails.render``, without the link to unsubscribe and the blocks of
    products. It leaves at ``leaves_at`` at the earliest; None: at once. ``fixed``: it is in this language,
    whichever the customer prefers. ``template`` says it instead of the step's own, where it is not ""."""

    language: str
    channel: str
    content: dict[str, Any]
    leaves_at: datetime | None = None
    fixed: bool = False
    template: str = ""


@dataclass(frozen=True)
class Outgoing:
    """How a mail's subject stands just before the mail leaves.

    ``over`` ends its run, ``changed`` says how it is decided anew. What it says is old after ``old_after``: then it is
    decided anew. ``never_late``: that goes on for as long as it takes.
    """

    over: Reason | None = None
    changed: Objection | None = None
    old_after: timedelta | None = None
    never_late: bool = False
    country: str = ""


class Sitting(Protocol):
    """One batch of due runs of a flow, their rows and contacts locked: asked run by run, in the order of judging."""

    def situation(self, run: Enrolment, contact: Contact | None) -> Situation:
        """How the run's subject stands, after all that was decided in this sitting."""

    def together(self, run: Enrolment) -> Sequence[Enrolment]:
        """Other runs of the batch that a mail of this run says all of, too."""

    def secure(self, runs: Sequence[tuple[Enrolment, Contact]]) -> Mapping[int, Reason]:
        """What the mails of these runs promise, made sure of before any says so: why not, by run, where it can't be."""

    def frozen(self, run: Enrolment, contact: Contact, also: Sequence[Enrolment]) -> Frozen:
        """The mail of a step. Told once it is sure that it will be stored."""

    def asking(self, message: Message) -> Asking:
        """The blocks of products of a mail that ``frozen`` made."""

    def close(self, decided: Sequence[tuple[Enrolment, Decision.Outcome, Reason]]) -> None:
        """Store what follows from the decisions, in their transaction."""


class Topic(Protocol):
    """What a flow is about."""

    def look_up(self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime) -> Any:
        """What has to be looked up before the transaction, since it may use the network."""

    def claim(self, runs: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
        """Lock what the runs are about, without waiting: those of which somebody else has something are left out, and
        are decided another time."""

    def sit(
        self,
        shop: Shop,
        settings: Settings,
        runs: Sequence[Enrolment],
        contacts: Mapping[int, Contact],
        looked_up: Any,
        now: datetime,
    ) -> Sitting:
        """Read everything afresh, in the decision's transaction, of runs that were claimed."""

    def outgoing(
        self,
        shop: Shop,
        settings: Settings,
        messages: Sequence[Message],
        contacts: Mapping[int, Contact],
        now: datetime,
    ) -> dict[UUID, Outgoing]:
        """How the subjects of mails that are about to leave stand. A constant number of queries."""

    def hold(self, messages: Sequence[Message]) -> None:
        """Lock what mails that are withdrawn are about. Before their runs: ``claim`` does not wait, so that whoever
        does so in this order is not waited for."""

    def withdrawn(self, messages: Iterable[tuple[Message, Objection]], now: datetime) -> None:
        """Take back what ``close`` stored for these mails, which were not said after all."""
