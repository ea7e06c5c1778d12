"""Customers with orders for the tests of loyalty points: one unit of money earns one point."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config import LoyaltyRules
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.loyalty.account import Account, account
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.orders import post_orders

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
WINDOW, LIFETIME = 30 * DAY, 365 * DAY
RULES = LoyaltyRules(since=NOW - 1000 * DAY, rates={"": Decimal(1)}, return_window=WINDOW, lifetime=LIFETIME, tiers=())
ENDLESS = replace(RULES, lifetime=None)
OFF = replace(RULES, since=None)

_numbers: Iterator[int] = count(1)


def customer(email: str = "ada@example.com") -> int:
    return Contact.objects.create(email=email, created_at=NOW).pk


def order(
    contact: int | None, goods: object = 100, *, at: datetime = NOW, rules: LoyaltyRules = RULES, **facts: Any
) -> str:
    """A paid order of so much, seen at that moment. Returns its id."""
    order_id = f"o{next(_numbers)}"
    facts = {"total": goods, "refunded": 0, "real": True, "paid": True, "placed_at": at, **facts}
    Purchase.objects.create(
        order_id=order_id, contact_id=contact, goods_net=Decimal(str(goods)), changed_at=at,
        **{"channel": "eu", "currency": "EUR", "language": "de", **facts},
    )  # fmt: skip
    post_orders([order_id], rules, at)
    return order_id


def change(order_id: str, *, at: datetime = NOW, rules: LoyaltyRules = RULES, **facts: Any) -> int:
    """The order is another now, and is looked at. Returns how many lots moved."""
    Purchase.objects.filter(pk=order_id).update(**facts)
    return post_orders([order_id], rules, at)


def earned(contact: int, goods: object = 100, *, at: datetime = NOW, rules: LoyaltyRules = RULES, **facts: Any) -> str:
    """An order whose points became earned at that moment. Returns its id."""
    order_id = order(contact, goods, at=at, rules=rules, fulfilled_at=at - rules.return_window, **facts)
    mature(rules, at)
    return order_id


def has(contact: int, at: datetime = NOW, rules: LoyaltyRules = RULES) -> Account:
    return account([contact], rules, at)[contact]


def lot(order_id: str) -> Lot:
    return Lot.objects.get(source=f"order:{order_id}")


def left(order_id: str) -> int:
    """The points that are left of an order's."""
    return lot(order_id).points


def movements(**which: Any) -> list[tuple[str, int]]:
    """What was moved, in order: (kind, points)."""
    return list(Entry.objects.filter(**which).order_by("pk").values_list("kind", "points"))
