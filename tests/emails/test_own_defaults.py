"""A default of the owner's is said as it was written, whatever filters follow it."""

import pytest

from saleor_crm_plugin.emails.example import bare
from saleor_crm_plugin.emails.languages import best
from saleor_crm_plugin.emails.own.build import build
from saleor_crm_plugin.emails.own.check import check
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.emails.render import rendered

from .documents import elements, squeezed


def said(value: str, first_name: str = "") -> tuple[str, str]:
    """What the HTML and the text say for it."""
    words = Words("Hi", "", f"<h1>T</h1><p>Hello [{{{{ {value} }}}}]</p>")
    assert check(words, "welcome") == []
    content = bare("welcome") | {"first_name": first_name}
    mail = rendered(build(words, "welcome", best("en")), "welcome", "en", content)
    (html,) = [text for one in elements(mail.html) if one.tag == "p" and "[" in (text := squeezed(one.text_content()))]
    (line,) = [line for line in mail.text.split("\n") if "[" in line]
    return html.partition("[")[2].partition("]")[0], line.partition("[")[2].partition("]")[0]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('customer.first_name|default:"Tom & Ann"', "Tom & Ann"),
        ('customer.first_name|default:"Tom & Ann"|upper', "TOM & ANN"),
        ('customer.first_name|default:"you & yours truly"|truncatechars:9', "you & yo…"),
        ('customer.first_name|default:"a < b > c"|upper', "A < B > C"),
        ("customer.first_name|default:'say \"hi\" & go'", 'say "hi" & go'),
    ],
)
def test_a_default_reads_the_same_in_html_and_text(value: str, expected: str) -> None:
    assert said(value) == (expected, expected)


def test_a_name_beside_a_default_is_text() -> None:
    assert said('customer.first_name|default:"you"|upper', "<b>Al & Bo</b>") == ("<B>AL & BO</B>",) * 2
