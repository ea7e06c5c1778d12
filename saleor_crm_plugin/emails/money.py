"""Money, shares and quantities as the customer's locale writes them (Unicode CLDR, through Babel)."""

import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_currency, format_decimal, format_percent

# "PLN 1,234.50": CLDR asks for the space (currencySpacing), Babel leaves it out.
_CODE_AGAINST_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


@lru_cache(maxsize=10_000)
def money(amount: Decimal, currency: str, locale: Locale) -> str:
    """An amount with its currency, rounded to that currency's own decimals: "1.234,50 €", "¥1,235"."""
    return _CODE_AGAINST_DIGIT.sub("\xa0", format_currency(amount, currency, locale=locale))


@lru_cache(maxsize=1_000)
def quantity(count: int, locale: Locale) -> str:
    """A count with the locale's digit groups."""
    return format_decimal(count, locale=locale)


def percentage(percent: Decimal, locale: Locale) -> str:
    """A percentage with all its decimals: "15 %", "12,5 %"."""
    return format_percent(percent / 100, locale=locale, decimal_quantization=False)
