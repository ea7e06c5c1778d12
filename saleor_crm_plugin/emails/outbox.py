"""The outbox: mails between the decision and the mail server's answer.

A worker reserves a batch (a lease: if the worker dies, the others take the mails over) and marks mails *sending*,
durably, a few at a time, just before the mail server is told of them. A mail that is found *sending* long after was
cut off in between: nobody knows whether it left, so it is held for a person to look at.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F

from ..among import Among
from .models import Message

State = Message.State
LEASE = timedelta(minutes=3)
# Longer than a mail waits for its turn (``lanes.STALE``) and all timeouts of one SMTP dialogue together, with a second
# connection.
LOST_AFTER = timedelta(minutes=20)
ATTEMPTS = 8
BULK_ONE_IN = 10  # mails, however many others are due
SOONEST_LOOK, LATEST_LOOK = timedelta(minutes=1), timedelta(minutes=30)

# The oldest due mails that nobody has reserved, but those of flows that rest: first those that answer a person, who may
# wait for them, then bulk mails. These get their share however much else is due, so that they get through. Served by
# the partial index crm_message_next.
RESERVE = """
WITH answers AS MATERIALIZED (
    SELECT id FROM crm_message
    WHERE state = 'queued' AND NOT bulk AND next_attempt_at <= %(now)s
        AND (reserved_until IS NULL OR reserved_until <= %(now)s)
        AND flow <> ALL(%(resting)s) AND expires_at <= %(expired_by)s
    ORDER BY next_attempt_at, id LIMIT %(limit)s - %(limit)s / %(one_in)s FOR UPDATE SKIP LOCKED
), bulk AS MATERIALIZED (
    SELECT id FROM crm_message
    WHERE state = 'queued' AND bulk AND next_attempt_at <= %(now)s
        AND (reserved_until IS NULL OR reserved_until <= %(now)s)
        AND flow <> ALL(%(resting)s) AND expires_at <= %(expired_by)s
    ORDER BY next_attempt_at, id LIMIT %(limit)s - (SELECT count(*) FROM answers) FOR UPDATE SKIP LOCKED
)
UPDATE crm_message SET reserved_by = %(worker)s, reserved_until = %(until)s
WHERE id IN (SELECT id FROM answers UNION ALL SELECT id FROM bulk)
RETURNING *
"""
# Many at once, because each statement waits for the disk.
BEGIN = """
UPDATE crm_message SET state = 'sending', sending_at = %(now)s, attempts = attempts + 1
WHERE id = ANY(%(ids)s) AND state = 'queued' AND reserved_by = %(worker)s AND reserved_until > %(now)s
RETURNING id
"""
SENT = """
UPDATE crm_message SET state = 'sent', sent_at = %(now)s, error = '', reserved_by = NULL, reserved_until = NULL
WHERE id = ANY(%(ids)s) AND state IN ('sending', 'held')
"""
# Again after as long as it has waited already, within bounds. That is no attempt.
SET_ASIDE = """
UPDATE crm_message AS message SET state = 'queued', error = aside.words, sending_at = NULL,
    attempts = CASE WHEN state = 'sending' THEN attempts - 1 ELSE attempts END,
    next_attempt_at = %(now)s + greatest(least(%(now)s - created_at, %(latest)s), %(soonest)s),
    reserved_by = NULL, reserved_until = NULL
FROM unnest(%(ids)s::uuid[], %(words)s::text[]) AS aside (id, words)
WHERE message.id = aside.id AND reserved_by = %(worker)s AND state IN ('queued', 'sending')
"""
_AT_ANY_TIME = datetime.max.replace(tzinfo=UTC)


def said(runs: Collection[tuple[str, str]]) -> set[tuple[str, str, int]]:
    """Which steps of these runs (flow, subject id) have their mail already: (flow, subject id, step). One query, served
    by crm_message_once."""
    subjects = Among("subject_id", {subject for _, subject in runs})
    there = Message.objects.filter(subjects, flow__in={flow for flow, _ in runs})
    return set(there.values_list("flow", "subject_id", "step"))


def reserve(
    worker: UUID, now: datetime, limit: int, resting: Collection[str] = (), expired: bool = False
) -> list[Message]:
    """Reserve up to ``limit`` due mails for ``LEASE`` under a worker's name, none of the flows that rest; only expired
    ones, where that is asked. In the order in which they are to leave."""
    asked = {
        "worker": worker,
        "now": now,
        "until": now + LEASE,
        "limit": limit,
        "resting": list(resting),
        "expired_by": now if expired else _AT_ANY_TIME,
        "one_in": BULK_ONE_IN,
    }
    found = sorted(Message.objects.raw(RESERVE, asked), key=lambda message: (message.next_attempt_at, message.pk))
    bulk, answers = [one for one in found if one.bulk], [one for one in found if not one.bulk]
    return _shared(answers, bulk)


def release(worker: UUID) -> None:
    """Give back what is still reserved and was not tried."""
    Message.objects.filter(reserved_by=worker, state=State.QUEUED).update(reserved_by=None, reserved_until=None)


def begin(ids: Collection[UUID], worker: UUID, now: datetime) -> set[UUID]:
    """Mark reserved mails *sending*. Those that are still ours: a lease may have run out, a mail be withdrawn."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, {"ids": list(ids), "worker": worker, "now": now})
        return {pk for (pk,) in cursor.fetchall()}


