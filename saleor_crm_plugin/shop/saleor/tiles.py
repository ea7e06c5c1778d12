"""Products as a mail shows them: the prices that the storefront shows, without tax known of an address.

Follows saleor/graphql/product/types/products.py (Product.resolve_pricing).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from saleor.product.models import Product, ProductVariantChannelListing

from saleor_crm_plugin.shop.goods import Tile
from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.money import quantized
from saleor_crm_plugin.shop.saleor.names import product_names
from saleor_crm_plugin.shop.saleor.onsale import read_offered
from saleor_crm_plugin.shop.saleor.pictures import product_pictures
from saleor_crm_plugin.shop.saleor.taxes import ChannelTax

_COLUMNS = ("pk", "name", "slug", "tax_class_id", "product_type__tax_class_id")


def read_tiles(product_ids: Sequence[str], channel: str, languages: Collection[str]) -> dict[str, dict[str, Tile]]:
    """Products by language and id, those that are on sale. At most ten queries."""
    tiles: dict[str, dict[str, Tile]] = {language: {} for language in languages}
    sold = [one for one in read_offered(integers(product_ids), channel) if one.there]
    if not sold:
        return tiles
    stored = ProductVariantChannelListing.objects.in_bulk([one.listing_id for one in sold])
    listings: defaultdict[int, list[Any]] = defaultdict(list)
    for one in sold:
        if one.listing_id in stored:
            listings[one.product_id].append(stored[one.listing_id])
    rows = list(Product.objects.filter(pk__in=listings).order_by().values(*_COLUMNS))
    classes = {row["pk"]: row["tax_class_id"] or row["product_type__tax_class_id"] for row in rows}
    tax = ChannelTax(channel)
    names = product_names(listings, languages)
    pictures = product_pictures(listings)
    for row in rows:
        key = row["pk"]
        price, undiscounted = tax.ranges(listings[key], classes[key])
        currency = listings[key][0].currency
        lowest = quantized(price.start.gross.amount, currency)
        regular = max(lowest, quantized(undiscounted.start.gross.amount, currency))
        for language, told in tiles.items():
            told[str(key)] = Tile(
                product_id=str(key),
                name=names.get((key, language)) or row["name"],
                slug=row["slug"],
                image_url=pictures.get(key, ""),
                price=lowest,
                undiscounted_price=regular,
                currency=currency,
                prices_differ=price.start != price.stop,
            )
    return tiles
