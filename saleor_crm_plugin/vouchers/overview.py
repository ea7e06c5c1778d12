"""What vouchers cost and bring, by tier: for people who look."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection

from .budget import in_use

# One row for each tier that ever granted, and currency. What an order brought is what was paid less what went back.
_TIERS = """
SELECT granted.tier, granted.currency, count(*),
    count(*) FILTER (WHERE granted.state = 'granted'),
    count(*) FILTER (WHERE granted.state = 'redeemed'),
    count(*) FILTER (WHERE granted.state = 'redeemed' AND granted.contact_id <> granted.redeemed_by_id)
FROM crm_voucher_grant granted GROUP BY granted.tier, granted.currency ORDER BY granted.tier, granted.currency
"""
_REVENUE = """
SELECT granted.tier, bought.currency, sum(bought.total - bought.refunded)
FROM crm_voucher_grant granted JOIN crm_purchase bought ON bought.order_id = granted.redeemed_order_id
WHERE bought.real GROUP BY granted.tier, bought.currency ORDER BY granted.tier, bought.currency
"""


@dataclass(frozen=True)
class TierReport:
    """A tier in numbers: codes that were granted in all, that can still be used, that were used, and of these by
    somebody else. ``used`` is what counts in its budget and ``revenue`` what the orders with its codes brought (gross
    less refunds), both by currency."""

    tier: str
    granted: int
    open: int
    redeemed: int
    shared: int
    used: Mapping[str, Decimal]
    revenue: Mapping[str, Decimal]


def overview() -> list[TierReport]:
    """All tiers that ever granted a code, and the vouchers for points. Three queries."""
    with connection.cursor() as cursor:
        cursor.execute(_TIERS)
        rows = cursor.fetchall()
        cursor.execute(_REVENUE)
        revenue: dict[str, dict[str, Decimal]] = {}
        for tier, currency, amount in cursor.fetchall():
            revenue.setdefault(tier, {})[currency] = amount
    numbers: dict[str, list[int]] = {}
    for tier, _, *counts in rows:
        sums = numbers.setdefault(tier, [0] * len(counts))
        numbers[tier] = [one + more for one, more in zip(sums, counts, strict=True)]
    used = in_use(numbers)
    return [
        TierReport(tier, granted, still, redeemed, shared, used[tier].amounts, revenue.get(tier, {}))
        for tier, (granted, still, redeemed, shared) in sorted(numbers.items())
    ]
