"""What a customer buys again: how often and how lately, alone or with customers of the same habits."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array

from .arrays import Sparse, distinct, nothing, sparse
from .interactions import Interactions, Kind
from .model import Model, Scores
from .orders import order_of
from .pairs import cut_rows
from .signals import total

# Customers that are looked through for the same habits; more find hardly better ones and cost a square.
_LOOKED_THROUGH = 20_000


@dataclass(frozen=True, eq=False)
class Habits(Model):
    """The score is the sign itself."""

    profiles: Sparse

    def scores(self, profiles: Sparse) -> Scores:
        return Scores(profiles)


def fit_habits(history: Interactions, now: int, half_life: float | None = 120) -> Habits:
    """How often the customer bought it, less the longer ago."""
    return Habits(total(history.of(Kind.PURCHASE, Kind.RETURN), now, half_life))


@dataclass(frozen=True, eq=False)
class CommonHabits(Model):
    """Own habits, and those of the ``k`` customers with the most similar ones, mixed by ``own``."""

    profiles: Sparse
    others: Sparse
    k: int
    own: float

    def scores(self, profiles: Sparse) -> Scores:
        # The nearest by Euclidean distance, as in the paper: |a - b|² = |a|² + |b|² - 2ab, where |a|² orders nothing.
        far = np.asarray(self.others.multiply(self.others).sum(axis=1), dtype=np.float32).ravel()
        near = 2 * (profiles @ self.others.T).toarray() - far
        k = min(self.k, self.others.shape[0])
        if not k:
            return Scores(profiles)
        best = np.argpartition(-near, k - 1, axis=1)[:, :k].astype(np.int32)
        starts = np.arange(0, best.size + 1, k, dtype=np.int32)
        ones = np.full(best.size, 1 / k, dtype=np.float32)
        nearest = csr_array((ones, best.ravel(), starts), shape=(profiles.shape[0], self.others.shape[0]))
        mean = sparse(nearest @ self.others)
        return Scores(sparse(profiles * self.own + mean * (1 - self.own)))


def fit_common_habits(
    history: Interactions,
    now: int,
    k: int = 300,
    own: float = 0.7,
    group: int = 7,
    fade_in_group: float = 0.9,
    fade_of_groups: float = 0.7,
) -> CommonHabits:
    """TIFU-kNN (Hu et al. 2020) with the paper's settings: orders fade by their number, first in groups, then these.

    ``now`` is not needed: only the sequence of orders counts.
    """
    bought = history.of(Kind.PURCHASE)
    table = _faded_orders(bought, group, fade_in_group, fade_of_groups)
    active = np.flatnonzero(np.diff(table.indptr))
    if len(active) > _LOOKED_THROUGH:
        active = active[np.linspace(0, len(active) - 1, _LOOKED_THROUGH).astype(np.int64)]
    return CommonHabits(table, sparse(cut_rows(table[active], 1000)), k, own)


def _faded_orders(bought: Interactions, group: int, in_group: float, of_groups: float) -> Sparse:
    shape = (bought.user_count, bought.item_count)
    if not len(bought):
        return nothing(*shape)
    orders = order_of(bought)
    pairs = distinct(orders.astype(np.int64) * bought.item_count + bought.items)
    order, items = np.divmod(pairs, bought.item_count)
    _, firsts = np.unique(orders, return_index=True)
    user_of_order = bought.users[firsts]
    by_user = np.argsort(user_of_order, kind="stable")
    count = np.bincount(user_of_order, minlength=bought.user_count)
    after = np.cumsum(count)[user_of_order[by_user]]
    back = np.empty(len(firsts), dtype=np.int64)
    back[by_user] = after - 1 - np.arange(len(firsts))
    groups = -(-count // group)
    size = np.where(back // group == groups[user_of_order] - 1, (count[user_of_order] - 1) % group + 1, group)
    worth = in_group ** (back % group) * of_groups ** (back // group) / size / groups[user_of_order]
    values = worth[order].astype(np.float32)
    users = user_of_order[order]
    return sparse(coo_array((values, (users, items.astype(np.int32))), shape=shape).tocsr())
