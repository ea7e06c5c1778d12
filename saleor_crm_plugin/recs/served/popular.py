"""What sells now, per channel and category: one statement over the purchases of the last months."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from .models import PopularList

HALF_LIFE = 30.0  # days, until the shop's own past has told a better one
MOST = 200  # products in a list
# What sold so many half-lives ago counts for a thirty-second.
_HALF_LIVES = 5

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('saleor_crm'), hashtext('popular'))"

# Each customer counts once for a product, by the last purchase; a purchase fades from the shop's newest one on, so that
# a shop that sleeps still has what sold last. Served by crm_purchase_placed and the key of the lines.
_LISTS = """
WITH newest AS (SELECT max(placed_at) AS at FROM crm_purchase WHERE counts AND placed_at <= %(now)s),
sold AS (
    SELECT purchase.channel, line.product_id::bigint AS product_id,
        max(exp2.worth) AS worth
    FROM newest
    JOIN crm_purchase purchase ON purchase.placed_at BETWEEN newest.at - %(period)s AND newest.at AND purchase.counts
    JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id
    CROSS JOIN LATERAL (
        SELECT 0.5 ^ (extract(epoch FROM newest.at - purchase.placed_at) / 86400 / %(half_life)s)::float8 AS worth
    ) exp2
    WHERE line.product_id ~ '^[0-9]{1,18}$' AND NOT line.gift_card
    GROUP BY purchase.channel, line.product_id, coalesce(purchase.contact_id::text, purchase.order_id)
),
scored AS (
    SELECT coalesce(channel, '') AS channel, product_id, sum(worth) AS score
    FROM sold GROUP BY GROUPING SETS ((channel, product_id), (product_id))
),
placed AS (
    SELECT scored.channel, category_id, scored.product_id, scored.score,
        row_number() OVER (
            PARTITION BY scored.channel, category_id ORDER BY scored.score DESC, scored.product_id
        ) AS place
    FROM scored LEFT JOIN crm_recs_shelf shelf ON shelf.product_id = scored.product_id AND NOT shelf.gone,
        unnest(array_append(shelf.categories, '')) AS category_id
)
SELECT channel, category_id, array_agg(product_id ORDER BY place) AS items,
    array_agg(score::real ORDER BY place) AS scores
FROM placed WHERE place <= %(most)s GROUP BY channel, category_id
"""

_REFRESH = f"""
WITH lists AS ({_LISTS}),
gone AS (
    DELETE FROM crm_recs_popular old
    WHERE NOT EXISTS (SELECT FROM lists WHERE (lists.channel, lists.category_id) = (old.channel, old.category_id))
)
INSERT INTO crm_recs_popular AS old (channel, category_id, items, scores)
SELECT channel, category_id, items, scores FROM lists
ON CONFLICT (channel, category_id) DO UPDATE SET items = excluded.items, scores = excluded.scores
    WHERE (old.items, old.scores) IS DISTINCT FROM (excluded.items, excluded.scores)
"""  # noqa: S608 - of constants


def refresh(now: datetime, half_life: float = HALF_LIFE) -> bool:
    """Make all lists anew. ``half_life`` in days. False, and nothing done, where somebody else is at it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return False
        cursor.execute("SET LOCAL jit = off")
        period = timedelta(days=_HALF_LIVES * half_life)
        wanted: dict[str, Any] = {"period": period, "half_life": half_life, "most": MOST, "now": now}
        cursor.execute(_REFRESH, wanted)
    return True


def channels() -> list[str]:
    """The channels in which anything sold lately."""
    rows = PopularList.objects.exclude(channel="").order_by("channel")
    return list(rows.values_list("channel", flat=True).distinct())
