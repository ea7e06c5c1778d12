"""How much each customer cares for each product at a moment: the rows that every model reads."""

import numpy as np
from scipy.sparse import coo_array

from .arrays import DAY, Floats, Sparse, sparse
from .interactions import Interactions

# A reseller's thousands of products say little about any of them, and pairs of products grow with the square.
MOST_PER_CUSTOMER = 500


def fading(history: Interactions, now: int, half_life: float | None) -> Floats:
    """What is left of each sign at ``now``: a half after ``half_life`` days, all of it where that is None."""
    if half_life is None:
        return np.ones(len(history), dtype=np.float32)
    age = (now - history.times).astype(np.float32) / DAY
    return np.exp2(-np.maximum(age, 0) / half_life).astype(np.float32)


def total(history: Interactions, now: int, half_life: float | None = None) -> Sparse:
    """All signs of a customer for a product, added up. What went back counts against; nothing falls below zero."""
    return _positive(_table(history, history.says() * fading(history, now, half_life)))


def latest(history: Interactions, now: int, half_life: float | None = None) -> Sparse:
    """The strongest sign of a customer for a product that is left, whether it was given once or often.

    A customer who bought a thing ten times is not ten customers. A product that went back as often as it was bought
    is left out.
    """
    says = history.says()
    left = np.maximum(says, 0) * fading(history, now, half_life)
    pairs = history.users.astype(np.int64) * history.item_count + history.items
    by_pair = np.argsort(pairs, kind="stable")
    pairs = pairs[by_pair]
    starts = np.flatnonzero(np.r_[True, pairs[1:] != pairs[:-1]]) if len(pairs) else np.zeros(0, dtype=np.int64)
    if not len(starts):
        return _positive(_table(history, left))
    strongest = np.maximum.reduceat(left[by_pair], starts)
    strongest[np.add.reduceat(says[by_pair], starts) <= 0] = 0
    users, items = np.divmod(pairs[starts], history.item_count)
    shape = (history.user_count, history.item_count)
    return _positive(coo_array((strongest, (users.astype(np.int32), items.astype(np.int32))), shape=shape).tocsr())


def strongest_only(table: Sparse, most: int = MOST_PER_CUSTOMER) -> Sparse:
    """Each row with at most ``most`` products, the strongest."""
    lengths = np.diff(table.indptr)
    if not len(lengths) or lengths.max() <= most:
        return table
    keep = np.ones(table.nnz, dtype=bool)
    for row in np.flatnonzero(lengths > most):
        start, end = table.indptr[row], table.indptr[row + 1]
        weak = np.lexsort((table.indices[start:end], -table.data[start:end]))[most:]
        keep[start + weak] = False
    cut = table.copy()
    cut.data = np.where(keep, table.data, np.float32(0))
    return sparse(cut)


def _table(history: Interactions, values: Floats) -> Sparse:
    shape = (history.user_count, history.item_count)
    return sparse(coo_array((values, (history.users, history.items)), shape=shape).tocsr())


def _positive(table: object) -> Sparse:
    found = sparse(table)
    np.maximum(found.data, 0, out=found.data)
    return sparse(found)
