"""The orders of a batch: read once, compared with what we have of them; and what they tell of their people."""

_BATCH = (
    "order_id", "email", "user_id", "user_email", "country", "cart_id", "channel", "currency", "language", "total",
    "refunded", "goods_net", "gift", "real", "paid", "placed_at", "changed_at", "fulfilled_at",
)  # fmt: skip
_ORDER = _BATCH[5:]  # what ``crm_purchase`` has of them
_LINE = ("product_id", "variant_id", "quantity", "returned", "total", "gift_card")
_MONEY = ("total", "refunded", "goods_net")

# The tables are too young to have statistics. Without them PostgreSQL would sort where it could hash, and think a
# statement dear enough to be compiled. An order has so few lines and parcels that a bitmap of them takes longer to set
# up than to read (three times, measured on PostgreSQL 18), and a batch has so few people that they are found by index.
PLAINLY = (
    "SET LOCAL enable_mergejoin = off; SET LOCAL enable_bitmapscan = off; SET LOCAL jit = off;"
    " SET LOCAL random_page_cost = 1.1"
)

# A batch, gone with the transaction. The columns are those of ``shop.port.OrderFacts``; ``known`` says that we have the
# order. Whose it is stands beside it (``contacts/crowd.py``), and what came back of it.
MAKE_BATCH = """
DROP TABLE IF EXISTS pg_temp.crm_batch, pg_temp.crm_batch_owner, pg_temp.crm_batch_return;
CREATE TEMPORARY TABLE crm_batch (
    order_id text, email text, user_id text, user_email text, country text, cart_id text, channel text, currency text,
    language text, total numeric, refunded numeric, goods_net numeric, gift boolean, real boolean, paid boolean,
    placed_at timestamptz, changed_at timestamptz, fulfilled_at timestamptz, known boolean
) ON COMMIT DROP;
CREATE TEMPORARY TABLE crm_batch_owner (order_id text, contact_id bigint, odd boolean) ON COMMIT DROP;
CREATE TEMPORARY TABLE crm_batch_return (
    order_id text, source text, product_id text, variant_id text, quantity int, at timestamptz
) ON COMMIT DROP;
"""
FILL_BATCH = f"""
WITH wanted AS MATERIALIZED ({{wanted}})
INSERT INTO crm_batch ({", ".join(_BATCH)}, known)
SELECT {", ".join(f"theirs.{column}" for column in _BATCH)}, mine.order_id IS NOT NULL
FROM ({{theirs}}) theirs LEFT JOIN crm_purchase mine ON mine.order_id = theirs.order_id
"""
FILL_RETURNS = """
WITH wanted AS MATERIALIZED (SELECT order_id FROM crm_batch)
INSERT INTO crm_batch_return (order_id, source, product_id, variant_id, quantity, at)
SELECT order_id, source, product_id, variant_id, quantity, at FROM ({theirs}) theirs
"""
OF_BATCH = f"SELECT {', '.join(_BATCH)} FROM crm_batch"
RETURNS_OF_BATCH = "SELECT back.* FROM wanted JOIN crm_batch_return back USING (order_id)"
MONTHS_OF_BATCH = "SELECT DISTINCT date_trunc('month', at, 'UTC') FROM crm_batch_return"
# In the order of the keys, so that looking a batch up in the indexes goes along them: a fifth less work.
PAGE = "SELECT order_id FROM ({page}) page ORDER BY order_id"
NAMED = "SELECT unnest(%(orders)s::text[]) AS order_id"
LAST = "SELECT order_id, placed_at FROM crm_batch ORDER BY placed_at, order_id::uuid LIMIT 1"
COUNTRIES = "SELECT order_id, country FROM crm_batch WHERE order_id = ANY(%(orders)s::text[])"
COUNT = "SELECT count(*) FILTER (WHERE NOT known), count(*) FILTER (WHERE known) FROM crm_batch"
_OWNED = """
SELECT batch.order_id, owner.contact_id
FROM crm_batch batch LEFT JOIN crm_batch_owner owner ON owner.order_id = batch.order_id
"""
NEW = f"{_OWNED} WHERE NOT batch.known"
KNOWN = f"{_OWNED} WHERE batch.known"

# Language is what a person's newest order speaks, and home is where it went: told by orders that are new to us, and to
# whoever has none yet. Served by crm_purchase_contact.
TELL = """
UPDATE crm_contact contact SET language = told.language, country = told.country
FROM (
    SELECT known.id, CASE WHEN news OR known.language = '' THEN coalesce(nullif(told.language, ''), known.language)
            ELSE known.language END AS language,
        CASE WHEN news OR known.country = '' THEN coalesce(nullif(told.country, ''), known.country)
            ELSE known.country END AS country
    FROM (
        SELECT purchase.contact_id, purchase.language, told.country,
            purchase.order_id = ANY(%(new)s::text[]) AS news
        FROM (SELECT unnest(%(orders)s::text[]) AS order_id, unnest(%(countries)s::text[]) AS country) told
        JOIN crm_purchase purchase USING (order_id)
        WHERE NOT EXISTS (
            SELECT FROM crm_purchase later
            WHERE later.contact_id = purchase.contact_id
                AND (later.placed_at, later.order_id) > (purchase.placed_at, purchase.order_id)
        )
    ) told JOIN crm_contact known ON known.id = told.contact_id
) told
WHERE contact.id = told.id AND (contact.language, contact.country) <> (told.language, told.country)
"""


