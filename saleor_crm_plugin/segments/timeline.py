"""What happened with one customer, the newest first: orders, carts, and segments that were entered."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import connection


@dataclass(frozen=True)
class Entry:
    """One thing that happened. ``kind`` is "order", "cart" or "membership"; ``key`` is its id there.

    ``text`` is an order's state ("paid", "open", "refunded", "cancelled"), a cart's status, or ``kind:segment`` of a
    membership. ``amount`` is in ``currency``: what was kept of an order, a cart's total, None for a membership.
    """

    at: datetime
    kind: str
    key: str
    text: str
    amount: Decimal | None
    currency: str


# Each part by an index that begins with the contact, and no more of it than is asked for. A page goes on below the
# last entry of the one before: moments, kinds and keys together are unique.
_PAGE = """
SELECT * FROM (
    (SELECT placed_at AS at, 'order' AS kind, order_id AS key,
        CASE WHEN NOT real THEN 'cancelled' WHEN NOT counts THEN 'refunded' WHEN paid THEN 'paid' ELSE 'open' END
        AS text, kept AS amount, currency
    FROM crm_purchase WHERE contact_id = %(contact)s
    AND (%(at)s::timestamptz IS NULL OR (placed_at, 'order', order_id) < (%(at)s, %(kind)s, %(key)s))
    ORDER BY placed_at DESC, order_id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT created_at, 'cart', id, status, total, currency
    FROM crm_cart WHERE contact_id = %(contact)s
    AND (%(at)s::timestamptz IS NULL OR (created_at, 'cart', id) < (%(at)s, %(kind)s, %(key)s))
    ORDER BY created_at DESC, id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT entered_at, 'membership', lpad(id::text, 20, '0'), kind || ':' || segment, NULL, currency
    FROM crm_membership WHERE contact_id = %(contact)s
    AND (%(at)s::timestamptz IS NULL
        OR (entered_at, 'membership', lpad(id::text, 20, '0')) < (%(at)s, %(kind)s, %(key)s))
    ORDER BY entered_at DESC, id DESC LIMIT %(limit)s)
) happened ORDER BY at DESC, kind DESC, key DESC LIMIT %(limit)s
"""


def timeline(contact_id: int, after: Entry | None = None, limit: int = 50) -> list[Entry]:
    """Up to ``limit`` entries, the newest first, after (older than) the last one of a page before. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PAGE,
            {
                "contact": contact_id,
                "at": after.at if after else None,
                "kind": after.kind if after else "",
                "key": after.key if after else "",
                "limit": limit,
            },
        )
        return [Entry(*row) for row in cursor.fetchall()]
