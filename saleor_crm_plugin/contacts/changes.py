"""Which contacts' facts changed since somebody last looked: what is computed from them costs what changed."""

from collections.abc import Iterable

from django.db import connection

_NOTE = "INSERT INTO crm_contact_change (contact_id) SELECT DISTINCT unnest(%s::bigint[])"


def note(contact_ids: Iterable[int | None]) -> None:
    """Say that facts about these contacts changed. One statement, in the caller's transaction."""
    ids = [contact_id for contact_id in contact_ids if contact_id is not None]
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [ids])
