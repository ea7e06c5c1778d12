"""What the demo shop knows of its orders, as SQL (``port.OrderFacts``)."""

from ..facts import newest_first
from ..port import OrderFacts
from . import own_settings
from .models import REAL

_REAL = ", ".join(f"'{status.value}'" for status in sorted(REAL))

# Served by the keys of the tables, and by the indexes of orders' lines and parcels on the order.
_ORDERS = f"""
SELECT o.id::text AS order_id,
    coalesce(nullif(o.email, ''), u.email, '') AS email,
    CASE WHEN {{known}} THEN o.user_id::text END AS user_id,
    coalesce(u.email, '') AS user_email,
    o.country,
    o.checkout_id::text AS cart_id,
    c.slug AS channel, c.currency, o.language,
    o.total, o.refunded, coalesce(goods.net, 0) AS goods_net,
    lower(btrim(o.billing_name)) <> lower(btrim(o.shipping_name))
        AND btrim(o.billing_name) <> '' AND btrim(o.shipping_name) <> '' AS gift,
    o.status IN ({_REAL}) AS real, o.paid, o.placed_at, o.changed_at,
    CASE WHEN goods.complete THEN (
        SELECT max(created_at) FROM sandbox_fulfilment WHERE order_id = o.id AND status = 'fulfilled'
    ) END AS fulfilled_at
FROM wanted
CROSS JOIN LATERAL (SELECT * FROM sandbox_order WHERE id = wanted.order_id::uuid OFFSET 0) o
JOIN sandbox_channel c ON c.id = o.channel_id
LEFT JOIN sandbox_user u ON u.id = o.user_id
LEFT JOIN LATERAL (
    SELECT sum(net) FILTER (WHERE NOT gift_card) AS net, bool_and(fulfilled >= quantity) AS complete
    FROM sandbox_orderline WHERE order_id = o.id
) goods ON true
"""

# Parcels are looked for once an order, not once a line. Served by the indexes on the order of lines and parcels, and on
# the parcel of what is in it.
_LINES = """
SELECT wanted.order_id, l.id::text AS line_id, v.product_id::text AS product_id, l.variant_id::text AS variant_id,
    l.quantity, coalesce(back.quantity, 0) AS returned, l.unit_price * l.quantity AS total, l.gift_card
FROM wanted
CROSS JOIN LATERAL (SELECT * FROM sandbox_orderline WHERE order_id = wanted.order_id::uuid OFFSET 0) l
LEFT JOIN sandbox_variant v ON v.id = l.variant_id
LEFT JOIN (
    SELECT parcel.line_id, sum(parcel.quantity) AS quantity
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT moved.line_id, moved.quantity
        FROM sandbox_fulfilment f JOIN sandbox_fulfilmentline moved ON moved.fulfilment_id = f.id
        WHERE f.order_id = wanted.order_id::uuid AND f.status = 'returned'
        OFFSET 0
    ) parcel
    GROUP BY parcel.line_id
) back ON back.line_id = l.id
"""

# Served by the indexes on the order of a parcel, and on the parcel of what is in it.
_RETURNS = """
SELECT wanted.order_id, back.*
FROM wanted
CROSS JOIN LATERAL (
    SELECT moved.id::text AS source, v.product_id::text AS product_id, l.variant_id::text AS variant_id,
        moved.quantity, f.created_at AS at
    FROM sandbox_fulfilment f
    JOIN sandbox_fulfilmentline moved ON moved.fulfilment_id = f.id
    JOIN sandbox_orderline l ON l.id = moved.line_id
    LEFT JOIN sandbox_variant v ON v.id = l.variant_id
    WHERE f.order_id = wanted.order_id::uuid AND f.status = 'returned'
    OFFSET 0
) back
"""


def facts() -> OrderFacts:
    """The statements, by how the owner has accounts judged now. One query."""
    known = "true" if own_settings.trusting() else "u.confirmed"
    return OrderFacts(_ORDERS.replace("{known}", known), _LINES, _RETURNS, newest_first("sandbox_order", "placed_at"))
