"""What people looked at and searched for, as storefronts tell it: written many at once, each once, within limits."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, connection

from . import budget
from .interactions import NoRoomError, lacks_a_month
from .models import View

TABLE = "crm_view"
# An event may come so late, and the same event told again within this time is known.
LATEST = timedelta(days=1)
# So many events of the last day may one visitor have: nobody looks at more, a broken storefront may say so.
MOST_OF_A_VISITOR = 2_000

# Views are soft facts: losing those of the last moment when the database crashes costs less than waiting for the disk.
_IN_A_HURRY = "SET LOCAL synchronous_commit = off"

# How many events of the last day somebody has. Served by the key, and by crm_view_contact.
_OF_VISITOR = "SELECT count(*) FROM crm_view WHERE visitor_id = %(visitor)s AND at >= %(since)s"
_OF_CONTACT = "SELECT count(*) FROM crm_view WHERE contact_id = %(contact)s AND visitor_id = '' AND at >= %(since)s"

# All events of one request. Those that are there already stay as they are: the key knows an event at one moment only,
# so that one without a moment of its own is looked for in the last day. Served by the key, in one or two months.
_INSERT = """
INSERT INTO crm_view (visitor_id, event_id, at, kind, contact_id, product_id, variant_id, category_id, query)
SELECT %(visitor)s, event_id, at, kind, %(contact)s::bigint, product_id, variant_id, category_id, query
FROM unnest(
    %(ids)s::text[], %(moments)s::timestamptz[], %(kinds)s::text[], %(products)s::text[], %(variants)s::text[],
    %(categories)s::text[], %(queries)s::text[]
) AS told (event_id, at, kind, product_id, variant_id, category_id, query)
WHERE NOT EXISTS (
    SELECT FROM crm_view there
    WHERE there.visitor_id = %(visitor)s AND there.event_id = told.event_id AND there.at >= %(since)s
)
ORDER BY at
ON CONFLICT DO NOTHING
"""

# What visitors did before it was known who they are becomes their contact's. Served by the key.
_JOIN = """
UPDATE crm_view one SET contact_id = visitor.contact_id
FROM crm_visitor visitor
WHERE visitor.visitor_id = ANY(%(visitors)s::text[]) AND one.visitor_id = visitor.visitor_id AND one.contact_id IS NULL
"""


@dataclass(frozen=True)
class Seen:
    """One event. ``id`` is the storefront's; ids of the shop as its port spells them, None where not told."""

    id: str
    kind: View.Kind
    at: datetime
    product_id: str | None
    variant_id: str | None
    category_id: str | None
    query: str


class TooMuchError(Exception):
    """More events than one visitor, or the whole shop, may tell. The message says which."""


def record(
    seen: Sequence[Seen], visitor_id: str, contact_id: int | None, scope: str, a_minute: int, now: datetime
) -> int:
    """Store what one visitor or contact did. Returns how many of the events were new.

    ``scope`` goes before the names of events that come without a visitor id. ``a_minute`` is how many the whole shop
    may tell in a minute. In a transaction in which nobody else writes of this visitor. Four statements. Raises
    TooMuchError, and NoRoomError where the month is missing.
    """
    since = now - LATEST
    who = {"visitor": visitor_id, "contact": contact_id, "since": since}
    with connection.cursor() as cursor:
        cursor.execute(_IN_A_HURRY)
        cursor.execute(_OF_VISITOR if visitor_id else _OF_CONTACT, who)
        ((before,),) = cursor.fetchall()
        if before + len(seen) > MOST_OF_A_VISITOR:
            raise TooMuchError(f"One visitor may tell {MOST_OF_A_VISITOR} events a day.")
        if not budget.spend_of_shop("views", visitor_id or scope, len(seen), a_minute, now):
            raise TooMuchError("The shop takes no more events in this minute. Try again later.")
        try:
            cursor.execute(_INSERT, {**who, **_columns(seen, scope)})
        except IntegrityError as error:
            if not lacks_a_month(error):
                raise
            raise NoRoomError(one.at for one in seen) from error
        return int(cursor.rowcount)


def join(visitor_ids: Collection[str]) -> None:
    """Give what these visitors did to the contacts that they turned out to be. One statement."""
    if visitor_ids:
        with connection.cursor() as cursor:
            cursor.execute(_JOIN, {"visitors": list(visitor_ids)})


def _columns(seen: Sequence[Seen], scope: str) -> dict[str, list[Any]]:
    return {
        "ids": [scope + one.id for one in seen],
        "moments": [one.at for one in seen],
        "kinds": [str(one.kind) for one in seen],
        "products": [one.product_id for one in seen],
        "variants": [one.variant_id for one in seen],
        "categories": [one.category_id for one in seen],
        "queries": [one.query for one in seen],
    }
