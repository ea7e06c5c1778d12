"""Which products are bought again, and after how long: computed from all purchases, once a day."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from ...recs.replenish import FEWEST_BACK, LEAST_SHARE

_SINCE = timedelta(days=3 * 365)
# Shorter is the same order in two parts; longer is a new wish.
_SHORTEST, _LONGEST = timedelta(days=3), timedelta(days=365)

# As recs/replenish.py: the share of a product's buyers who bought it on two days or more, and the median of the days
# between. Reads the lines of all purchases once.
_REFRESH = """
WITH bought AS (
    SELECT line.product_id, purchase.contact_id, (purchase.placed_at AT TIME ZONE 'UTC')::date AS day
    FROM crm_purchase_line line JOIN crm_purchase purchase ON purchase.order_id = line.purchase_id
    WHERE purchase.counts AND NOT purchase.gift AND purchase.contact_id IS NOT NULL AND line.product_id IS NOT NULL
        AND line.quantity > line.returned AND NOT line.gift_card
        AND purchase.placed_at >= %(since)s AND purchase.placed_at < %(now)s
    GROUP BY 1, 2, 3
), gaps AS (
    SELECT product_id, contact_id, day - lag(day) OVER (PARTITION BY contact_id, product_id ORDER BY day) AS days
    FROM bought
), again AS (
    SELECT product_id, percentile_cont(0.5) WITHIN GROUP (ORDER BY days) AS days,
        count(DISTINCT contact_id) FILTER (WHERE days IS NOT NULL) AS back, count(DISTINCT contact_id) AS buyers
    FROM gaps GROUP BY product_id
)
INSERT INTO crm_reorder (product_id, gap)
SELECT product_id, make_interval(days => round(days)::int) FROM again
WHERE back >= %(fewest)s AND back >= %(share)s * buyers
    AND make_interval(days => round(days)::int) BETWEEN %(shortest)s AND %(longest)s
"""


def refresh(now: datetime) -> int:
    """Compute it anew. Returns for how many products."""
    asked: dict[str, Any] = {
        "now": now,
        "since": now - _SINCE,
        "fewest": FEWEST_BACK,
        "share": LEAST_SHARE,
        "shortest": _SHORTEST,
        "longest": _LONGEST,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM crm_reorder")
        cursor.execute(_REFRESH, asked)
        return int(cursor.rowcount)
