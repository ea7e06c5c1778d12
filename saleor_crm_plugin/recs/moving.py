"""How products sell, in numbers that a model can weigh: long ago and these days, to new buyers and to all."""

import numpy as np

from .arrays import DAY, Floats
from .best import mean_of_best
from .interactions import Interactions, Kind
from .signals import fading

# Half-lives in days, for all lines and for the first purchases of customers.
_ALL, _NEW = (3.0, 7.0, 30.0, 90.0, 365.0), (7.0, 30.0)
WEEK, MONTH = 1, 2  # their columns
# What sells less than a ten-thousandth of the best-sellers is as good as not sold.
_LEAST, _BEST = 1e-4, 20


def how_products_sell(history: Interactions, now: int) -> tuple[Floats, Floats]:
    """A row of logarithms per product; and 1 for each that was ever sold, 0 for others.

    A product whose sales of a week stand high beside those of a year is on its way up. The last two are the days since
    it was first and last sold.
    """
    sold = history.of(Kind.PURCHASE).gifts_counted()
    count = history.item_count
    new = _first_of_each_customer(sold)
    columns = [_level(sold, now, half_life) for half_life in _ALL] + [_level(new, now, half_life) for half_life in _NEW]
    age = (now - sold.times) / DAY
    first, last = np.zeros(count), np.full(count, age.max(initial=0))
    np.maximum.at(first, sold.items, age)
    np.minimum.at(last, sold.items, age)
    columns += [np.log(first + 1), np.log(last + 0.5)]
    ever = np.bincount(sold.items, minlength=count) > 0
    return np.stack(columns, axis=1).astype(np.float32), ever.astype(np.float32)


def _level(sold: Interactions, now: int, half_life: float) -> Floats:
    sums = np.bincount(sold.items, fading(sold, now, half_life), minlength=sold.item_count).astype(np.float32)
    best = mean_of_best(sums, np.array([0, len(sums)]), _BEST)
    return np.asarray(np.log(sums / best + np.float32(_LEAST)), dtype=np.float32)


def _first_of_each_customer(sold: Interactions) -> Interactions:
    """The first purchase of each product by each customer."""
    pairs = sold.users.astype(np.int64) * sold.item_count + sold.items
    _, first = np.unique(pairs, return_index=True)
    mask = np.zeros(len(sold), dtype=bool)
    mask[first] = True
    return sold.where(mask)
