"""Words of an owner's mail that are written to keep a process busy, and honest ones that look a little like them."""

import pytest

from saleor_crm_plugin.emails.own.check import check
from saleor_crm_plugin.emails.own.read import read_body
from saleor_crm_plugin.emails.own.tree import Element, Text
from saleor_crm_plugin.emails.own.words import MOST_BODY, Words

ROOM = MOST_BODY - 100


def many(piece: str) -> str:
    """As many as there is room for."""
    return piece * (ROOM // len(piece))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        *[(many(opening), "curly bracket") for opening in ("{{", "{%", "{#", "{")],
        ("{{ shop.name }}" * 200 + many("{{ x }} ")[:20_000], "more than 200"),
        *[
            (many(piece), "is not ended")
            for piece in (
                "<a x=", "<a x= ", "<a ", "<a\n", "<b", "<br/", "<a x='>'", "<a x='<a y=\">' ",
                "</", "</ ", "</a ", "<!--", "<!", "<?",
            )
        ],
        (many("<!["), "“<![” is not allowed"),
        *[
            (f"<a {many(soup)}>", "can't have")
            for soup in ("x= ", "x=", "x='' ", "x=' y=' ", "x =' \"", "'\"", "x=\"' ", "/= '", "x \n")
        ],
        (f"<a {many('/')}>", "has an address"),
        (f"<a{many(' ')}>", "has an address"),
        ("{% if " + many('" ') + "%}", "There is no"),
        *[(f"{{% {tag} " + many('\\" ') + "%}", "no backslashes") for tag in ("if", "products", "nothing")],
        (many("<b>"), "nested"),
    ],
)  # fmt: skip
def test_words_that_would_be_looked_through_again_and_again_are_refused(written: str, told: str) -> None:
    # when
    problems = check(Words("A subject", "", written), "newsletter")

    # then
    (problem,) = problems
    assert told in problem


@pytest.mark.parametrize("opening", ["{{", "{%", "{#"])
def test_a_subject_of_openings_is_refused(opening: str) -> None:
    # when
    problems = check(Words(opening * 100, "", "<h1>T</h1>"), "newsletter")

    # then
    (problem,) = problems
    assert "curly bracket" in problem


def test_an_opening_without_an_end_is_told_of_before_anything_is_read_as_html() -> None:
    # when
    problems = check(Words("A subject", "", "<script></script>{{ shop.name"), "newsletter")

    # then
    (problem,) = problems
    assert "curly bracket" in problem


@pytest.mark.parametrize(
    "honest",
    ["a < b", "a <", "<3", "I <3 you", "3 > 2", "a << b", "<", "< ", "AT&T", "this & that", "a &amp; b <"],
)
def test_a_lone_angle_bracket_is_text(honest: str) -> None:
    # given
    text = honest.replace("&amp;", "&").strip()

    # when
    (paragraph,) = read_body(honest, "newsletter")

    # then
    assert isinstance(paragraph, Element)
    assert "".join(node.text for node in paragraph.inside if isinstance(node, Text)).strip() == text


def test_a_note_may_tell_how_tags_are_written() -> None:
    # when
    problems = check(Words("A subject", "", "<h1>T</h1>{# write {{ and {% here #}"), "newsletter")

    # then
    assert problems == []
