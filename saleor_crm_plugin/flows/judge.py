"""The rules: given all that is known about one due step, what happens with it. No database, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config import Settings
from ..contacts.address import normalise
from ..contacts.models import Contact, Suppression
from .caps import capped
from .enrol import due
from .flow import CapClass, Flow
from .holdout import held_out
from .models import Decision, Enrolment
from .quiet import quiet_until, zone_of
from .reasons import Reason
from .situation import Situation
from .wishes import NONE, Wishes, too_often, unwanted

Outcome = Decision.Outcome
# What could not be known just now is asked again after this, and then after ever longer.
LOOK_AGAIN, LOOK_AGAIN_AT_LAST = timedelta(minutes=5), timedelta(hours=2)


@dataclass(frozen=True)
class Case:
    """One due step and all that is known about it, read in the decision's own transaction.

    ``mails`` are the moments at which the contact was written to lately; ``said`` whether this very step was said
    before.
    """

    run: Enrolment
    flow: Flow
    contact: Contact | None
    situation: Situation
    said: bool
    suppressed: Suppression.Reason | None
    mails: Sequence[datetime]
    wishes: Wishes = NONE


@dataclass(frozen=True)
class Verdict:
    """What happens: the outcome with its reason, and where the run goes on.

    ``again_at`` is set when this step is looked at again, ``basis`` and ``planned_at`` when the waiting counts from
    another moment. ``ends`` ends the run until its subject changes.
    """

    outcome: Decision.Outcome
    reason: Reason
    again_at: datetime | None = None
    basis: datetime | None = None
    planned_at: datetime | None = None
    ends: bool = False


def may_not_receive(
    flow: Flow, settings: Settings, contact: Contact, suppressed: Suppression.Reason | None, wishes: Wishes
) -> Reason | None:
    """Why a person does not get a mail of a flow, asked at the decision and again just before sending."""
    if suppressed and not (flow.even_unsubscribed and suppressed == Suppression.Reason.UNSUBSCRIBED):
        return Reason.SUPPRESSED
    if not flow.asked_for and not contact.consented:
        return Reason.NO_CONSENT
    if not settings.may_receive(contact.email or ""):
        return Reason.NOT_ON_ALLOW_LIST
    return None if flow.asked_for else unwanted(flow.kind, wishes, settings)


def morning(flow: Flow, settings: Settings, country: str, now: datetime) -> datetime | None:
    """When the customer's quiet hours end; None where there are none just now."""
    return None if flow.at_night else quiet_until(now, settings.quiet_hours, zone_of(country) or settings.time_zone)


def judge(case: Case, settings: Settings, now: datetime) -> Verdict:
    """Decide one due step."""
    run, flow, contact, situation = case.run, case.flow, case.contact, case.situation
    if not flow.enabled(settings) or run.next_step >= len(flow.steps):
        return Verdict(Outcome.SKIPPED, Reason.FLOW_OFF, ends=True)
    if situation.over:
        return Verdict(Outcome.SKIPPED, situation.over, ends=True)
    if contact is None or not (situation.email or contact.email):
        return Verdict(Outcome.SKIPPED, Reason.NO_EMAIL, ends=True)
    if case.said:
        return Verdict(Outcome.SKIPPED, Reason.ALREADY_SAID)
    basis, planned_at = run.basis, run.planned_at
    changed_at = situation.changed_at or basis
    due_at = due(flow, settings, run.next_step, max(basis, changed_at))
    if situation.due_by:
        due_at = min(due_at, situation.due_by)
    if changed_at > basis:
        basis, planned_at = changed_at, due_at
    if due_at > now:
        why = Reason.CART_CHANGED if basis != run.basis else Reason.DELAY_CHANGED
        return Verdict(Outcome.MOVED, why, again_at=due_at, basis=basis, planned_at=due_at)
    if now > planned_at + flow.shelf_life:
        return Verdict(Outcome.SKIPPED, Reason.TOO_LATE, ends=_promises(flow, run))
    if situation.email and normalise(situation.email) != contact.email:
        return Verdict(Outcome.MOVED, Reason.EMAIL_CHANGED, again_at=_later(planned_at, now))
    if reason := may_not_receive(flow, settings, contact, case.suppressed, case.wishes):
        return Verdict(Outcome.SKIPPED, reason, ends=True)
    if situation.unknown:
        return Verdict(Outcome.MOVED, situation.unknown, again_at=_later(planned_at, now))
    if situation.nothing_left:
        return Verdict(Outcome.SKIPPED, situation.nothing_left, ends=True)
    if end := morning(flow, settings, situation.country, now):
        return Verdict(Outcome.MOVED, Reason.QUIET_HOURS, again_at=end, basis=basis, planned_at=planned_at)
    if flow.caps is not CapClass.NONE and (often := _too_often(case, settings, now)):
        if flow.caps is CapClass.WAITS:
            return Verdict(Outcome.MOVED, often, again_at=_later(planned_at, now))
        return Verdict(Outcome.SKIPPED, often)
    outcome, reason = Outcome.SENT, Reason.DUE
    if (run.arm or _arm(contact, flow, settings, situation)) == Enrolment.Arm.HOLDOUT:
        outcome, reason = Outcome.HELD_OUT, Reason.HOLDOUT
    return Verdict(outcome, reason, basis=basis, planned_at=planned_at)


def _too_often(case: Case, settings: Settings, now: datetime) -> Reason | None:
    if capped(case.mails, now):
        return Reason.CAPPED
    return too_often(case.wishes, case.mails, settings, now)


def _promises(flow: Flow, run: Enrolment) -> bool:
    """Whether a code goes with this step: those after it say that it came."""
    return bool(flow.grants) and run.next_step == 0


def _later(planned_at: datetime, now: datetime) -> datetime:
    return now + min(max((now - planned_at) / 2, LOOK_AGAIN), LOOK_AGAIN_AT_LAST)


def _arm(contact: Contact, flow: Flow, settings: Settings, situation: Situation) -> Enrolment.Arm:
    held = situation.held_out
    if held is None:
        held = flow.holdout and held_out(contact.key, flow.key, settings.holdout_percent)
    return Enrolment.Arm.HOLDOUT if held else Enrolment.Arm.TREATED
