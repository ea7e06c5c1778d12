"""The rehearsal: people live through their past again, and each due step is judged by what was so then.

Everybody has a clock of their own, since the rules know one person at a time: a round takes each person to the next
moment at which anything happens to them, and asks the database about all of them at once. Who enters is decided as by
``people/enter.py`` and ``enrol.py``, what is decided by ``judge.py``, and where it leads by ``record.py``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count

from ...config import Settings
from ..catalogue import ABANDONED_CART, FLOWS
from ..decide import order
from ..enrol import due, plan
from ..flow import CapClass, Flow
from ..judge import Case, Outcome, Verdict, judge
from ..models import Enrolment
from ..people.enter import LATE
from ..reasons import Reason
from ..record import SAID, go_on, is_news
from ..situation import Situation
from . import then
from .people import CartEvent, CartSeen, Person, Start

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# How often the flows look (tasks.py): what is due between two looks is decided together.
TICK = timedelta(minutes=1)
WAITING, FINISHED = Enrolment.State.WAITING, Enrolment.State.FINISHED
ENTERED, STAYED_OUT, ENDED = "entered", "stayed_out", "ended"


@dataclass(frozen=True)
class Event:
    """One line of the rehearsal. ``what`` is an outcome of a decision, or that the person entered, stayed out for a
    reason, or that the run ended before anything was due. ``mail`` counts from 1."""

    at: datetime
    flow: str
    contact_id: int
    subject_id: str
    mail: int
    what: str
    reason: str


Tell = Callable[[Event], None]


def rehearsed(flow: Flow) -> Flow:
    """The flow as if it had been on, and nobody had paused it."""
    return replace(flow, enabled=lambda settings: True)


def rehearse(
    people: Sequence[Person], flows: Sequence[Flow], settings: Settings, until: datetime, tell: Tell, tick: timedelta
) -> None:
    """Let people live until a moment; ``tell`` is told all that happens, each person's in order."""
    stage = _Stage({flow.key: rehearsed(flow) for flow in flows}, replace(settings, allow_list=()), tell, tick)
    active = list(people)
    while active:
        active = stage.round(active, until)
    for person in people:
        stage.close(person)


