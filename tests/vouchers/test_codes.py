"""Codes: readable, and not to be guessed."""

import math
from collections import Counter

import pytest

from saleor_crm_plugin.vouchers.codes import ALPHABET, mint


def test_a_code_is_grouped_after_its_prefix_and_has_no_letter_that_is_taken_for_another() -> None:
    (code,) = mint("CRM", 1)
    head, *groups = code.split("-")

    assert head == "CRM"
    assert [len(group) for group in groups] == [5, 5, 5]
    assert set("".join(groups)) <= set(ALPHABET)
    assert not set(ALPHABET) & set("0O1IL")


def test_a_code_without_a_prefix_begins_with_its_first_group() -> None:
    assert [len(group) for group in mint("", 1)[0].split("-")] == [5, 5, 5]


def test_a_code_carries_more_than_sixty_bits() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert 15 * math.log2(len(ALPHABET)) > 60


@pytest.mark.parametrize("count", [0, 1, 7, 1000])
def test_as_many_codes_are_minted_as_are_wanted_and_no_two_are_the_same(count: int) -> None:
    assert len(set(mint("CRM", count))) == count


def test_no_letter_is_likelier_than_another() -> None:
    letters = Counter("".join(mint("", 20000)).replace("-", ""))

    expected = 20000 * 15 / len(ALPHABET)
    assert set(letters) == set(ALPHABET)
    # Seven standard deviations: one run in 10^10 fails by chance.
    assert all(abs(count - expected) < 7 * math.sqrt(expected) for count in letters.values())
