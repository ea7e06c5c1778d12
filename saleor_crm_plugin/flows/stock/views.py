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
# So much interest is found at a time; the rest is found the next time.
MOST = 1_000
# Of so many variants, or products, that were looked at the shop is asked at a time whether they are gone.
MOST_GOODS = 5_000
# Who looked for the first time so lately may look again.
LATELY = timedelta(minutes=15)

# Products that consenting contacts looked at more than once in a day, and of which something was known to be gone
# before they last did, in the channel in which they last had a cart or bought: with the variants that they looked at,
# the latest first, and those that were gone. Nobody is shown something else for one product twice within ``again``, nor
# for what they have bought since they first looked. The newest first, and all of them: only the shop knows whether they
# miss anything, and whoever misses nothing stays here for a day and must be in nobody's way. Served by crm_view_contact
# and the partition of the month; its cost grows with who looks at what is gone (of 200,000 views of a day 72,000, on
# two busy cores: 0.7 s, and 1.2 s for the other below).
_CAME_BACK = f"""
WITH gone AS MATERIALIZED (
    SELECT product_id, channel, variant_id, ran_out_at FROM crm_stock_watch WHERE sold AND NOT there
), looked AS MATERIALIZED (
    SELECT view.contact_id, view.product_id, array_agg(view.variant_id ORDER BY view.at DESC) AS variants,
        min(view.at) AS first_at, max(view.at) AS last_at
    FROM crm_view view JOIN crm_contact contact ON contact.id = view.contact_id AND contact.consented
    WHERE view.at > %(since)s AND view.kind = 'product_view' AND view.product_id IN (SELECT product_id FROM gone)
    GROUP BY view.contact_id, view.product_id HAVING count(*) >= %(times)s
)
SELECT looked.contact_id, looked.product_id, looked.variants, looked.last_at, place.channel, place.language,
    array_agg(gone.variant_id)
FROM looked
CROSS JOIN LATERAL ({last_place("looked.contact_id")}) place
JOIN gone ON gone.product_id = looked.product_id AND gone.channel = place.channel AND gone.ran_out_at < looked.last_at
WHERE NOT EXISTS (
    SELECT FROM crm_stock_interest one
    WHERE one.contact_id = looked.contact_id AND one.channel = place.channel AND one.product_id = looked.product_id
        AND (one.asked_at > %(again)s OR one.state IN ('unconfirmed', 'waiting'))
) AND NOT {bought("looked.contact_id", "product_id", "looked.product_id", "looked.first_at")}
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY looked.last_at DESC, looked.contact_id, looked.product_id
"""  # noqa: S608 - of constants
# What consenting contacts looked at more than once in a day, or just now for the first time, once for each channel,
# however many looked, without the variants that are watched already; the newest first. Served as the other.
_LOOKED_AT = f"""
WITH looked AS MATERIALIZED (
    SELECT view.contact_id, view.product_id, array_agg(DISTINCT view.variant_id) AS variants, max(view.at) AS last_at
    FROM crm_view view JOIN crm_contact contact ON contact.id = view.contact_id AND contact.consented
    WHERE view.at > %(since)s AND view.kind = 'product_view'
    GROUP BY view.contact_id, view.product_id HAVING count(*) >= %(times)s OR max(view.at) > %(lately)s
)
SELECT NULL, looked.product_id, ARRAY[named.variant_id], max(looked.last_at), place.channel, '', '{{}}'::text[]
FROM (SELECT DISTINCT contact_id FROM looked) who
CROSS JOIN LATERAL ({last_place("who.contact_id")}) place
JOIN looked ON looked.contact_id = who.contact_id
CROSS JOIN LATERAL unnest(looked.variants) AS named (variant_id)
WHERE NOT EXISTS (
    SELECT FROM crm_stock_watch watch WHERE watch.variant_id = named.variant_id AND watch.channel = place.channel
)
GROUP BY looked.product_id, named.variant_id, place.channel
ORDER BY max(looked.last_at) DESC, looked.product_id LIMIT %(most)s
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
    """A product that a contact (None: anybody) looked at, in which variants (None: none in particular), the latest
    first; and which of its variants were known to be gone before."""

    contact: int | None
    product: str
    variants: Sequence[str | None]
    last_at: datetime
    channel: str
    language: str
    gone: Sequence[str]


def viewed(shop: Shop, settings: Settings, now: datetime) -> int:
    """Find new interest of this kind and enrol it. Returns how much. Eight statements and some for each channel.

    What is gone is watched from the first look on, so that it is known of the next one that there was nothing to see.
    So there are two roads: of those who came back to what is known to be gone up to ``MOST`` are taken, the newest
    first, once the shop has said that they miss something; and up to ``MOST_GOODS`` of what was looked at may begin to
    be watched. What many look at while it is there counts as one on the second road, and not at all on the first.
    """
    if not takes_in(OUT_OF_STOCK, settings):
        return 0
    asked: dict[str, Any] = {"since": now - LOOKED_BACK, "times": TIMES}
    looks = _rows(_CAME_BACK, asked | {"again": now - AGAIN_AFTER})
    looks += _rows(_LOOKED_AT, asked | {"lately": now - LATELY, "most": MOST_GOODS})
    sold_out = _sold_out(shop, [_Look(*look) for look in looks])
    if not sold_out:
        return 0
    with transaction.atomic():
        locks.hold("saleor_crm_stock", ["look"])
        watch.watch(shop.stock_facts(), {(variant, look.channel) for look, variant in sold_out}, now)
        back = [(look, variant) for look, variant in sold_out if variant in look.gone][:MOST]
        missed = {
            "contacts": [look.contact for look, _ in back],
            "variants": [variant for _, variant in back],
            "channels": [look.channel for look, _ in back],
            "languages": [look.language for look, _ in back],
            "last": [look.last_at for look, _ in back],
            "now": now,
            "expires_at": now + settings.stock.kept,
        }
        found = [key for (key,) in _rows(_INSERT, missed)]
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
