"""Points of orders: brought to what the orders are worth now, whatever has been said of them before.

Called with any orders at any time, as often as you like. An order gets a lot when it is first seen paid; from then on
its lot follows the facts in ``crm_purchase``: refunds, cancellation and return to unpaid take points back, also
those that were earned or spent, and what is delivered says when they become earned.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import connection

from ...config import LoyaltyRules
from .ledger import MOST, SOON, Others, Params, append, holding, settle
from .tiers import YEAR

# What an order is worth: the points of its goods, and of these the part of its total that did not go back. Both are
# rounded down to whole points. An order of nothing (paid by gift cards) has nothing to give back.
_WORTH = """(
    CASE WHEN NOT real OR NOT paid THEN 0
        WHEN total <= 0 THEN {granted} ELSE div({granted} * greatest(kept, 0), total) END
)::integer""".replace("{granted}", "least(floor(greatest(goods_net, 0) * rate), %(most)s)")

# Which orders earn, of the facts alone. There are none while there is no programme.
_EARNS = "(real AND paid AND goods_net > 0 AND (kept > 0 OR total <= 0) AND placed_at >= %(since)s)"

# Whose points the orders are, or were until now, or will be. By the primary key of purchases and the lots' sources.
_CONTACTS = """
SELECT lot.contact_id, purchase.contact_id
FROM crm_purchase purchase LEFT JOIN crm_loyalty_lot lot ON lot.source = 'order:' || purchase.order_id
WHERE purchase.order_id = ANY(%(orders)s) AND (lot.id IS NOT NULL OR {earns})
""".replace("{earns}", _EARNS)

# A lot for each order that is seen for the first time as one that earns, still without entries. The rate is that of its
# currency times that of the customer's tier at this moment: to look again later, with another tier, changes nothing.
_OPEN = """
WITH earned AS (
    SELECT contact_id, sum(worth) AS points FROM crm_loyalty_lot
    WHERE contact_id = ANY(%(contacts)s) AND earned_at > %(year_ago)s GROUP BY contact_id
)
INSERT INTO crm_loyalty_lot (contact_id, source, rate, worth, points, moves, created_at)
SELECT purchase.contact_id, 'order:' || order_id, coalesce(of_currency.rate, %(other_rate)s) * coalesce((
    SELECT multiplier FROM unnest(%(thresholds)s::integer[], %(multipliers)s::numeric[]) tier (threshold, multiplier)
    WHERE threshold <= coalesce(earned.points, 0) ORDER BY threshold DESC LIMIT 1
), 1), 0, 0, 0, %(now)s
FROM crm_purchase purchase
LEFT JOIN earned ON earned.contact_id = purchase.contact_id
LEFT JOIN unnest(%(currencies)s::text[], %(rates)s::numeric[]) of_currency (currency, rate)
    ON of_currency.currency = purchase.currency
WHERE order_id = ANY(%(orders)s) AND purchase.contact_id IS NOT NULL AND {earns}
    AND NOT EXISTS (SELECT FROM crm_loyalty_lot lot WHERE lot.source = 'order:' || purchase.order_id)
ORDER BY placed_at, order_id
""".replace("{earns}", _EARNS)

# An order that turned out to be somebody else's takes along what is left of its points.
_HAND_OVER = """
UPDATE crm_loyalty_lot lot SET contact_id = purchase.contact_id FROM crm_purchase purchase
WHERE purchase.order_id = ANY(%(orders)s) AND lot.source = 'order:' || purchase.order_id
    AND lot.contact_id <> purchase.contact_id
"""

# What brings each lot to what its order is worth now.
#  - Pending points become earned when the return window after delivery is over. Earned ones stay so, even if the
#    delivery is taken back: the window was over, and if money goes back the points do too.
#  - Expired points count as taken back already: nobody owes what they never had.
#  - Points that come back (a refund that failed) to a lot which has expired live a while again if others had paid for
#    it meanwhile, else they expire as they would have.
_RECONCILE = """
SELECT id, kind, move.points, (moves + 1)::text, due, '', ''
FROM (
    SELECT lot.id, lot.points, lot.moves, lot.due_at, past.expired, delta,
        CASE
            WHEN lot.earned_at IS NULL THEN purchase.fulfilled_at + %(window)s
            WHEN delta > 0 AND lot.due_at <= %(now)s AND past.paid_by_others > 0 THEN %(soon)s
            ELSE lot.due_at
        END AS due
    FROM crm_purchase purchase
    JOIN crm_loyalty_lot lot ON lot.source = 'order:' || purchase.order_id
    CROSS JOIN LATERAL (SELECT {worth} - lot.worth AS delta) target
    LEFT JOIN LATERAL (
        SELECT -sum(points) FILTER (WHERE kind = 'expire') AS expired,
            sum(points) FILTER (WHERE kind = 'settle' AND points > 0) AS paid_by_others
        FROM crm_loyalty_entry entry WHERE entry.lot_id = lot.id
    ) past ON delta <> 0 AND lot.earned_at IS NOT NULL
    WHERE purchase.order_id = ANY(%(orders)s)
) lot
CROSS JOIN LATERAL (VALUES
    ('accrue', delta, delta > 0),
    ('reverse', delta, delta < 0),
    ('expire', least(expired, -(points + delta)), delta < 0 AND points + delta < 0 AND expired > 0),
    ('schedule', 0, delta = 0 AND due IS DISTINCT FROM due_at)
) move (kind, points, made)
WHERE made
""".replace("{worth}", _WORTH)


def post_orders(order_ids: Collection[str], rules: LoyaltyRules, now: datetime, others: Others = Others.WAIT) -> int:
    """Bring the points of these orders to what they should be. Returns how many lots changed.

    A constant number of queries. Without a programme (``rules.since``) no order gets a lot, those that have one follow
    on. Call it outside a transaction, or with ``Others.FAIL`` in one that holds rows already: it then raises
    OperationalError where another worker holds one of the contacts, to be tried again.
    """
    params: Params = {"orders": sorted(set(order_ids)), "since": rules.since}

    def contacts() -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(_CONTACTS, params)
            return {contact for row in cursor.fetchall() for contact in row if contact is not None}

    with holding(contacts, others) as held:
        if not held:
            return 0
        params |= {
            "contacts": list(held),
            "now": now,
            "year_ago": now - YEAR,
            "window": rules.return_window,
            "soon": now + SOON,
            "most": MOST,
            "currencies": list(rules.rates),
            "rates": list(rules.rates.values()),
            "other_rate": rules.rate(""),
            "thresholds": [tier.threshold for tier in rules.tiers],
            "multipliers": [tier.multiplier for tier in rules.tiers],
        }
        with connection.cursor() as cursor:
            for statement in (_OPEN, _HAND_OVER):
                cursor.execute(statement, params)
        return append(_RECONCILE, params) + settle(held, params)
