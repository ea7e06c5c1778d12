"""The lines of checkouts with what a mail needs of their variants and products, read at once.

Relies on saleor/checkout/models.py (CheckoutLine) and saleor/product/models.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone
from saleor.checkout.models import CheckoutLine

_COLUMNS = {
    "line_id": "pk",
    "cart_id": "checkout_id",
    "quantity": "quantity",
    "is_gift": "is_gift",
    "total": "total_price_gross_amount",
    "undiscounted_unit_price": "undiscounted_unit_price_amount",
    "tax_rate": "tax_rate",
    "variant_id": "variant_id",
    "variant_name": "variant__name",
    "track_inventory": "variant__track_inventory",
    "is_preorder": "variant__is_preorder",
    "preorder_end_date": "variant__preorder_end_date",
    "preorder_threshold": "variant__preorder_global_threshold",
    "product_id": "variant__product_id",
    "product_name": "variant__product__name",
    "product_slug": "variant__product__slug",
}


class OfVariant(Protocol):
    """What is of a variant and its product, such as a line, with their untranslated names."""

    @property
    def variant_id(self) -> int: ...

    @property
    def variant_name(self) -> str: ...

    @property
    def product_id(self) -> int: ...

    @property
    def product_name(self) -> str: ...


@dataclass(frozen=True)
class Line:
    """One line as stored."""

    line_id: UUID
    cart_id: UUID
    quantity: int
    is_gift: bool
    total: Decimal
    undiscounted_unit_price: Decimal
    tax_rate: Decimal
    variant_id: int
    variant_name: str
    track_inventory: bool
    is_preorder: bool
    preorder_end_date: datetime | None
    preorder_threshold: int | None
    product_id: int
    product_name: str
    product_slug: str

    @property
    def preordered(self) -> bool:
        """Whether the variant is preordered now."""
        return preordered(self.is_preorder, self.preorder_end_date)


def read_lines(checkouts: Sequence[UUID]) -> list[Line]:
    """The lines of these checkouts, in the order in which they were added. One query."""
    rows: Any = CheckoutLine.objects.filter(checkout_id__in=checkouts).order_by("created_at", "pk")
    return [Line(*row) for row in rows.values_list(*_COLUMNS.values())]


def preordered(is_preorder: bool, end: datetime | None) -> bool:
    """As saleor/product/models.py ProductVariant.is_preorder_active."""
    return is_preorder and (end is None or timezone.now() <= end)
