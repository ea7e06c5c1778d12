"""One worker at a time for each person, or for whatever else has a name."""

from collections.abc import Iterable

from django.db import connection

# Taken before any row is read or locked, always in the same order, so that two workers which meet the same
# names wait for each other and can't deadlock.
_HOLD = """
SELECT count(pg_advisory_xact_lock(hashtext(%(subject)s), key))
FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest(%(names)s::text[]) name ORDER BY 1) keys
"""


def hold(subject: str, names: Iterable[str]) -> None:
    """Keep other workers from these names of a subject until the transaction ends. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"subject": subject, "names": list(names)})


def hold_people(emails: Iterable[str | None], user_ids: Iterable[str | None]) -> None:
    """Keep other workers from making, merging or erasing these people until the transaction ends. One query."""
    names = [f"email:{email}" for email in emails if email] + [f"user:{user_id}" for user_id in user_ids if user_id]
    hold("saleor_crm_person", names)
