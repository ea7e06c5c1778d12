"""What a customer buys again, by what bought again in the weeks before has taught.

How often and how lately a product was bought, in which rhythm, whether people come back to it and whether it sells
these days: how much each of it says is learned from what customers bought again in the last windows (``ranking``).
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from .arrays import DAY, Codes, Floats, distinct, in_parallel, nothing, sparse
from .habits import Habits, fit_habits
from .interactions import Interactions, Kind
from .learned import DAYS
from .ranking import Examples, Weights, learned, together
from .rebuy_signs import Products, products_of, signs_of
from .sample import some_customers
from .signals import total

_WINDOWS, _FEWEST, _MOST = 3, 20, 1000
_ENOUGH = 700
# Squares have to be told by ten times as much.
_RIDGE, _RIDGE_OF_SQUARES = 3.0, 30.0
# Rows of customers whose products are weighed at once by a thread: a quarter of a gigabyte.
_ROWS_AT_ONCE = 500_000


def fit_rebuy(history: Interactions, now: int, days: float = DAYS, rows: int = 1_000_000) -> Habits:
    """Learn from windows of ``days`` before ``now``, and weigh all that customers bought before it.

    Of a history of more than ``rows`` rows, some customers teach. Without enough to learn from, it is the habits alone.
    """
    past = history.before(now)
    sample = some_customers(past, rows)
    examples = _examples(sample, now, days)
    if examples is None:
        return fit_habits(past, now)
    centre = examples.features.mean(axis=0)
    spread = np.maximum(examples.features.std(axis=0), np.float32(1e-3))
    bent = Examples(_bent(examples.features, centre, spread), examples.right, examples.lists)
    ridge = np.repeat(np.array([_RIDGE, _RIDGE_OF_SQUARES], dtype=np.float32), examples.features.shape[1])
    scale = _Scale(learned(bent, ridge), centre, spread, products_of(sample, now))
    shape = (history.user_count, history.item_count)
    borders = _borders(past, _ROWS_AT_ONCE)
    signs = past.of(Kind.PURCHASE, Kind.RETURN)

    def work(start: int, end: int) -> tuple[Codes, Codes, Floats]:
        mine = signs.where((signs.users >= borders[start]) & (signs.users < borders[end]))
        return scale.worth(mine, now)

    parts = in_parallel(work, len(borders) - 1, 1)
    if not parts:
        return Habits(nothing(*shape))
    users, items, worth = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Habits(sparse(coo_array((worth, (users, items)), shape=shape).tocsr()))


class _Scale:
    """What was learned, for some customers at a time."""

    def __init__(self, weights: Weights, centre: Floats, spread: Floats, products: Products) -> None:
        self._weights, self._centre, self._spread, self._products = weights, centre, spread, products

    def worth(self, signs: Interactions, now: int) -> tuple[Codes, Codes, Floats]:
        """The likelihood of each product that these customers bought and kept, against their others."""
        none = np.zeros(0, dtype=np.int32)
        kept = total(signs, now)
        if not kept.nnz:
            return none, none, np.zeros(0, dtype=np.float32)
        found = signs_of(signs, now, self._products)
        logs = self._weights.worth(_bent(found.features, self._centre, self._spread))
        worth = np.exp(np.clip(logs, -40, 40)).astype(np.float32)
        if kept.nnz == len(worth):
            return found.users, found.items, worth
        keys = np.repeat(np.arange(kept.shape[0], dtype=np.int64), np.diff(kept.indptr)) * kept.shape[1] + kept.indices
        mine = np.isin(found.users.astype(np.int64) * kept.shape[1] + found.items, keys)
        return found.users[mine], found.items[mine], worth[mine]


def _bent(features: Floats, centre: Floats, spread: Floats) -> Floats:
    """Features and their squares, in usual deviations: too early and too late can both be wrong."""
    even = np.clip((features - centre) / spread, -4, 4)
    return np.concatenate([even, even**2], axis=1)


def _examples(past: Interactions, now: int, days: float) -> Examples | None:
    found: list[Examples] = []
    for back in range(1, _WINDOWS + 1):
        then = now - round(back * days * DAY)
        before = past.before(then)
        if not len(before.of(Kind.PURCHASE)) or int(before.times[0]) > then - round(days * DAY):
            break
        after = past.since(then).before(then + round(days * DAY)).of(Kind.PURCHASE)
        one = _of_window(before, after, then)
        if one.right.any():
            found.append(one)
        if sum(one.count for one in found) >= _ENOUGH:
            break
    examples = together(found) if found else None
    return examples if examples is not None and examples.count >= _FEWEST else None


def _of_window(before: Interactions, after: Interactions, then: int) -> Examples:
    """The lists of customers who bought something again, at most so many, always the same ones."""
    products = products_of(before, then)
    known = np.bincount(before.users, minlength=before.user_count) > 0
    back = np.flatnonzero(known & (np.bincount(after.users, minlength=before.user_count) > 0))
    if len(back) > _MOST:
        back = np.random.default_rng(0).permutation(back)[:_MOST]
    asked = np.zeros(before.user_count, dtype=bool)
    asked[back] = True
    bought = before.of(Kind.PURCHASE)
    bought = bought.where(asked[bought.users])
    if not len(bought):
        return Examples(np.zeros((0, 0), np.float32), np.zeros(0, bool), np.zeros(0, np.int64))
    signs = signs_of(bought, then, products)
    width = before.item_count
    keys = distinct(after.users.astype(np.int64) * width + after.items)
    right = np.isin(signs.users.astype(np.int64) * width + signs.items, keys)
    useful = (np.bincount(signs.users[right], minlength=before.user_count) > 0)[signs.users]
    return Examples(signs.features[useful], right[useful], signs.users[useful].astype(np.int64))


def _borders(history: Interactions, rows: int) -> npt.NDArray[np.int64]:
    """Codes of customers between whom about so many rows lie."""
    held = np.cumsum(np.bincount(history.users, minlength=history.user_count))
    piece = (held - 1) // rows
    return np.asarray(np.r_[0, np.flatnonzero(np.diff(piece)) + 1, history.user_count], dtype=np.int64)
