"""What an analysis asks of the facts and segments, by name. All of it reads whole tables once."""

# The orders of a file, before they become purchases month by month (replay.py).
MAKE_ORDERS = """
CREATE TABLE crm_analysis_order (
    number integer, customer integer, currency text, total numeric, refunded numeric, placed_at timestamptz
)
"""

# Each customer of the file as a contact, known from the first order on. The customer's number is the id.
TAKE_CUSTOMERS = """
INSERT INTO crm_contact (id, key, user_id, language, country, consented, created_at)
SELECT customer, gen_random_uuid(), customer::text, '', '', false, min(placed_at)
FROM crm_analysis_order WHERE placed_at >= %(since)s AND placed_at < %(until)s
GROUP BY customer
ON CONFLICT DO NOTHING
"""

# The orders of a span of time as purchases. Their customers are noted as changed.
TAKE_ORDERS = """
WITH taken AS (
    INSERT INTO crm_purchase (
        order_id, contact_id, channel, currency, language, total, refunded, goods_net, gift, real, paid,
        placed_at, changed_at
    )
    SELECT number::text, customer, '', currency, '', total, refunded, total, false, true, true, placed_at, placed_at
    FROM crm_analysis_order WHERE placed_at >= %(since)s AND placed_at < %(until)s
    RETURNING contact_id
)
INSERT INTO crm_contact_change (contact_id) SELECT DISTINCT contact_id FROM taken
"""

# How many customers stand at each stage.
STAGES = """
SELECT l.stage, count(*) FROM crm_lifecycle l WHERE l.stage <> 'prospect' GROUP BY 1
"""

# Customers and how many of them bought again, over all currencies.
CUSTOMERS = """
SELECT count(*), count(*) FILTER (WHERE orders > 1), coalesce(sum(orders), 0), min(first_at), max(last_at)
FROM (
    SELECT contact_id, sum(orders) AS orders, min(first_at) AS first_at, max(last_at) AS last_at
    FROM crm_customer_value WHERE contact_id IS NOT NULL GROUP BY contact_id
) customer
"""

# What was bought in each currency, the largest number of orders first.
CURRENCIES = """
SELECT currency, sum(orders), sum(amount), count(*) FROM crm_customer_value WHERE contact_id IS NOT NULL
GROUP BY currency ORDER BY 2 DESC, 1
"""

# The map of ranks: customers and recent revenue by recency and by the mean of frequency and money, each brought to 1 to
# 5. A rank is one more than the cuts below the value (segments/cuts.py); one customer alone is in the middle.
RFM_MAP = """
SELECT currency, ceil(recency * 5.0 / %(bins)s)::int,
    floor((ceil(frequency * 5.0 / %(bins)s) + ceil(monetary * 5.0 / %(bins)s)) / 2 + 0.5)::int,
    count(*), sum(recent_amount)
FROM (
    SELECT v.currency, v.recent_amount,
        CASE cuts WHEN 0 THEN (%(bins)s + 2) / 2 ELSE 1 + later END AS recency,
        CASE cuts WHEN 0 THEN (%(bins)s + 2) / 2 ELSE 1 + oftener END AS frequency,
        CASE cuts WHEN 0 THEN (%(bins)s + 2) / 2 ELSE 1 + richer END AS monetary
    FROM crm_customer_value v CROSS JOIN LATERAL (
        SELECT count(*) AS cuts, count(*) FILTER (WHERE v.last_at > c.last_at) AS later,
            count(*) FILTER (WHERE v.recent_orders > c.recent_orders) AS oftener,
            count(*) FILTER (WHERE v.recent_amount > c.recent_amount) AS richer
        FROM crm_rfm_cut c WHERE c.currency = v.currency
    ) below
    WHERE v.recent_orders > 0 AND v.contact_id IS NOT NULL
) ranked
GROUP BY 1, 2, 3
"""

# Of the customers who first bought in a month, how many bought in each month after it.
COHORTS = """
WITH bought AS (
    SELECT DISTINCT contact_id, date_trunc('month', placed_at, 'UTC') AS month
    FROM crm_purchase WHERE counts AND contact_id IS NOT NULL
), numbered AS (
    SELECT contact_id, month, min(month) OVER (PARTITION BY contact_id) AS first_month FROM bought
)
SELECT first_month,
    (extract(year FROM month) - extract(year FROM first_month)) * 12
        + extract(month FROM month) - extract(month FROM first_month) AS age,
    count(*)
FROM numbered WHERE first_month >= %(since)s
GROUP BY 1, 2 ORDER BY 1, 2
"""

# What customers are expected to bring in the next twelve months, and which part the best tenth of them brings.
LIFETIME = """
SELECT currency, count(*), sum(expected_orders), sum(expected_value), avg(p_alive),
    sum(expected_value) FILTER (WHERE place <= greatest(1, customers / 10))
FROM (
    SELECT *, row_number() OVER (PARTITION BY currency ORDER BY expected_value DESC) AS place,
        count(*) OVER (PARTITION BY currency) AS customers
    FROM crm_lifetime_value
) ranked
GROUP BY currency
"""
