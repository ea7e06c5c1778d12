"""Taking mails back: just before a batch leaves, those that must not be said any more; and when a person asks, those
that got stuck, so that they are decided anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from ..config import Settings
from ..contacts.models import Contact, Suppression
from ..contacts.suppression import suppressed
from ..emails.models import Message
from ..shop.port import Cart, Shop
from .catalogue import FLOWS
from .enrol import PLAN, due, plan
from .judge import gone_or_done, lines_of, may_not_receive, morning
from .models import Decision, Enrolment
from .reasons import Reason

# A mail that has waited longer for the mail server is decided anew: its prices may be old.
PRICES_HOLD = timedelta(hours=1)


@dataclass(frozen=True)
class Objection:
    """Why a mail must not leave now. ``again_at`` is when its step is decided anew; None ends its run."""

    reason: Reason
    again_at: datetime | None = None


def still_wanted(shop: Shop, settings: Settings, messages: Sequence[Message], now: datetime) -> set[UUID]:
    """The mails of a reserved batch that may leave. The rest are withdrawn here. A constant number of queries."""
    subjects = [message.subject_id for message in messages]
    carts, orders = shop.carts(subjects), shop.orders_of_carts(subjects)
    contacts = Contact.objects.in_bulk([message.contact_id for message in messages])
    refusals = suppressed(message.recipient for message in messages)
    objections: dict[UUID, Objection] = {}
    for message in messages:
        objection = _objection(
            message,
            settings,
            contacts.get(message.contact_id),
            carts.get(message.subject_id),
            message.subject_id in orders,
            refusals.get(message.recipient),
            now,
        )
        if objection:
            objections[message.pk] = objection
    _withdraw([message for message in messages if message.pk in objections], objections, carts, now)
    return {message.pk for message in messages} - set(objections)


def decide_again(message_ids: Sequence[UUID], now: datetime) -> int:
    """A person's word that held or failed mails shall be sent (again): their steps are due now. Returns how many.

    They are decided like any other, so that nothing old is said and nobody gets what must not be sent.
    """
    with transaction.atomic():
        stuck = Message.objects.select_for_update().filter(
            pk__in=message_ids, state__in=[Message.State.HELD, Message.State.FAILED]
        )
        messages = list(stuck.order_by("pk"))
        _withdraw(messages, {message.pk: Objection(Reason.SAID_AGAIN, now) for message in messages}, {}, now)
    return len(messages)


def _objection(
    message: Message,
    settings: Settings,
    contact: Contact | None,
    cart: Cart | None,
    ordered: bool,
    refusal: Suppression.Reason | None,
    now: datetime,
) -> Objection | None:
    flow = FLOWS.get(message.flow)
    if flow is None or not flow.enabled(settings) or message.step >= len(flow.steps):
        return Objection(Reason.FLOW_OFF)
    if reason := gone_or_done(cart, ordered, contact):
        return Objection(reason)
    if cart is None or contact is None:  # said by gone_or_done; here for the type checker
        raise AssertionError
    if reason := may_not_receive(settings, contact, refusal):
        return Objection(reason)
    if contact.email != message.recipient:
        return Objection(Reason.EMAIL_CHANGED, now)
    if now > message.expires_at:
        return Objection(Reason.TOO_LATE)
    said = sorted((line["line_id"], line["variant_id"], line["quantity"]) for line in message.content["lines"])
    if said != lines_of(cart):
        return Objection(Reason.CART_CHANGED, max(due(flow, settings, message.step, cart.changed_at), now))
    if end := morning(settings, cart, now):
        return Objection(Reason.QUIET_HOURS, end)
    return Objection(Reason.PRICES_AGED, now) if now > message.created_at + PRICES_HOLD else None


def _withdraw(
    messages: Sequence[Message], objections: Mapping[UUID, Objection], carts: Mapping[str, Cart], now: datetime
) -> None:
    if not messages:
        return
    with transaction.atomic():
        runs = {
            (run.flow, run.subject_id): run
            for run in Enrolment.objects.select_for_update()
            .filter(subject_id__in=[message.subject_id for message in messages])
            .order_by("subject_id")
        }
        decisions = []
        for message in messages:
            run = runs[message.flow, message.subject_id]
            _send_back(run, message, objections[message.pk], carts.get(message.subject_id))
            decisions.append(
                Decision(
                    enrolment=run,
                    step=message.step,
                    outcome=Decision.Outcome.WITHDRAWN,
                    reason=objections[message.pk].reason,
                    at=now,
                )
            )
        Enrolment.objects.bulk_update(runs.values(), ["state", "ended_by", "next_step", "basis", *PLAN])
        Decision.objects.bulk_create(decisions)
        Message.objects.filter(pk__in=[message.pk for message in messages]).exclude(
            state__in=[Message.State.SENDING, Message.State.SENT]
        ).delete()


def _send_back(run: Enrolment, message: Message, objection: Objection, cart: Cart | None) -> None:
    """Put a run back to the step of a mail that is withdrawn, or end it."""
    reason, again_at = objection.reason, objection.again_at
    if again_at:
        waited = run.planned_at if run.next_step == message.step else message.created_at
        run.state, run.ended_by, run.next_step = Enrolment.State.WAITING, "", message.step
        if reason == Reason.CART_CHANGED and cart:
            run.basis = max(run.basis, cart.changed_at)
        plan(run, again_at)
        if reason in (Reason.PRICES_AGED, Reason.QUIET_HOURS):
            # The same mail, decided anew: it is not given more time, nor more attempts.
            run.planned_at, run.attempts = min(waited, again_at), message.attempts
    elif reason != Reason.TOO_LATE or run.state != Enrolment.State.WAITING:
        # After a mail that came too late, the next step has its own time.
        run.state, run.ended_by = Enrolment.State.FINISHED, reason
