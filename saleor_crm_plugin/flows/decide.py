"""The decision: due steps are claimed, everything is read afresh, and each becomes one mail or one reason."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from traceback import format_exc

from django.db import transaction

from ..config import Settings
from ..contacts.models import Contact
from ..contacts.suppression import suppressed
from ..emails import outbox, unsubscribe
from ..emails.models import Message
from ..emails.products import add_products
from ..privacy import masked
from ..shop.port import PricedCart, Shop
from . import abandoned_cart, owners
from .caps import recent_mails
from .catalogue import FLOWS, Flow
from .enrol import PLAN, due, plan
from .judge import Case, Verdict, judge
from .models import Decision, Enrolment
from .reasons import Reason

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
AFTER_ERROR = timedelta(hours=1)
ERRORS_END_AFTER = timedelta(hours=24)

# The oldest due steps, leased to this worker while it looks prices up: another takes others. Served by the partial
# index crm_enrolment_due: its cost grows with what is due, not with what exists.
CLAIM = """
UPDATE crm_enrolment SET leased_until = %(until)s
WHERE id IN (
    SELECT id FROM crm_enrolment
    WHERE state = 'waiting' AND due_at <= %(now)s AND (leased_until IS NULL OR leased_until <= %(now)s)
    ORDER BY due_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
)
RETURNING *
"""

# The leased rows and their contacts, locked for the decision. A row that was planned anew meanwhile is not ours
# any more. Contacts that another worker holds are left to it: two mails to one person are decided one after the other.
_LOCK = """
SELECT * FROM crm_enrolment WHERE id = ANY(%s) AND state = 'waiting' AND leased_until = %s
ORDER BY subject_id FOR NO KEY UPDATE SKIP LOCKED
"""
_LOCK_CONTACTS = "SELECT * FROM crm_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"


def decide_due(shop: Shop, settings: Settings, now: datetime, limit: int = 200) -> int:
    """Decide up to ``limit`` due steps, oldest first. Returns how many were decided.

    A batch that fails is decided again one by one, so that one bad cart does not hold up the others.
    """
    until = now + LEASE
    claimed = sorted(
        Enrolment.objects.raw(CLAIM, {"now": now, "until": until, "limit": limit}), key=lambda run: (run.due_at, run.pk)
    )
    if not claimed:
        return 0
    try:
        return _decide(shop, settings, claimed, until, now)
    except Exception:
        logger.error("CRM: a batch could not be decided: %s", masked(format_exc()))
        return sum(_decide_alone(shop, settings, run, until, now) for run in claimed)
    finally:
        Enrolment.objects.filter(pk__in=[run.pk for run in claimed], leased_until=until).update(leased_until=None)


def _decide_alone(shop: Shop, settings: Settings, run: Enrolment, until: datetime, now: datetime) -> int:
    try:
        return _decide(shop, settings, [run], until, now)
    except Exception:
        logger.error("CRM: run %s could not be decided: %s", run.pk, masked(format_exc()))
    with transaction.atomic():
        runs = list(Enrolment.objects.raw(_LOCK, [[run.pk], until]))
        _record([(run, _after_error(run, now)) for run in runs], settings, now)
    return len(runs)


def _decide(shop: Shop, settings: Settings, claimed: Sequence[Enrolment], until: datetime, now: datetime) -> int:
    """Decide leased runs. Prices are looked up before the transaction, since that may use the network; what they are
    about is compared with the cart as it is inside it."""
    owners.follow(shop, claimed, now)
    priced = shop.priced_carts([run.subject_id for run in claimed])
    with transaction.atomic():
        runs = list(Enrolment.objects.raw(_LOCK, [[run.pk for run in claimed], until]))
        contacts = {
            contact.pk: contact
            for contact in Contact.objects.raw(_LOCK_CONTACTS, [[run.contact_id for run in runs if run.contact_id]])
        }
        runs = [run for run in runs if run.contact_id is None or run.contact_id in contacts]
        verdicts, messages = _judge_all(shop, settings, runs, contacts, priced, now)
        add_products(shop, settings, [abandoned_cart.asking(message) for message in messages], now)
        unsubscribe.add_links(shop, messages)
        Message.objects.bulk_create(messages)
        _record(verdicts, settings, now)
    return len(runs)


def _judge_all(
    shop: Shop,
    settings: Settings,
    runs: Sequence[Enrolment],
    contacts: Mapping[int, Contact],
    priced: Mapping[str, PricedCart],
    now: datetime,
) -> tuple[list[tuple[Enrolment, Verdict]], list[Message]]:
    subjects = [run.subject_id for run in runs]
    carts, orders = shop.carts(subjects), shop.orders_of_carts(subjects)
    refusals = suppressed(contact.email or "" for contact in contacts.values())
    said = outbox.said(subjects)
    mails = recent_mails(contacts, now)
    verdicts: list[tuple[Enrolment, Verdict]] = []
    messages: list[Message] = []
    for run in sorted(runs, key=lambda run: (run.due_at, run.pk)):
        contact = contacts.get(run.contact_id) if run.contact_id else None
        case = Case(
            run=run,
            flow=FLOWS.get(run.flow, _GONE),
            contact=contact,
            cart=carts.get(run.subject_id),
            priced=priced.get(run.subject_id),
            ordered=run.subject_id in orders,
            said=(run.flow, run.subject_id, run.next_step) in said,
            suppressed=refusals.get(contact.email or "") if contact else None,
            mails=mails.get(contact.pk, []) if contact else [],
        )
        verdict, message = _one(shop, settings, case, now)
        verdicts.append((run, verdict))
        if message:
            messages.append(message)
        if contact and verdict.outcome in _SAID:
            mails.setdefault(contact.pk, []).append(now)
    return verdicts, messages


_SAID = (Decision.Outcome.SENT, Decision.Outcome.HELD_OUT)
_GONE = Flow("", "", enabled=lambda settings: False, steps=(), shelf_life=timedelta(0))


def _one(shop: Shop, settings: Settings, case: Case, now: datetime) -> tuple[Verdict, Message | None]:
    """Decide one step; an error is that step's own and leaves the others alone."""
    try:
        verdict = judge(case, settings, now)
        if verdict.outcome == Decision.Outcome.SENT:
            return verdict, abandoned_cart.message(shop, settings, case, verdict, now)
    except Exception:
        logger.error("CRM: run %s could not be decided: %s", case.run.pk, masked(format_exc()))
        return _after_error(case.run, now), None
    return verdict, None


