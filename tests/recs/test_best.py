"""The best of many rows at once are those that a loop over rows would find."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from saleor_crm_plugin.recs.arrays import NONE
from saleor_crm_plugin.recs.best import kth_best, mean_of_best
from saleor_crm_plugin.recs.model import Scores, top
from saleor_crm_plugin.recs.pairs import cut_rows

NUMBERS = {"seed": st.integers(0, 10_000), "n": st.integers(1, 12)}


def _table(seed: int) -> np.ndarray:
    """Few different values, so that many are equal; rows of very different lengths."""
    dice = np.random.default_rng(seed)
    rows, columns = dice.integers(1, 12), dice.integers(1, 40)
    full = dice.random((rows, 1)) ** 2
    return (dice.integers(1, 6, (rows, columns)) * (dice.random((rows, columns)) < full)).astype(np.float32)


def _by_loop(worth: np.ndarray, open_: np.ndarray, n: int) -> list[list[int]]:
    lists = []
    for row, allowed in zip(worth, open_, strict=True):
        order = sorted(
            (item for item in range(len(row)) if allowed[item] and row[item] > 0), key=lambda i: (-row[i], i)
        )
        lists.append((order + [NONE] * n)[:n])
    return lists


@given(**NUMBERS)
def test_lists_are_those_of_a_loop(seed: int, n: int) -> None:
    table = _table(seed)

    assert top(Scores(csr_array(table)), n).items.tolist() == _by_loop(table, np.ones_like(table), n)


@given(**NUMBERS, only=st.booleans())
def test_lists_with_a_base_and_closed_products_are_those_of_a_loop(seed: int, n: int, only: bool) -> None:
    table = _table(seed)
    dice = np.random.default_rng(seed + 1)
    base = dice.integers(0, 4, table.shape[1]).astype(np.float32)
    out, asked = (dice.random((2, *table.shape)) < 0.4).astype(np.float32)

    ranked = top(Scores(csr_array(table), base), n, csr_array(out), csr_array(asked) if only else None)

    assert ranked.items.tolist() == _by_loop(table + base, (out == 0) & ((asked > 0) | (not only)), n)


@given(**NUMBERS)
def test_cut_rows_keep_the_largest_and_of_equal_ones_the_lower_column(seed: int, n: int) -> None:
    table = _table(seed)

    cut = cut_rows(csr_array(table), n)

    assert cut.has_sorted_indices
    expected = [sorted(item for item in row if item != NONE) for row in _by_loop(table, np.ones_like(table), n)]
    assert [cut[[row]].indices.tolist() for row in range(len(table))] == expected


@given(**NUMBERS)
def test_the_kth_best_and_the_mean_of_the_best_are_those_of_a_loop(seed: int, n: int) -> None:
    table = csr_array(_table(seed))
    rows = [np.sort(table[[row]].data)[::-1] for row in range(table.shape[0])]

    assert kth_best(table.data, table.indptr, n).tolist() == [row[n - 1] if len(row) > n else -np.inf for row in rows]
    means = [row[:n].mean(dtype=np.float64) if len(row) else 1 for row in rows]
    np.testing.assert_allclose(mean_of_best(table.data, table.indptr, n), means, rtol=1e-6)
