"""What the past says about each product that a customer bought: how often, how lately, in what rhythm, and whether
people come back to it.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import DAY, Codes, Floats, distinct
from .interactions import Interactions, Kind
from .orders import order_of
from .signals import fading

_HALF_LIVES = (15.0, 30.0, 120.0, 365.0)
# How the worth of a purchase falls with each order after it.
_PER_ORDER = 0.8
_SELLING = (7.0, 30.0, 180.0)
# So many buyers weigh as much as what is usual in the shop, and so many gaps as what is usual for the product.
_USUAL, _USUAL_GAPS = 5.0, 1.0
_LEAST = 0.01

Numbers = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Products:
    """For each product: the share of its buyers who come back, how often they do, the logarithm of the usual days
    between, and the logarithms of what sells.
    """

    share: Values
    times: Values
    gap: Values
    selling: Values


@dataclass(frozen=True, eq=False)
class Signs:
    """A row of features for each product that a customer bought, by customer and product."""

    users: Codes
    items: Codes
    features: Floats


@dataclass(frozen=True, eq=False)
class _Pairs:
    """The orders in which each customer bought each product: one entry an order, and where each pair begins."""

    users: Numbers
    items: Numbers
    starts: Numbers
    count: Values
    age: Values  # in days, of each entry; the oldest first
    later: Numbers  # orders of the customer after it
    size: Numbers  # products in the order
    orders: Numbers  # of each customer

    @property
    def ends(self) -> Numbers:
        return np.asarray(np.r_[self.starts[1:], len(self.age)] - 1, dtype=np.int64)

    def summed(self, values: npt.NDArray[np.floating]) -> Values:
        """The sum of each pair's entries."""
        return np.asarray(np.add.reduceat(values, self.starts), dtype=np.float64)

    def gap(self) -> Values:
        """The logarithm of the mean days between; 0 of those bought once."""
        span = self.age[self.starts] - self.age[self.ends]
        return np.where(self.count > 1, np.log(np.maximum(span / np.maximum(self.count - 1, 1), 1)), 0)


def products_of(history: Interactions, now: int) -> Products:
    """How products are bought again, by everybody in ``history``."""
    bought = history.of(Kind.PURCHASE)
    width = history.item_count
    selling = [np.bincount(bought.items, fading(bought, now, half_life), minlength=width) for half_life in _SELLING]
    logs = np.log(np.stack(selling, axis=1) + _LEAST)
    if not len(bought):
        return Products(np.zeros(width), np.zeros(width), np.zeros(width), logs)
    pairs = _pairs(bought, now)
    again = pairs.count > 1
    buyers = np.bincount(pairs.items, minlength=width)
    back = np.bincount(pairs.items, again, minlength=width)
    times = np.bincount(pairs.items, pairs.count - 1, minlength=width)
    gaps = np.bincount(pairs.items, pairs.gap(), minlength=width)
    usual = gaps.sum() / max(back.sum(), 1)
    return Products(
        (back + _USUAL * again.mean()) / (buyers + _USUAL),
        (times + _USUAL * (pairs.count - 1).mean()) / (buyers + _USUAL),
        (gaps + _USUAL * usual) / (back + _USUAL),
        logs,
    )


def signs_of(history: Interactions, now: int, products: Products) -> Signs:
    """The features of all that the customers in ``history`` bought before ``now``."""
    bought = history.of(Kind.PURCHASE)
    pairs = _pairs(bought, now)
    user, item, ends = pairs.users, pairs.items, pairs.ends
    newest, oldest = pairs.age[ends], pairs.age[pairs.starts]
    since_first = pairs.later[pairs.starts] + 1
    last_order = np.full(history.user_count, np.inf)
    np.minimum.at(last_order, user, newest)
    gaps = pairs.count - 1
    gap = (pairs.gap() * gaps + _USUAL_GAPS * products.gap[item]) / (gaps + _USUAL_GAPS)
    counted = [
        pairs.count,
        *(pairs.summed(np.exp2(-pairs.age / half_life)) for half_life in _HALF_LIVES),
        pairs.summed(_PER_ORDER**pairs.later),
        pairs.summed(1 / pairs.size),
        pairs.later[ends],
        since_first,
        pairs.count / pairs.orders[user],
        pairs.count / since_first,
        newest,
        oldest,
        newest - last_order[user],
        products.share[item],
        products.times[item],
    ]
    logs = [np.log(np.maximum(values, 0) + _LEAST) for values in counted]
    late = np.log(np.maximum(newest, 0.5)) - gap
    columns = [*logs, late, gap, *products.selling[item].T]
    return Signs(user.astype(np.int32), item.astype(np.int32), np.stack(columns, axis=1).astype(np.float32))


def _pairs(bought: Interactions, now: int) -> _Pairs:
    """``bought`` holds one purchase at least."""
    width = bought.item_count
    orders = order_of(bought)
    _, first = np.unique(orders, return_index=True)
    buyer, moment = bought.users[first].astype(np.int64), bought.times[first]
    per_user = np.bincount(buyer, minlength=bought.user_count)
    by_user = np.lexsort((moment, buyer))
    later = np.empty(len(first), dtype=np.int64)
    later[by_user] = np.cumsum(per_user)[buyer[by_user]] - 1 - np.arange(len(first))
    order, item = np.divmod(distinct(orders.astype(np.int64) * width + bought.items), width)
    size = np.bincount(order)
    keys = buyer[order] * width + item
    in_time = np.lexsort((moment[order], keys))
    keys, order = keys[in_time], order[in_time]
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    users, items = np.divmod(keys[starts], width)
    count = np.diff(np.r_[starts, len(keys)]).astype(np.float64)
    age = (now - moment[order]) / DAY
    return _Pairs(users, items, starts, count, age, later[order], size[order], per_user)
