"""Where ranks end: cut points that are kept, and moved by as much as changed."""

from collections.abc import Sequence

from django.db import connection

from .staging import Run, execute

_MEASURES = ("last_at", "recent_orders", "recent_amount")

_KEEP = """
DROP TABLE IF EXISTS pg_temp.crm_old_cut;
CREATE TEMPORARY TABLE crm_old_cut ON COMMIT DROP AS SELECT * FROM crm_rfm_cut
"""

# Who left a place in the ranks, and who came to one: the changed customers as they were and as they are.
_MOVED = """
    SELECT currency, last_at, recent_orders, recent_amount, -1 AS by FROM crm_old WHERE recent_orders > 0
    UNION ALL
    SELECT currency, last_at, recent_orders, recent_amount, 1 FROM crm_fresh WHERE recent_orders > 0
"""

# How many are below each cut, after those came and went.
_COUNT = f"""
UPDATE crm_rfm_cut c SET customers = c.customers + n,
    last_at_below = c.last_at_below + d.last_at_below, last_at_upto = c.last_at_upto + d.last_at_upto,
    recent_orders_below = c.recent_orders_below + d.recent_orders_below,
    recent_orders_upto = c.recent_orders_upto + d.recent_orders_upto,
    recent_amount_below = c.recent_amount_below + d.recent_amount_below,
    recent_amount_upto = c.recent_amount_upto + d.recent_amount_upto
FROM (
    SELECT c.id, sum(by) AS n,
        coalesce(sum(by) FILTER (WHERE m.last_at < c.last_at), 0) AS last_at_below,
        coalesce(sum(by) FILTER (WHERE m.last_at <= c.last_at), 0) AS last_at_upto,
        coalesce(sum(by) FILTER (WHERE m.recent_orders < c.recent_orders), 0) AS recent_orders_below,
        coalesce(sum(by) FILTER (WHERE m.recent_orders <= c.recent_orders), 0) AS recent_orders_upto,
        coalesce(sum(by) FILTER (WHERE m.recent_amount < c.recent_amount), 0) AS recent_amount_below,
        coalesce(sum(by) FILTER (WHERE m.recent_amount <= c.recent_amount), 0) AS recent_amount_upto
    FROM crm_rfm_cut c JOIN ({_MOVED}) m USING (currency) GROUP BY c.id
) d WHERE c.id = d.id AND (n, d.last_at_below, d.last_at_upto, d.recent_orders_below, d.recent_orders_upto,
    d.recent_amount_below, d.recent_amount_upto) <> (0, 0, 0, 0, 0, 0, 0)
"""  # noqa: S608 - of constants

# Moves the cuts of one measure to where as many customers do not exceed them as belong there (``place``): upward from
# the cut over as many values as are missing, or downward over as many as are too many. Served by the measure's index
# (currency, value): it costs as many of its entries as a cut moves by.
_WALK = """
UPDATE crm_rfm_cut c SET {value} = w.value, {value}_below = w.below, {value}_upto = w.below + w.ties
FROM (
    SELECT t.id, found.value, counted.ties,
        CASE WHEN found.value > t.value THEN t.upto + counted.passed ELSE t.below - counted.passed END AS below
    FROM (
        SELECT id, currency, {value} AS value, {value}_below AS below, {value}_upto AS upto,
            greatest(1, (rank * (customers - 1) + %(bins)s - 1) / %(bins)s) AS place
        FROM crm_rfm_cut
    ) t CROSS JOIN LATERAL (
        (SELECT v.{value} AS value FROM crm_customer_value v
        WHERE t.place > t.upto AND v.recent_orders > 0 AND v.currency = t.currency AND v.{value} > t.value
        ORDER BY v.{value} OFFSET greatest(t.place - t.upto - 1, 0) LIMIT 1)
        UNION ALL
        (SELECT v.{value} FROM crm_customer_value v
        WHERE t.place <= t.below AND v.recent_orders > 0 AND v.currency = t.currency AND v.{value} < t.value
        ORDER BY v.{value} DESC OFFSET greatest(t.below - t.place, 0) LIMIT 1)
    ) found CROSS JOIN LATERAL (
        SELECT
            (SELECT count(*) FROM crm_customer_value v WHERE v.recent_orders > 0 AND v.currency = t.currency
            AND v.{value} = found.value) AS ties,
            CASE WHEN found.value > t.value
            THEN (SELECT count(*) FROM crm_customer_value v WHERE v.recent_orders > 0 AND v.currency = t.currency
                AND v.{value} > t.value AND v.{value} < found.value)
            ELSE (SELECT count(*) FROM crm_customer_value v WHERE v.recent_orders > 0 AND v.currency = t.currency
                AND v.{value} >= found.value AND v.{value} < t.value) END AS passed
    ) counted
) w WHERE c.id = w.id
"""

