"""Whose codes they are. Their rows are held before any tier's: codes name them, and whoever merges or erases people
holds them too, before whatever he does next."""

from collections.abc import Collection

from django.db import connection

# As what names a contact does anyway, but all at once, and first.
_HOLD = "SELECT id FROM crm_contact WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


def hold(contact_ids: Collection[int]) -> set[int]:
    """Let nobody merge or erase these contacts until the transaction ends. Returns those that are there."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [list(contact_ids)])
        return {contact_id for (contact_id,) in cursor.fetchall()}
