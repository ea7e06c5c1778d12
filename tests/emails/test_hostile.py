"""Whatever is typed into a name, a mail stays the mail we wrote."""

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.emails.content import clean, web_address
from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.languages import best
from saleor_crm_plugin.emails.own.build import sources
from saleor_crm_plugin.emails.render import MAILS, render
from saleor_crm_plugin.emails.source import from_source, translated

from .about import lines, name_of, part, products
from .documents import elements, shape, squeezed
from .engines import ENGINES
from .fidelity import both_ways
from .hostile import contents, mails
from .owners import WORDS, WRITTEN_FOR

LANGUAGES = ["en", "de", "fr", "pl"]
languages = st.sampled_from(LANGUAGES)
FEW = 2
CONTEXTS = int(os.environ.get("CRM_CONTEXTS", FEW))  # 200 of each mail in every language: make fidelity


def _harmless_twin(content: dict[str, Any]) -> dict[str, Any]:
    """The same mail with plain words wherever the hostile one has any text."""
    plain = [
        line
        | {
            name_of(line): "Product",
            "variant_name": "Variant" if clean(line.get("variant_name", "")) else "",
            "url": "https://shop.example.com/p" if web_address(line["url"]) else "",
            "image_url": "https://media.example.com/p" if web_address(line["image_url"]) else "",
        }
        for line in lines(content)
    ]
    blocks = {
        kind: [
            product
            | {
                "name": "Product" if clean(product["name"]) else "",
                "url": "https://shop.example.com/p" if web_address(product["url"]) else "",
                "image_url": "https://media.example.com/p" if web_address(product["image_url"]) else "",
            }
            for product in block
        ]
        for kind, block in content["blocks"].items()
    }
    ours = {name for name in ("ask_url", "cancel_url", "shop_url") if web_address(content.get(name, ""))}
    storefront = "https://shop.example.com" if web_address(content["storefront_url"]) else ""
    return (
        content
        | {
            "first_name": "Anna",
            "shop_name": "Shop",
            "sender_address": "a@example.com",
            "storefront_url": storefront,
            "ask_url": "",
            "cancel_url": "",
            "shop_url": "",
            "voucher": content.get("voucher") and content["voucher"] | {"code": "CODE"},
            part(content): plain,
            "blocks": blocks,
        }
        | dict.fromkeys(ours, "https://api.example.com/x")
    )


@given(mails(), languages)
@settings(max_examples=150, deadline=None)
def test_no_content_adds_an_element_or_an_attribute(hostile: tuple[str, dict[str, Any]], language: str) -> None:
    # given
    template, content = hostile

    # when
    mail, twin = (render(template, language, each) for each in (content, _harmless_twin(content)))

    # then
    assert shape(mail.html) == shape(twin.html)
    for element in elements(mail.html):
        address = element.get("href") or element.get("src") or "https://"
        assert address.startswith(("https://", "http://"))


@given(mails(), languages)
@settings(max_examples=150, deadline=None)
def test_subject_and_text_say_what_was_typed_on_one_line_each(
    hostile: tuple[str, dict[str, Any]], language: str
) -> None:
    # given
    template, content = hostile

    # when
    mail = render(template, language, content)

    # then
    assert mail.subject.isprintable() or clean(mail.subject) == mail.subject
    assert len(mail.subject.splitlines()) == 1
    assert len(mail.subject) <= 200
    for line in lines(content):
        assert squeezed(clean(line[name_of(line)])) in squeezed(mail.text)
        assert web_address(line["url"]) in mail.text
    for product in products(content):
        shown = clean(product["name"]) and web_address(product["url"])
        assert not shown or squeezed(clean(product["name"])) in squeezed(mail.text)
        assert web_address(product["url"]) in mail.text or not clean(product["name"])
    for name in content.keys() & {"restore_url", "confirm_url", "ask_url", "cancel_url", "shop_url", "unsubscribe_url"}:
        assert web_address(content[name]) in mail.text
    if content.get("voucher"):
        assert f"\n{content['voucher']['code']}\n" in mail.text
    (mail.subject + mail.text + mail.html).encode()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("template", MAILS)
@given(data=st.data())
@settings(max_examples=CONTEXTS, deadline=None)
def test_filling_the_inlined_template_is_inlining_the_filled_one(
    template: str, engine: str, data: st.DataObject
) -> None:
    # given
    content = data.draw(contents(template))
    for code in LANGUAGES if CONTEXTS > FEW else [data.draw(languages)]:
        assert_the_same(template, engine, code, content)


def test_filling_an_owners_inlined_mail_is_inlining_the_filled_one() -> None:
    # given
    _, html, _ = sources(WORDS, WRITTEN_FOR)

    # when / then
    assert_same_of(from_source(html, best("de"), html=True), WRITTEN_FOR, "premailer", "de", EXAMPLES[WRITTEN_FOR])


@pytest.mark.parametrize("engine", ENGINES)
def test_what_can_not_be_inlined_before_it_is_filled_is_noticed(engine: str) -> None:
    # given: which is the first child is known once the lines are there
    source = (
        '<!DOCTYPE html><html lang="en"><head><title>T</title><style data-inlined>p:first-child { color: #ff0000; }'
        "</style></head><body><h1>T</h1><div>{% for tile in tiles %}<p>{{ tile.product_name }}</p>{% endfor %}</div>"
        "</body></html>"
    )

    # when
    one, other = both_ways(source, "abandoned_cart_1", engine, best("en"), EXAMPLES["abandoned_cart_1"])

    # then
    assert one != other


def assert_the_same(template: str, engine: str, code: str, content: dict[str, Any]) -> None:
    assert_same_of(translated(f"{template}.html", best(code)), template, engine, code, content)


def assert_same_of(source: str, template: str, engine: str, code: str, content: dict[str, Any]) -> None:
    inlined_first, filled_first = both_ways(source, template, engine, best(code), content)
    assert inlined_first == filled_first