# What follows gives differences: ``order_id, what, ours, theirs``, text as a person reads it.


def _text(table: str, column: str) -> str:
    return f"{table}.{column}::numeric(20, 3)::text" if column in _MONEY else f"{table}.{column}::text"


def _pairs(columns: tuple[str, ...], prefix: str = "") -> str:
    return ", ".join(f"('{prefix}{column}', {_text('mine', column)}, {_text('theirs', column)})" for column in columns)


def _row(table: str, columns: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"{table}.{column}" for column in columns) + ")"


# Orders that we lack, and every value of the others that is another. Served by the key.
PURCHASES = f"""
SELECT theirs.order_id, pair.what, pair.ours, pair.theirs
FROM crm_batch theirs
JOIN crm_purchase mine ON mine.order_id = theirs.order_id
CROSS JOIN LATERAL (VALUES {_pairs(_ORDER)}) AS pair (what, ours, theirs)
WHERE {_row("mine", _ORDER)} IS DISTINCT FROM {_row("theirs", _ORDER)} AND pair.ours IS DISTINCT FROM pair.theirs
UNION ALL
SELECT order_id, 'order', 'missing', 'there' FROM crm_batch WHERE NOT known
"""

# Whose they are (``contacts.crowd.look`` has filled the table). Served by the keys.
OWNERS = """
SELECT mine.order_id, 'owner', coalesce('contact ' || mine.contact_id, 'nobody'),
    coalesce('contact ' || owner.contact_id, 'nobody whom we know')
FROM crm_batch_owner owner JOIN crm_purchase mine ON mine.order_id = owner.order_id
WHERE mine.contact_id IS DISTINCT FROM owner.contact_id
"""

# Lines that one side lacks, and every value of the others that is another. A product that the shop has deleted stays
# known here. Served by the key.
LINES = f"""
WITH wanted AS MATERIALIZED (
    SELECT order_id FROM crm_batch WHERE known
), theirs AS (
    {{theirs}}
), mine AS (
    SELECT line.* FROM wanted JOIN crm_purchase_line line ON line.purchase_id = wanted.order_id
)
SELECT coalesce(order_id, purchase_id), 'line ' || coalesce(theirs.line_id, mine.line_id) || pair.what,
    pair.ours, pair.theirs
FROM theirs FULL JOIN mine ON mine.purchase_id = theirs.order_id AND mine.line_id = theirs.line_id
CROSS JOIN LATERAL (
    VALUES ('', CASE WHEN mine.line_id IS NULL THEN 'missing' END, CASE WHEN theirs.line_id IS NULL THEN 'missing' END)
    UNION ALL
    SELECT * FROM (VALUES {_pairs(_LINE, " ")}) AS known (what, ours, theirs)
    WHERE mine.line_id IS NOT NULL AND theirs.line_id IS NOT NULL AND ours IS DISTINCT FROM known.theirs
        AND NOT (what IN (' product_id', ' variant_id') AND known.theirs IS NULL)
) AS pair (what, ours, theirs)
WHERE {_row("mine", _LINE)} IS DISTINCT FROM {_row("theirs", _LINE)} AND pair.ours IS DISTINCT FROM pair.theirs
"""

# What came back, of orders that somebody owns. Served by the key and by crm_interaction_order.
RETURNS = """
WITH wanted AS MATERIALIZED (
    SELECT mine.order_id, mine.contact_id FROM crm_batch JOIN crm_purchase mine USING (order_id)
    WHERE mine.contact_id IS NOT NULL
), theirs AS (
    SELECT returns.*, wanted.contact_id FROM ({theirs}) returns JOIN wanted USING (order_id)
), mine AS (
    SELECT interaction.* FROM wanted JOIN crm_interaction interaction USING (order_id) WHERE kind = 'return'
)
SELECT coalesce(theirs.order_id, mine.order_id), coalesce('return:' || theirs.source, mine.source),
    coalesce(mine.quantity || ' of contact ' || mine.contact_id, 'missing'),
    coalesce(theirs.quantity || ' of contact ' || theirs.contact_id, 'missing')
FROM theirs FULL JOIN mine ON mine.source = 'return:' || theirs.source AND mine.at = theirs.at
WHERE (mine.quantity, mine.contact_id) IS DISTINCT FROM (theirs.quantity, theirs.contact_id)
"""

# Those of these orders that the inbox knows about: they will be looked at anyway. Served by the unique key.
WAITING = """
SELECT object_id FROM crm_inbox
WHERE kind = 'order' AND parked_at IS NULL AND object_id = ANY(%(orders)s::text[])
"""

# A page of our own purchases, and which of them the shop does not have. Served by the key.
OURS = """
SELECT order_id, real FROM crm_purchase WHERE order_id > %(after)s ORDER BY order_id LIMIT %(limit)s
"""
SUPERFLUOUS = """
WITH wanted AS MATERIALIZED (SELECT unnest(%(orders)s::text[]) AS order_id)
SELECT order_id FROM wanted EXCEPT SELECT order_id FROM ({theirs}) theirs
"""
