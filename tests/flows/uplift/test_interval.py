"""The interval around what mails bring, in simulated shops where the truth is known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.flows.uplift.interval import Difference, Group, difference, people_needed
from tests.flows.uplift.shops import MEAN, Mailing, Shop

TIMES = 200
EFFECTS = (0, 0.05, 0.2)
SHOPS = [
    *(Shop(200, 0.2, effect) for effect in EFFECTS),
    *(Shop(200, 0.2, effect, held_out=0.5) for effect in EFFECTS),
    *(Shop(2_000, 0.05, effect, dearer=True) for effect in EFFECTS),
    *(Shop(20_000, 0.03, effect) for effect in EFFECTS),
    *(Shop(200_000, 0.05, effect) for effect in EFFECTS),
]


def seen(shop: Shop, times: int = TIMES) -> list[Difference | None]:
    """What is found in as many histories of a shop."""
    dice = np.random.default_rng(7)
    return [difference(shop.groups(dice)) for _ in range(times)]


@pytest.mark.parametrize("shop", SHOPS, ids=str)
def test_the_interval_holds_the_truth_as_often_as_it_says(shop: Shop) -> None:
    found = [one for one in seen(shop) if one]

    share = sum(one.low <= shop.truth <= one.high for one in found) / len(found)

    # 95 % promised. Where few people are, it is wider than it has to be, never much narrower.
    assert len(found) > 0.95 * TIMES
    assert 0.91 <= share <= (0.99 if shop.people >= 20_000 else 1)


def test_the_usual_bootstrap_would_not() -> None:
    # What this interval is there for: few are held out, and hardly any of them buys.
    shop, dice = Shop(500, 0.04, 0), np.random.default_rng(7)
    held, usual = 0, 0
    for _ in range(TIMES):
        treated, held_out = shop.groups(dice)
        one = difference((treated, held_out))
        drawn = _percentile(treated, dice) - _percentile(held_out, dice)
        held += one is None or one.low <= shop.truth <= one.high
        low, high = np.quantile(drawn, [0.025, 0.975])
        usual += low <= shop.truth <= high

    assert usual / TIMES < 0.85
    assert held / TIMES > 0.93


def _percentile(group: Group, dice: np.random.Generator) -> np.ndarray:
    everybody = np.concatenate([group.spent, np.zeros(group.people - len(group.spent))])
    return everybody[dice.integers(0, group.people, (400, group.people))].mean(axis=1)


@pytest.mark.parametrize(
    ("shop", "least", "most"),
    [
        (Shop(200, 0.2, 0.2), 0, 0.1),
        (Shop(2_000, 0.05, 0), 0, 0.08),
        (Shop(200_000, 0.05, 0), 0, 0.08),
        (Shop(20_000, 0.05, 0.05), 0, 0.25),
        (Shop(200_000, 0.05, 0.2), 0.85, 1),
        (Shop(200_000, 0.2, 0.2, held_out=0.5), 1, 1),
    ],
    ids=str,
)
def test_it_is_conclusive_where_it_can_be_and_not_elsewhere(shop: Shop, least: float, most: float) -> None:
    found = seen(shop, 100)

    assert least <= sum(bool(one and one.conclusive) for one in found) / len(found) <= most


def test_with_hardly_anybody_nothing_is_said() -> None:
    assert difference((Group(500, np.array([40.0] * 30)), Group(9, np.array([40.0] * 9)))) is None
    assert difference((Group(500, np.array([40.0] * 5)), Group(500, np.array([40.0] * 4)))) is None
    assert difference((Group(0, np.array([])), Group(0, np.array([])))) is None


def test_nobody_of_the_held_out_bought_is_no_proof_when_they_are_few() -> None:
    found = difference((Group(180, np.full(18, 50.0)), Group(20, np.array([]))))

    assert found is not None
    assert not found.conclusive
    assert found.low < 0 < found.high


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1e6), max_size=60),
    st.lists(st.floats(0, 1e6), max_size=60),
    st.integers(0, 500),
    st.integers(0, 500),
)
def test_any_figures_give_an_interval_around_what_was_found_and_the_same_one_again(
    one: list[float], other: list[float], more: int, others: int
) -> None:
    treated, held_out = Group(len(one) + more, np.array(one)), Group(len(other) + others, np.array(other))

    found = difference((treated, held_out))

    assert found == difference((treated, held_out))
    if found:
        slack = 1e-6 * (1 + abs(found.found))
        assert np.isfinite([found.found, found.low, found.high, found.error]).all()
        assert found.low <= found.found + slack
        assert found.high >= found.found - slack


def test_more_people_are_needed_for_a_smaller_difference() -> None:
    wide = Difference(found=1.0, low=-1.0, high=3.0, error=1.0)
    small = Difference(found=0.5, low=-1.5, high=2.5, error=1.0)

    assert people_needed(wide, 1000) == 7840
    assert people_needed(small, 1000) == 4 * 7840
    assert people_needed(Difference(found=0.0, low=-2, high=2, error=1.0), 1000) is None


def test_as_many_people_as_needed_show_the_difference_in_four_cases_of_five() -> None:
    shop = Shop(20_000, 0.05, 0.2)
    error = float(np.mean([one.error for one in seen(shop, 30) if one]))
    needed = people_needed(Difference(shop.truth, 0, 0, error), shop.people)

    assert needed is not None
    found = seen(Shop(needed, 0.05, 0.2), 150)
    assert 0.7 <= sum(bool(one and one.conclusive) for one in found) / 150 <= 0.9


MAILINGS = [Mailing(400, 0), Mailing(3_000, 0), Mailing(3_000, 0.002), Mailing(3_000, 0.01)]


@pytest.mark.parametrize("shop", MAILINGS, ids=str)
def test_newsletters_whose_days_overlap_tell_together_what_one_brings(shop: Mailing) -> None:
    # given
    dice = np.random.default_rng(7)
    found = [one for one in (difference(*shop.groups(dice)) for _ in range(100)) if one]

    # when
    share = sum(one.low <= shop.truth <= one.high for one in found) / len(found)
    off = np.mean([one.found for one in found]) - shop.truth

    # then
    assert len(found) > 95
    assert share >= 0.9
    assert abs(off) < 3 * np.mean([one.error for one in found]) / np.sqrt(len(found))


def test_several_newsletters_find_what_one_does_not() -> None:
    # given
    pairs = Mailing(3_000, 0.002).groups(np.random.default_rng(7))

    # when
    each, together = [difference(pair) for pair in pairs], difference(*pairs)

    # then
    assert together
    assert together.error < 0.8 * min(one.error for one in each if one)


def test_a_season_in_which_more_are_held_out_makes_no_difference() -> None:
    # given: the same was bought with a mail and without it, in the sale by all and later by few
    sale = Group(1_000, np.full(500, MEAN)), Group(1_000, np.full(500, MEAN))
    later = Group(1_900, np.full(38, MEAN)), Group(100, np.full(2, MEAN))

    # when
    found = difference(sale, later)

    # then
    assert found
    assert found.found == pytest.approx(0)
