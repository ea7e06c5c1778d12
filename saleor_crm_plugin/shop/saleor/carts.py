"""Checkouts as they are now. Relies on saleor/checkout/models.py (Checkout, CheckoutLine, CheckoutMetadata)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import graphene
from saleor.checkout.models import Checkout, CheckoutLine

from saleor_crm_plugin.shop.consent import mark
from saleor_crm_plugin.shop.port import Cart, CartLine, Changed
from saleor_crm_plugin.shop.saleor.changes import read_changes
from saleor_crm_plugin.shop.saleor.ids import uuids
from saleor_crm_plugin.shop.saleor.money import quantized
from saleor_crm_plugin.shop.saleor.owner import single
from saleor_crm_plugin.shop.visitor import visitor

_COLUMNS = (
    *("pk", "email", "user_id", "user__email", "user__is_confirmed", "metadata_storage__metadata"),
    *("channel__slug", "currency", "language_code", "created_at", "last_change"),
    *("country", "shipping_address__country", "billing_address__country"),
)
_LINE_COLUMNS = (
    *("pk", "checkout_id", "variant_id", "variant__product_id", "quantity", "is_gift", "currency"),
    "total_price_gross_amount",
)


def read_carts(ids: Sequence[str]) -> dict[str, Cart]:
    """Checkouts by id, with the prices that Saleor last stored. Three queries.

    Lines added since Saleor last priced the checkout stand at 0 until it prices it again.
    """
    key, trusting = single("consent_key", "trust_unconfirmed")
    rows = list(Checkout.objects.filter(pk__in=uuids(ids)).order_by().values(*_COLUMNS))
    lines = _lines([row["pk"] for row in rows])
    return {str(row["pk"]): _cart(row, lines[row["pk"]], key, trusting=trusting) for row in rows}


def read_changed_carts(after: Changed, limit: int) -> list[Changed]:
    """Checkouts that changed after a point."""
    return read_changes(Checkout.objects, "last_change", after, limit)


def reference(cart_id: str) -> str:
    """The global id, by which a storefront asks for the checkout (saleor/graphql/checkout/types.py)."""
    return str(graphene.Node.to_global_id("Checkout", cart_id))


def country_of(row: Mapping[str, Any]) -> str:
    """Where the checkout ships to, as saleor/checkout/models.py Checkout.get_country, which also writes."""
    return row["shipping_address__country"] or row["billing_address__country"] or row["country"] or ""


def only_gifts(lines: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing of the customer's is left: Saleor takes its gift away when it prices the checkout next."""
    return all(line["is_gift"] for line in lines)


def _lines(checkouts: Sequence[UUID]) -> dict[UUID, list[Mapping[str, Any]]]:
    lines = defaultdict(list)
    rows = CheckoutLine.objects.filter(checkout_id__in=checkouts).order_by("created_at", "pk")
    for row in rows.values(*_LINE_COLUMNS):
        lines[row["checkout_id"]].append(row)
    return lines


def _cart(row: Mapping[str, Any], line_rows: Sequence[Mapping[str, Any]], key: str, *, trusting: bool) -> Cart:
    user_email = (row["user__email"] or "").strip()
    lines = () if only_gifts(line_rows) else tuple(_line(line) for line in line_rows)
    return Cart(
        id=str(row["pk"]),
        email=(row["email"] or "").strip() or user_email,
        user_id=str(row["user_id"]) if row["user__is_confirmed"] or (trusting and row["user_id"]) else None,
        user_email=user_email,
        channel=row["channel__slug"],
        currency=row["currency"],
        language=row["language_code"],
        country=country_of(row),
        created_at=row["created_at"],
        changed_at=row["last_change"],
        lines=lines,
        total=sum((line.total for line in lines), Decimal(0)),
        consent=mark(key, row["metadata_storage__metadata"]),
        visitor_id=visitor(row["metadata_storage__metadata"]),
    )


def _line(row: Mapping[str, Any]) -> CartLine:
    return CartLine(
        line_id=str(row["pk"]),
        variant_id=str(row["variant_id"]),
        product_id=str(row["variant__product_id"]),
        quantity=row["quantity"],
        total=quantized(row["total_price_gross_amount"], row["currency"]),
    )
