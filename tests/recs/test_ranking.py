"""What was bought tells how much each feature says."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.recs.ranking import Examples, learned, together


def _examples(seed: int, weights: list[float], lists: int = 300, width: int = 8) -> Examples:
    """Lists in which one entry is bought, as likely as its weighed features make it."""
    dice = np.random.default_rng(seed)
    features = dice.normal(size=(lists, width, len(weights))).astype(np.float32)
    worth = features @ np.array(weights) + dice.gumbel(size=(lists, width))
    right = worth == worth.max(axis=1, keepdims=True)
    return Examples(features.reshape(-1, len(weights)), right.ravel(), np.repeat(np.arange(lists), width))


def test_weights_are_found_again() -> None:
    found = learned(_examples(1, [1.0, -0.5, 0.0], lists=3000), ridge=1.0)

    np.testing.assert_allclose(found.factors, [1.0, -0.5, 0.0], atol=0.08)


def test_what_is_the_same_in_the_whole_list_says_nothing() -> None:
    examples = _examples(1, [1.0])
    same = examples.lists[:, None].astype(np.float32)

    found = learned(Examples(np.c_[examples.features, same], examples.right, examples.lists), ridge=1.0)

    assert abs(found.factors[1]) < 1e-3


def test_a_feature_that_must_not_count_against_says_nothing_instead() -> None:
    found = learned(_examples(1, [-1.0, -1.0]), ridge=1.0, never_below_zero=1)

    assert found.factors[0] == 0 > found.factors[1]


def test_few_lists_are_believed_less_than_many() -> None:
    few, many = (learned(_examples(1, [1.0], lists=lists), ridge=10.0).factors[0] for lists in (10, 1000))

    assert 0 < few < many


def test_a_list_counts_once_however_much_of_it_was_bought() -> None:
    # given a list that says the first, and one of ten right entries that says the second feature
    one = Examples(np.array([[1, 0], [0, 0]], np.float32), np.array([True, False]), np.array([0, 0]))
    ten = Examples(
        np.array([[0, 1]] * 10 + [[0, 0]] * 10, np.float32),
        np.array([True] * 10 + [False] * 10),
        np.zeros(20, np.int64),
    )

    found = learned(together([one, ten]), ridge=1.0)

    scale = together([one, ten]).features.std(axis=0)
    assert 0.3 < (found.factors * scale)[1] / (found.factors * scale)[0] < 3


@given(seed=st.integers(0, 1000))
def test_lists_of_several_parts_stay_apart(seed: int) -> None:
    one, two = _examples(seed, [1.0], lists=3), _examples(seed + 1, [1.0], lists=4)

    both = together([one, two])

    assert both.count == one.count + two.count == 7
    assert len(np.unique(both.lists)) == 7
    assert (np.diff(both.lists) >= 0).all()
