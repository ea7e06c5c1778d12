"""Vouchers of a shop: the shapes in which we ask for them and hear of them. Conventions as in ``port.py``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True)
class VoucherListing:
    """What a voucher takes off in a channel (slug): percent, or an amount of its currency; and from which sum on."""

    channel: str
    value: Decimal
    minimum: Decimal | None


@dataclass(frozen=True)
class VoucherTerms:
    """A voucher as we want it: of the goods of an order, each code good for one order.

    ``key`` is ours: under it the voucher is found again. ``name`` is what customers and staff read. ``percent``: the
    listings' values are percentages. It can be used from ``starts_at`` to ``ends_at``.
    """

    key: str
    name: str
    percent: bool
    listings: tuple[VoucherListing, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class CodeUsage:
    """What became of a code: whether nobody has used it up or switched it off, and the orders that it is in, which are
    not cancelled or expired (but may be drafts, or wait for a member of staff). ``paying``: a cart has used it up
    that is being paid for and is no order yet."""

    active: bool
    order_ids: tuple[str, ...]
    paying: bool = False

    @property
    def in_use(self) -> bool:
        """Whether it is in an order, or will be in one when its payment comes through."""
        return self.paying or bool(self.order_ids)


class Vouchers(Protocol):
    """What a shop does about vouchers. Whoever writes calls it in a transaction; others are told after the commit."""

    def channels(self) -> dict[str, str]:
        """All channels: slug to currency."""

    def ensure_voucher(self, terms: VoucherTerms, known: str) -> str:
        """The id of the voucher under this key, made where there is none. ``known`` is the id that it had when we last
        saw it, or "". Two workers that want the same get the same."""

    def add_codes(self, voucher_id: str, codes: Sequence[str]) -> list[str]:
        """Add codes to a voucher, thousands at once. Returns those that are taken by somebody else, and not added."""

    def code_usage(self, codes: Sequence[str]) -> dict[str, CodeUsage]:
        """What became of codes. Those that the shop does not have are missing."""

    def deactivate_codes(self, codes: Sequence[str]) -> set[str]:
        """Make codes useless. Returns those that were good until now, and in no order."""

    def codes_of_orders(self, order_ids: Sequence[str]) -> dict[str, str]:
        """The code that was used for each order. Orders without one are missing."""
