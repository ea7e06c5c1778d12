"""Short signed tokens: good for one purpose, for a while, and as they were made."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.emails import signed

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


@given(st.binary(max_size=200))
def test_what_was_signed_is_read(payload: bytes) -> None:
    assert signed.read("go", signed.sign("go", payload, LATER), NOW) == payload


@given(st.binary(max_size=60), st.integers(0, 10_000), st.sampled_from("Aa0-_b"))
def test_a_token_of_which_a_letter_is_another_is_none(payload: bytes, place: int, letter: str) -> None:
    token = signed.sign("go", payload, LATER)
    place %= len(token)
    forged = token[:place] + letter + token[place + 1 :]

    assert signed.read("go", forged, NOW) == (payload if forged == token else None)


@given(st.text(max_size=80))
def test_garbage_is_no_token(text: str) -> None:
    assert signed.read("go", text, NOW) is None


def test_a_token_for_one_purpose_is_none_for_another() -> None:
    assert signed.read("seen", signed.sign("go", b"x", LATER), NOW) is None


@pytest.mark.parametrize(("now", "read"), [(LATER - timedelta(seconds=1), b"x"), (LATER, None)])
def test_a_token_ends(now: datetime, read: bytes | None) -> None:
    assert signed.read("go", signed.sign("go", b"x", LATER), now) == read


def test_a_token_of_another_shop_is_none(settings: object) -> None:
    token = signed.sign("go", b"x", LATER)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]

    assert signed.read("go", token, NOW) is None


def test_after_a_change_of_the_secret_old_tokens_are_read_as_long_as_it_is_known(settings: object) -> None:
    token = signed.sign("go", b"x", LATER)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new"  # type: ignore[attr-defined]

    assert signed.read("go", token, NOW) == b"x"
