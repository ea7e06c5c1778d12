"""Prices as a storefront shows them before anybody says where to ship.

Relies on saleor/product/utils/availability.py (get_product_availability) and saleor/tax/models.py, and follows
saleor/graphql/product/types/products.py (resolve_pricing): promotions are in the stored price of each listing, which
Saleor itself brings up to date, and the tax is that of the channel's own country. A tax app is not asked, neither here
nor there: then prices are as the shop entered them.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from saleor.product.utils.availability import get_product_availability
from saleor.tax.models import TaxClassCountryRate, TaxConfiguration, TaxConfigurationPerCountry
from saleor.tax.utils import get_tax_calculation_strategy


class ChannelTax:
    """What the channel's own country charges. Three queries."""

    def __init__(self, channel: str) -> None:
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
        usually = availability.price_range_undiscounted
        # A listing that was written past Saleor's services has no price with promotions until they are next looked at.
        return usually if availability.price_range is None else availability.price_range, usually
