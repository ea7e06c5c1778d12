"""The four questions, and cases with right answers for them from what happened after a moment.

- discovery: what does a customer buy in these days that they never bought before?
- rebuy: which of the products that they bought before do they buy again?
- basket: half of an order is in the cart; what is the rest?
- related: one product of an order is looked at; what else is in that order?
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from .arrays import DAY, Codes, Mask, Sparse, sparse
from .interactions import Interactions, Kind
from .model import Model, Ranked
from .orders import order_table
from .signals import latest


class Task(StrEnum):
    """A question that recommendations answer."""

    DISCOVERY = "discovery"
    REBUY = "rebuy"
    BASKET = "basket"
    RELATED = "related"


@dataclass(frozen=True, eq=False)
class Cases:
    """Questions with right answers. Row i of each table belongs to case i.

    ``users`` are asked about in discovery and rebuy; ``given`` are the products that the case starts from: all that the
    customer bought before, the half of the cart, or the one product.
    """

    task: Task
    users: Codes
    given: Sparse
    answers: Sparse

    def __len__(self) -> int:
        return self.answers.shape[0]


def cases(task: Task, history: Interactions, now: int, days: float, most: int = 2000) -> Cases:
    """Questions at ``now`` with what happened in the ``days`` after it, at most ``most``, always the same ones.

    Only products that were bought before ``now`` can be right answers: no model can know others.
    """
    past = history.before(now).of(Kind.PURCHASE)
    later = history.since(now).before(now + round(days * DAY)).of(Kind.PURCHASE)
    known = np.bincount(past.items, minlength=history.item_count) > 0
    if task in (Task.DISCOVERY, Task.REBUY):
        return cases_of_customers(task, past, later.where(known[later.items]), most)
    return cases_of_orders(task, later.where(known[later.items]), now, most)


def answer(model: Model, asked: Cases, n: int, of_all: bool = False) -> Ranked:
    """The model's lists for the cases.

    In rebuy these are of products that the customer bought before, or, with ``of_all``, of all products.
    """
    if asked.task is Task.DISCOVERY:
        return model.recommend(asked.users, n, exclude=asked.given)
    if asked.task is Task.REBUY:
        return model.recommend(asked.users, n, only=None if of_all else asked.given)
    if asked.task is Task.BASKET:
        return model.recommend_for(asked.given, n, exclude=asked.given)
    return model.related(asked.given.indices.astype(np.int32), n)


def cases_of_customers(task: Task, past: Interactions, later: Interactions, most: int) -> Cases:
    """Questions for discovery or rebuy: from purchases before the moment and, of known products only, after it."""
    users = _some(np.intersect1d(later.users, past.users), most)
    asked = np.zeros(past.user_count, dtype=bool)
    asked[users] = True
    before = latest(past.where(asked[past.users]), 0)[users]
    before.data[:] = 1
    after = latest(later.where(asked[later.users]), 0)[users]
    after.data[:] = 1
    again = sparse(after.multiply(before))
    answers = again if task is Task.REBUY else sparse(after - again)
    rows = np.flatnonzero(np.diff(answers.indptr))
    return Cases(task, users[rows].astype(np.int32), before[rows], answers[rows])


def cases_of_orders(task: Task, later: Interactions, now: int, most: int) -> Cases:
    """Questions for basket or related: from purchases of known products after the moment."""
    table = order_table(later, now)
    table = table[np.flatnonzero(np.diff(table.indptr) > 1)]
    table = table[_some(np.arange(table.shape[0]), most)]
    dice = np.random.default_rng(1).random(table.nnz)
    rows = np.repeat(np.arange(table.shape[0]), np.diff(table.indptr))
    by_row = np.lexsort((dice, rows))
    place = np.empty(table.nnz, dtype=np.int64)
    place[by_row] = np.arange(table.nnz) - table.indptr[rows]
    length = np.diff(table.indptr)[rows]
    given = place < (1 if task is Task.RELATED else length // 2)
    return Cases(task, np.zeros(0, np.int32), _part(table, rows, given), _part(table, rows, ~given))


def _part(table: Sparse, rows: npt.NDArray[np.int64], mask: Mask) -> Sparse:
    ones = np.ones(int(mask.sum()), dtype=np.float32)
    return sparse(coo_array((ones, (rows[mask], table.indices[mask])), shape=table.shape).tocsr())


def _some(all_of: npt.NDArray[np.integer], most: int) -> npt.NDArray[np.integer]:
    if len(all_of) <= most:
        return all_of
    return np.sort(np.random.default_rng(0).permutation(all_of)[:most])
