"""How the shop's orders become facts: one statement for purchases, lines and returns each, whoever tells of the orders.

Every statement reads the shop's own SQL (``shop.port.OrderFacts``, filled in for ``{theirs}``), which reads ``wanted``:
the orders that are looked at. The purchase is read before what belongs to it, so that an order which changes
meanwhile is stored with its older ``changed_at`` and looked at again.
"""

_PURCHASE = (
    "cart_id", "channel", "currency", "language", "total", "refunded", "goods_net", "gift", "real", "paid",
    "placed_at", "fulfilled_at",
)  # fmt: skip


def _listed(table: str, *more: str) -> str:
    return ", ".join(f"{table}.{column}" for column in (*_PURCHASE, *more))


_WANTED = "WITH wanted AS MATERIALIZED (SELECT DISTINCT unnest(%(orders)s::text[]) AS order_id)"
_OWNED = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(%(orders)s::text[], %(contacts)s::bigint[]) AS looked (order_id, contact_id)
)
"""

# Which of the orders we have already. Served by the key.
KNOWN = "SELECT order_id FROM crm_purchase WHERE order_id = ANY(%(orders)s::text[])"

# Orders that we have not. Nobody else writes the same ones meanwhile (``webhooks/inbox.py`` holds a lock on each).
INSERT_PURCHASES = f"""
{_OWNED}
INSERT INTO crm_purchase (order_id, contact_id, changed_at, {", ".join(_PURCHASE)})
SELECT wanted.order_id, wanted.contact_id, theirs.changed_at, {_listed("theirs")}
FROM ({{theirs}}) theirs JOIN wanted ON wanted.order_id = theirs.order_id
RETURNING contact_id
"""

# Orders that we have, where anything about them is new; an owner once known stays. Gives the contacts whose facts are
# others now, the former owner's among them; that only the shop's moment moved is no news to them. Served by the key.
UPDATE_PURCHASES = f"""
{_OWNED}, news AS MATERIALIZED (
    SELECT theirs.*, coalesce(wanted.contact_id, mine.contact_id) AS contact_id, mine.contact_id AS former_id,
        (coalesce(wanted.contact_id, mine.contact_id), {_listed("theirs")})
            IS DISTINCT FROM (mine.contact_id, {_listed("mine")}) AS told
    FROM ({{theirs}}) theirs
    JOIN wanted ON wanted.order_id = theirs.order_id
    JOIN crm_purchase mine ON mine.order_id = theirs.order_id
), written AS (
    UPDATE crm_purchase mine SET contact_id = news.contact_id, changed_at = news.changed_at,
        {", ".join(f"{column} = news.{column}" for column in _PURCHASE)}
    FROM news WHERE mine.order_id = news.order_id AND (news.told OR news.changed_at <> mine.changed_at)
)
SELECT DISTINCT unnest(ARRAY[contact_id, former_id]) FROM news WHERE told
"""

# The lines of orders that we have not had.
INSERT_LINES = f"""
{_WANTED}
INSERT INTO crm_purchase_line
    (line_id, purchase_id, product_id, variant_id, quantity, returned, total, gift_card)