def _after_error(run: Enrolment, now: datetime) -> Verdict:
    """Again later, but not for ever."""
    ends = now > run.planned_at + ERRORS_END_AFTER
    again_at = None if ends else now + AFTER_ERROR
    return Verdict(Decision.Outcome.FAILED, Reason.ERROR, again_at=again_at, ends=ends)


def _record(verdicts: Sequence[tuple[Enrolment, Verdict]], settings: Settings, now: datetime) -> None:
    """Store decisions, and where their runs go on. One that only says again why a step is put off is not stored."""
    decisions = [
        Decision(enrolment=run, step=run.next_step, outcome=verdict.outcome, reason=verdict.reason, at=now)
        for run, verdict in verdicts
        if not (verdict.again_at and run.waits_for == verdict.reason)
    ]
    for run, verdict in verdicts:
        _go_on(run, FLOWS.get(run.flow, _GONE), verdict, settings, now)
    Decision.objects.bulk_create(decisions)
    fields = ["state", "ended_by", "next_step", "basis", "arm", "arm_at", *PLAN]
    Enrolment.objects.bulk_update([run for run, _ in verdicts], fields)


def _go_on(run: Enrolment, flow: Flow, verdict: Verdict, settings: Settings, now: datetime) -> None:
    """Put a run where its verdict leads: this step again later, the next step, or the end."""
    run.basis = verdict.basis or run.basis
    run.planned_at = verdict.planned_at or run.planned_at
    run.leased_until = None
    if verdict.again_at:
        run.due_at, run.waits_for = verdict.again_at, verdict.reason
        return
    said = verdict.outcome in _SAID
    if said and not run.arm:
        sent = verdict.outcome == Decision.Outcome.SENT
        run.arm, run.arm_at = Enrolment.Arm.TREATED if sent else Enrolment.Arm.HOLDOUT, now
    if not verdict.ends:
        run.next_step += 1
    if verdict.ends or run.next_step >= len(flow.steps):
        run.state, run.ended_by = Enrolment.State.FINISHED, verdict.reason
    else:
        plan(run, due(flow, settings, run.next_step, run.basis, now if said else None))
