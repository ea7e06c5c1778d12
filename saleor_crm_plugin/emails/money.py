"""Money and quantities as the customer's locale writes them (Unicode CLDR, through Babel)."""

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import format_currency, format_decimal

# "PLN 1,234.50": CLDR asks for the space (currencySpacing), Babel leaves it out.
_CODE_AGAINST_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")


def money(amount: Decimal, currency: str, locale: Locale) -> str:
    """An amount with its currency, rounded to that currency's own decimals: "1.234,50 €", "¥1,235"."""
    return _CODE_AGAINST_DIGIT.sub("\xa0", format_currency(amount, currency, locale=locale))


def quantity(count: int, locale: Locale) -> str:
    """A count with the locale's digit groups."""
    return format_decimal(count, locale=locale)