SELECT line_id, order_id, product_id, variant_id, quantity, returned, total, gift_card FROM ({{theirs}}) theirs
"""

# The lines of orders that we have, where anything about them is new; those that are gone are deleted. What was bought
# stays known when the shop deletes the product. Gives the contacts. Served by the key and the index on the purchase.
UPDATE_LINES = f"""
{_WANTED}, theirs AS MATERIALIZED (
    {{theirs}}
), news AS (
    SELECT theirs.line_id, theirs.order_id, coalesce(theirs.product_id, mine.product_id) AS product_id,
        coalesce(theirs.variant_id, mine.variant_id) AS variant_id,
        theirs.quantity, theirs.returned, theirs.total, theirs.gift_card
    FROM theirs LEFT JOIN crm_purchase_line mine ON mine.line_id = theirs.line_id
    WHERE mine.line_id IS NULL
        OR (theirs.quantity, theirs.returned, theirs.total, theirs.gift_card)
            IS DISTINCT FROM (mine.quantity, mine.returned, mine.total, mine.gift_card)
        OR theirs.product_id <> mine.product_id OR theirs.variant_id <> mine.variant_id
        OR theirs.product_id IS NOT NULL AND mine.product_id IS NULL
        OR theirs.variant_id IS NOT NULL AND mine.variant_id IS NULL
), gone AS (
    DELETE FROM crm_purchase_line mine USING wanted
    WHERE mine.purchase_id = wanted.order_id
        AND NOT EXISTS (SELECT FROM theirs WHERE theirs.line_id = mine.line_id)
    RETURNING mine.purchase_id
), written AS (
    INSERT INTO crm_purchase_line
        (line_id, purchase_id, product_id, variant_id, quantity, returned, total, gift_card)
    SELECT line_id, order_id, product_id, variant_id, quantity, returned, total, gift_card FROM news
    ON CONFLICT (line_id) DO UPDATE SET product_id = excluded.product_id, variant_id = excluded.variant_id,
        quantity = excluded.quantity, returned = excluded.returned, total = excluded.total,
        gift_card = excluded.gift_card
    RETURNING purchase_id
)
SELECT DISTINCT contact_id FROM crm_purchase
WHERE order_id IN (SELECT purchase_id FROM gone UNION ALL SELECT purchase_id FROM written)
"""

# What came back, of orders that somebody owns; what the shop no longer calls a return is deleted (Saleor moves a
# returned line to another fulfilment when it is refunded as well). Only orders with a returned line can have
# interactions, so the lines have to be read before they are written. Gives the contacts. Served by the key of each
# month and by crm_interaction_order.
RETURNS = f"""
{_WANTED}, theirs AS MATERIALIZED (
    SELECT 'return:' || returns.source AS source, returns.at, purchase.contact_id, returns.order_id,
        returns.product_id, returns.variant_id, returns.quantity
    FROM ({{theirs}}) returns JOIN crm_purchase purchase ON purchase.order_id = returns.order_id
    WHERE purchase.contact_id IS NOT NULL
), had AS MATERIALIZED (
    SELECT DISTINCT purchase_id FROM crm_purchase_line
    WHERE purchase_id = ANY(%(known)s::text[]) AND returned > 0
), gone AS (
    DELETE FROM crm_interaction mine USING had
    WHERE mine.order_id = had.purchase_id AND mine.kind = 'return'
        AND NOT EXISTS (SELECT FROM theirs WHERE (theirs.source, theirs.at) = (mine.source, mine.at))
    RETURNING mine.contact_id
), written AS (
    INSERT INTO crm_interaction
        (source, at, kind, contact_id, visitor_id, order_id, product_id, variant_id, quantity)
    SELECT theirs.source, theirs.at, 'return', theirs.contact_id, '', theirs.order_id,
        coalesce(theirs.product_id, mine.product_id), coalesce(theirs.variant_id, mine.variant_id), theirs.quantity
    FROM theirs LEFT JOIN crm_interaction mine ON (mine.source, mine.at) = (theirs.source, theirs.at)
    WHERE mine.source IS NULL
        OR (mine.contact_id, mine.quantity) IS DISTINCT FROM (theirs.contact_id, theirs.quantity)
    ON CONFLICT (source, at) DO UPDATE SET contact_id = excluded.contact_id, quantity = excluded.quantity
    RETURNING contact_id
)
SELECT contact_id FROM gone UNION SELECT contact_id FROM written
"""
MONTHS_OF_RETURNS = f"{_WANTED} SELECT DISTINCT date_trunc('month', at, 'UTC') FROM ({{theirs}}) theirs"

# The carts that these orders came from. Of several real orders from one cart (the first was cancelled, say) the last
# is the cart's. Served by the keys, and by the index on the purchase's cart.
CLOSE_CARTS = """
UPDATE crm_cart cart SET status = 'ordered', order_id = last.order_id, seen_at = %(now)s
FROM (
    SELECT DISTINCT ON (later.cart_id) later.cart_id, later.order_id
    FROM crm_purchase purchase
    JOIN crm_cart here ON here.id = purchase.cart_id
    JOIN crm_purchase later ON later.cart_id = purchase.cart_id AND later.real
    WHERE purchase.order_id = ANY(%(orders)s::text[])
    ORDER BY later.cart_id, later.placed_at DESC, later.order_id DESC
) last
WHERE cart.id = last.cart_id AND (cart.status, cart.order_id) IS DISTINCT FROM ('ordered', last.order_id)
"""
