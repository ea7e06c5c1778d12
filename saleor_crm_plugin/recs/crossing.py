"""Beyond the one shelf: what to show loyal customers who buy in a single category only."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from .arrays import NONE, Codes, Floats, Sparse, sparse
from .interactions import Interactions, Kind
from .model import Model, Ranked, Scores
from .orders import orders_of_users
from .pairs import scaled_columns

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
        found = _Weighed(model, factors).recommend(users[mine], n, out)
        items[mine], scores[mine] = found.items, found.scores
    return Crossing(users, home, Ranked(items, scores))


@dataclass(frozen=True, eq=False)
class _Weighed(Model):
    """A model whose scores are multiplied by a factor per product."""

    model: Model
    factors: Floats

    @property
    def profiles(self) -> Sparse:  # type: ignore[override]
        return self.model.profiles

    def scores(self, profiles: Sparse) -> Scores:
        return self._weighed(self.model.scores(profiles))

    def scores_of(self, users: Codes) -> Scores:
        return self._weighed(self.model.scores_of(users))

    def _weighed(self, scores: Scores) -> Scores:
        return Scores(
            scaled_columns(scores.own, self.factors), None if scores.base is None else scores.base * self.factors
        )


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
