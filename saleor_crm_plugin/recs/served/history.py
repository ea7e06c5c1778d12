"""Reads what people did with products, as the numeric core learns it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from ...activity.signs import ASKED, CARTED, VIEWED
from ..interactions import Interactions, Kind, interactions
from .copying import Columns, read

# What is older says little of what anybody will buy, and a bound on time is one on memory.
BOUGHT_SINCE = timedelta(days=3 * 365)
LOOKED_SINCE = timedelta(days=60)
# So many looks, changes of carts and requests at most, the newest.
_MOST_LOOKS = 10_000_000
COLUMNS = {"who": "i8", "product": "i8", "at": "i8", "kind": "i2", "weight": "f4", "in_order": "i8"}

# Who is nobody's contact is a number below zero of their own: what they did teaches, and no list is made for them.
_NAMELESS = "-1 - (hashtextextended({}, 0) & 9223372036854775807)"
# Ids that are no number of a product of the shop are a storefront's mistake.
_A_NUMBER = "product_id ~ '^[0-9]{1,18}$'"

# What happened, as SELECTs of these columns: purchases and returns from ``bought_since`` on and before ``now``; looks,
# changes of carts and requests to be told from ``since`` on. Served by scans. Orders are told apart by a hash: two of
# ten million meet once in 400,000 shops.
BOUGHT = f"""
SELECT coalesce(purchase.contact_id, {_NAMELESS.format("purchase.order_id")}) AS who, line.product_id::bigint,
    extract(epoch FROM purchase.placed_at)::bigint, {Kind.PURCHASE:d}::smallint,
    CASE WHEN purchase.gift OR line.gift_card THEN 0 ELSE 1 END::real, hashtextextended(line.purchase_id, 0)
FROM crm_purchase_line line JOIN crm_purchase purchase ON purchase.order_id = line.purchase_id
WHERE purchase.counts AND purchase.placed_at >= %(bought_since)s AND purchase.placed_at < %(now)s
    AND line.{_A_NUMBER}
"""  # noqa: S608 - of constants

# As much as the share of the order's pieces that came back.
CAME_BACK = f"""
SELECT back.contact_id AS who, back.product_id::bigint, extract(epoch FROM back.at)::bigint, {Kind.RETURN:d}::smallint,
    least(1, back.quantity::real / greatest(bought.quantity, 1))::real, hashtextextended(back.order_id, 0)
FROM crm_interaction back, LATERAL (
    SELECT sum(line.quantity) AS quantity FROM crm_purchase_line line
    WHERE line.purchase_id = back.order_id AND line.product_id = back.product_id
) bought
WHERE back.kind = 'return' AND back.contact_id IS NOT NULL AND back.at >= %(bought_since)s AND back.at < %(now)s
    AND back.{_A_NUMBER} AND bought.quantity IS NOT NULL
"""  # noqa: S608 - of constants

LOOKED = f"""
SELECT coalesce(contact_id, {_NAMELESS.format("visitor_id")}) AS who, product_id::bigint, at,
    CASE kind WHEN 'view' THEN {Kind.VIEW:d} WHEN 'interest' THEN {Kind.INTEREST:d} ELSE {Kind.CART:d} END::smallint,
    CASE kind WHEN 'cart_remove' THEN -1 ELSE 1 END::real, 0::bigint
FROM ({VIEWED} UNION ALL {CARTED} UNION ALL {ASKED}) looked
WHERE {_A_NUMBER}
"""  # noqa: S608 - of constants


def read_history(now: datetime, catalogue: Sequence[int]) -> Interactions:
    """What happened before ``now``: purchases and what came back, looks, changes of carts and what was asked
    for. Three statements.

    Users are numbers of contacts, or below zero where nobody knows who it was. Items are products of ``catalogue``
    only: what the shop does not have any more teaches nothing that could be shown, and stands in nobody's way. They
    are all in ``item_ids``, sold or not.
    """
    parts = {"now": now, "bought_since": now - BOUGHT_SINCE, "since": now - LOOKED_SINCE}
    newest = f"{LOOKED} ORDER BY at DESC LIMIT {_MOST_LOOKS}"
    read_ = [read(select, COLUMNS, parts) for select in (BOUGHT, CAME_BACK, newest)]
    found: Columns = {name: np.concatenate([part.pop(name) for part in read_]) for name in COLUMNS}
    there = np.isin(found["product"], np.asarray(catalogue, dtype=np.int64))
    if not there.all():
        found = {name: column[there] for name, column in found.items()}
    orders = np.unique(found.pop("in_order"), return_inverse=True)[1].astype(np.int32)
    orders[found["kind"] != Kind.PURCHASE] = -1
    return interactions(
        found["who"],
        found["product"],
        found["at"],
        found["kind"],
        found["weight"],
        orders,
        all_items=catalogue,
    )
