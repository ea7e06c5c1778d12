"""What came back: orders of those who were told, or held out, soon after."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ..catalogue import BACK_IN_STOCK, OUT_OF_STOCK, PRICE_DROP

# So long after a mail an order counts as its answer.
COUNTS_FOR = timedelta(days=14)

# Who was told that a variant is there, or cheaper, and orders its product; who was shown something else and orders
# anything. Served by the index on a run's contact.
_NOTE = """
UPDATE crm_enrolment run SET recovered_order_id = answer.order_id, recovered_at = answer.placed_at
FROM (
    SELECT DISTINCT ON (run.id) run.id, purchase.order_id, purchase.placed_at
    FROM crm_purchase purchase
    JOIN crm_enrolment run ON run.contact_id = purchase.contact_id AND run.flow = ANY(%(flows)s) AND run.arm <> ''
        AND purchase.placed_at BETWEEN run.arm_at AND run.arm_at + %(counts_for)s
    JOIN crm_stock_interest one ON one.id = split_part(run.subject_id, '.', 1)::bigint
    WHERE purchase.order_id = ANY(%(orders)s) AND purchase.real AND run.recovered_order_id IS NULL
        AND (run.flow = %(any)s OR EXISTS (
            SELECT FROM crm_purchase_line line
            WHERE line.purchase_id = purchase.order_id AND line.product_id = one.product_id
        ))
    ORDER BY run.id, purchase.placed_at
) answer
WHERE run.id = answer.id
"""
_TAKE_BACK = """
UPDATE crm_enrolment run SET recovered_order_id = NULL, recovered_at = NULL
FROM crm_purchase purchase
WHERE purchase.order_id = ANY(%(orders)s) AND NOT purchase.real
    AND run.contact_id = purchase.contact_id AND run.flow = ANY(%(flows)s)
    AND run.recovered_order_id = purchase.order_id
"""


def note(orders: Collection[str], now: datetime) -> None:
    """Remember which of these orders, as we have stored them, answer which run. Two queries."""
    asked: dict[str, Any] = {
        "orders": list(orders),
        "flows": [flow.key for flow in (BACK_IN_STOCK, OUT_OF_STOCK, PRICE_DROP)],
        "any": OUT_OF_STOCK.key,
        "counts_for": COUNTS_FOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, asked)
        cursor.execute(_NOTE, asked)
