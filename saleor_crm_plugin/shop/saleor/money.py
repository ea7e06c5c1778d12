"""Amounts as Saleor shows them: with as many decimals as the currency has (saleor/core/prices.py)."""

from decimal import Decimal

from babel.core import get_global
from babel.numbers import get_currency_precision
from saleor.core.prices import quantize_price

# The currencies that have not two decimals, by Saleor's own source (Babel): a relation ``places``, to be joined on
# the currency. ``scale`` is how many of the smallest unit make one.
_PRECISIONS = {code: get_currency_precision(code) for code in sorted(get_global("currency_fractions"))}
_ROWS = ", ".join(f"('{code}', {digits}, {10**digits})" for code, digits in _PRECISIONS.items() if digits != 2)
PLACES = f"(VALUES {_ROWS}) AS places (currency, digits, scale)"


def quantized(amount: Decimal, currency: str) -> Decimal:
    """The amount rounded to the currency's precision."""
    rounded: Decimal = quantize_price(amount, currency)
    return rounded


def quantized_sql(amount: str) -> str:
    """The same of an SQL expression, where ``places`` is joined: a half goes to the even neighbour, as there."""
    digits, scale = "coalesce(places.digits, 2)", "coalesce(places.scale, 100)"
    even = f"round({amount} * {scale} / 2) * 2 / {scale}"
    return f"round(CASE WHEN mod(abs({amount}) * {scale}, 1) = 0.5 THEN {even} ELSE {amount} END, {digits})"
