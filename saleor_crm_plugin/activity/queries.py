"""How the shop's orders become facts: the same statements for one order of an event and for thousands of the backfill.

Each reads two relations that are filled in: ``{wanted}``, the orders that are looked at (``order_id``) and whose they
are (``contact_id``), and ``{theirs}``, the shop's own SQL over the wanted ones (``shop.port.OrderFacts``). Of orders
that we have not had, everything is inserted; of those that we have, only what is new is written. Each gives the
contacts whose facts are others now.

Nobody else writes the same orders meanwhile (``webhooks/inbox.py``). The order is read before what belongs to it, so
that one which changes meanwhile is stored with its older ``changed_at`` and looked at again.
"""

_PURCHASE = (
    "cart_id", "channel", "currency", "language", "total", "refunded", "goods_net", "gift", "real", "paid",
    "placed_at", "fulfilled_at",
)  # fmt: skip
_LINE = ("product_id", "variant_id", "quantity", "returned", "total", "gift_card")
_WANTED = "WITH wanted AS MATERIALIZED ({wanted})"


def _of(table: str, columns: tuple[str, ...]) -> str:
    return ", ".join(f"{table}.{column}" for column in columns)


# Which of these orders we have. Served by the key.
KNOWN = "SELECT order_id FROM crm_purchase WHERE order_id = ANY(%(orders)s::text[])"

INSERT_PURCHASES = f"""
{_WANTED}, written AS (
    INSERT INTO crm_purchase (order_id, contact_id, changed_at, {", ".join(_PURCHASE)})
    SELECT wanted.order_id, wanted.contact_id, theirs.changed_at, {_of("theirs", _PURCHASE)}
    FROM ({{theirs}}) theirs JOIN wanted ON wanted.order_id = theirs.order_id
    RETURNING contact_id
)
SELECT DISTINCT contact_id FROM written
"""

# An owner once known stays when the shop forgets whose order it was. The former owner's facts are others, too; that
# only the shop's moment moved is no news to anybody. Served by the key.
UPDATE_PURCHASES = f"""
{_WANTED}, looked AS MATERIALIZED (
    SELECT theirs.*, coalesce(wanted.contact_id, mine.contact_id) AS contact_id, mine.contact_id AS former_id,
        (coalesce(wanted.contact_id, mine.contact_id), {_of("theirs", _PURCHASE)})
            IS DISTINCT FROM (mine.contact_id, {_of("mine", _PURCHASE)}) AS news
    FROM ({{theirs}}) theirs
    JOIN wanted ON wanted.order_id = theirs.order_id
    JOIN crm_purchase mine ON mine.order_id = theirs.order_id
), written AS (
    UPDATE crm_purchase mine SET contact_id = looked.contact_id, changed_at = looked.changed_at,
        {", ".join(f"{column} = looked.{column}" for column in _PURCHASE)}
    FROM looked WHERE mine.order_id = looked.order_id AND (looked.news OR looked.changed_at <> mine.changed_at)
)
SELECT DISTINCT unnest(ARRAY[contact_id, former_id]) FROM looked WHERE news
"""

INSERT_LINES = f"""
{_WANTED}
INSERT INTO crm_purchase_line (purchase_id, line_id, {", ".join(_LINE)})
SELECT order_id, line_id, {", ".join(_LINE)} FROM ({{theirs}}) theirs
"""

# Lines that are gone are deleted. What was bought stays known when the shop deletes the product. Served by the key.
UPDATE_LINES = f"""
{_WANTED}, theirs AS MATERIALIZED (
    {{theirs}}
), news AS (
    SELECT theirs.order_id, theirs.line_id, coalesce(theirs.product_id, mine.product_id) AS product_id,
        coalesce(theirs.variant_id, mine.variant_id) AS variant_id, {_of("theirs", _LINE[2:])}
    FROM theirs
    LEFT JOIN crm_purchase_line mine ON (mine.purchase_id, mine.line_id) = (theirs.order_id, theirs.line_id)
    WHERE mine.line_id IS NULL
        OR (coalesce(theirs.product_id, mine.product_id), coalesce(theirs.variant_id, mine.variant_id),
            {_of("theirs", _LINE[2:])}) IS DISTINCT FROM ({_of("mine", _LINE)})
), gone AS (
    DELETE FROM crm_purchase_line mine USING wanted
    WHERE mine.purchase_id = wanted.order_id AND NOT EXISTS (
        SELECT FROM theirs WHERE (theirs.order_id, theirs.line_id) = (mine.purchase_id, mine.line_id)
    )
    RETURNING mine.purchase_id
), written AS (
    INSERT INTO crm_purchase_line (purchase_id, line_id, {", ".join(_LINE)})
    SELECT order_id, line_id, {", ".join(_LINE)} FROM news
    ON CONFLICT (purchase_id, line_id) DO UPDATE SET {", ".join(f"{column} = excluded.{column}" for column in _LINE)}
    RETURNING purchase_id
)
SELECT DISTINCT contact_id FROM crm_purchase
WHERE order_id IN (SELECT purchase_id FROM gone UNION ALL SELECT purchase_id FROM written)
"""

