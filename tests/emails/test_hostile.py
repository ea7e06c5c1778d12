"""Whatever is typed into a name, a mail stays the mail we wrote."""

from typing import Any

import pytest
from django.template import Context
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.emails.compile import compile_html
from saleor_crm_plugin.emails.content import clean, fill_values, web_address
from saleor_crm_plugin.emails.inline import inline
from saleor_crm_plugin.emails.languages import best
from saleor_crm_plugin.emails.render import MAILS, render
from saleor_crm_plugin.emails.source import second_pass, translated

from .documents import elements, normal, shape, squeezed
from .engines import ENGINES
from .hostile import contents

mails = st.sampled_from(MAILS)
languages = st.sampled_from(["en", "de", "fr", "pl"])


def _harmless_twin(content: dict[str, Any]) -> dict[str, Any]:
    """The same cart with plain words wherever the hostile one has any text."""
    lines = [
        line
        | {
            "product_name": "Product",
            "variant_name": "Variant" if clean(line["variant_name"]) else "",
            "url": "https://shop.example.com/p" if web_address(line["url"]) else "",
            "image_url": "https://media.example.com/p" if web_address(line["image_url"]) else "",
        }
        for line in content["lines"]
    ]
    products = [
        product
        | {
            "name": "Product" if clean(product["name"]) else "",
            "url": "https://shop.example.com/p" if web_address(product["url"]) else "",
            "image_url": "https://media.example.com/p" if web_address(product["image_url"]) else "",
        }
        for product in content["blocks"]["cart"]
    ]
    storefront = "https://shop.example.com" if web_address(content["storefront_url"]) else ""
    return content | {
        "first_name": "Anna",
        "shop_name": "Shop",
        "sender_address": "a@example.com",
        "storefront_url": storefront,
        "lines": lines,
        "blocks": {"cart": products},
    }


@given(mails, languages, contents())
@settings(max_examples=150, deadline=None)
def test_no_content_adds_an_element_or_an_attribute(template: str, language: str, content: dict[str, Any]) -> None:
    # when
    mail, twin = (render(template, language, each) for each in (content, _harmless_twin(content)))

    # then
    assert shape(mail.html) == shape(twin.html)
    for element in elements(mail.html):
        address = element.get("href") or element.get("src") or "https://"
        assert address.startswith(("https://", "http://"))


@given(mails, languages, contents())
@settings(max_examples=150, deadline=None)
def test_subject_and_text_say_what_was_typed_on_one_line_each(
    template: str, language: str, content: dict[str, Any]
) -> None:
    # when
    mail = render(template, language, content)

    # then
    assert mail.subject.isprintable() or clean(mail.subject) == mail.subject
    assert len(mail.subject.splitlines()) == 1
    assert len(mail.subject) <= 200
    for line in content["lines"]:
        assert squeezed(clean(line["product_name"])) in squeezed(mail.text)
        assert web_address(line["url"]) in mail.text
    for product in content["blocks"]["cart"]:
        shown = clean(product["name"]) and web_address(product["url"])
        assert not shown or squeezed(clean(product["name"])) in squeezed(mail.text)
        assert web_address(product["url"]) in mail.text or not clean(product["name"])
    assert content["restore_url"] in mail.text
    assert content["unsubscribe_url"] in mail.text
    (mail.subject + mail.text + mail.html).encode()


@pytest.mark.parametrize("engine", ENGINES)
@given(mails, languages, contents())
@settings(max_examples=25, deadline=None)
def test_filling_the_inlined_template_is_inlining_the_filled_one(
    engine: str, template: str, language: str, content: dict[str, Any]
) -> None:
    # given
    used = best(language)
    source = translated(f"{template}.html", used)
    values = fill_values(content, used.locale) | {"subject": clean(content["shop_name"]), "language": used}

    # when
    inlined_first = second_pass(True).from_string(compile_html(source, engine)).render(Context(values, use_l10n=False))
    filled_first = inline(second_pass(True).from_string(source).render(Context(values, use_l10n=False)), engine)

    # then
    assert normal(inlined_first) == normal(filled_first)