# Currencies in which somebody came or went and which have no cuts, or too few customers to have any.
_ANEW = f"""
SELECT DISTINCT m.currency FROM ({_MOVED}) m LEFT JOIN crm_rfm_cut c USING (currency)
WHERE c.id IS NULL OR c.customers <= 1
"""  # noqa: S608 - of constants

# Ranks anew who changed, and who lies between where a cut was and where it is (found by the measures' indexes).
RANK_TOUCHED = """
WITH moved AS (
    SELECT c.currency, least(o.last_at, c.last_at) AS last_from, greatest(o.last_at, c.last_at) AS last_to,
        least(o.recent_orders, c.recent_orders) AS orders_from, greatest(o.recent_orders, c.recent_orders) AS orders_to,
        least(o.recent_amount, c.recent_amount) AS amount_from, greatest(o.recent_amount, c.recent_amount) AS amount_to
    FROM crm_rfm_cut c JOIN crm_old_cut o USING (id)
), touched AS (
    SELECT contact_id, currency, last_at, recent_orders, recent_amount FROM crm_fresh
    UNION
    SELECT contact_id, v.currency, last_at, recent_orders, recent_amount
    FROM moved m JOIN crm_customer_value v ON v.recent_orders > 0 AND v.currency = m.currency
    AND v.last_at > m.last_from AND v.last_at <= m.last_to
    UNION
    SELECT contact_id, v.currency, last_at, recent_orders, recent_amount
    FROM moved m JOIN crm_customer_value v ON v.recent_orders > 0 AND v.currency = m.currency
    AND v.recent_orders > m.orders_from AND v.recent_orders <= m.orders_to
    UNION
    SELECT contact_id, v.currency, last_at, recent_orders, recent_amount
    FROM moved m JOIN crm_customer_value v ON v.recent_orders > 0 AND v.currency = m.currency
    AND v.recent_amount > m.amount_from AND v.recent_amount <= m.amount_to
), scale AS (
    SELECT currency, array_agg(last_at + interval '1 microsecond' ORDER BY rank) AS last_at,
        array_agg(recent_orders + 1 ORDER BY rank) AS recent_orders,
        array_agg(recent_amount + 0.001 ORDER BY rank) AS recent_amount
    FROM crm_rfm_cut GROUP BY currency
)
INSERT INTO crm_ranked
SELECT NULL, v.contact_id, v.currency,
    CASE WHEN v.recent_orders > 0 THEN 1 + width_bucket(v.last_at, s.last_at) END,
    CASE WHEN v.recent_orders > 0 THEN 1 + width_bucket(v.recent_orders, s.recent_orders) END,
    CASE WHEN v.recent_orders > 0 THEN 1 + width_bucket(v.recent_amount, s.recent_amount) END
FROM touched v LEFT JOIN scale s USING (currency)
WHERE v.currency <> ALL(%(anew)s::text[])
"""

# Cuts that there are no more: of currencies with one customer or none, and of more bins than there are now.
_DROP = """
DELETE FROM crm_rfm_cut c WHERE (%(currencies)s::text[] IS NULL OR currency = ANY(%(currencies)s::text[]))
AND (rank >= %(bins)s OR (SELECT count(*) FROM crm_ranked k WHERE k.currency = c.currency AND recency IS NOT NULL) <= 1)
"""

