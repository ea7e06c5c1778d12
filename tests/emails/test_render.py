"""What a recipient reads."""

import copy
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives

from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.render import MAILS, RenderError, render

from .about import lines, name_of
from .documents import elements, parse

LANGUAGES = ["en", "de", "fr", "pl"]


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(EXAMPLES["abandoned_cart_1"])


@pytest.mark.parametrize(
    ("language", "total", "subject"),
    [
        ("en", "€1,234.50", "You left 4 items in your cart"),
        ("de", "1.234,50\xa0€", "Sie haben noch 4 Artikel im Warenkorb"),
        ("fr", "1\u202f234,50\xa0€", "Il reste 4 articles dans votre panier"),
        ("pl", "1\xa0234,50\xa0€", "W Twoim koszyku czekają 4 produkty"),
    ],
)
def test_a_mail_speaks_the_customers_language(content: dict[str, Any], language: str, total: str, subject: str) -> None:
    # when
    mail = render("abandoned_cart_1", language, content)

    # then
    assert mail.subject == subject
    assert total in mail.html
    assert total in mail.text
    assert mail.language == language
    assert parse(mail.html).get("lang") == language
    assert parse(mail.html).get("dir") == "ltr"


@pytest.mark.parametrize(
    ("quantity", "subject"),
    [
        (1, "W Twoim koszyku czeka 1 produkt"),
        (2, "W Twoim koszyku czekają 2 produkty"),
        (5, "W Twoim koszyku czeka 5 produktów"),
        (22, "W Twoim koszyku czekają 22 produkty"),
        (112, "W Twoim koszyku czeka 112 produktów"),
    ],
)
def test_polish_counts_in_three_forms(content: dict[str, Any], quantity: int, subject: str) -> None:
    # given
    content["lines"] = [content["lines"][0] | {"quantity": quantity}]

    # when
    mail = render("abandoned_cart_1", "pl", content)

    # then
    assert mail.subject == subject


def test_a_language_we_do_not_ship_is_answered_in_english_and_says_so(content: dict[str, Any]) -> None:
    # when
    mail = render("abandoned_cart_1", "pt-br", content)

    # then
    assert mail.language == "en"
    assert 'lang="en"' in mail.html
    assert "€1,234.50" in mail.text  # numbers go with the text around them


def test_a_regional_language_has_our_texts_and_its_own_numbers(content: dict[str, Any]) -> None:
    # when
    mail = render("abandoned_cart_1", "de-at", content)

    # then
    assert mail.language == "de"
    assert "€\xa01.234,50" in mail.html


def test_the_yen_has_no_decimals(content: dict[str, Any]) -> None:
    # when
    mail = render("abandoned_cart_1", "en", content | {"currency": "JPY", "total": "1234"})

    # then
    assert "¥1,234" in mail.html
    assert "¥1,234." not in mail.html


def test_the_second_reminder_reads_differently_and_says_that_it_is_the_last(content: dict[str, Any]) -> None:
    # when
    first, second = (render(name, "en", content) for name in MAILS[:2])

    # then
    assert first.subject != second.subject
    assert "our last email" not in first.text
    assert "This is our last email about it" in second.text
    assert "This is our last email about it" in second.html


