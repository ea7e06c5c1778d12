"""What is left of variants in channels, as SQL over Saleor's tables (``goods.StockFacts``).

Relies on saleor/product/models.py (ProductVariant, ProductChannelListing, ProductVariantChannelListing) and follows
saleor/graphql/product/types/products.py (ProductVariant.resolve_quantity_available, without an address and without the
most that a checkout may hold). Whether it is sold is as in ``onsale.py``, but for listings: who asks for a variant has
found it.
"""

from django.conf import settings
from django.utils import timezone

from saleor_crm_plugin.shop.goods import StockFacts
from saleor_crm_plugin.shop.saleor.preorders import PREORDERS_TOLD
from saleor_crm_plugin.shop.saleor.shelves import SERVING, units_sql

# One look by key for each wanted pair, and then at the variant's stocks alone: however large the shop, the cost grows
# with what is wanted. What is no key of a variant is not found, and spoils nothing for the others.
_SELECT = f"""
SELECT * FROM (
    WITH asked AS MATERIALIZED (
        SELECT DISTINCT CASE WHEN variant_id ~ '^[1-9][0-9]{{0,9}}$' THEN variant_id::bigint END AS variant_id, channel
        FROM wanted
    ),
    channel AS MATERIALIZED (
        SELECT id, slug, is_active, currency_code FROM channel_channel WHERE slug IN (SELECT channel FROM asked)
    ),
    {SERVING}
    SELECT variant.id::text AS variant_id, channel.slug AS channel, variant.product_id::text AS product_id,
        channel.is_active AND listing.price_amount IS NOT NULL AND coalesce(listed.sold, false) AS sold,
        CASE WHEN variant.is_preorder
            AND (variant.preorder_end_date IS NULL OR variant.preorder_end_date >= %(now)s) THEN {PREORDERS_TOLD}
            WHEN variant.track_inventory THEN {units_sql("channel.id")} END AS units,
        CASE WHEN listing.price_amount IS NOT NULL
            THEN coalesce(listing.discounted_price_amount, listing.price_amount) END AS price,
        channel.currency_code AS currency
    FROM asked
    JOIN channel ON channel.slug = asked.channel
    CROSS JOIN LATERAL (
        SELECT id, product_id, track_inventory, is_preorder, preorder_end_date, preorder_global_threshold
        FROM product_productvariant WHERE id = asked.variant_id OFFSET 0
    ) variant
    LEFT JOIN LATERAL (
        SELECT id, price_amount, discounted_price_amount, preorder_quantity_threshold
        FROM product_productvariantchannellisting WHERE variant_id = variant.id AND channel_id = channel.id OFFSET 0
    ) listing ON true
    LEFT JOIN LATERAL (
        SELECT is_published AND (published_at IS NULL OR published_at <= %(now)s)
            AND coalesce(available_for_purchase_at <= %(now)s, false) AS sold
        FROM product_productchannellisting
        WHERE product_id = variant.product_id AND channel_id = channel.id OFFSET 0
    ) listed ON true
) facts
"""  # noqa: S608 - of constants


def stock_facts() -> StockFacts:
    """As of now. Its parameters are called ``site`` and ``now``."""
    site = settings.SITE_ID  # type: ignore[misc] # of Saleor's settings, not of the sandbox's
    return StockFacts(_SELECT, {"site": site, "now": timezone.now()})
