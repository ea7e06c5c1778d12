"""Orders become facts, one by an event or thousands by the backfill: what both do after they know whose each is."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection

from ..activity import purchases
from ..contacts import changes
from ..shop.port import Shop

# Language is what a person's newest order speaks: told by orders that are new to us, and to whoever has none yet.
# Served by crm_purchase_contact.
_TELL_LANGUAGE = """
UPDATE crm_contact contact SET language = purchase.language
FROM crm_purchase purchase
WHERE purchase.order_id = ANY(%(orders)s::text[]) AND contact.id = purchase.contact_id
    AND purchase.language NOT IN ('', contact.language)
    AND (contact.language = '' OR purchase.order_id = ANY(%(new)s::text[]))
    AND NOT EXISTS (
        SELECT FROM crm_purchase later
        WHERE later.contact_id = purchase.contact_id
            AND (later.placed_at, later.order_id) > (purchase.placed_at, purchase.order_id)
    )
"""


def store(shop: Shop, owners: Mapping[str, int | None], now: datetime) -> Collection[str]:
    """Store orders as the shop has them now; ``owners`` are their contacts. Returns the orders that are new to us."""
    done = purchases.record(shop.order_facts(), owners, now)
    changes.note(sorted(done.contacts))
    return done.orders


def tell_language(orders: Collection[str], new: Collection[str]) -> None:
    """Note what people's newest purchases speak. ``new`` are those that we had not."""
    with connection.cursor() as cursor:
        cursor.execute(_TELL_LANGUAGE, {"orders": list(orders), "new": list(new)})
