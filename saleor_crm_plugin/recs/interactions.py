"""What happened between customers and products, as columns of numbers that nobody changes any more."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from .arrays import NONE, Codes, Floats, Ids, Mask, Moments

_Column = TypeVar("_Column", bound=npt.NDArray[Any])


class Kind(IntEnum):
    """What a customer did with a product. A return counts against."""

    VIEW = 0
    CART = 1
    INTEREST = 2
    PURCHASE = 3
    RETURN = 4


# How much a single sign says, beside a purchase.
SAYS = {Kind.VIEW: 0.1, Kind.CART: 0.4, Kind.INTEREST: 0.4, Kind.PURCHASE: 1.0, Kind.RETURN: -1.0}


class BadInteractions(ValueError):  # noqa: N818 - a message to people
    """The columns do not fit together. The message says which."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Signs of interest, oldest first.

    ``users`` and ``items`` are places in ``user_ids`` and ``item_ids``, which stay whole in every slice, so that codes
    mean the same before and after a cut. ``times`` are seconds since 1970 (UTC). ``orders`` are numbers of orders, or
    -1. ``weights`` multiply what the kind says. A purchase of weight 0 is a gift: it says nothing about who bought it,
    and still that the product sells and with what.
    """

    users: Codes
    items: Codes
    times: Moments
    kinds: npt.NDArray[np.int8]
    weights: Floats
    orders: Codes
    user_ids: Ids
    item_ids: Ids

    def __len__(self) -> int:
        return len(self.times)

    @property
    def user_count(self) -> int:
        return len(self.user_ids)

    @property
    def item_count(self) -> int:
        return len(self.item_ids)

    def before(self, moment: int) -> "Interactions":
        """What happened earlier than ``moment``. No column is copied."""
        return self._slice(slice(0, int(np.searchsorted(self.times, moment))))

    def since(self, moment: int) -> "Interactions":
        """What happened at ``moment`` and later. No column is copied."""
        return self._slice(slice(int(np.searchsorted(self.times, moment)), len(self)))

    def where(self, mask: Mask) -> "Interactions":
        """The rows where ``mask`` is true."""
        return self._slice(mask)

    def of(self, *kinds: Kind) -> "Interactions":
        """The rows of some kinds."""
        mask = np.isin(self.kinds, kinds)
        return self if mask.all() else self.where(mask)

    def says(self) -> Floats:
        """How much each row says: its weight times that of its kind."""
        table = np.array([SAYS[kind] for kind in Kind], dtype=np.float32)
        return table[self.kinds] * self.weights

    def gifts_counted(self) -> "Interactions":
        """The same with gifts as purchases like others."""
        gifts = (self.kinds == Kind.PURCHASE) & (self.weights == 0)
        return replace(self, weights=_still(np.where(gifts, np.float32(1), self.weights))) if gifts.any() else self

    def _slice(self, rows: slice | Mask) -> "Interactions":
        return replace(
            self,
            users=_still(self.users[rows]),
            items=_still(self.items[rows]),
            times=_still(self.times[rows]),
            kinds=_still(self.kinds[rows]),
            weights=_still(self.weights[rows]),
            orders=_still(self.orders[rows]),
        )


def interactions(
    users: npt.ArrayLike,
    items: npt.ArrayLike,
    times: npt.ArrayLike,
    kinds: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    orders: npt.ArrayLike | None = None,
    all_items: npt.ArrayLike | None = None,
) -> Interactions:
    """Make columns of ids into codes, oldest first.

    ``kinds`` are all purchases, ``weights`` all 1 and ``orders`` unknown where they are not given; an empty order
    number is an unknown one. ``all_items`` are products that are there whether anything happened with them or not.
    Raises BadInteractions.
    """
    user_ids, user_codes = np.unique(np.asarray(users), return_inverse=True)
    if all_items is None:
        item_ids, item_codes = np.unique(np.asarray(items), return_inverse=True)
    else:
        item_ids = np.union1d(np.asarray(all_items), np.asarray(items))
        item_codes = np.searchsorted(item_ids, np.asarray(items))
    moments = np.asarray(times, dtype=np.int64)
    rows = len(moments)
    kind = np.full(rows, Kind.PURCHASE, np.int8) if kinds is None else np.asarray(kinds, dtype=np.int8)
    weight = np.ones(rows, np.float32) if weights is None else np.asarray(weights, dtype=np.float32)
    order = np.full(rows, NONE, np.int32) if orders is None else _order_codes(np.asarray(orders))
    columns: Sequence[tuple[str, int]] = (
        ("users", len(user_codes)),
        ("items", len(item_codes)),
        ("kinds", len(kind)),
        ("weights", len(weight)),
        ("orders", len(order)),
    )
    for name, length in columns:
        if length != rows:
            raise BadInteractions(f"There are {rows} times and {length} {name}.")
    if not np.isfinite(weight).all():
        raise BadInteractions("A weight is not a number.")
    if rows and not (kind.min() >= min(Kind) and kind.max() <= max(Kind)):
        raise BadInteractions("A kind is not known.")
    by_time = np.argsort(moments, kind="stable")
    return Interactions(
        _still(user_codes.astype(np.int32)[by_time]),
        _still(item_codes.astype(np.int32)[by_time]),
        _still(moments[by_time]),
        _still(kind[by_time]),
        _still(weight[by_time]),
        _still(order[by_time]),
        _still(user_ids),
        _still(item_ids),
    )


def _order_codes(orders: Ids) -> Codes:
    ids, codes = np.unique(orders, return_inverse=True)
    empty = ids == (np.array("", dtype=ids.dtype) if ids.dtype.kind in "US" else NONE)
    found = codes.astype(np.int32)
    found[empty[codes]] = NONE
    return found


def _still(column: _Column) -> _Column:
    seen = column.view()
    seen.flags.writeable = False
    return seen
