"""Which variants a channel has left for whoever asks, before anybody says where to ship: as SQL over Saleor's tables.

Relies on saleor/warehouse/models.py and saleor/site/models.py (SiteSettings), and follows
saleor/graphql/warehouse/dataloaders.py (available quantity by variant and channel), which answers a storefront's
``isAvailable`` and ``quantityAvailable`` without an address.
"""

from saleor.site.models import SiteSettings
from saleor.warehouse import WarehouseClickAndCollectOption

from saleor_crm_plugin.shop.saleor.stock import BY_ZONE

_LARGEST = 2**31 - 1  # of PostgreSQL's integers
_ALL, _LOCAL = WarehouseClickAndCollectOption.ALL_WAREHOUSES, WarehouseClickAndCollectOption.LOCAL_STOCK

# Common table expressions, to be put where there is a relation ``channel`` (id): the shop's settings that matter here,
# and the warehouses that serve each channel. ``places``: no order ships from two zones; a collection point outside the
# channel's zones is a place of its own. ``from_all``: such a one to which every warehouse brings. Where the shop does
# not go by zones, all warehouses are one place.
SERVING = f"""
shop AS MATERIALIZED (
    SELECT {BY_ZONE if hasattr(SiteSettings, BY_ZONE) else "true"} AS by_zone,
        coalesce(reserve_stock_duration_authenticated_user, 0) <> 0
            OR coalesce(reserve_stock_duration_anonymous_user, 0) <> 0 AS reserving
    FROM site_sitesettings WHERE site_id = %(site)s
),
serving AS MATERIALIZED (
    SELECT channel.id AS channel_id, w.id AS warehouse_id,
        CASE WHEN shop.by_zone THEN coalesce(zones.ids, ARRAY[w.id::text]) ELSE ARRAY['all'] END AS places,
        shop.by_zone AND zones.ids IS NULL AND w.click_and_collect_option = '{_ALL}' AS from_all
    FROM shop
    CROSS JOIN channel
    JOIN warehouse_channelwarehouse cw ON cw.channel_id = channel.id
    JOIN warehouse_warehouse w ON w.id = cw.warehouse_id
    CROSS JOIN LATERAL (
        SELECT array_agg(wz.shippingzone_id::text) AS ids
        FROM warehouse_warehouse_shipping_zones wz
        JOIN shipping_shippingzone_channels zc ON zc.shippingzone_id = wz.shippingzone_id
        WHERE wz.warehouse_id = w.id AND zc.channel_id = channel.id
    ) zones
    WHERE NOT shop.by_zone OR zones.ids IS NOT NULL OR w.click_and_collect_option IN ('{_LOCAL}', '{_ALL}')
)
"""  # noqa: S608 - of constants


def units_sql(channel: str) -> str:
    """How many units of ``variant`` (id) nobody holds in a channel (an expression for its key), never below 0.

    And never more than an integer can be. What is held counts against what is there, and not against what was sold too
    often. Served by the indexes on the variant of a stock, and on the stock of what is allocated and reserved. The
    variant's stocks are found first: from the warehouses on, the planner looks for a stock in each of them.
    """
    return f"""(
    WITH shelf AS (
        SELECT serving.places, serving.from_all,
            CASE WHEN count.available > 0 THEN greatest(count.available - count.held, 0)
                ELSE count.available - count.held END AS units
        FROM (SELECT * FROM warehouse_stock WHERE product_variant_id = variant.id OFFSET 0) stock
        CROSS JOIN LATERAL (
            SELECT * FROM serving WHERE warehouse_id = stock.warehouse_id AND channel_id = {channel} OFFSET 0
        ) serving
        CROSS JOIN LATERAL (
            SELECT stock.quantity - coalesce((
                    SELECT sum(quantity_allocated) FROM warehouse_allocation WHERE stock_id = stock.id
                ), 0) AS available,
                CASE WHEN (SELECT reserving FROM shop) THEN coalesce((
                    SELECT sum(quantity_reserved) FROM warehouse_reservation
                    WHERE stock_id = stock.id AND reserved_until > %(now)s
                ), 0) ELSE 0 END AS held
            OFFSET 0
        ) count
    )
    SELECT least(greatest(CASE WHEN bool_or(from_all) THEN sum(units) ELSE (
        SELECT max(units) FROM (SELECT sum(units) AS units FROM shelf, unnest(places) place GROUP BY place) of_place
    ) END, 0), {_LARGEST})::integer FROM shelf
)"""  # noqa: S608 - of constants
