"""Adding a flow about customers is a letter's three template files, a declaration, and the owner's line that switches
it on; its reader, names, example, blocks and preview follow."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copytree

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.emails import compile as compiling
from saleor_crm_plugin.emails import source
from saleor_crm_plugin.emails.example import EXAMPLES, bare
from saleor_crm_plugin.emails.letters import letters
from saleor_crm_plugin.emails.lint import lint
from saleor_crm_plugin.emails.own.check import check
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.emails.render import render
from saleor_crm_plugin.flows import catalogue
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.people import triggers
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from tests.flows.people.test_table import ADA, buys, decided
from tests.road import Road

FILES = {
    "thanks.subject.txt": "A word of thanks for your order\n",
    "thanks.html": """{% extends "saleor_crm/letter.html" %}
{% block preview %}Thank you.{% endblock %}
{% block title %}A word of thanks{% endblock %}
{% block opening %}It is with you now. May it last for years.{% endblock %}
{% block products %}{% products "recommended" limit=4 %}{% endblock %}
""",
    "thanks.txt": """{% extends "saleor_crm/letter.txt" %}
{% block opening %}It is with you now. May it last for years.{% endblock %}
{% block products %}{% products "recommended" limit=4 %}{% endblock %}
""",
}


@pytest.fixture
def thanks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A flow that thanks two days after each order was delivered: declared, with its template files among ours."""
    folder = tmp_path / "templates"
    copytree(source.TEMPLATE_DIR, folder)
    for name, text in FILES.items():
        (folder / "saleor_crm" / name).write_text(text, encoding="utf-8")
    declared = catalogue._about_people(
        "thanks", "Thanks", triggers.DELIVERED, (), delay=timedelta(days=2), priority=60,
        kind=FLOWS["cross_sell"].kind, again_after=timedelta(days=30),
    )  # fmt: skip
    monkeypatch.setattr(source, "TEMPLATE_DIR", folder)
    monkeypatch.setitem(FLOWS, declared.key, declared)
    monkeypatch.setattr(work, "PEOPLE", (*catalogue.PEOPLE, declared))
    monkeypatch.setattr(compiling, "_compiled", {})
    for kept in (source.first_pass, letters):
        kept.cache_clear()
    yield
    monkeypatch.undo()
    for kept in (source.first_pass, letters):
        kept.cache_clear()


def test_a_flow_that_is_declared_and_has_a_letter_is_entered_decided_and_sent(thanks: None, road: Road) -> None:
    # given
    road.set(abandoned_cart_enabled=False, flows="thanks = on")
    buys(road, road.make_product("Hat")[0])
    road.work()
    # when
    road.wait(days=2, minutes=1)
    (mail,) = road.work()
    # then
    assert (mail["To"], mail["Subject"]) == (ADA, "A word of thanks for your order")
    assert "May it last for years" in text_of(mail)
    assert "May it last for years" in html_of(mail)
    assert decided("thanks") == [("sent", "due")]


def test_it_stays_off_until_the_owner_switches_it_on_and_waits_as_long_as_they_say(thanks: None, road: Road) -> None:
    road.set(abandoned_cart_enabled=False)
    buys(road, road.make_product("Hat")[0])
    road.work()
    road.wait(hours=5)
    assert decided("thanks") == []
    road.set(flows="thanks = on, 6 h")
    road.work()
    road.wait(hours=2)
    assert len(road.work()) == 1


def test_its_letter_can_be_looked_at_and_put_into_the_owners_words(thanks: None) -> None:
    for content in (EXAMPLES["thanks"], bare("thanks")):
        assert list(lint(render("thanks", "en", content), content["unsubscribe_url"])) == []
    words = Words("Thanks", "", '<h1>Thanks</h1><p>Dear {{ customer.first_name }}</p>{% products "popular" %}')
    assert check(words, "thanks") == []
    assert check(replace(words, body="<h1>Thanks</h1><p>{{ voucher.code }}</p>"), "thanks") != []
