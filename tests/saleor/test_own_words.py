"""Mails in the owner's own words, in real Saleor: kept by staff, previewed, tested, and said by a flow."""

import re

import pytest
from saleor.product.models import ProductVariant

from tests.saleor.askers import Askers, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, RefusedError
from tests.saleor.services import Sink
from tests.saleor.test_people_road import buys, switched_on, works
from tests.saleor.test_rest_and_rehearse import STAFF_ONLY, a_day_passes
from tests.saleor.worker import Worker

__all__ = ["switched_on"]
SAVE = """mutation($words: CrmTemplateWordsInput!, $channel: String) {
    crmTemplateSave(template: "welcome", words: $words, channel: $channel) {
        version { version savedBy } errors { field message code } } }"""
PREVIEW = """query($words: CrmTemplateWordsInput) { crmTemplatePreview(template: "welcome", words: $words) {
    mail { subject html text } errors { field message code } } }"""
TEST = """mutation($to: String!) {
    crmTemplateTestSend(template: "welcome", to: $to) { sent errors { field message code } } }"""


def words(category: str = "", pin: str = "") -> dict[str, str]:
    narrowed = f'{{% products "popular" limit=2 title="From one shelf" category="{category}" pin="{pin}" %}}'
    return {
        "subject": "Welcome to the house",
        "preview": "Nice to meet you",
        "body": f"<h1>Welcome to {{{{ shop.name }}}}</h1>{narrowed if category else ''}",
    }


def test_a_flow_says_what_staff_wrote_with_products_of_one_shelf(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, staff: GraphQL
) -> None:
    # given a shelf of two, and one of it pinned
    coat, cape = (switched_on.make_product(name)[0] for name in ("Wool coat", "Wool cape"))
    switched_on.put_in_category(coat, ["Coats of the house"])
    pin = ProductVariant.objects.get(pk=cape).product.slug
    saved = staff(SAVE, words=words("coats-of-the-house", pin))
    # when
    buys(switched_on, worker)
    works(worker)
    a_day_passes()
    works(worker)
    # then
    assert saved["version"]["version"] == 1
    assert saved["version"]["savedBy"]
    (mail,) = sink.mails
    text = mail.get_body(("plain",)).get_content()
    assert mail["Subject"] == "Welcome to the house"
    assert text.index("From one shelf") < text.index("Wool cape") < text.index("Wool coat")
    assert re.search(r"/plugins/saleor_crm/view/", text)


def test_words_are_tried_before_they_are_kept(switched_on: SaleorDriver, staff: GraphQL) -> None:
    with pytest.raises(RefusedError, match="no tag “load”"):
        staff(SAVE, words=words() | {"body": "<h1>{% load static %}</h1>"})


def test_staff_looks_at_a_mail_and_sends_it_to_themselves(
    switched_on: SaleorDriver, sink: Sink, staff: GraphQL
) -> None:
    # when
    shown = staff(PREVIEW, words=words())
    sent = staff(TEST, to="staff@example.com")
    # then
    assert shown["mail"]["subject"] == "Welcome to the house"
    assert "Welcome to" in shown["mail"]["text"]
    assert sent == {"sent": True, "errors": []}
    assert sink.recipients == ["staff@example.com"]
    assert str(sink.mails[0]["Subject"]).startswith("[Test] ")


def test_only_who_manages_customers_may(switched_on: SaleorDriver, api: GraphQL, askers: Askers) -> None:
    for document, variables in ((SAVE, {"words": words()}), (PREVIEW, {}), (TEST, {"to": "a@example.com"})):
        for asker in (api, askers.app("manage_products")):
            assert refusal(asker.raw(document, **variables))[1] == STAFF_ONLY
