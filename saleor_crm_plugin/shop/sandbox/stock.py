"""What the demo shop has left of variants, as SQL (``goods.StockFacts``). All channels sell the same stock."""

from ..goods import StockFacts

# Served by the keys of the tables. What is no key of a variant is not found, and spoils nothing for the others.
_SELECT = """
SELECT variant.id::text AS variant_id, channel.slug AS channel, variant.product_id::text AS product_id,
    product.published AND coalesce(price.listed, false) AS sold,
    coalesce(stock.quantity, 0) AS units, price.price, channel.currency
FROM (
    SELECT DISTINCT CASE WHEN variant_id ~ '^[1-9][0-9]{0,17}$' THEN variant_id::bigint END AS variant_id, channel
    FROM wanted
) asked
JOIN sandbox_channel channel ON channel.slug = asked.channel
CROSS JOIN LATERAL (SELECT id, product_id FROM sandbox_variant WHERE id = asked.variant_id OFFSET 0) variant
JOIN sandbox_product product ON product.id = variant.product_id
LEFT JOIN sandbox_stock stock ON stock.variant_id = variant.id
LEFT JOIN sandbox_price price ON price.variant_id = variant.id AND price.channel_id = channel.id
"""

FACTS = StockFacts(_SELECT, {})
