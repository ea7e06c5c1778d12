"""What every model answers: lists for customers, for anybody's signs (a cart, a visitor), and for a product."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from .arrays import NONE, Codes, Floats, Mask, Sparse, in_parallel

# So many customers are scored at once; a block of their scores stays in the tens of megabytes.
_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Ranked:
    """A list per row, best first. Where there is nothing more to show, ``items`` is -1 and ``scores`` is 0."""

    items: Codes
    scores: Floats


@dataclass(frozen=True, eq=False)
class Scores:
    """How good each product is for each row: what is special to the row, and what is the same for all (``base``).

    Both are never negative. Keeping them apart leaves the rows sparse when everybody also gets what is popular.
    """

    own: Sparse
    base: Floats | None = None


class Model(ABC):
    """A fitted model. ``profiles`` holds a row of signs per customer; a score is made of such a row alone."""

    profiles: Sparse

    @abstractmethod
    def scores(self, profiles: Sparse) -> Scores:
        """The scores for some rows of signs."""

    def scores_of(self, users: Codes) -> Scores:
        """The scores for some customers."""
        return self.scores(self.profiles[users])

    def recommend(self, users: Codes, n: int, exclude: Sparse | None = None, only: Sparse | None = None) -> Ranked:
        """``n`` products for each customer, best first. Row i of ``exclude`` has an entry per product to leave out.

        With ``only``, nothing else than the products in row i of it is shown. A customer whom the model does not know
        gets nothing: show what is popular, and say so.
        """
        asked = np.asarray(users, dtype=np.int32)
        known = (asked >= 0) & (asked < self.profiles.shape[0])

        def work(start: int, end: int) -> Ranked:
            rows = np.flatnonzero(known[start:end]) + start
            found = _nothing(end - start, n)
            if len(rows):
                ranked = top(self.scores_of(asked[rows]), n, _rows(exclude, rows), _rows(only, rows))
                found.items[rows - start], found.scores[rows - start] = ranked.items, ranked.scores
            return found

        return _joined(in_parallel(work, len(asked), _AT_ONCE), n)

    def recommend_for(self, profiles: Sparse, n: int, exclude: Sparse | None = None) -> Ranked:
        """The same for signs that need not be a known customer's: a cart, or what a visitor looked at today."""

        def work(start: int, end: int) -> Ranked:
            return top(self.scores(profiles[start:end]), n, _rows(exclude, slice(start, end)))

        return _joined(in_parallel(work, profiles.shape[0], _AT_ONCE), n)

    def related(self, items: Codes, n: int) -> Ranked:
        """``n`` products that go with each product, never itself. A product that is not known has none."""
        asked = np.asarray(items, dtype=np.int32)
        known = np.flatnonzero((asked >= 0) & (asked < self.profiles.shape[1]))
        found = _nothing(len(asked), n)
        alone = one_each(asked[known], self.profiles.shape[1])
        ranked = self.recommend_for(alone, n, alone)
        found.items[known], found.scores[known] = ranked.items, ranked.scores
        return found


def one_each(items: Codes, item_count: int) -> Sparse:
    """A row of signs per product, with that product alone."""
    ones = np.ones(len(items), dtype=np.float32)
    return csr_array((ones, items, np.arange(len(items) + 1, dtype=np.int32)), shape=(len(items), item_count))


def top(scores: Scores, n: int, exclude: Sparse | None = None, only: Sparse | None = None) -> Ranked:
    """The ``n`` best products of each row with a score above zero; of equal ones, the lower code goes first."""
    own, base = scores.own, scores.base
    found = _nothing(own.shape[0], n)
    # Between rows all of this is nought: what is set for a row is unset after it.
    blocked, special = np.zeros(own.shape[1], dtype=bool), np.zeros(own.shape[1], dtype=np.float32)
    order = np.zeros(0, dtype=np.int32) if base is None else _base_order(base)
    for row in range(own.shape[0]):
        items, values = _row(own, row)
        out = np.zeros(0, dtype=np.int32) if exclude is None else _row(exclude, row)[0]
        blocked[out] = True
        if only is not None:
            special[items] = values
            mine = _row(only, row)[0]
            special[items], items, values = 0, mine, special[mine]
            values = values if base is None else values + base[items]
        elif base is not None:
            rest = _without_own_score(order, items, out, blocked, n)
            items, values = np.r_[items, rest], np.r_[values + base[items], base[rest]]
        if len(out):
            open_ = ~blocked[items]
            items, values = items[open_], values[open_]
        blocked[out] = False
        best, worth = _best(items, values, n)
        found.items[row, : len(best)], found.scores[row, : len(best)] = best, worth
    return found


def _without_own_score(order: Codes, items: Codes, out: Codes, blocked: Mask, n: int) -> Codes:
    """The products that only ``base`` speaks for and that can be among the ``n`` best.

    Such a one has fewer than n open products before it in the order of base, as none has less than its base.
    """
    rest = order[: n + len(out) + len(items)]
    blocked[items] = True
    rest = rest[~blocked[rest]][:n]
    blocked[items] = False
    blocked[out] = True
    return rest


def _row(table: Sparse, row: int) -> tuple[Codes, Floats]:
    start, end = table.indptr[row], table.indptr[row + 1]
    return table.indices[start:end], table.data[start:end]


def _rows(table: Sparse | None, rows: slice | npt.NDArray[np.int64]) -> Sparse | None:
    return None if table is None else table[rows]


def _best(items: npt.NDArray[np.int32], values: Floats, n: int) -> tuple[Codes, Floats]:
    if n < len(values):
        enough = values >= np.partition(values, len(values) - n)[len(values) - n]
        items, values = items[enough], values[enough]
    order = np.lexsort((items, -values))[:n]
    items, values = items[order], values[order]
    return items[values > 0], values[values > 0]


def _base_order(base: Floats) -> Codes:
    sold = np.flatnonzero(base > 0)
    return sold[np.lexsort((sold, -base[sold]))].astype(np.int32)


def _nothing(rows: int, n: int) -> Ranked:
    return Ranked(np.full((rows, n), NONE, dtype=np.int32), np.zeros((rows, n), dtype=np.float32))


def _joined(parts: list[Ranked], n: int) -> Ranked:
    if not parts:
        return _nothing(0, n)
    return Ranked(np.concatenate([part.items for part in parts]), np.concatenate([part.scores for part in parts]))
