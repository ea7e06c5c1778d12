"""What Saleor knows of its orders, as SQL over its tables (``port.OrderFacts``).

Relies on saleor/order/models.py (Order, OrderLine, Fulfillment, FulfillmentLine) and saleor/payment/models.py: a refund
is recorded as a successful ``Transaction`` of a ``Payment`` (the older payments) or as the ``refunded_value`` of a
``TransactionItem``. A granted refund (OrderGrantedRefund) is a promise and moves neither. saleor/order/actions.py
order_refunded adds the two up in the same way.
"""

from saleor.order import FulfillmentStatus, OrderChargeStatus, OrderStatus
from saleor.payment import TransactionKind

from saleor_crm_plugin.shop.facts import newest_first
from saleor_crm_plugin.shop.port import OrderFacts
from saleor_crm_plugin.shop.saleor.money import PLACES, quantized_sql
from saleor_crm_plugin.shop.saleor.owner import single

# An order that staff still have to confirm is none of these: the customer has ordered. If nobody pays, Saleor lets it
# expire (saleor/order/tasks.py _expire_orders); if staff refuse it, they cancel it.
UNREAL = (OrderStatus.DRAFT, OrderStatus.EXPIRED, OrderStatus.CANCELED)
_COVERED = (OrderChargeStatus.FULL, OrderChargeStatus.OVERCHARGED)
# Lines move from what was handed over to one of these when they come back (saleor/order/actions.py
# create_fulfillments_for_returned_products).
_BACK = (FulfillmentStatus.RETURNED, FulfillmentStatus.REFUNDED_AND_RETURNED, FulfillmentStatus.REPLACED)
_SPACE = r"E' \t\n\r\v\f'"
_UUID = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def _any(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _name(address: str) -> str:
    return f"lower(btrim(btrim({address}.first_name) || ' ' || btrim({address}.last_name)))"


_GIFT = (
    f"coalesce({_name('billing')} <> '' AND {_name('shipping')} <> '' AND {_name('billing')} <> {_name('shipping')},"
    " false)"
)

# Served by the keys of the tables and the indexes on the order of lines, fulfilments, payments and transactions.
# - A reversed refund is money that came back to the shop (saleor/payment/utils.py gateway_postprocess).
# - Saleor takes a refund off what was charged: an order paid and refunded is no longer "fully charged".
# - ``quantity_fulfilled`` counts what is only waiting for approval, and what was refunded instead of handed over.
_ORDERS = f"""
SELECT o.id::text AS order_id,
    btrim(o.user_email, {_SPACE}) AS email,
    CASE WHEN {{known}} THEN o.user_id::text END AS user_id,
    coalesce(btrim(u.email, {_SPACE}), '') AS user_email,
    coalesce(CASE WHEN {_GIFT} THEN nullif(billing.country, '') END, nullif(shipping.country, ''), billing.country, '')
        AS country,
    CASE WHEN lower(o.checkout_token) ~ '{_UUID}' THEN lower(o.checkout_token) END AS cart_id,
    c.slug AS channel, o.currency, o.language_code AS language,
    {quantized_sql("o.total_gross_amount")} AS total,
    {quantized_sql("least(greatest(money.back, 0), o.total_gross_amount)")} AS refunded,
    {quantized_sql("coalesce(goods.net, 0)")} AS goods_net,
    {_GIFT} AS gift,
    o.status NOT IN ({_any(UNREAL)}) AS real,
    o.charge_status IN ({_any(_COVERED)})
        OR (o.total_gross_amount > 0 AND o.total_gross_amount <= o.total_charged_amount + money.back) AS paid,
    o.created_at AS placed_at, o.updated_at AS changed_at,
    CASE WHEN goods.complete AND NOT parcels.waiting THEN parcels.last_at END AS fulfilled_at
FROM wanted
CROSS JOIN LATERAL (SELECT * FROM order_order WHERE id = wanted.order_id::uuid OFFSET 0) o
JOIN channel_channel c ON c.id = o.channel_id
LEFT JOIN {PLACES} ON places.currency = o.currency
LEFT JOIN account_user u ON u.id = o.user_id
LEFT JOIN account_address billing ON billing.id = o.billing_address_id
LEFT JOIN account_address shipping ON shipping.id = o.shipping_address_id
LEFT JOIN LATERAL (
    SELECT sum(total_price_net_amount) FILTER (WHERE NOT is_gift_card) AS net,
        bool_and(quantity_fulfilled >= quantity) AS complete
    FROM order_orderline WHERE order_id = o.id
) goods ON true
LEFT JOIN LATERAL (
    SELECT max(created_at) FILTER (WHERE status = '{FulfillmentStatus.FULFILLED}') AS last_at,
        bool_or(status = '{FulfillmentStatus.WAITING_FOR_APPROVAL}') AS waiting
    FROM order_fulfillment WHERE order_id = o.id
) parcels ON true
LEFT JOIN LATERAL (
    SELECT coalesce((
        SELECT sum(CASE t.kind WHEN '{TransactionKind.REFUND}' THEN t.amount ELSE -t.amount END)
        FROM payment_payment p JOIN payment_transaction t ON t.payment_id = p.id
        WHERE p.order_id = o.id AND t.is_success
            AND t.kind IN ('{TransactionKind.REFUND}', '{TransactionKind.REFUND_REVERSED}')
    ), 0) + coalesce((SELECT sum(refunded_value) FROM payment_transactionitem WHERE order_id = o.id), 0) AS back
) money ON true
"""

# Fulfilments are looked for once an order, not once a line. Served by the indexes on the order of lines and
# fulfilments, and on the fulfilment of what is in it.
_LINES = f"""
SELECT wanted.order_id, l.id::text AS line_id, v.product_id::text AS product_id, l.variant_id::text AS variant_id,
    l.quantity, coalesce(back.quantity, 0) AS returned,
    {quantized_sql("l.total_price_gross_amount")} AS total, l.is_gift_card AS gift_card
FROM wanted
CROSS JOIN LATERAL (SELECT * FROM order_orderline WHERE order_id = wanted.order_id::uuid OFFSET 0) l
LEFT JOIN {PLACES} ON places.currency = l.currency
LEFT JOIN product_productvariant v ON v.id = l.variant_id
LEFT JOIN (
    SELECT parcel.order_line_id, sum(parcel.quantity) AS quantity
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT moved.order_line_id, moved.quantity
        FROM order_fulfillment f JOIN order_fulfillmentline moved ON moved.fulfillment_id = f.id
        WHERE f.order_id = wanted.order_id::uuid AND f.status IN ({_any(_BACK)})
        OFFSET 0
    ) parcel
    GROUP BY parcel.order_line_id
) back ON back.order_line_id = l.id
"""

# Served by the indexes on the order of a fulfilment, and on the fulfilment of what is in it.
_RETURNS = f"""
SELECT wanted.order_id, back.*
FROM wanted
CROSS JOIN LATERAL (
    SELECT moved.id::text AS source, v.product_id::text AS product_id, l.variant_id::text AS variant_id,
        moved.quantity, f.created_at AS at
    FROM order_fulfillment f
    JOIN order_fulfillmentline moved ON moved.fulfillment_id = f.id
    JOIN order_orderline l ON l.id = moved.order_line_id
    LEFT JOIN product_productvariant v ON v.id = l.variant_id
    WHERE f.order_id = wanted.order_id::uuid AND f.status IN ({_any(_BACK)})
    OFFSET 0
) back
"""


def facts() -> OrderFacts:
    """The statements, by how the owner has accounts judged now. One query."""
    (trusting,) = single("trust_unconfirmed")
    known = "true" if trusting else "u.is_confirmed"
    return OrderFacts(_ORDERS.replace("{known}", known), _LINES, _RETURNS, newest_first("order_order", "created_at"))
