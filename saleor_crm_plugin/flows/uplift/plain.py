"""What a flow is worth, for programs."""

from decimal import Decimal
from typing import Any

from .uplift import COUNTS_FOR, Arm, Compared, Credited, Spent, Uplift


def plain(found: Uplift | None) -> dict[str, Any] | None:
    """As JSON writes it: amounts are texts, in the currency that they stand in. None for a flow that was asked for."""
    if found is None:
        return None
    return {
        "days": COUNTS_FOR.days,
        "treated": _arm(found.treated),
        "held_out": _arm(found.held_out),
        "currencies": [_compared(one) for one in found.currencies],
        "by_code": [_credited(one) for one in found.by_code],
        "by_last_click": [_credited(one) for one in found.by_last_click],
    }


def _arm(arm: Arm) -> dict[str, int]:
    return {"people": arm.people, "running": arm.running}


def _compared(one: Compared) -> dict[str, Any]:
    return {
        "currency": one.currency,
        "treated": _spent(one.treated),
        "held_out": _spent(one.held_out),
        "difference_per_1000": _text(one.difference),
        "low": _text(one.low),
        "high": _text(one.high),
        "conclusive": one.conclusive,
        "weeks": one.weeks,
    }


def _spent(spent: Spent) -> dict[str, Any]:
    return {
        "buyers": spent.buyers,
        "orders": spent.orders,
        "revenue": str(spent.revenue),
        "revenue_per_1000": str(spent.per_1000),
    }


def _credited(one: Credited) -> dict[str, Any]:
    return {"currency": one.currency, "orders": one.orders, "revenue": str(one.revenue)}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
