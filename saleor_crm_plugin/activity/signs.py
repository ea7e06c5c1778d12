"""What people showed interest in, as the trainer of recommendations reads it: SELECTs for ``COPY (...) TO STDOUT``.

Columns: ``contact_id`` (null while nobody is known), ``visitor_id`` ("" where there is none), ``product_id``, ``at``
(whole seconds since 1970), ``kind``. Purchases and what came back are in ``crm_purchase_line``. Each reads its tables
once, from the first row to the last; no index is touched.
"""

# Products that were looked at.
VIEWED = """
SELECT contact_id, visitor_id, product_id, extract(epoch FROM at)::bigint AS at, 'view' AS kind
FROM crm_view WHERE kind = 'product_view'
"""

# What was put into carts and taken out again, once each however many of it.
CARTED = """
SELECT cart.contact_id, '' AS visitor_id, change.product_id, extract(epoch FROM change.at)::bigint AS at,
    CASE WHEN change.quantity > 0 THEN 'cart_add' ELSE 'cart_remove' END AS kind
FROM crm_cart_change change JOIN crm_cart cart ON cart.id = change.cart_id
WHERE cart.contact_id IS NOT NULL
"""

# Both, in the order of time.
VIEWED_AND_CARTED = f"{VIEWED} UNION ALL {CARTED} ORDER BY at, contact_id, visitor_id, product_id, kind"
