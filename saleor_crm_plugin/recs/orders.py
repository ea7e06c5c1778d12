"""Which products were bought together: the order, or the customer's day where orders are not known."""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from .arrays import DAY, NONE, Codes, Sparse, sparse
from .interactions import Interactions, Kind
from .signals import fading


def order_of(history: Interactions) -> Codes:
    """The order of each row as a number from 0, numbered by their first rows."""
    days = history.users.astype(np.int64) * (1 << 31) + history.times // DAY
    keys = np.where(history.orders == NONE, -1 - days, history.orders.astype(np.int64))
    _, firsts, codes = np.unique(keys, return_index=True, return_inverse=True)
    rank = np.empty(len(firsts), dtype=np.int32)
    rank[np.argsort(firsts, kind="stable")] = np.arange(len(firsts), dtype=np.int32)
    return rank[codes]


def orders_of_users(history: Interactions) -> npt.NDArray[np.int64]:
    """How many orders each customer has."""
    bought = history.of(Kind.PURCHASE)
    codes = order_of(bought)
    buyers = np.zeros(int(codes.max(initial=NONE)) + 1, dtype=np.int32)
    buyers[codes] = bought.users
    return np.bincount(buyers, minlength=history.user_count)


def order_table(history: Interactions, now: int, half_life: float | None = None) -> Sparse:
    """A row per order with what was bought in it, each product once, less the longer ago it was."""
    bought = history.of(Kind.PURCHASE)
    codes = order_of(bought)
    shape = (int(codes.max()) + 1 if len(codes) else 0, history.item_count)
    worth = fading(bought, now, half_life)
    summed = sparse(coo_array((worth, (codes, bought.items)), shape=shape).tocsr())
    times = sparse(coo_array((np.ones_like(worth), (codes, bought.items)), shape=shape).tocsr())
    if summed.nnz == times.nnz:
        summed.data = summed.data / times.data
    return summed
