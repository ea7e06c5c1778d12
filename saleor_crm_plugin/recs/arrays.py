"""The kinds of arrays that the numeric core speaks in, and doing their rows in blocks on all cores."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

Codes: TypeAlias = npt.NDArray[np.int32]
Moments: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float32]
Mask: TypeAlias = npt.NDArray[np.bool_]
Ids: TypeAlias = npt.NDArray[Any]
if TYPE_CHECKING:
    Sparse: TypeAlias = csr_array[Any, tuple[int, int]]
else:  # older versions of scipy can't say what is in a table
    Sparse = csr_array

NONE = -1
DAY = 86_400

_T = TypeVar("_T")


def blocks(rows: int, size: int) -> Iterator[tuple[int, int]]:
    """The borders of pieces of at most ``size`` rows, in order."""
    return ((start, min(start + size, rows)) for start in range(0, rows, max(1, size)))


def in_parallel(work: Callable[[int, int], _T], rows: int, size: int) -> list[_T]:
    """Do the rows in pieces of ``size`` on all cores; the results come in order.

    Threads are enough: numpy and scipy let go of the interpreter while they count.
    """
    borders = list(blocks(rows, size))
    if len(borders) < 2:
        return [work(start, end) for start, end in borders]
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(lambda border: work(*border), borders))


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def distinct(keys: Moments) -> Moments:
    """Each key once, in order. numpy's ``unique`` hashes, which takes five times as long with millions of keys."""
    ordered = np.sort(keys)
    new = np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)]
    return np.asarray(ordered[new], dtype=np.int64)


def nothing(rows: int, columns: int) -> Sparse:
    """A table without entries."""
    found: Any = csr_array((rows, columns), dtype=np.float32)
    return found  # type: ignore[no-any-return]


def sparse(matrix: object) -> Sparse:
    """A matrix as sorted float32 rows, without zeros that are written out."""
    found: Any = csr_array(matrix, dtype=np.float32)  # type: ignore[call-overload]
    found.eliminate_zeros()
    found.sort_indices()
    return found  # type: ignore[no-any-return]
