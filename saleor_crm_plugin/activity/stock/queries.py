"""Watched variants and those who wait for them, by statements. ``{facts}`` is a ``shop.goods.StockFacts.select``."""

# Served by the key: what is watched already is not asked of the shop.
WATCH = """
WITH wanted AS MATERIALIZED (
    SELECT variant_id, channel
    FROM unnest(%(watched)s::text[], %(channels)s::text[]) AS wanted (variant_id, channel)
    WHERE NOT EXISTS (
        SELECT FROM crm_stock_watch watch
        WHERE watch.variant_id = wanted.variant_id AND watch.channel = wanted.channel
    )
)
INSERT INTO crm_stock_watch (variant_id, channel, product_id, sold, units, price, currency, ran_out_at, seen_at)
SELECT variant_id, channel, product_id, sold, units, price, currency,
    CASE WHEN sold AND (units IS NULL OR units > 0) THEN NULL ELSE %(seen_at)s::timestamptz END, %(seen_at)s
FROM ({facts}) facts
ORDER BY variant_id, channel
ON CONFLICT DO NOTHING
"""

OF_VARIANTS = "WHERE variant_id = ANY(%(watched)s::text[])"

# What the shop no longer has is not sold. Only what moved is written.
LOOK = """
WITH wanted AS MATERIALIZED (
    SELECT variant_id::text, channel::text FROM crm_stock_watch {some}
),
facts AS MATERIALIZED ({facts}),
found AS MATERIALIZED (
    SELECT old.variant_id, old.channel, old.there AS was_there, old.price AS price_before,
        coalesce(facts.sold, false) AS sold, CASE WHEN facts.sold IS NULL THEN 0 ELSE facts.units END AS units,
        facts.price, coalesce(facts.currency, old.currency) AS currency,
        coalesce(facts.sold AND (facts.units IS NULL OR facts.units > 0), false) AS there
    FROM wanted
    JOIN crm_stock_watch old USING (variant_id, channel)
    LEFT JOIN facts USING (variant_id, channel)
    WHERE (old.sold, old.units, old.price) IS DISTINCT FROM (
        coalesce(facts.sold, false), CASE WHEN facts.sold IS NULL THEN 0 ELSE facts.units END, facts.price
    )
)
UPDATE crm_stock_watch watch
SET sold = found.sold, units = found.units, price = found.price, currency = found.currency, seen_at = %(seen_at)s,
    came_back_at = CASE WHEN found.there AND NOT found.was_there THEN %(seen_at)s ELSE watch.came_back_at END,
    ran_out_at = CASE WHEN found.was_there AND NOT found.there THEN %(seen_at)s ELSE watch.ran_out_at END
FROM found
WHERE watch.variant_id = found.variant_id AND watch.channel = found.channel
RETURNING watch.variant_id, watch.channel, found.was_there, found.there, found.units, found.price_before, found.price
"""

# Nobody waits for it or wants to hear of its price (any more), and it lies in no cart that may still be ordered.
FORGET = """
DELETE FROM crm_stock_watch watch
WHERE NOT EXISTS (
    SELECT FROM crm_stock_interest interest
    WHERE interest.variant_id = watch.variant_id AND interest.channel = watch.channel
        AND interest.state IN ('unconfirmed', 'waiting', 'told') AND interest.expires_at > %(now)s
)
AND NOT EXISTS (
    SELECT FROM crm_cart cart
    WHERE cart.status = 'open' AND cart.channel = watch.channel
        AND cart.lines @> jsonb_build_array(jsonb_build_object('variant_id', watch.variant_id))
)
"""

# Served by the keys of lines and of what is watched.
WATCHED_IN = """
SELECT DISTINCT line.variant_id FROM crm_purchase_line line
WHERE line.purchase_id = ANY(%(orders)s::text[])
    AND EXISTS (SELECT FROM crm_stock_watch watch WHERE watch.variant_id = line.variant_id)
"""

UNWATCHED = """
SELECT DISTINCT interest.variant_id, interest.channel FROM crm_stock_interest interest
WHERE interest.state IN ('unconfirmed', 'waiting') AND NOT EXISTS (
    SELECT FROM crm_stock_watch watch
    WHERE watch.variant_id = interest.variant_id AND watch.channel = interest.channel
)
"""
