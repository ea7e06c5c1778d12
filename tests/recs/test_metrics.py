"""Metrics against values worked out by hand, and against scikit-learn where it is installed."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from saleor_crm_plugin.recs.arrays import NONE
from saleor_crm_plugin.recs.metrics import coverage, hits, ndcg, novelty, recall


def _answers(*rows: list[int], products: int = 10) -> csr_array:
    table = np.zeros((len(rows), products), dtype=np.float32)
    for row, items in enumerate(rows):
        table[row, items] = 1
    return csr_array(table)


def test_ndcg_and_recall_by_hand() -> None:
    answers = _answers([1, 3, 7])
    hit = hits(np.array([[3, 0, 7, 2]]), answers)

    # hits at places 1 and 3 of three right answers
    gained, best = 1 + 1 / 2, 1 + 1 / np.log2(3) + 1 / 2
    assert hit.tolist() == [[True, False, True, False]]
    assert ndcg(hit, answers, 4) == pytest.approx([gained / best])
    assert ndcg(hit, answers, 1) == pytest.approx([1.0])
    assert recall(hit, answers, 4) == pytest.approx([2 / 3])
    assert recall(hit, answers, 2) == pytest.approx([1 / 3])


def test_a_list_shorter_than_asked_for_is_judged_as_it_is() -> None:
    answers = _answers([1], [2])
    hit = hits(np.array([[1, NONE], [NONE, NONE]]), answers)

    assert ndcg(hit, answers, 20).tolist() == [1.0, 0.0]


def test_all_right_answers_first_are_perfect_even_if_there_are_more_than_places() -> None:
    answers = _answers([0, 1, 2, 3, 4])

    assert ndcg(hits(np.array([[4, 3, 2]]), answers), answers, 3) == pytest.approx([1.0])


def test_ndcg_is_that_of_scikit_learn() -> None:
    theirs = pytest.importorskip("sklearn.metrics").ndcg_score
    dice = np.random.default_rng(2)
    scores = dice.permuted(np.tile(np.arange(50.0), (200, 1)), axis=1)
    right = dice.random((200, 50)) < 0.1
    right[:, 0] = True
    answers = csr_array(right.astype(np.float32))
    lists = np.argsort(-scores, axis=1)[:, :20]

    ours = ndcg(hits(lists, answers), answers, 20)

    assert ours == pytest.approx([theirs(right[[row]], scores[[row]], k=20) for row in range(200)])


def test_coverage_counts_each_shown_product_once() -> None:
    assert coverage(np.array([[1, 2], [2, NONE]]), 8) == 2 / 8


def test_novelty_is_the_mean_of_bits() -> None:
    share = np.array([0.5, 0.125], dtype=np.float32)

    assert novelty(np.array([[0, 1], [0, NONE]]), share) == pytest.approx((1 + 3 + 1) / 3)