def put_back(ids: Collection[UUID]) -> None:
    """Mails that were marked *sending*, and of which the mail server heard nothing."""
    if ids:
        Message.objects.filter(Among("pk", ids), state=State.SENDING).update(
            state=State.QUEUED, attempts=F("attempts") - 1, sending_at=None, reserved_by=None, reserved_until=None
        )


def sent(ids: Collection[UUID], now: datetime) -> None:
    """The mail server took them, even if it said so after they were held as lost."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(SENT, {"ids": list(ids), "now": now})


def refused(message: Message, error: str) -> None:
    """The mail server, or our own rendering, refused it for good."""
    _leave(message, state=State.FAILED, error=error)


def hold(message: Message, error: str) -> None:
    """Nobody knows whether it left, or it could not be made at all (``Message.unmade``): a person has to look."""
    _leave(message, state=State.HELD, error=error)


def postpone(message: Message, error: str, now: datetime) -> None:
    """The mail server did not take it just now: again later, and after ``ATTEMPTS`` not any more."""
    attempts = message.attempts + 1
    if attempts >= ATTEMPTS:
        _leave(message, state=State.FAILED, error=error)
    else:
        wait = min(timedelta(minutes=2**message.attempts), timedelta(hours=2))
        _leave(message, state=State.QUEUED, error=error, next_attempt_at=now + wait, sending_at=None)


def put_off(message: Message, error: str, now: datetime) -> None:
    """It could not be looked at: again after as long as it has waited already, until it is too old. That is no attempt,
    for the shop may be out of order."""
    if now >= message.expires_at:
        _leave(message, state=State.FAILED, error=error)
    else:
        wait = min(max(now - message.created_at, SOONEST_LOOK), LATEST_LOOK)
        _leave(message, state=State.QUEUED, error=error, next_attempt_at=now + wait)


def set_aside(mails: Mapping[UUID, str], worker: UUID, now: datetime) -> None:
    """Mails of a worker whose sender the mail server refuses, with its words: again later, until they are too old."""
    asked: dict[str, Any] = {
        "ids": list(mails),
        "words": list(mails.values()),
        "worker": worker,
        "now": now,
        "soonest": SOONEST_LOOK,
        "latest": LATEST_LOOK,
    }
    if mails:
        with connection.cursor() as cursor:
            cursor.execute(SET_ASIDE, asked)


def hold_lost(now: datetime) -> int:
    """Hold the mails whose worker died between *sending* and the answer. Returns how many."""
    return Message.objects.filter(state=State.SENDING, sending_at__lte=now - LOST_AFTER).update(
        state=State.HELD, error="The worker stopped while the mail was handed over; it may have been sent.",
        reserved_by=None, reserved_until=None,
    )  # fmt: skip


def count() -> dict[str, int]:
    """How many mails are in each state."""
    return dict(Message.objects.values_list("state").annotate(count=Count("pk")).order_by("state"))


def _shared(answers: Sequence[Message], bulk: Sequence[Message]) -> list[Message]:
    """Answers first, but every so many a bulk mail: a slow mail server may not get to the end of them."""
    row, rest = [], list(reversed(bulk))
    for message in answers:
        row.append(message)
        if rest and len(row) % BULK_ONE_IN == BULK_ONE_IN - 1:
            row.append(rest.pop())
    return row + rest[::-1]


def _leave(message: Message, **values: object) -> None:
    """Store what became of a mail, unless the lease ran out and another worker has it by now."""
    ours = Message.objects.filter(pk=message.pk, reserved_by=message.reserved_by)
    ours.filter(state__in=[State.SENDING, State.QUEUED]).update(reserved_by=None, reserved_until=None, **values)
