"""Checkouts as a mail shows them, put together from the prices, listings, stock, names and pictures of today.

Relies on saleor/checkout/models.py and saleor/tax/models.py (TaxConfiguration).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor.checkout.models import Checkout
from saleor.tax.models import TaxConfigurationPerCountry

from saleor_crm_plugin.shop.port import PricedCart, PricedLine
from saleor_crm_plugin.shop.saleor.carts import country_of
from saleor_crm_plugin.shop.saleor.deliverable import PLACE, can_be_had
from saleor_crm_plugin.shop.saleor.ids import uuids
from saleor_crm_plugin.shop.saleor.lines import Line, read_lines
from saleor_crm_plugin.shop.saleor.money import quantized
from saleor_crm_plugin.shop.saleor.names import Names
from saleor_crm_plugin.shop.saleor.pictures import picture_finder
from saleor_crm_plugin.shop.saleor.refresh import refresh

_COLUMNS = (
    *PLACE,
    *("currency", "language_code", "subtotal_gross_amount", "tax_exemption"),
    *("user__first_name", "billing_address__first_name", "shipping_address__first_name"),
    *("channel__tax_configuration", "channel__tax_configuration__charge_taxes"),
    "channel__tax_configuration__prices_entered_with_tax",
)


def read_priced_carts(ids: Sequence[str]) -> dict[str, PricedCart]:
    """Checkouts by id, priced now. The number of queries is constant but for carts whose prices have expired."""
    keys = uuids(ids)
    unpriced = refresh(keys)
    rows = Checkout.objects.filter(pk__in=set(keys) - unpriced).order_by().values(*_COLUMNS)
    carts: dict[UUID, Mapping[str, Any]] = {row["pk"]: row for row in rows}
    lines = [line for line in read_lines(list(carts)) if line.cart_id in carts]
    charged = _tax_is_charged(carts)
    available = can_be_had(lines, carts)
    names = Names(lines, (row["language_code"] for row in carts.values()))
    picture = picture_finder(lines)
    tiles: defaultdict[UUID, list[PricedLine]] = defaultdict(list)
    for line in lines:
        cart = carts[line.cart_id]
        unit_price = quantized(line.total / max(line.quantity, 1), cart["currency"])
        tiles[line.cart_id].append(
            PricedLine(
                line_id=str(line.line_id),
                variant_id=str(line.variant_id),
                product_id=str(line.product_id),
                quantity=line.quantity,
                product_name=names.of_product(line, cart["language_code"]),
                variant_name=names.of_variant(line, cart["language_code"]),
                unit_price=unit_price,
                undiscounted_unit_price=max(unit_price, _undiscounted(line, cart, charged[line.cart_id])),
                total=quantized(line.total, cart["currency"]),
                image_url=picture(line),
                product_slug=line.product_slug,
                available=line.line_id in available,
            )
        )
    return {
        str(key): PricedCart(
            id=str(key),
            currency=row["currency"],
            first_name=_first_name(row),
            lines=tuple(tiles[key]),
            total=quantized(row["subtotal_gross_amount"], row["currency"]),
        )
        for key, row in carts.items()
    }


def _first_name(row: Mapping[str, Any]) -> str:
    names = (row[f"{owner}__first_name"] for owner in ("user", "billing_address", "shipping_address"))
    return next((name.strip() for name in names if name and name.strip()), "")


def _tax_is_charged(carts: Mapping[UUID, Mapping[str, Any]]) -> dict[UUID, bool]:
    """Whether each cart pays tax, as saleor/tax/utils.py get_charge_taxes says. One query."""
    configurations = {row["channel__tax_configuration"] for row in carts.values()}
    found = TaxConfigurationPerCountry.objects.filter(tax_configuration_id__in=configurations).order_by()
    exceptions = {
        (configuration, country): charge
        for configuration, country, charge in found.values_list("tax_configuration_id", "country", "charge_taxes")
    }
    return {
        key: not row["tax_exemption"]
        and exceptions.get(
            (row["channel__tax_configuration"], country_of(row)), row["channel__tax_configuration__charge_taxes"]
        )
        for key, row in carts.items()
    }


def _undiscounted(line: Line, cart: Mapping[str, Any], charged: bool) -> Decimal:
    """The price before discounts, gross as all our prices are. Saleor keeps it as the shop entered it."""
    price = line.undiscounted_unit_price
    if not cart["channel__tax_configuration__prices_entered_with_tax"]:
        return quantized(price * (1 + line.tax_rate), cart["currency"])
    # Entered with a tax that this customer does not pay, at a rate that Saleor does not keep: no price is
    # better than one that makes the missing tax look like a discount.
    return quantized(price, cart["currency"]) if charged else Decimal(0)
