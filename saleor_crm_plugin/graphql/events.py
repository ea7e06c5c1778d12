"""What happened with a customer, newest first: orders, carts, mails, consent, segments, points in one list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection

from .connections import Window


class EventType(StrEnum):
    """Kinds of events."""

    ORDER = "order"
    RETURN = "return"
    CART = "cart"
    MAIL = "mail"
    CONSENT = "consent"
    SEGMENT = "segment"
    POINTS = "points"
    STOCK = "stock"


@dataclass(frozen=True)
class Event:
    """One thing that happened. What does not belong to its type is None.

    ``name`` is which of its kind: an order's state ("paid"), a mail's template ("abandoned_cart_1"), a segment
    ("Champions"), where consent was said ("checkout"), how points moved ("accrue"), what became of a request to be told
    of a variant ("asked"). ``key`` is unique among all events
    of all customers.
    """

    at: datetime
    key: str
    type: EventType
    name: str | None
    object_id: str | None  # the order's, also of a return; the cart's; that of the variant that is waited for
    amount: Decimal | None  # gross, less refunds
    currency: str | None
    points: int | None
    granted: bool | None  # of consent


# Everything about one contact: each part reads by its table's index on the contact. The lists of one person are short,
# so that sorting them costs less than keeping one list more up to date.
_EVENTS = """
SELECT placed_at AS at, 'order:' || order_id AS key, 'order' AS type,
       CASE WHEN NOT counts THEN 'refunded' WHEN paid THEN 'paid' ELSE 'open' END AS name, order_id::text AS object_id,
       kept AS amount, currency, NULL::int AS points, NULL::bool AS granted
FROM crm_purchase WHERE contact_id = %(contact)s AND real
UNION ALL
SELECT at, 'return:' || source, 'return', NULL, order_id, NULL, NULL, NULL, NULL
FROM crm_interaction WHERE contact_id = %(contact)s AND kind = 'return'
UNION ALL
SELECT changed_at, 'cart:' || id, 'cart', NULL, id::text, total, currency, NULL, NULL
FROM crm_cart WHERE contact_id = %(contact)s AND status IN ('open', 'gone') AND lines <> '[]'
UNION ALL
SELECT sent_at, 'mail:' || id, 'mail', template, NULL, NULL, NULL, NULL, NULL
FROM crm_message WHERE contact_id = %(contact)s AND state = 'sent'
UNION ALL
SELECT at, 'consent:' || id, 'consent', source, NULL, NULL, NULL, NULL, granted
FROM crm_consent_record WHERE contact_id = %(contact)s
UNION ALL
SELECT entered_at, 'segment:' || id, 'segment', segment, NULL, NULL, NULLIF(currency, ''), NULL, NULL
FROM crm_membership WHERE contact_id = %(contact)s
UNION ALL
SELECT entry.at, 'points:' || entry.id, 'points', entry.kind, NULL, NULL, NULL, entry.points, NULL
FROM crm_loyalty_entry entry JOIN crm_loyalty_lot lot ON lot.id = entry.lot_id WHERE lot.contact_id = %(contact)s
UNION ALL
SELECT event.at, 'stock:' || interest.id || ':' || event.name, 'stock', event.name, interest.variant_id, NULL, NULL,
    NULL, NULL
FROM crm_stock_interest interest, LATERAL (
    VALUES (asked_at, 'asked'), (told_at, 'told'),
        (CASE WHEN state IN ('cancelled', 'expired') THEN ended_at END, state)
) event (at, name)
WHERE interest.contact_id = %(contact)s AND interest.kind = 'request' AND event.at IS NOT NULL
"""
_PAGE = f"""
SELECT * FROM ({_EVENTS}) event
WHERE %(at)s::timestamptz IS NULL OR (at, key COLLATE "C") < (%(at)s, %(key)s)
ORDER BY at DESC, key COLLATE "C" DESC
LIMIT %(limit)s
"""  # noqa: S608 - a constant
_COUNT = f"SELECT count(*) FROM ({_EVENTS}) event"  # noqa: S608 - a constant


def events(contact_id: int, wanted: Window[tuple[datetime, str]]) -> list[Event]:
    """The events of a window and, where there is one, the next. One query."""
    at, key = wanted.after or (None, None)
    rows = _rows(_PAGE, {"contact": contact_id, "at": at, "key": key, "limit": wanted.first + 1})
    return [Event(at, key, EventType(kind), *rest) for at, key, kind, *rest in rows]


def count(contact_id: int) -> int:
    """How many events there are. One query."""
    ((number,),) = _rows(_COUNT, {"contact": contact_id})
    return int(number)


def _rows(sql: str, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
