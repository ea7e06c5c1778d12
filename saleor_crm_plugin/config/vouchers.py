"""What the owner says of vouchers: the tiers, how codes look, and what loyalty points are worth.

Each reader raises ValueError with the end of a plain sentence that began with the field's label, as in ``values.py``.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from babel.numbers import get_currency_precision, list_currencies

from ..values import one_line
from . import customers

# What vouchers for loyalty points go by: no tier may be called so.
POINTS = "points"
_VALID = timedelta(days=7)
_KNOWN = list_currencies()

Amounts = Mapping[str, Decimal]  # by currency


@dataclass(frozen=True)
class VoucherTier:
    """What a voucher is good for, and how much of it may be granted.

    Either ``percent`` of the goods, or one of ``amounts``. ``minimum`` is what has to be bought for. ``channels`` are
    slugs; empty: all channels (with a currency of the amounts). ``budget`` limits, by currency, what codes are granted
    for that were used or can still be: an amount counts as it is, a percentage as what ``counts`` says, since nobody
    knows what it costs before it is used. ``most`` limits their number.
    """

    name: str
    percent: Decimal | None = None
    amounts: Amounts = field(default_factory=dict)
    minimum: Amounts = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    valid: timedelta = _VALID
    budget: Amounts = field(default_factory=dict)
    counts: Amounts = field(default_factory=dict)
    most: int | None = None

    def value(self, currency: str) -> Decimal:
        """What a code counts for in the budget of a currency; 0 where nothing is said of it."""
        return (self.amounts if self.percent is None else self.counts).get(currency, Decimal(0))

    def serves(self, channel: str, currency: str) -> bool:
        """Whether a code can be used in a channel with a currency, and may be granted for it."""
        here = not self.channels or channel in self.channels
        known = self.percent is not None or currency in self.amounts
        return here and known and (not self.budget or currency in self.budget)


@dataclass(frozen=True)
class VoucherRules:
    """How vouchers are granted. ``points`` is how many loyalty points a unit of a currency costs; empty: not spent."""

    tiers: tuple[VoucherTier, ...]
    prefix: str
    points: Amounts
    points_valid: timedelta

    def tier(self, name: str) -> VoucherTier | None:
        """The tier of a name."""
        return next((tier for tier in self.tiers if tier.name == name), None)


def tiers(value: Any) -> tuple[VoucherTier, ...]:
    """Lines such as ``A = 20 %, min 50 EUR, valid 7 d, budget 5000 EUR, counts 15 EUR, at most 500``."""
    found = [_tier(line.strip()) for line in str(value).splitlines() if line.strip()]
    if len({tier.name.lower() for tier in found}) < len(found):
        raise ValueError("has two tiers of the same name.")
    return tuple(found)


def prefix(value: Any) -> str:
    text = one_line(value).upper()
    if not re.fullmatch(r"[A-HJ-NP-Z2-9]{0,12}", text):  # codes have none of them, either (vouchers/codes.py)
        raise ValueError(
            "must be up to 12 plain letters and digits, such as CRM, or empty; without 0, O, 1 and I, which customers"
            " take for each other."
        )
    return text


def points(value: Any) -> Amounts:
    """Lines or parts such as ``100 EUR, 25 PLN``: so many points for one unit of each currency."""
    found: dict[str, Decimal] = {}
    for part in re.split(r"[,;\n]", str(value)):
        match = re.fullmatch(r"([0-9]{1,6})\s*([A-Z]{3})", part.strip())
        if part.strip() and (not match or not int(match[1]) or match[2] not in _KNOWN or match[2] in found):
            raise ValueError("must be so many points for one unit of each currency, such as 100 EUR, 25 PLN, or empty.")
        if match:
            found[match[2]] = Decimal(match[1])
    return found


def smallest(currency: str) -> Decimal:
    """The smallest amount of a currency that can be paid: 0.01 EUR, 1 JPY (Unicode CLDR)."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


def _tier(line: str) -> VoucherTier:
    name, equals, rest = line.partition("=")
    name, (worth, *parts) = one_line(name), [part.strip() for part in rest.split(",")]
    if not equals or not 1 <= len(name) <= 32 or name.lower() == POINTS:
        raise ValueError(f"has a line without a name of its own before “=”: “{line[:60]}”. Write it as A = 20 %.")
    said: dict[str, Any] = {}
    for part in parts:
        word, reader = next(
            ((word, reader) for word, reader in _PARTS.items() if part.startswith(f"{word} ")), ("", None)
        )
        target = word.replace("at most", "most").replace("min", "minimum")
        if reader is None or target in said:
            raise ValueError(
                f"has a part that can't be read: “{part[:60]}”. After the value come, with commas between them and"
                f" each once: {', '.join(_PARTS)}."
            )
        said[target] = reader(part.removeprefix(word).strip())
    return _consistent(VoucherTier(name, **_worth(worth), **said))


def _worth(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)\s*%", text)
    if match:
        if not 0 < Decimal(match[1]) <= 100:
            raise ValueError("may take more than 0 % and at most 100 % off.")
        return {"percent": Decimal(match[1])}
    return {"amounts": _amounts(text)}


def _amounts(text: str) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for part in text.split("/"):
        match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([A-Z]{3})", part.strip())
        if not match or match[2] not in _KNOWN or match[2] in found or not Decimal(match[1]):
            raise ValueError(f"has “{text[:60]}” where 20 % or an amount such as 10 EUR / 45 PLN has to be.")
        amount, step = Decimal(match[1]), smallest(match[2])
        if amount % step:
            raise ValueError(f"has an amount that can't be paid: “{part.strip()}”.")
        found[match[2]] = amount
    return found


def _channels(text: str) -> tuple[str, ...]:
    slugs = tuple(slug.strip() for slug in text.split("/"))
    if not all(re.fullmatch(r"[\w-]{1,255}", slug) for slug in slugs):
        raise ValueError("must name channels by their slugs, such as channels eu / poland.")
    return slugs


def _most(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text) or not int(text):
        raise ValueError("must limit the codes by a whole number, such as at most 500.")
    return int(text)


# How what may follow a tier's value begins, and how it is read.
_PARTS: Mapping[str, Callable[[str], Any]] = {
    "min": _amounts,
    "valid": customers.period,
    "channels": _channels,
    "budget": _amounts,
    "counts": _amounts,
    "at most": _most,
}


def _consistent(tier: VoucherTier) -> VoucherTier:
    if tier.percent is None and tier.counts:
        raise ValueError(f"has “counts” in the tier “{tier.name}”: only a percentage needs it.")
    known = tier.counts if tier.percent is not None else tier.amounts
    if tier.percent is not None and (tier.budget or tier.counts) and set(tier.budget) != set(tier.counts):
        raise ValueError(
            f"needs “counts” beside “budget” in the tier “{tier.name}”, in the same currencies: what one code with a"
            " percentage is reckoned to cost, such as counts 15 EUR."
        )
    if tier.budget and not set(tier.budget) <= set(known):
        raise ValueError(f"has a budget in a currency that the tier “{tier.name}” has no amount in.")
    return tier
