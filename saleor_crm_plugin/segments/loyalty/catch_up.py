"""Points for orders that were there before: after a backfill, or when the owner lets the programme begin earlier."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection

from ...config import LoyaltyRules
from .orders import post_orders

_BATCH = 1000

# The next orders of the programme's time that have no lot yet, in the order of their keys. Those without points (of
# nothing, or unpaid) have none either, and are only looked at.
_NEXT = """
SELECT order_id FROM crm_purchase
WHERE order_id > %(after)s AND placed_at >= %(since)s AND counts AND paid AND contact_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM crm_loyalty_lot lot WHERE lot.source = 'order:' || order_id)
ORDER BY order_id LIMIT %(limit)s
"""


def catch_up(rules: LoyaltyRules, now: datetime, tell: Callable[[int], None] = lambda done: None) -> int:
    """Give all orders since the programme began the points that they have not got. Returns how many orders got some.

    ``tell`` is called with the number of orders looked at so far. It can be stopped at any time and begun again.
    """
    after, looked_at, posted = "", 0, 0
    while rules.since is not None and (orders := _next(after, rules.since)):
        posted += post_orders(orders, rules, now)
        after, looked_at = orders[-1], looked_at + len(orders)
        tell(looked_at)
    return posted


def _next(after: str, since: datetime) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, {"after": after, "since": since, "limit": _BATCH})
        return [order for (order,) in cursor.fetchall()]
