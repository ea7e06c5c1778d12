"""Money, as the shop's type Money reads it."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Amount:
    """So much of a currency."""

    amount: Decimal
    currency: str
