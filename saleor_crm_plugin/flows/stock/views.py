"""Who came back to look at what is sold out: weaker interest, of customers who agreed to mail."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

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
# Who looked for the first time so lately may look again.
LATELY = timedelta(minutes=15)

# Products that consenting contacts looked at more than once in a day, or just now for the first time, the newest first,
# with the variants that they looked at, the latest first; in the channel in which they last had a cart or bought.
# Nobody is shown something else for one product twice within ``again``, nor for what they have bought since they first
# looked. Served by crm_view_contact and the partition of the month.
_LOOKED_AT = f"""
SELECT looked.contact_id, looked.product_id, looked.variants, looked.last_at, place.channel, place.language
FROM (
    SELECT view.contact_id, view.product_id, array_agg(view.variant_id ORDER BY view.at DESC) AS variants,
        min(view.at) AS first_at, max(view.at) AS last_at
    FROM crm_view view JOIN crm_contact contact ON contact.id = view.contact_id AND contact.consented
    WHERE view.at > %(since)s AND view.kind = 'product_view'
    GROUP BY view.contact_id, view.product_id HAVING count(*) >= %(times)s OR max(view.at) > %(lately)s
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
# Who came back since it has been gone: who looked while it was there may have seen enough of it.
_INSERT = """
INSERT INTO crm_stock_interest (
    contact_id, variant_id, product_id, channel, kind, state, language, price, currency, drops, cart_id, asked_at,
    expires_at
)
SELECT looked.contact_id, watch.variant_id, watch.product_id, watch.channel, 'view', 'waiting', looked.language,
    watch.price, watch.currency, 0, '', %(now)s, %(expires_at)s::timestamptz
FROM unnest(%(contacts)s::bigint[], %(variants)s::text[], %(channels)s::text[], %(languages)s::text[],
    %(last)s::timestamptz[]) AS looked (contact_id, variant_id, channel, language, last_at)
JOIN crm_stock_watch watch USING (variant_id, channel)
JOIN crm_contact contact ON contact.id = looked.contact_id
WHERE watch.sold AND NOT watch.there AND looked.last_at > watch.ran_out_at
ORDER BY looked.contact_id
ON CONFLICT DO NOTHING
RETURNING id
"""


class _Look(NamedTuple):
    """A product that a contact looked at, in which variants (None: none in particular), the latest first."""

    contact: int
    product: str
    variants: Sequence[str | None]
    last_at: datetime
    channel: str
    language: str


def viewed(shop: Shop, settings: Settings, now: datetime) -> int:
    """Find new interest of this kind and enrol it. Returns how much. Seven statements and some for each channel.

    What is gone is watched from the first look on, so that it is known of the next one that there was nothing to see.
    """
    if not takes_in(OUT_OF_STOCK, settings):
        return 0
    looks = _rows(
        _LOOKED_AT,
        {
            "since": now - LOOKED_BACK,
            "again": now - AGAIN_AFTER,
            "lately": now - LATELY,
            "times": TIMES,
            "most": MOST,
        },
    )
    sold_out = _sold_out(shop, [_Look(*look) for look in looks])
    if not sold_out:
        return 0
    with transaction.atomic():
        locks.hold("saleor_crm_stock", ["look"])
        watch.watch(shop.stock_facts(), {(variant, look.channel) for look, variant in sold_out}, now)
        back = [(look, variant) for look, variant in sold_out if len(look.variants) >= TIMES]
        asked = {
            "contacts": [look.contact for look, _ in back],
            "variants": [variant for _, variant in back],
            "channels": [look.channel for look, _ in back],
            "languages": [look.language for look, _ in back],
            "last": [look.last_at for look, _ in back],
            "now": now,
            "expires_at": now + settings.stock.kept,
        }
        found = [key for (key,) in _rows(_INSERT, asked)]
        not_there(found, settings, now)
    return len(found)


def _sold_out(shop: Shop, looks: Sequence[_Look]) -> list[tuple[_Look, str]]:
    """Of each look the variant that is sold, but not there: one that was looked at more than once, else the latest of
    those that were looked at if none of them is there, else the first of a product of which nothing is there."""
    variants_of = shop.variants_of(sorted({look.product for look in looks}))
    wanted = [(look, _wanted(look, variants_of.get(look.product, ()))) for look in looks]
    asked: defaultdict[str, set[str]] = defaultdict(set)
    for look, choices in wanted:
        asked[look.channel].update(*choices)
    told = {channel: shop.availability(sorted(variants), channel) for channel, variants in asked.items()}
    found = []
    for look, choices in wanted:
        there = told.get(look.channel, {})
        for choice in choices:
            sold = [one for one in choice if one in there and there[one].sold]
            if sold and not any(there[one].there for one in sold):
                found.append((look, sold[0]))
                break
    return found


def _wanted(look: _Look, all_variants: Sequence[str]) -> list[Sequence[str]]:
    """Groups of variants: one of which nothing is there is missed."""
    named = [one for one in look.variants if one]
    often = [[one] for one in dict.fromkeys(named) if named.count(one) >= TIMES]
    return [*often] or [list(dict.fromkeys(named)) or all_variants]


def _rows(statement: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())
