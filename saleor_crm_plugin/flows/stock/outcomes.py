"""What decisions mean for those who wait: who was told, whose place in the queue is kept, for whom it is over."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from ...activity.stock.models import StockInterest
from ...config import Settings
from ...emails.models import Message
from ..catalogue import BACK_IN_STOCK, OUT_OF_STOCK, PRICE_DROP
from ..models import Decision, Enrolment
from ..reasons import Reason
from ..situation import Objection
from ..stored import store
from .subjects import Found, cheaper, drop_of, interest_of, pair

State, Kind, Outcome = StockInterest.State, StockInterest.Kind, Decision.Outcome
_FIELDS = ["state", "told_at", "ended_at", "wave", "dropped_to", "drops"]
# After these the interest is over: asking again is another one.
_OVER = frozenset({Reason.SUPPRESSED, Reason.NO_EMAIL, Reason.BOUGHT})
# After these the next of the queue has the turn, and the customer keeps the place.
_BACK_IN_QUEUE = frozenset({Reason.NO_TURN, Reason.SOLD_OUT_AGAIN, Reason.FLOW_OFF, Reason.TOO_LATE})


def note(
    decided: Sequence[tuple[Enrolment, Decision.Outcome, Reason]], found: Found, settings: Settings, now: datetime
) -> None:
    """Store what follows from decisions about interests that are locked. One query."""
    touched = {}
    for run, outcome, reason in decided:
        one = found.interests.get(interest_of(run.subject_id))
        if one is None or outcome in (Outcome.MOVED, Outcome.FAILED):
            continue
        available = found.available.get(pair(one))
        if run.flow == BACK_IN_STOCK.key:
            _back_in_stock(one, outcome, reason, now)
            if one.state == State.TOLD and available and cheaper(one, available, settings):
                one.dropped_to = available.price  # the mail says so
        elif run.flow == OUT_OF_STOCK.key:
            _out_of_stock(one, outcome, reason, now)
        elif run.flow == PRICE_DROP.key and _said(outcome, reason):
            one.dropped_to, one.drops = available.price if available else None, drop_of(run.subject_id)
        touched[one.pk] = one
    store(touched.values(), _FIELDS)


def _back_in_stock(one: StockInterest, outcome: Decision.Outcome, reason: Reason, now: datetime) -> None:
    if outcome == Outcome.SENT or reason == Reason.SAID_TOGETHER:
        one.state, one.told_at = State.TOLD, now
    elif reason in _OVER and one.state == State.WAITING:
        _end(one, now)
    elif reason in _BACK_IN_QUEUE:
        one.wave = None


def _out_of_stock(one: StockInterest, outcome: Decision.Outcome, reason: Reason, now: datetime) -> None:
    """A request goes on waiting; weaker interest is used up."""
    if one.kind == Kind.REQUEST or one.state != State.WAITING:
        return
    if _said(outcome, reason):
        one.state, one.told_at = State.TOLD, now
    else:
        _end(one, now)


def _said(outcome: Decision.Outcome, reason: Reason) -> bool:
    """Whether a mail says it, or would but for the comparison with those who get none."""
    return outcome in (Outcome.SENT, Outcome.HELD_OUT) or reason == Reason.SAID_TOGETHER


def _end(one: StockInterest, now: datetime) -> None:
    one.state, one.ended_at, one.wave = State.CANCELLED, now, None


def untell(withdrawn: Iterable[tuple[Message, Objection, Collection[int]]], now: datetime) -> None:
    """Take back that people were told, by mails that were not said after all: with the numbers of the interests that
    each said something of. They are locked. Three queries."""
    withdrawn = list(withdrawn)
    rows = StockInterest.objects.in_bulk([number for _, _, numbers in withdrawn for number in numbers])
    asked_anew = _asked_anew(rows.values())
    for message, objection, numbers in withdrawn:
        _begin_again(message, objection, [rows[number] for number in numbers if number in rows])
        for number in sorted(numbers):
            if one := rows.get(number):
                _untell(one, message, objection, now, asked_anew=_place(one) in asked_anew)
                asked_anew |= {_place(one)} if one.state == State.WAITING else set()
    store(rows.values(), _FIELDS)


def _begin_again(message: Message, objection: Objection, told: Sequence[StockInterest]) -> None:
    """Put the runs of what a mail said along back beside the one that it is decided anew for, so that they are one mail
    again. One query."""
    if objection.again_at is None:
        return
    leads = interest_of(message.subject_id)
    subjects = [
        f"{one.pk}.{one.drops}" if message.flow == PRICE_DROP.key else str(one.pk) for one in told if one.pk != leads
    ]
    if subjects:
        Enrolment.objects.filter(
            flow=message.flow, subject_id__in=subjects, ended_by=Reason.SAID_TOGETHER, state=Enrolment.State.FINISHED
        ).update(state=Enrolment.State.WAITING, ended_by="", waits_for="", leased_until=None, due_at=objection.again_at)


def _place(one: StockInterest) -> tuple[int, str, str, str]:
    return one.contact_id, one.variant_id, one.channel, one.kind


def _asked_anew(rows: Collection[StockInterest]) -> set[tuple[int, str, str, str]]:
    """Those who have asked again since they were told: they have another place. One query."""
    live = StockInterest.objects.filter(
        contact__in={one.contact_id for one in rows}, state__in=[State.UNCONFIRMED, State.WAITING]
    ).exclude(pk__in=[one.pk for one in rows])
    return {_place(one) for one in live}


def _untell(one: StockInterest, message: Message, objection: Objection, now: datetime, *, asked_anew: bool) -> None:
    leads = one.pk == interest_of(message.subject_id)
    if message.flow == PRICE_DROP.key and one.drops and (not leads or one.drops == drop_of(message.subject_id)):
        one.dropped_to, one.drops = None, one.drops - 1
    if message.flow not in (BACK_IN_STOCK.key, OUT_OF_STOCK.key) or one.state != State.TOLD:
        return
    if message.flow == OUT_OF_STOCK.key and one.kind == Kind.REQUEST:
        return
    one.state, one.told_at = State.WAITING, None
    if message.flow == BACK_IN_STOCK.key and not one.drops:
        one.dropped_to = None  # the mail would have said so
    if asked_anew:
        _end(one, now)
        return
    if message.flow == OUT_OF_STOCK.key:
        if not objection.again_at:
            _end(one, now)
    elif objection.reason in _OVER:
        _end(one, now)
    elif not objection.again_at:
        one.wave = None
