"""One worker at a time for each person, or for whatever else has a name; and one for all, when much is written."""

from collections.abc import Iterable

from django.db import connection

# Taken before any row is read or locked, always in the same order, so that two workers which meet the same
# names wait for each other and can't deadlock.
_HOLD = """
SELECT count(pg_advisory_xact_lock(hashtext(%(subject)s), key))
FROM (SELECT DISTINCT hashtext(name) AS key FROM unnest(%(names)s::text[]) name ORDER BY 1) keys
"""

# Taken before every other lock. Whoever has it already gets it again at once.
_SHARE = "SELECT pg_advisory_xact_lock_shared(hashtext('saleor_crm_facts'), 0)"
_ALONE = "SELECT pg_advisory_xact_lock(hashtext('saleor_crm_facts'), 0)"


def hold(subject: str, names: Iterable[str]) -> None:
    """Keep other workers from these names of a subject until the transaction ends. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, {"subject": subject, "names": list(names)})


def hold_people(emails: Iterable[str | None], user_ids: Iterable[str | None]) -> None:
    """Keep other workers from making, merging or erasing these people until the transaction ends. Two queries."""
    share()
    names = [f"email:{email}" for email in emails if email] + [f"user:{user_id}" for user_id in user_ids if user_id]
    hold("saleor_crm_person", names)


def share() -> None:
    """Say, before the shop is read, that facts or people will be written: until the transaction ends nobody is
    ``alone``. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SHARE)


def alone() -> None:
    """Keep everybody else from writing facts and people until the transaction ends, whoever they are. One query.

    For statements that write of thousands of people at once, to which the locks of single ones would be too many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ALONE)
