"""Taking mails back: just before a batch leaves, those that must not be said any more; and when a person asks, those
that got stuck, so that they are decided anew."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from ..among import Among
from ..config import Settings
from ..contacts.models import Contact, Suppression
from ..contacts.suppression import suppressed
from ..emails.models import Message
from ..shop.port import Shop
from .catalogue import FLOWS
from .enrol import PLAN, plan
from .judge import may_not_receive, morning
from .models import Decision, Enrolment
from .pauses import pauses
from .reasons import Reason
from .situation import Objection, Outgoing
from .stored import add, store
from .topics import by_topic
from .wishes import NONE, Wishes, wishes


def still_wanted(shop: Shop, settings: Settings, messages: Sequence[Message], now: datetime) -> set[UUID]:
    """The mails of a reserved batch that may leave. The rest are withdrawn here, but those of flows that rest: they
    wait. A constant number of queries."""
    resting = pauses()
    # Whoever turned out to be somebody else since takes his mails along.
    there = Message.objects.filter(Among("pk", [one.pk for one in messages]))
    owners = dict(there.values_list("pk", "contact_id"))
    messages = [message for message in messages if message.pk in owners and message.flow not in resting]
    for message in messages:
        message.contact_id = owners[message.pk]
    found = Contact.objects.filter(Among("pk", {message.contact_id for message in messages}))
    contacts = {contact.pk: contact for contact in found}
    refusals = suppressed(message.recipient for message in messages)
    wanted = wishes(contacts, settings)
    subjects: dict[UUID, Outgoing] = {}
    for topic, some in by_topic(messages).items():
        subjects |= topic.outgoing(shop, settings, some, contacts, now)
    objections: dict[UUID, Objection] = {}
    for message in messages:
        contact, refusal = contacts.get(message.contact_id), refusals.get(message.recipient)
        told = wanted.get(message.contact_id, NONE)
        if objection := _objection(message, settings, contact, subjects[message.pk], refusal, told, now):
            objections[message.pk] = objection
    _withdraw([message for message in messages if message.pk in objections], objections, now)
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
        _withdraw(messages, {message.pk: Objection(Reason.SAID_AGAIN, now) for message in messages}, now)
    return len(messages)


def _objection(
    message: Message,
    settings: Settings,
    contact: Contact | None,
    subject: Outgoing,
    refusal: Suppression.Reason | None,
    wishes: Wishes,
    now: datetime,
) -> Objection | None:
    flow = FLOWS.get(message.flow)
    if flow is None or not flow.enabled(settings) or message.step >= len(flow.steps):
        return Objection(Reason.FLOW_OFF)
    if subject.over:
        return Objection(subject.over)
    if contact is None:
        return Objection(Reason.NO_EMAIL)
    if reason := may_not_receive(flow, settings, contact, refusal, wishes):
        return Objection(reason)
    if contact.email != message.recipient:
        return Objection(Reason.EMAIL_CHANGED, now)
    if now > message.expires_at and not subject.never_late:
        return Objection(Reason.TOO_LATE)
    if subject.changed:
        return subject.changed
    if end := morning(flow, settings, subject.country, now):
        return Objection(Reason.QUIET_HOURS, end, same=True)
    if subject.old_after is not None and now > message.created_at + subject.old_after:
        return Objection(Reason.PRICES_AGED, now, same=True)
    return None


def _withdraw(messages: Sequence[Message], objections: Mapping[UUID, Objection], now: datetime) -> None:
    if not messages:
        return
    with transaction.atomic():
        messages = _ours(messages)
        for topic, some in by_topic(messages).items():
            topic.hold(some)
        found = Enrolment.objects.select_for_update().filter(
            flow__in={message.flow for message in messages},
            subject_id__in=[message.subject_id for message in messages],
        )
        runs = {(run.flow, run.subject_id): run for run in found.order_by("subject_id")}
        touched: dict[int, Enrolment] = {}
        decisions = []
        for message in messages:
            run, objection = runs[message.flow, message.subject_id], objections[message.pk]
            _send_back(run, message, objection)
            touched[run.pk] = run
            decisions.append(
                Decision(
                    enrolment=run,
                    step=message.step,
                    outcome=Decision.Outcome.WITHDRAWN,
                    reason=objection.reason,
                    at=now,
                )
            )
        store(touched.values(), ["state", "ended_by", "next_step", "basis", *PLAN])
        add(decisions)
        for topic, some in by_topic(messages).items():
            topic.withdrawn([(message, objections[message.pk]) for message in some], now)
        Message.objects.filter(pk__in=[message.pk for message in messages]).delete()


def _ours(messages: Sequence[Message]) -> list[Message]:
    """Those that nobody else has taken over, sent or is just sending, locked."""
    there = Message.objects.select_for_update().filter(pk__in=[message.pk for message in messages])
    waiting = there.exclude(state__in=[Message.State.SENDING, Message.State.SENT])
    held_by = dict(waiting.order_by("pk").values_list("pk", "reserved_by"))
    return [one for one in messages if one.pk in held_by and held_by[one.pk] == one.reserved_by]


def _send_back(run: Enrolment, message: Message, objection: Objection) -> None:
    """Put a run back to the step of a mail that is withdrawn, or end it."""
    reason, again_at = objection.reason, objection.again_at
    if again_at:
        waited = run.planned_at if run.next_step == message.step else message.created_at
        run.state, run.ended_by, run.next_step = Enrolment.State.WAITING, "", message.step
        if objection.basis:
            run.basis = max(run.basis, objection.basis)
        plan(run, again_at)
        if objection.same:
            run.planned_at, run.attempts = min(waited, again_at), message.attempts
    elif reason != Reason.TOO_LATE or run.state != Enrolment.State.WAITING:
        # After a mail that came too late, the next step has its own time.
        run.state, run.ended_by = Enrolment.State.FINISHED, reason