@pytest.mark.parametrize("template", MAILS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_mail_has_each_product_and_every_link_in_both_parts(template: str, language: str) -> None:
    # given
    content = EXAMPLES[template]

    # when
    mail = render(template, language, content)

    # then
    links = [element.get("href") for element in elements(mail.html) if element.tag == "a"]
    for line in lines(content):
        assert line[name_of(line)] in mail.text
        assert line[name_of(line)] in mail.html
        assert line["url"] in mail.text
        assert line["url"] in links
    ours = [address for name, address in content.items() if name.endswith("_url") and address]
    assert len(ours) >= 2
    for address in ours:
        assert address in mail.text
        assert address in links


def test_a_reduced_price_stands_beside_the_regular_one(content: dict[str, Any]) -> None:
    # given
    del content["blocks"]

    # when
    mail = render("abandoned_cart_1", "en", content)

    # then
    struck = [element for element in elements(mail.html) if element.tag == "s"]
    assert [element.text for element in struck] == ["€1,290.00"]
    assert "Regular price" in str(struck[0].xpath("string(..)"))  # who can't see the stroke reads the word
    assert "Regular price: €1,290.00" in mail.text


def test_a_price_above_the_regular_one_is_just_a_price(content: dict[str, Any]) -> None:
    # given: a surcharge, or a price list in disorder
    content["lines"] = [content["lines"][0] | {"unit_price": "90.00", "undiscounted_unit_price": "80.00"}]
    del content["blocks"]

    # when
    mail = render("abandoned_cart_1", "en", content)

    # then
    assert "80.00" not in mail.html + mail.text
    assert "Regular price" not in mail.html + mail.text


def test_a_name_cannot_turn_around_the_text_after_it(content: dict[str, Any]) -> None:
    # given: right-to-left override, and an isolate that is never closed
    content["lines"][0]["product_name"] = "Shirt \u202eexe.pdf \u2067"

    # when
    mail = render("abandoned_cart_1", "en", content | {"shop_name": "Shop\u202e"})

    # then
    assert "Shirt exe.pdf" in mail.text
    assert not {"\u202e", "\u2067"} & set(mail.html + mail.text + mail.subject)


def test_a_line_that_is_sold_out_is_still_listed_and_says_so(content: dict[str, Any]) -> None:
    # when
    mail = render("abandoned_cart_1", "en", content)

    # then
    assert mail.html.count("Currently sold out") == 1
    assert mail.text.count("Currently sold out") == 1
    assert "Leather belt" in mail.html


def test_a_cart_that_can_be_bought_does_not_speak_of_sold_out(content: dict[str, Any]) -> None:
    # given
    for line in content["lines"]:
        line["available"] = True

    # when
    mail = render("abandoned_cart_1", "en", content)

    # then
    assert "sold out" not in mail.html + mail.text


def test_a_customer_without_a_name_is_greeted_all_the_same(content: dict[str, Any]) -> None:
    # when
    mail = render("abandoned_cart_1", "en", content | {"first_name": ""})

    # then
    assert mail.text.startswith("Hello,\n")
    assert "Anna" not in mail.html


@pytest.mark.parametrize("name", ["Win at http://spam.example", "www.spam.example", "spam.example", "me@spam.example"])
def test_a_first_name_that_advertises_is_not_used(content: dict[str, Any], name: str) -> None:
    # when
    mail = render("abandoned_cart_1", "en", content | {"first_name": name})

    # then
    assert "spam" not in mail.html + mail.text + mail.subject


def test_a_very_full_cart_shows_twenty_tiles_and_names_all_products_in_the_text(content: dict[str, Any]) -> None:
    # given
    content["lines"] = [content["lines"][0] | {"product_name": f"Product {number:03}"} for number in range(60)]

    # when
    mail = render("abandoned_cart_1", "en", content)

    # then
    assert "and 40 more products" in mail.html
    assert "Product 019" in mail.html
    assert "Product 020" not in mail.html
    assert "Product 059" in mail.text
    assert len(mail.html.encode()) < 90_000


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "javascript://a.example/%0aalert(1)",
        "data:text/html,x",
        "//evil.example",
        "",
        "ftp://a.example",
    ],
)
def test_addresses_that_are_not_of_the_web_are_left_out(content: dict[str, Any], address: str) -> None:
    # given
    content["lines"][0] |= {"url": address, "image_url": address}

    # when
    mail = render("abandoned_cart_1", "en", content | {"storefront_url": address})

    # then
    used = [element.get("href") or element.get("src") or "https:" for element in elements(mail.html)]
    assert all(value.startswith("https:") for value in used)
    assert not address or address not in mail.html + mail.text


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("restore_url", "javascript:alert(1)", "restore_url is not a web address"),
        ("unsubscribe_url", "", "unsubscribe_url is not a web address"),
        ("total", "a lot", "'a lot' is not an amount of money"),
        ("total", "NaN", "'NaN' is not an amount of money"),
        ("currency", "<b>", "'<b>' is not a currency"),
        ("lines", [], "The cart has no lines"),
        ("lines", [{}], "The content has no"),
        ("lines", None, "abandoned_cart_1 in en"),
    ],
)
def test_content_that_makes_no_mail_is_an_error_that_says_why(
    content: dict[str, Any], field: str, value: object, told: str
) -> None:
    # when / then
    with pytest.raises(RenderError, match=told):
        render("abandoned_cart_1", "en", content | {field: value})


def test_missing_content_is_named(content: dict[str, Any]) -> None:
    # given
    del content["shop_name"]

    # when / then
    with pytest.raises(RenderError, match="The content has no 'shop_name'"):
        render("abandoned_cart_1", "en", content)


def test_an_unknown_mail_is_an_error() -> None:
    # when / then
    with pytest.raises(RenderError, match="no mail named 'leaflet'"):
        render("leaflet", "en", {})


def test_no_line_of_the_html_is_longer_than_mail_allows_though_names_and_prices_are_long(
    content: dict[str, Any],
) -> None:
    # given
    content["shop_name"] = "Ą " * 120
    content["lines"][0] |= {"product_name": "& " * 125, "variant_name": "<ż> " * 60}

    # when
    mail = render("abandoned_cart_1", "pl", content)

    # then
    assert max(len(line.encode()) for line in (mail.html + mail.text).split("\n")) <= 998


def test_an_address_too_long_for_a_line_arrives_whole(content: dict[str, Any]) -> None:
    # given: pictures with signed addresses are that long
    address = "https://media.example.com/picture.webp?signature=" + "a1" * 800
    content["lines"][0]["image_url"] = address

    # when
    mail = render("abandoned_cart_1", "en", content)
    message = EmailMultiAlternatives(mail.subject, mail.text, "shop@example.com", ["anna@example.com"])
    message.attach_alternative(mail.html, "text/html")
    wire = message.message().as_bytes()

    # then
    assert max(map(len, wire.splitlines())) <= 998
    html_part = message.message().get_payload()[1]  # type: ignore[index]
    assert address in html_part.get_payload(decode=True).decode()  # type: ignore[union-attr]
