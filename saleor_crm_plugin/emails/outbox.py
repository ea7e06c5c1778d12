"""The outbox: mails between the decision and the mail server's answer.

A worker reserves a batch (a lease: if the worker dies, the others take the mails over) and marks each mail
*sending*, durably, just before the mail server is told of it. A mail that is found *sending* long after was cut
off in between: nobody knows whether it left, so it is held for a person to look at.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.db.models import Count, F

from .models import Message

State = Message.State
LEASE = timedelta(minutes=3)
LOST_AFTER = timedelta(minutes=10)  # longer than all timeouts of one SMTP dialogue together
ATTEMPTS = 8

# The oldest due mails that nobody has reserved. Served by the partial index crm_message_due.
RESERVE = """
UPDATE crm_message SET reserved_by = %(worker)s, reserved_until = %(until)s
WHERE id IN (
    SELECT id FROM crm_message
    WHERE state = 'queued' AND next_attempt_at <= %(now)s AND (reserved_until IS NULL OR reserved_until <= %(now)s)
    ORDER BY next_attempt_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING *
"""


def said(subject_ids: Collection[str]) -> set[tuple[str, str, int]]:
    """Which steps about these subjects have their mail already: (flow, subject id, step). One query."""
    return set(Message.objects.filter(subject_id__in=subject_ids).values_list("flow", "subject_id", "step"))


def reserve(now: datetime, limit: int) -> tuple[UUID, list[Message]]:
    """Reserve up to ``limit`` due mails for ``LEASE``. Returns the name they are reserved under, and the mails."""
    worker = uuid4()
    found = Message.objects.raw(RESERVE, {"worker": worker, "now": now, "until": now + LEASE, "limit": limit})
    return worker, sorted(found, key=lambda message: (message.next_attempt_at, message.pk))


def release(worker: UUID) -> None:
    """Give back what is still reserved and was not tried."""
    Message.objects.filter(reserved_by=worker, state=State.QUEUED).update(reserved_by=None, reserved_until=None)


def begin(message: Message, worker: UUID, now: datetime) -> bool:
    """Mark a reserved mail *sending*. False if it is no longer ours (the lease ran out, or it was withdrawn)."""
    return bool(
        Message.objects.filter(pk=message.pk, state=State.QUEUED, reserved_by=worker, reserved_until__gt=now).update(
            state=State.SENDING, sending_at=now, attempts=F("attempts") + 1
        )
    )


def sent(message: Message, now: datetime) -> None:
    """The mail server took it."""
    _leave(message, state=State.SENT, sent_at=now, error="")


def refused(message: Message, error: str) -> None:
    """The mail server, or our own rendering, refused it for good."""
    _leave(message, state=State.FAILED, error=error)


def hold(message: Message, error: str) -> None:
    """Nobody knows whether it left, or what it would say: a person has to look."""
    _leave(message, state=State.HELD, error=error)


def postpone(message: Message, error: str, now: datetime) -> None:
    """The mail server did not take it just now: again later, and after ``ATTEMPTS`` not any more."""
    attempts = message.attempts + 1
    if attempts >= ATTEMPTS:
        _leave(message, state=State.FAILED, error=error)
    else:
        wait = min(timedelta(minutes=2**message.attempts), timedelta(hours=2))
        _leave(message, state=State.QUEUED, error=error, next_attempt_at=now + wait, sending_at=None)


def hold_lost(now: datetime) -> int:
    """Hold the mails whose worker died between *sending* and the answer. Returns how many."""
    return Message.objects.filter(state=State.SENDING, sending_at__lte=now - LOST_AFTER).update(
        state=State.HELD, error="The worker stopped while the mail was handed over; it may have been sent.",
        reserved_by=None, reserved_until=None,
    )  # fmt: skip


def count() -> dict[str, int]:
    """How many mails are in each state."""
    return dict(Message.objects.values_list("state").annotate(count=Count("pk")).order_by("state"))


def _leave(message: Message, **values: object) -> None:
    Message.objects.filter(pk=message.pk, state__in=[State.SENDING, State.QUEUED]).update(
        reserved_by=None, reserved_until=None, **values
    )
