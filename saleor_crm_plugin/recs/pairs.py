"""Products of a sparse table with itself, keeping the strongest entries of each row, within a bound of memory."""

from collections.abc import Callable

import numpy as np
import scipy.sparse
from scipy.sparse import csr_array

from .arrays import Floats, Sparse, in_parallel, nothing, sparse

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
            block = sparse(left[first:after] @ right)
            rows = np.repeat(np.arange(first, after), np.diff(block.indptr))
            block.data[block.indices == rows] = 0
            parts.append(cut_rows(block if rescale is None else rescale(block, first, after), k))
        return sparse(scipy.sparse.vstack(parts, format="csr"))

    pieces = len(borders) - 1
    if not pieces:
        return nothing(left.shape[0], right.shape[1])
    return sparse(scipy.sparse.vstack(in_parallel(work, pieces, 1), format="csr"))


def cut_rows(table: Sparse, k: int) -> Sparse:
    """Each row with its ``k`` largest positive entries; of equal ones, the lower column stays."""
    lengths = np.diff(table.indptr)
    threshold = np.zeros(len(lengths), dtype=np.float32)
    ties = []
    for row in np.flatnonzero(lengths > k):
        start, end = table.indptr[row], table.indptr[row + 1]
        values = table.data[start:end]
        threshold[row] = np.partition(values, len(values) - k)[len(values) - k]
        at = np.flatnonzero(values == threshold[row])
        spare = len(at) + int((values > threshold[row]).sum()) - k
        if spare > 0:
            ties.append(start + at[len(at) - spare :])
    keep = (table.data >= np.repeat(threshold, lengths)) & (table.data > 0)
    if ties:
        keep[np.concatenate(ties)] = False
    cut = csr_array(table, copy=True)
    cut.data = np.where(keep, table.data, np.float32(0))
    return sparse(cut)


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