class _Stage:
    def __init__(self, flows: Mapping[str, Flow], settings: Settings, tell: Tell, tick: timedelta) -> None:
        self._flows, self._settings, self._tell, self._tick = flows, settings, tell, tick
        self._numbers = count(1)

    def round(self, people: Sequence[Person], until: datetime) -> list[Person]:
        """Take each to their next moment. Returns those for whom there was one."""
        moved = []
        for person in people:
            moment = person.next_moment()
            at = max(self._look(moment), person.at) if moment else None
            if at and at <= until:
                person.at = at
                moved.append(person)
                self._happen(person)
                self._enter(person)
        asked = [(run, person, person.at) for person in moved for run in self._due(person)]
        situations = then.situations(asked)
        for run, person, _ in asked:
            self._decide(run, person, situations[run.pk])
        return moved

    def close(self, person: Person) -> None:
        """Tell who stayed out to the end."""
        for start in person.pending:
            self._stay_out(person, start)

    def _look(self, moment: datetime) -> datetime:
        """When the flows look next."""
        return _EPOCH - (_EPOCH - moment) // self._tick * self._tick

    def _due(self, person: Person) -> list[Enrolment]:
        due_now = [run for run in person.runs.values() if run.state == WAITING and run.due_at <= person.at]
        return sorted(due_now, key=order)

    def _happen(self, person: Person) -> None:
        while person.happenings and person.happenings[0].known_at <= person.at:
            event = person.happenings.popleft()
            if isinstance(event, Start):
                person.pending.append(event)
            else:
                self._cart(person, event)

    def _cart(self, person: Person, event: CartEvent) -> None:
        """As ``enrol.abandoned_carts`` and ``recovery.note``."""
        flow, cart = self._flows[ABANDONED_CART.key], person.carts[event.cart_id]
        run = person.runs.get((flow.key, event.cart_id))
        if event.ordered:
            cart.ordered = True
            if run and run.state == WAITING:
                run.state, run.ended_by = FINISHED, Reason.ORDERED
                self._say(run, ENDED, Reason.ORDERED, person.at)
            return
        cart.touched_at, cart.filled = event.known_at, event.filled
        if cart.ordered or not cart.filled:
            return
        step = run.next_step if run else cart.said
        if step >= len(flow.steps):
            return
        planned_at = due(flow, self._settings, step, event.known_at, cart.last_said)
        if run is None:
            run = self._run(flow, person, event.cart_id, event.known_at, planned_at, planned_at, [])
            run.next_step = step
        run.state, run.ended_by, run.basis = WAITING, "", event.known_at
        plan(run, planned_at)
        for other in person.runs.values():
            if other.flow == flow.key and other.state == WAITING and other is not run:
                other.state, other.ended_by = FINISHED, Reason.NEWER_CART
                self._say(other, ENDED, Reason.NEWER_CART, person.at)

    def _enter(self, person: Person) -> None:
        """As ``people.enter``: who agreed, and was told nothing by the flow lately; the first of several that start at
        once."""
        waiting = []
        for start in sorted(person.pending, key=lambda one: (one.basis, one.subject_id)):
            flow = self._flows[start.flow]
            delay = flow.steps[0].delay(self._settings)
            again = self._again(person, flow, start)
            if start.basis <= person.at - delay - LATE:
                self._stay_out(person, start)
            elif again or not person.agreed(person.at):
                person.refused[start.flow, start.subject_id] = again or Reason.NO_CONSENT
                waiting.append(start)
            else:
                planned_at = start.basis + delay
                self._run(
                    flow, person, start.subject_id, start.basis, planned_at, max(planned_at, person.at), start.about
                )
        person.pending = waiting

    def _again(self, person: Person, flow: Flow, start: Start) -> str:
        """Why a person does not enter, who is in the flow or was told something by it lately; "" where not."""
        for run in person.runs.values():
            if run.flow == flow.key:
                if run.subject_id == start.subject_id or run.state == WAITING or run.basis >= start.basis:
                    return Reason.ALREADY_SAID
                lately = flow.again_after is None or run.basis + flow.again_after > start.basis
                if run.arm and run.next_step and lately:
                    return Reason.ALREADY_SAID
        for key, subject, basis in person.earlier:
            lately = flow.again_after is None or basis + flow.again_after > start.basis
            if key == flow.key and (lately or subject == start.subject_id):
                return Reason.ALREADY_SAID
        return ""

    def _run(
        self,
        flow: Flow,
        person: Person,
        subject: str,
        basis: datetime,
        planned_at: datetime,
        due_at: datetime,
        about: list[str],
    ) -> Enrolment:
        run = Enrolment(
            pk=next(self._numbers),
            flow=flow.key,
            subject_id=subject,
            contact_id=person.contact.pk,
            basis=basis,
            planned_at=planned_at,
            due_at=due_at,
            about=about,
            enrolled_at=person.at,
        )
        person.runs[flow.key, subject] = run
        self._say(run, ENTERED, "", person.at)
        return run

    def _decide(self, run: Enrolment, person: Person, situation: Situation) -> None:
        flow, at, contact = self._flows[run.flow], person.at, person.contact
        contact.consented = person.agreed(at)
        case = Case(
            run=run,
            flow=flow,
            contact=contact,
            situation=situation,
            said=False,
            suppressed=person.refusal(at),
            mails=[mail for mail in person.mails if mail <= at],
            wishes=person.wanted(at),
        )
        verdict = judge(case, self._settings, at)
        if verdict.outcome == Outcome.SENT and flow.grants and not self._promises(flow, person):
            verdict = Verdict(Outcome.SKIPPED, Reason.NO_VOUCHER, ends=True)
        if verdict.outcome in SAID and flow.caps is not CapClass.NONE:
            person.mails.append(at)
        if is_news(run, verdict):
            self._say(run, verdict.outcome, verdict.reason, at)
        cart = person.carts.get(run.subject_id)
        if verdict.outcome in SAID and isinstance(cart, CartSeen):
            cart.last_said = at
        go_on(run, flow, verdict, self._settings, at)
        if run.state == FINISHED and person.pending:
            person.wake = at + self._tick  # somebody may enter now who could not while it ran

    def _promises(self, flow: Flow, person: Person) -> bool:
        """Whether the flow's tier is good where the person buys."""
        tier = self._settings.vouchers.tier(flow.grants)
        return bool(tier and person.place and tier.serves(*person.place))

    def _stay_out(self, person: Person, start: Start) -> None:
        key = start.flow, start.subject_id
        reason = person.refused.pop(key, "")
        if reason and key not in person.runs:
            self._tell(Event(start.known_at, start.flow, person.contact.pk, start.subject_id, 1, STAYED_OUT, reason))

    def _say(self, run: Enrolment, what: str, reason: str, at: datetime) -> None:
        self._tell(Event(at, run.flow, run.contact_id or 0, run.subject_id, run.next_step + 1, what, reason))


def can_be_rehearsed(key: str) -> bool:
    """Whether what is stored tells of the past of a flow."""
    return key == ABANDONED_CART.key or bool(FLOWS[key].starts.past)
