"""The rules: given all that is known about one due step, what happens with it. No database, no clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config import Settings
from ..contacts.address import normalise
from ..contacts.models import Contact, Suppression
from ..shop.port import Cart, PricedCart
from .caps import capped
from .catalogue import Flow
from .enrol import due
from .holdout import held_out
from .models import Decision, Enrolment
from .quiet import quiet_until, zone_of
from .reasons import Reason

Outcome = Decision.Outcome
# What could not be known just now is asked again after this, and then after ever longer.
LOOK_AGAIN, LOOK_AGAIN_AT_LAST = timedelta(minutes=5), timedelta(hours=2)


@dataclass(frozen=True)
class Case:
    """One due step and all that is known about it, read in the decision's own transaction.

    ``priced`` was read a moment before it, since pricing may use the network; ``mails`` are the moments at
    which the contact was written to lately; ``said`` whether this very step was said before.
    """

    run: Enrolment
    flow: Flow
    contact: Contact | None
    cart: Cart | None
    priced: PricedCart | None
    ordered: bool
    said: bool
    suppressed: Suppression.Reason | None
    mails: Sequence[datetime]


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


def gone_or_done(cart: Cart | None, ordered: bool, contact: Contact | None) -> Reason | None:
    """Why a cart needs no reminder any more: the exits, asked at the decision and again just before sending."""
    if ordered:
        return Reason.ORDERED
    if cart is None:
        return Reason.CART_GONE
    if not cart.lines:
        return Reason.CART_EMPTIED
    if contact is None or not normalise(cart.email):
        return Reason.NO_EMAIL
    return None


def may_not_receive(settings: Settings, contact: Contact, suppressed: Suppression.Reason | None) -> Reason | None:
    """Why a person gets no marketing mail, asked at the decision and again just before sending."""
    if suppressed:
        return Reason.SUPPRESSED
    if not contact.consented:
        return Reason.NO_CONSENT
    if not settings.may_receive(contact.email or ""):
        return Reason.NOT_ON_ALLOW_LIST
    return None


def morning(settings: Settings, cart: Cart, now: datetime) -> datetime | None:
    """When the customer's quiet hours end; None where there are none just now."""
    return quiet_until(now, settings.quiet_hours, zone_of(cart.country) or settings.time_zone)


def judge(case: Case, settings: Settings, now: datetime) -> Verdict:
    """Decide one due step of an abandoned cart."""
    run, flow, contact, cart = case.run, case.flow, case.contact, case.cart
    if not flow.enabled(settings) or run.next_step >= len(flow.steps):
        return Verdict(Outcome.SKIPPED, Reason.FLOW_OFF, ends=True)
    if reason := gone_or_done(cart, case.ordered, contact):
        return Verdict(Outcome.SKIPPED, reason, ends=True)
    if cart is None or contact is None:  # said by gone_or_done; here for the type checker
        raise AssertionError
    if case.said:
        return Verdict(Outcome.SKIPPED, Reason.ALREADY_SAID)
    basis, planned_at = run.basis, run.planned_at
    due_at = due(flow, settings, run.next_step, max(basis, cart.changed_at))
    if cart.changed_at > basis:
        basis, planned_at = cart.changed_at, due_at
    if due_at > now:
        why = Reason.CART_CHANGED if basis != run.basis else Reason.DELAY_CHANGED
        return Verdict(Outcome.MOVED, why, again_at=due_at, basis=basis, planned_at=due_at)
    if now > planned_at + flow.shelf_life:
        return Verdict(Outcome.SKIPPED, Reason.TOO_LATE)
    if normalise(cart.email) != contact.email:
        return Verdict(Outcome.MOVED, Reason.EMAIL_CHANGED, again_at=_later(planned_at, now))
    if reason := may_not_receive(settings, contact, case.suppressed):
        return Verdict(Outcome.SKIPPED, reason, ends=True)
    if not case.priced or lines_of(case.priced) != lines_of(cart):
        return Verdict(Outcome.MOVED, Reason.NO_PRICE, again_at=_later(planned_at, now))
    if not any(line.available for line in case.priced.lines):
        return Verdict(Outcome.SKIPPED, Reason.SOLD_OUT, ends=True)
    if end := morning(settings, cart, now):
        return Verdict(Outcome.MOVED, Reason.QUIET_HOURS, again_at=end, basis=basis, planned_at=planned_at)
    if capped(case.mails, now):
        return Verdict(Outcome.SKIPPED, Reason.CAPPED)
    outcome, reason = Outcome.SENT, Reason.DUE
    if (run.arm or _arm(contact, flow, settings)) == Enrolment.Arm.HOLDOUT:
        outcome, reason = Outcome.HELD_OUT, Reason.HOLDOUT
    return Verdict(outcome, reason, basis=basis, planned_at=planned_at)


def lines_of(cart: Cart | PricedCart) -> list[tuple[str, str, int]]:
    """What is in a cart, to compare: line id, variant id and quantity, in a fixed order."""
    return sorted((line.line_id, line.variant_id, line.quantity) for line in cart.lines)


def _later(planned_at: datetime, now: datetime) -> datetime:
    return now + min(max((now - planned_at) / 2, LOOK_AGAIN), LOOK_AGAIN_AT_LAST)


def _arm(contact: Contact, flow: Flow, settings: Settings) -> Enrolment.Arm:
    held = held_out(contact.key, flow.key, settings.holdout_percent)
    return Enrolment.Arm.HOLDOUT if held else Enrolment.Arm.TREATED
