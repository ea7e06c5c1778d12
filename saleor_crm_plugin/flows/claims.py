"""Whose runs are whose: due ones are leased, locked for the decision, and given back. Nothing here waits for a lock."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ..contacts.models import Contact
from .models import Enrolment

LEASE = timedelta(minutes=5)

# Flows that rest (pauses.py) are left alone: asked when steps are claimed and again when they are locked.
_RESTS = "flow NOT IN (SELECT flow FROM crm_flow_pause)"
# What can be claimed now. Newsletters are claimed by themselves (``campaigns/send.py``), so that no cart waits for one.
_FREE = f"""
state = 'waiting' AND campaign_id IS NULL AND due_at <= %(now)s AND (leased_until IS NULL OR leased_until <= %(now)s)
AND {_RESTS}
"""
# The oldest due steps, leased to this worker while it looks things up: another takes others. With them comes all that
# is due to the same people, so that it is one mail where it can be, and the more important one where it can't.
# Served by the partial index crm_enrolment_due, and by the index on the contact: its cost grows with what is due, not
# with what exists.
OLDEST = f"""
WITH oldest AS MATERIALIZED (
    SELECT id, contact_id FROM crm_enrolment WHERE {_FREE}
    ORDER BY due_at, id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
), theirs AS MATERIALIZED (
    SELECT due.id FROM (SELECT DISTINCT contact_id FROM oldest WHERE contact_id IS NOT NULL) person
    CROSS JOIN LATERAL (
        SELECT id FROM crm_enrolment WHERE contact_id = person.contact_id AND {_FREE}
        OFFSET 0 FOR NO KEY UPDATE SKIP LOCKED
    ) due
)
UPDATE crm_enrolment SET leased_until = %(until)s
WHERE id IN (SELECT id FROM oldest UNION SELECT id FROM theirs)
RETURNING *
"""  # noqa: S608 - of constants
# Who has something due that is not among these runs: another worker has it.
_TORN = f"""
SELECT DISTINCT contact_id FROM crm_enrolment
WHERE contact_id = ANY(%(contacts)s) AND state = 'waiting' AND campaign_id IS NULL AND due_at <= %(now)s
    AND id <> ALL(%(runs)s) AND {_RESTS}
"""  # noqa: S608 - of constants

# The leased rows and their contacts, locked for the decision. A row that was planned anew meanwhile is not ours
# any more. Contacts that another worker holds are left to it: two mails to one person are decided one after the other.
_LOCK = f"""
SELECT * FROM crm_enrolment WHERE id = ANY(%s) AND state = 'waiting' AND leased_until = %s AND {_RESTS}
ORDER BY subject_id FOR NO KEY UPDATE SKIP LOCKED
"""  # noqa: S608 - of constants
# Rows that somebody else is just changing are left to their lease: nothing here waits while it holds others.
_RELEASE = """
UPDATE crm_enrolment SET leased_until = NULL
WHERE id IN (
    SELECT id FROM crm_enrolment WHERE id = ANY(%s) AND leased_until = %s ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
)
"""
_LOCK_CONTACTS = "SELECT * FROM crm_contact WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"


def take(statement: str, values: Mapping[str, Any], now: datetime) -> tuple[datetime, list[Enrolment]]:
    """Lease the runs that a statement claims: it sets ``leased_until`` to ``until``, as of ``now``, and returns them.

    Returns until when they are leased, and the runs, those that are due for longest first.
    """
    until = now + LEASE
    found = Enrolment.objects.raw(statement, {**values, "now": now, "until": until})
    return until, sorted(found, key=lambda run: (run.due_at, run.pk))


def lock(runs: Sequence[Enrolment], until: datetime) -> list[Enrolment]:
    """Those of the leased runs that are still ours, read afresh and locked."""
    return list(Enrolment.objects.raw(_LOCK, [[run.pk for run in runs], until]))


def lock_contacts(runs: Sequence[Enrolment]) -> dict[int, Contact]:
    """The contacts of these runs that nobody else holds, locked."""
    found = Contact.objects.raw(_LOCK_CONTACTS, [[run.contact_id for run in runs if run.contact_id]])
    return {contact.pk: contact for contact in found}


def torn(runs: Sequence[Enrolment], now: datetime) -> set[int]:
    """Contacts whose due runs are not all here. Newsletters are nobody's companions."""
    contacts = [run.contact_id for run in runs if run.campaign_id is None]
    if not contacts:
        return set()
    asked: dict[str, Any] = {"contacts": contacts, "runs": [run.pk for run in runs], "now": now}
    with connection.cursor() as cursor:
        cursor.execute(_TORN, asked)
        return {contact for (contact,) in cursor.fetchall()}


def release(runs: Sequence[Enrolment], until: datetime) -> None:
    """Give leased runs back."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, [[run.pk for run in runs], until])
