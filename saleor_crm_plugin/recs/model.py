"""What every model answers: lists for customers, for anybody's signs (a cart, a visitor), and for a product."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from .arrays import NONE, Codes, Floats, Mask, Sparse, blocks, in_parallel, sparse
from .best import Entries, best_first, row_numbers

# So many customers are scored at once; a block of their scores stays in the tens of megabytes.
_AT_ONCE = 256
# One byte for each row and product of a block: what is not to be shown.
_MARKS = 64_000_000


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
    rows, products = scores.own.shape
    order = np.zeros(0, dtype=np.int32) if scores.base is None else _base_order(scores.base)
    parts = []
    for start, end in blocks(rows, _MARKS // max(products, 1)):
        part = slice(start, end)
        whole = Scores(scores.own[part], scores.base) if end - start < rows else scores
        parts.append(_top(whole, order, n, _rows(exclude, part), _rows(only, part)))
    return _joined(parts, n)


def _top(scores: Scores, order: Codes, n: int, exclude: Sparse | None, only: Sparse | None) -> Ranked:
    base = scores.base
    own = scores.own if only is None else _asked_for(scores, only)
    rows, items = row_numbers(own.indptr), own.indices
    values = own.data if base is None or only is not None else own.data + base[items]
    found = _nothing(own.shape[0], n)
    closed = np.zeros(own.shape, dtype=bool)
    if exclude is not None:
        closed[row_numbers(exclude.indptr), exclude.indices] = True
        open_ = ~closed[rows, items]
        best, places = best_first(Entries(rows[open_], items[open_], values[open_]), n)
    else:
        best, places = best_first(Entries(rows, items, values), n)
    if base is not None and only is None:
        closed[rows, items] = True
        best, places = best_first(_with_base(best, base, order, closed, n), n)
    found.items[best.rows, places], found.scores[best.rows, places] = best.items, best.values
    return found


def _asked_for(scores: Scores, only: Sparse) -> Sparse:
    """What ``only`` has an entry for, with its whole score."""
    asked = csr_array(only, copy=True)
    asked.data = np.ones_like(only.data)
    own = asked.multiply(scores.own)
    if scores.base is not None:
        asked.data = scores.base[asked.indices]
        own = own + asked
    return sparse(own)


def _with_base(best: Entries, base: Floats, order: Codes, closed: Mask, n: int) -> Entries:
    """The best by their own scores, and those that only ``base`` speaks for and that can be among the ``n`` best.

    Such a one has fewer than n open products before it in the order of base, as none has less than its base.
    """
    rows, items = _first_open(closed, order, n, 4 * n)
    rows, items = np.r_[best.rows, rows], np.r_[best.items, items]
    values = np.r_[best.values, base[items[len(best) :]]]
    by_row = np.argsort(rows, kind="stable")
    return Entries(rows[by_row], items[by_row], values[by_row])


def _first_open(closed: Mask, order: Codes, n: int, width: int) -> tuple[npt.NDArray[np.int64], Codes]:
    """The first ``n`` products in ``order`` that are not closed for each row, looked for in the first ``width``."""
    head = order[:width]
    open_ = ~closed[:, head]
    count = np.cumsum(open_, axis=1, dtype=np.int32)
    more = np.flatnonzero(count[:, -1] < n) if 0 < len(head) < len(order) else np.zeros(0, dtype=np.int64)
    open_ &= count <= n
    open_[more] = False
    rows, places = np.nonzero(open_)
    if not len(more):
        return rows, head[places]
    later, items = _first_open(closed[more], order, n, 4 * width)
    return np.r_[rows, more[later]], np.r_[head[places], items]


def _rows(table: Sparse | None, rows: slice | npt.NDArray[np.int64]) -> Sparse | None:
    return None if table is None else table[rows]


def _base_order(base: Floats) -> Codes:
    sold = np.flatnonzero(base > 0)
    return sold[np.lexsort((sold, -base[sold]))].astype(np.int32)


def _nothing(rows: int, n: int) -> Ranked:
    return Ranked(np.full((rows, n), NONE, dtype=np.int32), np.zeros((rows, n), dtype=np.float32))


def _joined(parts: list[Ranked], n: int) -> Ranked:
    if not parts:
        return _nothing(0, n)
    return Ranked(np.concatenate([part.items for part in parts]), np.concatenate([part.scores for part in parts]))
