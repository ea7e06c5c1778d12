"""Who looked at what is sold out, more than once: weaker interest, of customers who agreed to mail."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from ...activity.stock import watch
from ...config import Settings
from ...contacts import locks
from ...shop.port import Shop
from ..catalogue import OUT_OF_STOCK
from ..pauses import takes_in
from ..places import last_place
from .enter import AGAIN_AFTER, not_there
from .queries import bought
from .subjects import LOOKED_BACK

TIMES = 2
MOST = 1_000

# Products that consenting contacts looked at more than once lately, the newest first; in the channel in which they last
# had a cart or bought. Nobody is shown something else for one product twice within ``again``, nor for what they have
# bought since they first looked. Served by crm_view_contact and the partition of the month.
_LOOKED_AT = f"""
SELECT looked.contact_id, looked.product_id, looked.variant_id, place.channel, place.language
FROM (
    SELECT view.contact_id, view.product_id, max(view.variant_id) AS variant_id, min(view.at) AS first_at
    FROM crm_view view JOIN crm_contact contact ON contact.id = view.contact_id AND contact.consented
    WHERE view.at > %(since)s AND view.kind = 'product_view'
    GROUP BY view.contact_id, view.product_id HAVING count(*) >= %(times)s
    ORDER BY max(view.at) DESC LIMIT %(most)s
) looked
CROSS JOIN LATERAL ({last_place("looked.contact_id")}) place
WHERE NOT EXISTS (
    SELECT FROM crm_stock_interest one
    WHERE one.contact_id = looked.contact_id AND one.channel = place.channel AND one.product_id = looked.product_id
        AND (one.asked_at > %(again)s OR one.state IN ('unconfirmed', 'waiting'))
) AND NOT {bought("looked.contact_id", "product_id", "looked.product_id", "looked.first_at")}
ORDER BY looked.contact_id
"""  # noqa: S608 - of constants
_INSERT = """
INSERT INTO crm_stock_interest (
    contact_id, variant_id, product_id, channel, kind, state, language, price, currency, drops, cart_id, asked_at,
    expires_at
)
SELECT looked.contact_id, watch.variant_id, watch.product_id, watch.channel, 'view', 'waiting', looked.language,
    watch.price, watch.currency, 0, '', %(now)s, %(expires_at)s::timestamptz
FROM unnest(%(contacts)s::bigint[], %(variants)s::text[], %(channels)s::text[], %(languages)s::text[])
    AS looked (contact_id, variant_id, channel, language)
JOIN crm_stock_watch watch USING (variant_id, channel)
JOIN crm_contact contact ON contact.id = looked.contact_id
WHERE watch.sold AND NOT watch.there
ORDER BY looked.contact_id
ON CONFLICT DO NOTHING
RETURNING id
"""


def viewed(shop: Shop, settings: Settings, now: datetime) -> int:
    """Find new interest of this kind and enrol it. Returns how much. Seven statements and some for each channel."""
    if not takes_in(OUT_OF_STOCK, settings):
        return 0
    looked = _rows(
        _LOOKED_AT,
        {"since": now - LOOKED_BACK, "again": now - AGAIN_AFTER, "times": TIMES, "most": MOST},
    )
    sold_out = _sold_out(shop, looked)
    if not sold_out:
        return 0
    with transaction.atomic():
        locks.hold("saleor_crm_stock", ["look"])
        facts = shop.stock_facts()
        watch.watch(facts, {(variant, channel) for _, variant, channel, _ in sold_out}, now)
        contacts, variants, channels, languages = (list(column) for column in zip(*sold_out, strict=True))
        found = [
            key
            for (key,) in _rows(
                _INSERT,
                {
                    "contacts": contacts,
                    "variants": variants,
                    "channels": channels,
                    "languages": languages,
                    "now": now,
                    "expires_at": now + settings.stock.kept,
                },
            )
        ]
        not_there(found, settings, now)
    return len(found)


def _sold_out(shop: Shop, looked: list[tuple[Any, ...]]) -> list[tuple[int, str, str, str]]:
    """(contact, variant, channel, language) of what is sold, but not there: the variant that was looked at, else the
    first of a product of which nothing is there."""
    variants_of = shop.variants_of(sorted({product for _, product, _, _, _ in looked}))
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for _, product, variant, channel, _ in looked:
        asked[channel] |= {variant} if variant else set(variants_of.get(product, ()))
    told = {channel: shop.availability(sorted(variants), channel) for channel, variants in asked.items()}
    found = []
    for contact, product, variant, channel, language in looked:
        of_interest = [variant] if variant else variants_of.get(product, [])
        sold = [one for one in of_interest if one in told[channel] and told[channel][one].sold]
        if sold and not any(told[channel][one].there for one in sold):
            found.append((contact, sold[0], channel, language))
    return found


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
