"""What ``python -m saleor_crm_plugin.emails.lint`` finds."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.lint import lint
from saleor_crm_plugin.emails.render import MAILS, Rendered, render

UNSUBSCRIBE = EXAMPLES["welcome"]["unsubscribe_url"]


@pytest.fixture(scope="module")
def mail() -> Rendered:
    return render("welcome", "en", EXAMPLES["welcome"])


@pytest.mark.parametrize("template", MAILS)
def test_nothing_is_wrong_with_our_mails(template: str) -> None:
    # when / then
    assert list(lint(render(template, "pl", EXAMPLES[template]), UNSUBSCRIBE)) == []


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (lambda mail: replace(mail, html=mail.html.replace("</body>", "x " * 60_000 + "</body>")), "bytes; Gmail"),
        (lambda mail: replace(mail, subject="Two\nlines"), "one line"),
        (lambda mail: replace(mail, subject="Another"), "not the subject"),
        (lambda mail: replace(mail, html=mail.html.replace('lang="en"', 'lang="de"')), "language and direction"),
        (lambda mail: replace(mail, html=mail.html.replace("Hello Anna", "Hello {{ x }}")), "not filled in: {{"),
        (lambda mail: replace(mail, text=mail.text + "%(shop_name)s"), "not filled in: %(shop_name)s"),
        (lambda mail: replace(mail, html=mail.html + "x" * 1000), "more than 998 bytes"),
        (lambda mail: replace(mail, text=mail.text.replace(UNSUBSCRIBE, "")), "no link to unsubscribe"),
        (lambda mail: replace(mail, text=re.sub(r"https://shop\S+scarf\S+", "", mail.text)), "cashmere-scarf"),
        (lambda mail: replace(mail, text=mail.text + "<p>"), "not written to be read"),
        (lambda mail: replace(mail, html=mail.html.replace('class="preview"', "")), "line below the subject"),
        (lambda mail: replace(mail, html=mail.html.replace("color:#625e57", "color:#bbbbbb")), "can't be read"),
        (lambda mail: replace(mail, html=mail.html.replace("<h1", "<h2", 1).replace("</h1", "</h2")), "one h1"),
        (lambda mail: replace(mail, html=re.sub(r' alt="[^"]*"', "", mail.html)), "alt text"),
    ],
)  # fmt: skip
def test_what_a_reader_would_stumble_over_is_told(
    mail: Rendered, broken: Callable[[Rendered], Rendered], told: str
) -> None:
    # when
    problems = list(lint(broken(mail), UNSUBSCRIBE))

    # then
    assert any(told in problem for problem in problems), problems
