"""Amounts as Saleor shows them: with as many decimals as the currency has (saleor/core/prices.py)."""

from decimal import Decimal

from saleor.core.prices import quantize_price


def quantized(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded to the currency's precision."""
    rounded: Decimal = quantize_price(amount, currency)
    return rounded
