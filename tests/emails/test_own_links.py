"""Links in an owner's words whose value not every recipient has: to the list of who waits, and off it."""

import re
from collections.abc import Mapping

import pytest

from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.languages import best
from saleor_crm_plugin.emails.own.build import built
from saleor_crm_plugin.emails.own.check import check
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.emails.render import Rendered, rendered

ON_THE_LIST = {"ask_url": "", "cancel_url": ""}
TELL_ME = '<h1>Sold out</h1><p>It is gone. <a href="{{ ask_url }}">Tell me</a></p>'
PICTURE = '<h1>Sold out</h1>{% image "https://shop.example.com/a.jpg" alt="A coat" link=ask_url %}'


def mail(body: str, content: Mapping[str, str] = {}) -> Rendered:
    words = Words("Sold out", "", body)
    assert check(words, "out_of_stock") == []
    filled = EXAMPLES["out_of_stock"] | dict(content)
    return rendered(built(words, "out_of_stock", best("en")), "out_of_stock", "en", filled)


def test_a_link_in_a_text_leads_where_its_value_says() -> None:
    shown, where = mail(TELL_ME), EXAMPLES["out_of_stock"]["ask_url"]

    assert re.search(f'href="{re.escape(where)}"[^>]*>Tell me</a>', shown.html)
    assert f"It is gone. Tell me ({where})" in shown.text


def test_a_link_in_a_text_whose_value_is_empty_is_left_out_with_its_words() -> None:
    shown = mail(TELL_ME, ON_THE_LIST)

    assert 'href=""' not in shown.html
    for part in (shown.html, shown.text):
        assert "It is gone." in part
        assert "Tell" not in part
    assert "()" not in shown.text


@pytest.mark.parametrize("before", ["", "<p>Look</p>"])
def test_a_picture_whose_link_is_empty_stands_without_it(before: str) -> None:
    shown = mail(before + PICTURE, ON_THE_LIST)

    assert 'href=""' not in shown.html
    assert shown.html.count('src="https://shop.example.com/a.jpg"') == 1
    assert "A coat\n\n" in shown.text


def test_a_picture_leads_where_the_value_of_its_link_says() -> None:
    shown, where = mail(PICTURE), EXAMPLES["out_of_stock"]["ask_url"]

    assert f'<a href="{where}"><img' in shown.html.replace("\n", "")
    assert f"A coat\n{where}\n" in shown.text
