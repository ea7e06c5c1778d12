"""The holdout: a fixed, even, independent part of the customers."""

from math import sqrt
from random import Random
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.flows.holdout import held_out

_DICE = Random(20260302)
KEYS = [UUID(int=_DICE.getrandbits(128), version=4) for _ in range(20_000)]


def share(percent: int, flow: str = "abandoned_cart") -> float:
    return sum(held_out(key, flow, percent) for key in KEYS) / len(KEYS)


@pytest.mark.parametrize("percent", [1, 5, 10, 33, 50])
def test_the_share_is_what_was_asked_for(percent: int) -> None:
    p = percent / 100

    assert abs(share(percent) - p) < 4 * sqrt(p * (1 - p) / len(KEYS))


def test_nobody_is_held_out_of_nothing() -> None:
    assert share(0) == 0


@given(st.uuids(), st.integers(0, 50), st.integers(0, 50))
def test_a_higher_percentage_only_adds_people(key: UUID, one: int, other: int) -> None:
    low, high = sorted((one, other))

    assert held_out(key, "abandoned_cart", high) >= held_out(key, "abandoned_cart", low)


@given(st.uuids(), st.integers(0, 50))
def test_the_answer_is_always_the_same(key: UUID, percent: int) -> None:
    assert held_out(key, "welcome", percent) == held_out(UUID(str(key)), "welcome", percent)


def test_flows_hold_out_different_people() -> None:
    both = sum(held_out(key, "abandoned_cart", 20) and held_out(key, "welcome", 20) for key in KEYS) / len(KEYS)

    assert abs(both - 0.04) < 4 * sqrt(0.04 * 0.96 / len(KEYS))


def test_the_answer_does_not_change_between_versions() -> None:
    # Whoever is held out today has to be held out after an update, or the comparison is lost.
    held = [n for n in range(60) if held_out(UUID(int=n), "abandoned_cart", 10)]

    assert held == [1, 12, 17, 27, 28, 31, 35]
