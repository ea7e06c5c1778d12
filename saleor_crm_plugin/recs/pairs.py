"""Products of a sparse table with itself, keeping the strongest entries of each row, within a bound of memory."""

from collections.abc import Callable

import numpy as np
import scipy.sparse
from scipy.sparse import csr_array

from .arrays import Floats, Sparse, in_parallel, nothing, sparse
from .best import Entries, best_first, row_numbers

# Entries of a product that one thread holds at a time: 12 bytes each and as much again while it is cut, 240 MB.
_ENTRIES_AT_ONCE = 10_000_000

Rescale = Callable[[Sparse, int, int], Sparse]


def strongest_pairs(left: Sparse, right: Sparse, k: int, rescale: Rescale | None = None) -> Sparse:
    """``left @ right`` without its diagonal, with the ``k`` largest entries of each row.

    ``rescale`` gets each block before it is cut, with the numbers of its first row and the row after its last.
    """
    work_of_row = np.asarray(left.astype(bool).astype(np.int64) @ np.diff(right.indptr).astype(np.int64))
    borders = _borders(work_of_row)

    def work(start: int, end: int) -> Sparse:
        parts = []
        for piece in range(start, end):
            first, after = int(borders[piece]), int(borders[piece + 1])
            block = left[first:after] @ right
            block.data[block.indices == row_numbers(block.indptr) + first] = 0
            parts.append(cut_rows(block if rescale is None else rescale(block, first, after), k))
        return sparse(scipy.sparse.vstack(parts, format="csr"))

    pieces = len(borders) - 1
    if not pieces:
        return nothing(left.shape[0], right.shape[1])
    return sparse(scipy.sparse.vstack(in_parallel(work, pieces, 1), format="csr"))


def cut_rows(table: Sparse, k: int) -> Sparse:
    """Each row with its ``k`` largest positive entries; of equal ones, the lower column stays."""
    best, _ = best_first(Entries(row_numbers(table.indptr), table.indices, table.data), k)
    starts = np.searchsorted(best.rows, np.arange(table.shape[0] + 1)).astype(np.int32)
    return sparse(csr_array((best.values, best.items, starts), shape=table.shape))


def scaled_columns(table: Sparse, factors: Floats) -> Sparse:
    """Each column times its factor."""
    found = csr_array(table, copy=True)
    found.data = found.data * factors[found.indices]
    return found


def scaled_rows(table: Sparse, factors: Floats) -> Sparse:
    """Each row times its factor."""
    found = csr_array(table, copy=True)
    found.data = found.data * np.repeat(factors, np.diff(found.indptr)).astype(np.float32)
    return found


def _borders(work_of_row: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> list[int]:
    """Where blocks begin, so that none has more work than fits, unless it is a single row."""
    borders, held = [0], 0
    for row, entries in enumerate(work_of_row.tolist()):
        if held and held + entries > _ENTRIES_AT_ONCE:
            borders.append(row)
            held = 0
        held += entries
    if len(work_of_row):
        borders.append(len(work_of_row))
    return borders
