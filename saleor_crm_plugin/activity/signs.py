"""What people showed interest in, as the trainer of recommendations reads it: SELECTs with ``since``, a moment.

Columns: ``contact_id`` (null while nobody is known), ``visitor_id`` (a name of whoever it was, "" where only the
contact tells), ``product_id``, ``at`` (whole seconds since 1970), ``kind``. Purchases and what came back are in
``crm_purchase_line`` and ``crm_interaction``. Each reads its tables once, from the first row to the last.
"""

# Products that were looked at. Months before ``since`` are not opened.
VIEWED = """
SELECT contact_id, visitor_id, product_id, extract(epoch FROM at)::bigint AS at, 'view' AS kind
FROM crm_view WHERE kind = 'product_view' AND at >= %(since)s
"""

# What customers asked to be told of. A guest's request counts once it is confirmed. Served by a scan.
ASKED = """
SELECT contact_id, '' AS visitor_id, product_id, extract(epoch FROM asked_at)::bigint AS at, 'interest' AS kind
FROM crm_stock_interest
WHERE kind = 'request' AND asked_at >= %(since)s AND (confirmed_at IS NOT NULL OR state IN ('waiting', 'told'))
"""

# What was put into carts and taken out again, once each however many of it. A cart of nobody is somebody's.
CARTED = """
SELECT cart.contact_id, CASE WHEN cart.contact_id IS NULL THEN 'cart ' || cart.id ELSE '' END AS visitor_id,
    change.product_id, extract(epoch FROM change.at)::bigint AS at,
    CASE WHEN change.quantity > 0 THEN 'cart_add' ELSE 'cart_remove' END AS kind
FROM crm_cart_change change JOIN crm_cart cart ON cart.id = change.cart_id
WHERE change.at >= %(since)s
"""
