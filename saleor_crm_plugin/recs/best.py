"""The best entries of each row of many at once: a loop over a million customers would take longer than their scores."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import Codes, Floats, blocks

Places = npt.NDArray[np.int64]

# Numbers that are laid out side by side at a time, 12 bytes each.
_AT_ONCE = 1 << 21


@dataclass(frozen=True, eq=False)
class Entries:
    """Entries of a sparse table, one after another: their rows, columns and values."""

    rows: Places
    items: Codes
    values: Floats

    def __len__(self) -> int:
        return len(self.rows)


def row_numbers(starts: npt.NDArray[np.integer]) -> Places:
    """The row of each entry of a table whose rows begin at ``starts``."""
    return np.repeat(np.arange(len(starts) - 1, dtype=np.int64), np.diff(starts))


def kth_best(values: Floats, starts: npt.NDArray[np.integer], k: int) -> Floats:
    """The ``k``-th largest value of each row; minus infinity where a row has no more than ``k``."""
    found = np.full(len(starts) - 1, -np.inf, dtype=np.float32)
    for rows, sides in _side_by_side(values, starts, k):
        width = sides.shape[1]
        found[rows] = np.partition(sides, width - k, axis=1)[:, width - k]
    return found


def mean_of_best(values: Floats, starts: npt.NDArray[np.integer], k: int) -> Floats:
    """The mean of the ``k`` largest values of each row, or of all that it has; 1 where that is not above zero."""
    lengths = np.diff(starts)
    found = np.zeros(len(lengths), dtype=np.float32)
    for rows, sides in _side_by_side(values, starts, 0):
        width, most = sides.shape[1], min(k, sides.shape[1])
        # Sorted, so that a row's sum does not depend on which rows lie beside it.
        best = np.sort(np.partition(sides, width - most, axis=1)[:, width - most :], axis=1).astype(np.float64)
        best[np.isneginf(best)] = 0
        found[rows] = best.sum(axis=1) / np.minimum(lengths[rows], k)
    return np.where(found > 0, found, np.float32(1))


def best_first(entries: Entries, k: int) -> tuple[Entries, Places]:
    """Row by row the ``k`` best entries above zero, best first, and the place of each in its row.

    The entries come row by row. Of equal ones, the lower item goes first.
    """
    above = entries.values > 0
    rows, items, values = entries.rows[above], entries.items[above], entries.values[above]
    count = int(rows[-1]) + 1 if len(rows) else 0
    starts = np.searchsorted(rows, np.arange(count + 1))
    enough = values >= kth_best(values, starts, k)[rows]
    rows, items, values = rows[enough], items[enough], values[enough]
    order = np.lexsort((items, -values, rows))
    places = np.arange(len(rows)) - np.searchsorted(rows, rows)
    first = places < k
    order = order[first]
    return Entries(rows[order], items[order], values[order]), places[first]


def _side_by_side(
    values: Floats, starts: npt.NDArray[np.integer], longer_than: int
) -> Iterator[tuple[Places, npt.NDArray[np.float32]]]:
    """The rows with more than so many entries as full tables, filled up with minus infinity.

    Rows of about the same length share a table, so that one long row does not make all of them wide.
    """
    lengths = np.diff(starts)
    sizes = np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int64)
    sizes[lengths <= longer_than] = -1
    for size in np.unique(sizes[sizes >= 0]):
        alike = np.flatnonzero(sizes == size)
        for start, end in blocks(len(alike), _AT_ONCE >> int(size)):
            rows = alike[start:end]
            width = np.arange(int(lengths[rows].max()))
            inside = width < lengths[rows, None]
            at = np.minimum(starts[rows, None] + width, len(values) - 1)
            yield rows, np.where(inside, values[at], np.float32(-np.inf))
