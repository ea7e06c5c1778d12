"""Mails and pages that everybody can read: contrast, structure, direction."""

import gettext
import re
from itertools import product

import pytest
from django.template import Context

from saleor_crm_plugin.emails.brand import BRAND, Scheme
from saleor_crm_plugin.emails.compile import compile_mail
from saleor_crm_plugin.emails.example import EXAMPLES, PAGE_EXAMPLE
from saleor_crm_plugin.emails.languages import Language, shipped
from saleor_crm_plugin.emails.own.check import example
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.emails.render import MAILS, PAGES, RenderError, fill_values, render, render_page

from .about import lines, part, products
from .documents import elements, parse
from .owners import WORDS, WRITTEN_FOR

LANGUAGES = sorted(shipped())
QUESTIONS = {
    "unsubscribe", "stock_ask", "stock_confirm", "stock_cancel", "preferences", "preferences_saved",
    "newsletter_confirm",
}  # fmt: skip


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [BRAND.light, BRAND.dark], ids=["light", "dark"])
def test_all_text_stands_out_from_its_ground(scheme: Scheme) -> None:
    # then
    for text, ground in product((scheme.ink, scheme.muted), (scheme.page, scheme.card, scheme.tint)):
        assert _contrast(text, ground) >= 4.5
    assert _contrast(scheme.sale, scheme.card) >= 4.5
    assert _contrast(scheme.on_accent, scheme.accent) >= 4.5
    assert _contrast(scheme.accent, scheme.card) >= 3  # a control's own edge


@pytest.mark.parametrize(("name", "language"), list(product(MAILS, LANGUAGES)))
def test_a_mail_is_built_for_every_reader(name: str, language: str) -> None:
    # when
    mail = render(name, language, EXAMPLES[name])

    # then
    found = list(elements(mail.html))
    assert sum(element.tag == "h1" for element in found) == 1
    assert all(element.get("role") == "presentation" for element in found if element.tag == "table")
    assert all(element.get("alt") for element in found if element.tag == "img")
    assert all(element.text_content().strip() or len(element) for element in found if element.tag == "a")
    assert parse(mail.html).findtext(".//title") == mail.subject
    assert 'name="color-scheme" content="light dark"' in mail.html
    assert EXAMPLES[name]["shop_name"] in mail.html


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_loads_nothing_but_product_pictures(name: str) -> None:
    # when
    mail = render(name, "en", EXAMPLES[name])

    # then
    loaded = [element.get("src") for element in elements(mail.html) if element.get("src")]
    shown = [*lines(EXAMPLES[name]), *products(EXAMPLES[name])]
    assert loaded == [product["image_url"] for product in shown if product["image_url"]]
    assert not re.search(r"<link|<script|url\(|@import|background=", mail.html)


def test_every_class_that_dark_mode_or_phones_change_is_in_use_in_some_mail() -> None:
    # given: all mails have the same adaptive sheet
    many = {name: EXAMPLES[name] | {part(EXAMPLES[name]): lines(EXAMPLES[name]) * 25} for name in MAILS}

    # when
    pages = [render(name, "en", content).html for name, content in many.items()]

    # then
    (sheet,) = {html[html.index("<style>") : html.index("</style>")] for html in pages}
    pages += [example(WORDS, WRITTEN_FOR).html, example(Words("s", "p", "<h1>t</h1>"), "newsletter").html]
    used = {name for html in pages for element in elements(html) for name in element.get("class", "").split()}
    assert set(re.findall(r"\.([a-z][a-z-]*)(?=[ ,:{])", sheet)) <= used


def test_a_language_from_right_to_left_turns_the_layout_around() -> None:
    # given
    hebrew = Language("he", gettext.NullTranslations())
    mail = compile_mail("abandoned_cart_1", hebrew)

    # when
    values = fill_values("abandoned_cart_1", EXAMPLES["abandoned_cart_1"], hebrew.locale) | {"language": hebrew}
    html = mail.html.render(Context(values, use_l10n=False))

    # then
    assert (parse(html).get("lang"), parse(html).get("dir")) == ("he", "rtl")
    by_class = {element.get("class"): element.get("style", "") for element in elements(html)}
    assert "text-align:right" in by_class["copy"]
    assert "text-align:left" in by_class["total-amount"]
    assert "padding-right:20px" in by_class["line-text"]
    assert "text-align:right" in by_class["tile"]


@pytest.mark.parametrize(("name", "language"), list(product(PAGES, LANGUAGES)))
def test_a_page_stands_on_its_own(name: str, language: str) -> None:
    # when
    page = render_page(name, language, PAGE_EXAMPLE)

    # then
    found = list(elements(page))
    assert parse(page).get("lang") == language
    assert sum(element.tag == "h1" for element in found) == 1
    assert not [element for element in found if element.tag in ("script", "link", "img")]
    assert "Maison Lind" in page
    assert "noindex" in page
    assert "{{" not in page
    assert "{%" not in page


def test_only_questions_have_a_form_and_it_posts_to_its_own_address() -> None:
    # when
    forms = {name: parse(render_page(name, "en", PAGE_EXAMPLE)).xpath("//form") for name in PAGES}

    # then
    assert {name for name, found in forms.items() if found} == QUESTIONS
    for name in QUESTIONS:
        (form,) = forms[name]
        assert dict(form.attrib) == {"method": "post"}
        assert len(form.xpath(".//button[@type='submit']")) == 1


@pytest.mark.parametrize(("name", "language"), list(product([name for name in PAGES if "stock" in name], LANGUAGES)))
def test_a_page_of_stock_names_the_product_or_does_without(name: str, language: str) -> None:
    # when
    named = render_page(name, language, PAGE_EXAMPLE)
    unnamed = render_page(name, language, PAGE_EXAMPLE | {"product_name": ""})

    # then
    assert "Double-faced wool coat" in named
    assert not re.search("wool|[“„«”»]", unnamed)


def test_a_page_of_a_hostile_product_name_is_only_text() -> None:
    # given
    name = "<script>x</script>\r\n\u202e{{ shop_name }}" + "y" * 300

    # when
    page = render_page("stock_ask", "en", PAGE_EXAMPLE | {"product_name": name})

    # then
    assert "&lt;script&gt;x&lt;/script&gt; {{ shop_name }}" in page
    assert "y" * 40 not in page


def test_a_page_of_a_hostile_shop_name_is_only_text() -> None:
    # when
    page = render_page("unsubscribe", "xx", {"shop_name": "<script>x</script>", "storefront_url": "javascript:x"})

    # then
    assert "&lt;script&gt;" in page
    assert "javascript:" not in page


def test_a_page_needs_no_content() -> None:
    # when / then
    assert "no longer valid" in render_page("link_expired", "", {})


def test_an_unknown_page_is_an_error() -> None:
    # when / then
    with pytest.raises(RenderError):
        render_page("../secret", "en", {})
