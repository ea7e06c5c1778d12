"""``crm templates``."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from saleor_crm_plugin.emails.own import file, places
from saleor_crm_plugin.emails.own.check import check
from saleor_crm_plugin.emails.own.places import Place
from saleor_crm_plugin.emails.own.skeleton import skeleton
from saleor_crm_plugin.emails.own.words import Problem, Words
from saleor_crm_plugin.emails.render import MAILS
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.learnt import Learnt
from tests.road import Road


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("crm", "templates", *arguments, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize("template", MAILS)
def test_the_words_to_begin_with_can_be_used_as_they_are(template: str) -> None:
    # when / then
    assert check(skeleton(template), template) == []


def test_a_file_says_what_was_written_to_it() -> None:
    # given
    words = Words("Hello: you", "And: more", "<h1>T</h1>\n\nText.")

    # when / then
    assert file.read(file.written(words)) == words
    assert file.read("\ufeffsubject: Hello\r\n\r\n<h1>T</h1>") == Words("Hello", "", "<h1>T</h1>")
    with pytest.raises(Problem, match="begins with the lines"):
        file.read("<h1>T</h1>")


def test_the_words_of_the_page_can_be_used() -> None:
    # given
    page = (Path(__file__).parents[1] / "docs" / "own-words.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```\n(Subject: .*?)```", page, re.DOTALL)

    # when / then
    assert check(file.read(written), "welcome") == []


def test_words_are_exported_saved_restored_and_reset(db: None, tmp_path: Path) -> None:
    # given
    path = tmp_path / "welcome.html"

    # when
    run("welcome", "--export", str(path))
    first = run("welcome", "--save", str(path))
    path.write_text(path.read_text().replace("A title", "Another title"))
    second = run("welcome", "--save", str(path))
    third = run("welcome", "--restore", "1")

    # then
    assert (first, second) == ("Version 1 is in use.\n", "Version 2 is in use.\n")
    assert third == "Version 3 is in use: the words of version 1.\n"
    assert "<h1>A title</h1>" in places.current()[0].words.body
    listed = run()
    assert "welcome              your words" in listed
    assert "version 3 for all channels, all languages, in use, the words of version 1" in listed
    assert "win_back_lapsed      ours" in listed
    assert "Another title" not in run("welcome").partition("Subject:")[2]
    assert run("welcome", "--reset") == "Your words are not used any more.\n"
    assert run("welcome", "--reset") == "There were none.\n"


@pytest.mark.parametrize(
    "words",
    [
        ["--save", "x"], ["--export", "x"], ["--restore", "1"], ["--reset"], ["--preview", "x"],
        ["--test-send", "ada@example.com"], ["--channel", "eu"],
    ],
)  # fmt: skip
def test_nothing_is_done_without_the_name_of_a_mail_and_that_is_said(db: None, words: list[str]) -> None:
    with pytest.raises(CommandError, match=f"Only with the name of a mail, such as welcome: {words[0]}"):
        run(*words)


def test_a_file_that_can_not_be_used_changes_nothing(db: None, tmp_path: Path) -> None:
    # given
    path = tmp_path / "welcome.html"
    path.write_text("Subject: Hello\n\n<h1>{% debug %}</h1>")

    # when / then
    with pytest.raises(CommandError, match="no tag “debug”"):
        run("welcome", "--save", str(path))
    with pytest.raises(CommandError, match="can't be used"):
        run("welcome", "--save", str(tmp_path / "nothing.html"))
    assert places.current() == []


def test_a_preview_is_the_mail_of_a_customer_with_the_own_cart_and_products(road: Road, tmp_path: Path) -> None:
    # given
    shirt, *others = (road.make_product(f"Product {number}")[0] for number in range(4))
    Learnt().goes_with(shirt, others)
    road.cart(shirt)
    road.work()
    html, text = tmp_path / "mail.html", tmp_path / "mail.txt"

    # when
    for path in (html, text):
        run("abandoned_cart_1", "--preview", str(path), "--customer", "ADA@example.com")

    # then
    assert "Product 0" in text.read_text()
    assert "Product 3" in text.read_text()
    assert "Product 3" in html.read_text()
    assert "Linen shirt" not in html.read_text()  # which the example has
    with pytest.raises(CommandError, match="Nobody with this address"):
        run("abandoned_cart_1", "--preview", str(html), "--customer", "nobody@example.com")


def test_a_test_arrives_and_counts_for_nothing(road: Road) -> None:
    # given
    places.save(SandboxShop(), Place("win_back_lapsed"), Words("Come back", "", "<h1>Come back</h1>"), "", road.now)

    # when
    said = run("win_back_lapsed", "--test-send", "staff@example.com")

    # then
    assert said == "Sent.\n"
    (mail,) = road.sink.mails
    assert (mail["Subject"], mail["To"]) == ("[Test] Come back", "staff@example.com")
    assert "Come back" in html_of(mail)
