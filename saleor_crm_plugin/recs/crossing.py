"""Beyond the one shelf: what to show loyal customers who buy in a single category only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from .arrays import NONE, Codes, Mask, Sparse, sparse
from .interactions import Interactions, Kind
from .model import Model, Ranked
from .orders import orders_of_users
from .weighed import Weighed

# So many customers weigh as much as what is usual in the shop, when two categories are compared.
_USUAL = 20
_ORDERS = 3


@dataclass(frozen=True, eq=False)
class Crossing:
    """Lists for some customers: ``users`` are those whose whole past lies in one category, ``home``."""

    users: Codes
    home: Codes
    ranked: Ranked


def crossing(
    model: Model,
    history: Interactions,
    category_of_item: Codes,
    n: int,
    exclude: Sparse | None = None,
    orders: int = _ORDERS,
) -> Crossing:
    """The model's best products outside of the home category, for customers with ``orders`` orders or more all in it.

    ``category_of_item`` has the top category of each product, -1 where it has none (those are neither looked at nor
    shown). A product's score counts as much more as customers of the home category buy in the product's one, compared
    with everybody. Row i of ``exclude`` belongs to customer i, of all.
    """
    table = _categories(history, category_of_item)
    loyal = (np.diff(table.indptr) == 1) & (orders_of_users(history) >= orders)
    users = np.flatnonzero(loyal).astype(np.int32)
    home = table.indices[table.indptr[users]].astype(np.int32)
    items, scores = np.full((len(users), n), NONE, dtype=np.int32), np.zeros((len(users), n), dtype=np.float32)
    affinity = _affinity(table)
    for category in np.unique(home):
        mine = np.flatnonzero(home == category)
        factors = np.where(category_of_item == NONE, 0, affinity[category][category_of_item]).astype(np.float32)
        factors[category_of_item == category] = 0
        out = None if exclude is None else exclude[users[mine]]
        found = Weighed(model, factors).recommend(users[mine], n, out)
        items[mine], scores[mine] = found.items, found.scores
    return Crossing(users, home, Ranked(items, scores))


def _categories(history: Interactions, category_of_item: Codes) -> Sparse:
    """A row per customer with an entry for each category that they bought in."""
    bought = history.of(Kind.PURCHASE)
    category = category_of_item[bought.items]
    known = category != NONE
    count = int(category_of_item.max(initial=NONE)) + 1
    entries = (np.ones(int(known.sum()), dtype=np.float32), (bought.users[known], category[known]))
    table = sparse(coo_array(entries, shape=(history.user_count, count)).tocsr())
    table.data[:] = 1
    return table


def _affinity(table: Sparse) -> npt.NDArray[np.float64]:
    """Row c: how much more often than everybody customers of category c buy in each category. 1 is as often."""
    both = np.asarray((table.T @ table).todense(), dtype=np.float64)
    customers = both.diagonal()
    usual = customers / max(int((np.diff(table.indptr) > 0).sum()), 1)
    share = (both + _USUAL * usual) / (customers[:, None] + _USUAL)
    return np.asarray(np.divide(share, usual, out=np.zeros_like(share), where=usual > 0))


def every_third(ranked: Ranked, beyond: Ranked) -> tuple[Ranked, Mask]:
    """Lists in which every third place belongs to ``beyond``, of the same rows; and which entries are from there.

    A product is shown once, as long as there are enough. A place keeps about the score that it had.
    """
    n = ranked.items.shape[1]
    width = beyond.items.shape[1]
    twice = (ranked.items[:, :, None] == beyond.items[:, None, :]).any(axis=2) | (ranked.items == NONE)
    # The place of an own entry among those that are shown only here: two, then one that is left free.
    own = np.cumsum(~twice, axis=1) - 1
    own_slots = np.where(twice, np.iinfo(np.int64).max, own // 2 * 3 + own % 2)
    places = np.broadcast_to(np.arange(width) * 3 + 2, beyond.items.shape)
    slots = np.where(beyond.items == NONE, np.iinfo(np.int64).max, places)
    items = np.c_[np.where(twice, NONE, ranked.items), beyond.items]
    order = np.argsort(np.c_[own_slots, slots], axis=1, kind="stable")[:, :n]
    shown = np.take_along_axis(items, order, axis=1)
    scores = ranked.scores[:, np.arange(n) * 2 // 3]
    last = np.where(ranked.scores > 0, ranked.scores, np.inf).min(axis=1, keepdims=True, initial=np.inf)
    scores = np.where(scores > 0, scores, np.where(np.isinf(last), 1, last))
    known = shown != NONE
    return Ranked(shown, np.where(known, scores, 0).astype(np.float32)), np.asarray(known & (order >= n))
