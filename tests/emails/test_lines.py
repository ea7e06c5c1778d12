"""Lines no longer than mail allows."""

from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.emails.lines import MAX_LINE, fold

words = st.lists(st.text("aż日🧥<&", min_size=0, max_size=200), max_size=60).map(" ".join)


@given(words)
def test_folding_changes_only_spaces_into_line_ends(text: str) -> None:
    # when
    folded = fold(text)

    # then
    assert folded.replace("\n", " ") == text
    assert all(len(line.encode()) <= MAX_LINE for line in folded.split("\n"))


def test_short_text_is_handed_back_as_it_is() -> None:
    # given
    text = "a b\n" * 500

    # when / then
    assert fold(text) is text


def test_a_word_longer_than_a_line_stays_whole() -> None:
    # given
    word = "https://shop.example.com/" + "x" * 2000

    # when
    folded = fold(f"before {word} after")

    # then
    assert folded.split("\n") == ["before", word, "after"]
