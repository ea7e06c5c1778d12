"""What each contact bought, per currency: kept sums over the purchases that count, renewed where they changed."""

from .staging import Run, execute

# ``crm_old`` is what was kept of the changed contacts, and of those who were erased or merged; ``crm_fresh`` is what
# there is of the changed ones now.
_TABLES = """
DROP TABLE IF EXISTS pg_temp.crm_old, pg_temp.crm_fresh;
CREATE TEMPORARY TABLE crm_old (LIKE crm_customer_value) ON COMMIT DROP;
CREATE TEMPORARY TABLE crm_fresh (
    contact_id bigint, currency varchar(3), orders int, days int, amount numeric(20, 3), first_at timestamptz,
    last_at timestamptz, previous_at timestamptz, recent_orders int, recent_amount numeric(20, 3)
) ON COMMIT DROP
"""

# By the unique key (contact, currency), which finds those without a contact too.
OLD = """
WITH nameless AS (DELETE FROM crm_customer_value WHERE contact_id IS NULL RETURNING *)
INSERT INTO crm_old
SELECT * FROM nameless UNION ALL SELECT v.* FROM crm_customer_value v JOIN crm_changed USING (contact_id)
"""

# Read from the index crm_purchase_contact alone. ``before`` is the purchase before, ``new_day`` the first one of a day
# in UTC: counting those counts days, and the purchase before the last of those is previous_at.
SUM = """
INSERT INTO crm_fresh
SELECT contact_id, currency, count(*), count(*) FILTER (WHERE new_day), sum(kept), min(placed_at), max(placed_at),
    max(before) FILTER (WHERE new_day), count(*) FILTER (WHERE placed_at > %(from)s),
    coalesce(sum(kept) FILTER (WHERE placed_at > %(from)s), 0)
FROM (
    SELECT contact_id, currency, placed_at, kept, lag(placed_at) OVER history AS before,
        (placed_at AT TIME ZONE 'UTC')::date
            IS DISTINCT FROM (lag(placed_at) OVER history AT TIME ZONE 'UTC')::date AS new_day
    FROM crm_purchase JOIN crm_changed USING (contact_id) WHERE counts
    WINDOW history AS (PARTITION BY contact_id, currency ORDER BY placed_at)
) bought GROUP BY contact_id, currency
"""

# Who has no purchases in a currency any more leaves the RFM group with them.
_DELETE = """
WITH gone AS (
    DELETE FROM crm_customer_value v USING crm_old o WHERE v.id = o.id
    AND NOT EXISTS (SELECT FROM crm_fresh f WHERE f.contact_id = o.contact_id AND f.currency = o.currency)
    RETURNING v.contact_id, v.currency
)
INSERT INTO crm_wanted SELECT contact_id, 'rfm', currency, '', %(now)s, 'no_orders' FROM gone
WHERE contact_id IS NOT NULL
"""

# Only what differs is written, so that a run on the same facts writes nothing.
_UPDATE = """
UPDATE crm_customer_value v SET orders = f.orders, days = f.days, amount = f.amount, first_at = f.first_at,
    last_at = f.last_at, previous_at = f.previous_at, recent_orders = f.recent_orders, recent_amount = f.recent_amount
FROM crm_fresh f JOIN crm_old o USING (contact_id, currency) WHERE v.id = o.id
AND (o.orders, o.days, o.amount, o.first_at, o.last_at, o.previous_at, o.recent_orders, o.recent_amount)
    IS DISTINCT FROM
    (f.orders, f.days, f.amount, f.first_at, f.last_at, f.previous_at, f.recent_orders, f.recent_amount)
"""

_INSERT = """
INSERT INTO crm_customer_value (contact_id, currency, orders, days, amount, first_at, last_at, previous_at,
    recent_orders, recent_amount)
SELECT f.* FROM crm_fresh f LEFT JOIN crm_old o USING (contact_id, currency) WHERE o.id IS NULL
"""


def refresh(run: Run) -> None:
    """Sum up the changed contacts' purchases anew. ``crm_old`` and ``crm_fresh`` keep what they had and have."""
    execute(_TABLES)
    execute(OLD)
    execute(SUM, {"from": run.now - run.settings.rfm.period})
    execute("ANALYZE crm_old")
    execute("ANALYZE crm_fresh")
    execute(_DELETE, {"now": run.now})
    execute(_UPDATE)
    execute(_INSERT)
    if run.everything:
        execute("ANALYZE crm_customer_value")
