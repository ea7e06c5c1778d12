"""Orders as they are now, and what went back to the customer.

Relies on saleor/order/models.py (Order) and saleor/payment/models.py: a refund is recorded as a
successful ``Transaction`` of a ``Payment`` (the older payments) or as the ``refunded_value`` of a
``TransactionItem``. A granted refund (OrderGrantedRefund) is a promise and moves neither.
saleor/order/actions.py order_refunded adds the two up in the same way.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Case, F, Sum, When
from saleor.order import OrderChargeStatus, OrderStatus
from saleor.order.models import Order as SaleorOrder
from saleor.payment import TransactionKind
from saleor.payment.models import Transaction, TransactionItem

from saleor_crm_plugin.shop.port import Changed, Order
from saleor_crm_plugin.shop.saleor.changes import read_changes
from saleor_crm_plugin.shop.saleor.ids import uuid_or_none, uuids
from saleor_crm_plugin.shop.saleor.money import quantized

_UNREAL = frozenset({OrderStatus.DRAFT, OrderStatus.UNCONFIRMED, OrderStatus.EXPIRED, OrderStatus.CANCELED})
_COVERED = frozenset({OrderChargeStatus.FULL, OrderChargeStatus.OVERCHARGED})
_COLUMNS = (
    *("pk", "status", "checkout_token", "user_email", "user_id", "user__email", "channel__slug", "currency"),
    *("language_code", "total_gross_amount", "total_charged_amount", "charge_status", "created_at", "updated_at"),
)


def read_orders(ids: Sequence[str]) -> dict[str, Order]:
    """Orders by id. Three queries."""
    rows = list(SaleorOrder.objects.filter(pk__in=uuids(ids)).order_by().values(*_COLUMNS))
    refunded = _refunded([row["pk"] for row in rows])
    return {str(row["pk"]): _order(row, refunded[row["pk"]]) for row in rows}


def read_orders_of_carts(cart_ids: Sequence[str]) -> dict[str, list[str]]:
    """The real orders placed from each cart, oldest first. One query, by the index on ``checkout_token``."""
    tokens = [str(key) for key in uuids(cart_ids)]
    rows = SaleorOrder.objects.filter(checkout_token__in=tokens).exclude(status__in=_UNREAL)
    orders: defaultdict[str, list[str]] = defaultdict(list)
    for token, key in rows.order_by("created_at", "pk").values_list("checkout_token", "pk"):
        orders[token].append(str(key))
    return dict(orders)


def read_changed_orders(after: Changed, limit: int) -> list[Changed]:
    """Orders that changed after a point."""
    return read_changes(SaleorOrder.objects, "updated_at", after, limit)


def _refunded(orders: Sequence[UUID]) -> dict[UUID, Decimal]:
    refunds = Transaction.objects.filter(
        payment__order_id__in=orders,
        kind__in=(TransactionKind.REFUND, TransactionKind.REFUND_REVERSED),
        is_success=True,
    ).order_by()
    # A reversed refund is money that came back to the shop (saleor/payment/utils.py gateway_postprocess).
    signed = Case(When(kind=TransactionKind.REFUND_REVERSED, then=-F("amount")), default=F("amount"))
    items = TransactionItem.objects.filter(order_id__in=orders).order_by()
    amounts: defaultdict[UUID, Decimal] = defaultdict(Decimal)
    for order, amount in refunds.values_list("payment__order_id").annotate(refunded=Sum(signed)):
        amounts[order] += amount
    for order, amount in items.values_list("order_id").annotate(refunded=Sum("refunded_value")):
        amounts[order] += amount
    return amounts


def _order(row: Mapping[str, Any], refunded: Decimal) -> Order:
    total: Decimal = row["total_gross_amount"]
    cart = uuid_or_none(row["checkout_token"].lower())
    return Order(
        id=str(row["pk"]),
        cart_id=None if cart is None else str(cart),
        email=row["user_email"].strip(),
        user_id=None if row["user_id"] is None else str(row["user_id"]),
        user_email=(row["user__email"] or "").strip(),
        channel=row["channel__slug"],
        currency=row["currency"],
        language=row["language_code"],
        total=quantized(total, row["currency"]),
        refunded=quantized(min(max(refunded, Decimal(0)), total), row["currency"]),
        # Saleor takes a refund off what was charged: an order paid and refunded is no longer "fully charged".
        paid=row["charge_status"] in _COVERED or 0 < total <= row["total_charged_amount"] + refunded,
        real=row["status"] not in _UNREAL,
        placed_at=row["created_at"],
        changed_at=row["updated_at"],
    )
