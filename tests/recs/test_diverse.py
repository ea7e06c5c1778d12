"""No category takes the whole list."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.recs.arrays import NONE
from saleor_crm_plugin.recs.diverse import diverse
from saleor_crm_plugin.recs.model import Ranked


def _ranked(*rows: list[int]) -> Ranked:
    items = np.array(rows, dtype=np.int32)
    scores = np.where(items == NONE, 0, np.arange(items.shape[1], 0, -1)).astype(np.float32)
    return Ranked(items, scores)


def test_a_category_takes_no_more_than_its_share_and_the_rest_keeps_its_order() -> None:
    category = np.array([0, 0, 0, 1, 1, 2], dtype=np.int32)

    assert diverse(_ranked([0, 1, 2, 3, 4, 5]), category, 4).items.tolist() == [[0, 1, 3, 4]]


def test_scores_go_with_their_products() -> None:
    category = np.array([0, 0, 1], dtype=np.int32)

    assert diverse(_ranked([0, 1, 2]), category, 2).scores.tolist() == [[3, 1]]


def test_a_list_is_not_made_shorter() -> None:
    assert diverse(_ranked([2, 1, 0, NONE]), np.zeros(3, dtype=np.int32), 3, 0.3).items.tolist() == [[2, 1, 0]]


def test_products_without_a_category_are_not_held_back() -> None:
    assert diverse(_ranked([2, 1, 0]), np.full(3, NONE, dtype=np.int32), 2, 0.1).items.tolist() == [[2, 1]]


@given(seed=st.integers(0, 10_000), n=st.integers(1, 12), share=st.floats(0.1, 1))
def test_nothing_is_lost_nor_twice_and_shares_are_kept_where_there_is_enough(seed: int, n: int, share: float) -> None:
    dice = np.random.default_rng(seed)
    category = dice.integers(-1, 4, 12).astype(np.int32)
    order = dice.permutation(12).astype(np.int32)

    shown = diverse(_ranked(order.tolist()), category, n, share).items[0]

    most = max(1, int(np.ceil(round(share * n, 9))))
    counts = np.bincount(category[category >= 0], minlength=4)
    assert len(set(shown.tolist())) == len(shown) == n
    if np.minimum(counts, most).sum() + (category < 0).sum() >= n:
        assert np.bincount(category[shown][category[shown] >= 0], minlength=1).max(initial=0) <= most
        places = [order.tolist().index(item) for item in shown]
        assert places == sorted(places)