# The cuts of those currencies from the ranks of their customers. One customer alone needs none.
_MAKE = """
WITH seen AS (
    SELECT v.currency, recency, frequency, monetary, count(*) AS n,
        max(last_at) AS last_at, max(recent_orders) AS recent_orders, max(recent_amount) AS recent_amount
    FROM crm_ranked k JOIN crm_customer_value v ON v.id = k.value_id WHERE recency IS NOT NULL
    GROUP BY v.currency, recency, frequency, monetary
), cut AS (
    SELECT currency, k AS rank, sum(n) AS customers,
        max(last_at) FILTER (WHERE recency <= k) AS last_at,
        sum(n) FILTER (WHERE recency <= k) AS last_at_upto,
        max(recent_orders) FILTER (WHERE frequency <= k) AS recent_orders,
        sum(n) FILTER (WHERE frequency <= k) AS recent_orders_upto,
        max(recent_amount) FILTER (WHERE monetary <= k) AS recent_amount,
        sum(n) FILTER (WHERE monetary <= k) AS recent_amount_upto
    FROM seen CROSS JOIN generate_series(1, %(bins)s - 1) k GROUP BY currency, k HAVING sum(n) > 1
)
INSERT INTO crm_rfm_cut AS c (currency, rank, customers, last_at, last_at_below, last_at_upto,
    recent_orders, recent_orders_below, recent_orders_upto, recent_amount, recent_amount_below, recent_amount_upto)
SELECT currency, rank, customers,
    last_at, last_at_upto - (SELECT count(*) FROM crm_customer_value v
        WHERE v.recent_orders > 0 AND v.currency = cut.currency AND v.last_at = cut.last_at), last_at_upto,
    recent_orders, recent_orders_upto - (SELECT count(*) FROM crm_customer_value v
        WHERE v.recent_orders > 0 AND v.currency = cut.currency AND v.recent_orders = cut.recent_orders),
    recent_orders_upto,
    recent_amount, recent_amount_upto - (SELECT count(*) FROM crm_customer_value v
        WHERE v.recent_orders > 0 AND v.currency = cut.currency AND v.recent_amount = cut.recent_amount),
    recent_amount_upto
FROM cut
ON CONFLICT (currency, rank) DO UPDATE SET customers = excluded.customers,
    last_at = excluded.last_at, last_at_below = excluded.last_at_below, last_at_upto = excluded.last_at_upto,
    recent_orders = excluded.recent_orders, recent_orders_below = excluded.recent_orders_below,
    recent_orders_upto = excluded.recent_orders_upto, recent_amount = excluded.recent_amount,
    recent_amount_below = excluded.recent_amount_below, recent_amount_upto = excluded.recent_amount_upto
WHERE (c.customers, c.last_at, c.last_at_below, c.last_at_upto, c.recent_orders, c.recent_orders_below,
    c.recent_orders_upto, c.recent_amount, c.recent_amount_below, c.recent_amount_upto) IS DISTINCT FROM
    (excluded.customers, excluded.last_at, excluded.last_at_below, excluded.last_at_upto, excluded.recent_orders,
    excluded.recent_orders_below, excluded.recent_orders_upto, excluded.recent_amount, excluded.recent_amount_below,
    excluded.recent_amount_upto)
"""


def move(run: Run) -> list[str]:
    """Count who came and went, and move the cuts. Returns the currencies that have to be ranked anew as a whole."""
    execute(_KEEP)
    execute(_COUNT)
    with connection.cursor() as cursor:
        cursor.execute(_ANEW)
        anew = [currency for (currency,) in cursor.fetchall()]
    for value in _MEASURES:
        execute(walk(value), {"bins": run.settings.rfm.bins})
    return anew


def walk(measure: str) -> str:
    """The statement that moves the cuts of one measure."""
    return _WALK.replace("{value}", measure)


def rank_touched(run: Run, anew: Sequence[str]) -> None:
    """Put into ``crm_ranked`` whom changes gave another rank, but for those in currencies that are ranked anew."""
    execute(RANK_TOUCHED, {"anew": list(anew)})


def make(run: Run, currencies: Sequence[str] | None = None) -> None:
    """Make the cuts of all currencies, or of these, from the ranks in ``crm_ranked``."""
    bins = run.settings.rfm.bins
    execute(_DROP, {"currencies": None if currencies is None else list(currencies), "bins": bins})
    execute(_MAKE, {"bins": bins})
