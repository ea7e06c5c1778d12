"""When a version is said to be better: rarely by chance, whatever the counts and however often one looks."""

import numpy as np
import pytest

from saleor_crm_plugin.flows.campaigns.verdict import Arm, evidence, winner


def test_alike_versions_have_a_winner_in_one_of_twenty_tests_at_most_though_one_looks_after_every_click() -> None:
    dice, wrong, tests = np.random.default_rng(7), 0, 400
    for _ in range(tests):
        # given 400 people of either version, of whom 120 click, whichever they got
        versions = dice.permutation(np.repeat([0, 1], 400))[:120]
        b = np.cumsum(versions)
        a = np.arange(1, 121) - b
        # when one looks after every click
        found = [winner(Arm(400, int(one)), Arm(400, int(other))) for one, other in zip(a, b, strict=True)]
        wrong += any(found)
    assert wrong <= 0.05 * tests + 3 * (0.05 * 0.95 * tests) ** 0.5


def test_what_is_clear_is_said() -> None:
    assert winner(Arm(5000, 100), Arm(5000, 200)) == "b"
    assert winner(Arm(5000, 200), Arm(5000, 100)) == "a"


@pytest.mark.parametrize(
    ("a", "b"), [((0, 0), (0, 0)), ((5000, 0), (5000, 0)), ((10, 3), (10, 0)), ((5000, 100), (5000, 115))]
)
def test_what_is_not_clear_is_not_said(a: tuple[int, int], b: tuple[int, int]) -> None:
    assert winner(Arm(*a), Arm(*b)) == ""


def test_groups_of_other_sizes_are_compared_by_their_shares() -> None:
    assert winner(Arm(9000, 300), Arm(1000, 90)) == "b"


def test_the_numbers_of_a_shop_with_millions_can_be_told() -> None:
    assert evidence(Arm(2_000_000, 100_000), Arm(2_000_000, 200_000)) > 1e100