_RETURN = "(source, at, kind, contact_id, visitor_id, order_id, product_id, variant_id, quantity)"

# What came back is told of orders that somebody owns.
INSERT_RETURNS = f"""
{_WANTED}
INSERT INTO crm_interaction {_RETURN}
SELECT 'return:' || source, at, 'return', contact_id, '', theirs.order_id, product_id, variant_id, quantity
FROM ({{theirs}}) theirs JOIN wanted ON wanted.order_id = theirs.order_id
WHERE contact_id IS NOT NULL
"""

# What the shop no longer calls a return is deleted: Saleor moves a returned line to another fulfilment when it is
# refunded as well. Only orders with a returned line have any, so this comes before the lines are written. Served by
# the key and by crm_interaction_order.
UPDATE_RETURNS = f"""
{_WANTED}, theirs AS MATERIALIZED (
    SELECT 'return:' || theirs.source AS source, theirs.at, purchase.contact_id, theirs.order_id, theirs.product_id,
        theirs.variant_id, theirs.quantity
    FROM ({{theirs}}) theirs JOIN crm_purchase purchase ON purchase.order_id = theirs.order_id
    WHERE purchase.contact_id IS NOT NULL
), gone AS (
    DELETE FROM crm_interaction mine
    USING (
        SELECT DISTINCT purchase_id FROM crm_purchase_line JOIN wanted ON wanted.order_id = purchase_id
        WHERE returned > 0
    ) had
    WHERE mine.order_id = had.purchase_id AND mine.kind = 'return'
        AND NOT EXISTS (SELECT FROM theirs WHERE (theirs.source, theirs.at) = (mine.source, mine.at))
    RETURNING mine.contact_id
), written AS (
    INSERT INTO crm_interaction {_RETURN}
    SELECT theirs.source, theirs.at, 'return', theirs.contact_id, '', theirs.order_id, theirs.product_id,
        theirs.variant_id, theirs.quantity
    FROM theirs LEFT JOIN crm_interaction mine ON (mine.source, mine.at) = (theirs.source, theirs.at)
    WHERE (mine.contact_id, mine.quantity) IS DISTINCT FROM (theirs.contact_id, theirs.quantity)
    ON CONFLICT (source, at) DO UPDATE SET contact_id = excluded.contact_id, quantity = excluded.quantity
    RETURNING contact_id
)
SELECT contact_id FROM gone UNION SELECT contact_id FROM written
"""

MONTHS_OF_RETURNS = f"{_WANTED} SELECT DISTINCT date_trunc('month', at, 'UTC') FROM ({{theirs}}) theirs"

# The carts that these orders came from. Of several real orders from one cart (one was cancelled, say) the last one is
# the cart's. Served by the keys.
CLOSE_CARTS = f"""
{_WANTED}
UPDATE crm_cart cart SET status = 'ordered', order_id = last.order_id, seen_at = %(now)s
FROM (
    SELECT DISTINCT ON (theirs.cart_id) theirs.cart_id, theirs.order_id
    FROM ({{theirs}}) theirs
    JOIN crm_cart here ON here.id = theirs.cart_id
    LEFT JOIN crm_purchase other ON other.order_id = here.order_id AND other.real
    WHERE theirs.real AND (
        other.order_id IS NULL OR (other.placed_at, other.order_id) < (theirs.placed_at, theirs.order_id)
    )
    ORDER BY theirs.cart_id, theirs.placed_at DESC, theirs.order_id DESC
) last
WHERE cart.id = last.cart_id
"""
