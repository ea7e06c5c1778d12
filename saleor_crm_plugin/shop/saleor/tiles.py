"""Products as a mail shows them: the prices that the storefront shows, without tax known of an address.

Relies on saleor/product/utils/availability.py (get_product_availability) and saleor/tax/models.py, and follows
saleor/graphql/product/types/products.py (resolve_pricing): promotions are in the stored price of each listing, which
Saleor itself brings up to date, and the tax is that of the channel's own country. A tax app is not asked, neither here
nor there: then prices are as the shop entered them.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from saleor.product.models import Product, ProductVariantChannelListing
from saleor.product.utils.availability import get_product_availability
from saleor.tax.models import TaxClassCountryRate, TaxConfiguration, TaxConfigurationPerCountry
from saleor.tax.utils import get_tax_calculation_strategy

from saleor_crm_plugin.shop.goods import Tile
from saleor_crm_plugin.shop.saleor.ids import integers
from saleor_crm_plugin.shop.saleor.money import quantized
from saleor_crm_plugin.shop.saleor.names import product_names
from saleor_crm_plugin.shop.saleor.onsale import read_offered
from saleor_crm_plugin.shop.saleor.pictures import product_pictures

_COLUMNS = ("pk", "name", "slug", "tax_class_id", "product_type__tax_class_id")


def read_tiles(product_ids: Sequence[str], channel: str, language: str) -> dict[str, Tile]:
    """Products by id, those that are on sale. At most ten queries."""
    sold = [one for one in read_offered(integers(product_ids), channel) if one.there]
    if not sold:
        return {}
    stored = ProductVariantChannelListing.objects.in_bulk([one.listing_id for one in sold])
    listings: defaultdict[int, list[Any]] = defaultdict(list)
    for one in sold:
        if one.listing_id in stored:
            listings[one.product_id].append(stored[one.listing_id])
    rows = list(Product.objects.filter(pk__in=listings).order_by().values(*_COLUMNS))
    classes = {row["pk"]: row["tax_class_id"] or row["product_type__tax_class_id"] for row in rows}
    tax = _Tax(channel, {key for key in classes.values() if key is not None})
    names = product_names(listings, [language])
    pictures = product_pictures(listings)
    tiles = {}
    for row in rows:
        key = row["pk"]
        price, undiscounted = tax.ranges(listings[key], classes[key])
        currency = listings[key][0].currency
        lowest = quantized(price.start.gross.amount, currency)
        tiles[str(key)] = Tile(
            product_id=str(key),
            name=names.get((key, language)) or row["name"],
            slug=row["slug"],
            image_url=pictures.get(key, ""),
            price=lowest,
            undiscounted_price=max(lowest, quantized(undiscounted.start.gross.amount, currency)),
            currency=currency,
            prices_differ=price.start != price.stop,
        )
    return tiles


class _Tax:
    """What the channel's own country charges. Three queries."""

    def __init__(self, channel: str, classes: Collection[int]) -> None:
        configuration = TaxConfiguration.objects.select_related("channel").get(channel__slug=channel)
        country = configuration.channel.default_country.code
        exception = TaxConfigurationPerCountry.objects.filter(tax_configuration=configuration, country=country).first()
        rates = TaxClassCountryRate.objects.filter(country=country)
        self._strategy = get_tax_calculation_strategy(configuration, exception)
        self._with_tax = configuration.prices_entered_with_tax
        self._rates: dict[int | None, Decimal] = dict(rates.order_by().values_list("tax_class_id", "rate"))

    def ranges(self, listings: Sequence[Any], tax_class: int | None) -> tuple[Any, Any]:
        """From the lowest to the highest price of these variants: with promotions, and without."""
        usual = self._rates.get(None, Decimal(0))
        availability = get_product_availability(
            product_channel_listing=None,
            variants_channel_listing=list(listings),
            prices_entered_with_tax=self._with_tax,
            tax_calculation_strategy=self._strategy,
            tax_rate=self._rates.get(tax_class, usual),
        )
        return availability.price_range, availability.price_range_undiscounted
