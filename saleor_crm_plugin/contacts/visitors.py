"""Visitor ids: a storefront's own names for people whom nobody knows yet, and whose they turned out to be.

The first whom an id turns out to be keeps it. Somebody else at the same computer has an own account's views counted as
such all the same, and a stranger who claims an id can't take it away from anybody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from . import locks

_SUBJECT = "saleor_crm_visitor"

# Who has this account, and whose this visitor id is. They are not deleted before the transaction ends. Served by the
# unique key of accounts and by the keys.
_KNOWN = """
SELECT contact.id, contact.user_id,
    contact.id = (SELECT contact_id FROM crm_visitor WHERE visitor_id = %(visitor)s)
FROM crm_contact contact
WHERE contact.user_id = %(user)s
    OR contact.id = (SELECT contact_id FROM crm_visitor WHERE visitor_id = %(visitor)s)
FOR KEY SHARE
"""

# Ids that are somebody else's stay so.
_BIND = """
INSERT INTO crm_visitor (visitor_id, contact_id, seen_at)
SELECT visitor_id, contact_id, %(now)s
FROM unnest(%(visitors)s::text[], %(contacts)s::bigint[]) AS met (visitor_id, contact_id)
ORDER BY visitor_id
ON CONFLICT (visitor_id) DO UPDATE SET seen_at = excluded.seen_at
    WHERE crm_visitor.contact_id = excluded.contact_id
"""


@dataclass(frozen=True)
class Known:
    """The contacts of an account and of a visitor id, None where nobody is known."""

    of_user: int | None
    of_visitor: int | None


def hold(names: Iterable[str]) -> None:
    """Keep others from telling of these visitors until the transaction ends. One query.

    After people are held and before any contact is locked: who tells of a visitor goes from the one to the other.
    """
    locks.hold(_SUBJECT, names)


def known(visitor_id: str, user_id: str) -> Known:
    """Who they are ("" names nobody). One query. In a transaction, until whose end they stay."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"visitor": visitor_id, "user": user_id})
        rows = cursor.fetchall()
    return Known(
        of_user=next((key for key, user, _ in rows if user_id and user == user_id), None),
        of_visitor=next((key for key, _, his in rows if his), None),
    )


def bind(owners: Mapping[str, int], now: datetime) -> None:
    """Note whose visitor ids turned out to be: id to contact number. One query. The ids have to be held."""
    with connection.cursor() as cursor:
        cursor.execute(_BIND, {"visitors": list(owners), "contacts": list(owners.values()), "now": now})
