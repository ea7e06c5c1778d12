"""What those read who wait for something: that it is there again, that it is not, that it costs less."""

import copy
from typing import Any

import pytest

from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.render import RenderError, render

from .documents import elements, parse, squeezed

STOCK_MAILS = ["stock_confirmation", "back_in_stock", "out_of_stock", "price_drop"]
ITEM = EXAMPLES["out_of_stock"]["items"][0]
CANCEL = "https://api.example.com/plugins/saleor.crm/stock/cancel/abc"


def example(name: str) -> dict[str, Any]:
    return copy.deepcopy(EXAMPLES[name])


def buttons(html: str) -> dict[str, str]:
    """The large buttons of a mail: address and text."""
    found = parse(html).find_class("button-link")
    return {str(button.get("href")): button.text_content().strip() for button in found}


def sizes(name: str) -> dict[str, Any]:
    """A mail about two variants of one product, at different prices."""
    content = example(name)
    item = content["items"][0]
    large = item | {"variant_name": "Camel / 42", "price": "1100.00", "url": f"{item['url']}&variant=42"}
    return content | {"items": [item, large]}


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Back in stock: Double-faced wool coat"),
        ("de", "Wieder da: Double-faced wool coat"),
        ("fr", "De retour en stock : Double-faced wool coat"),
        ("pl", "Znów dostępne: Double-faced wool coat"),
    ],
)
def test_what_is_back_is_named_in_the_subject_once_for_all_its_variants(language: str, subject: str) -> None:
    # when / then
    assert render("back_in_stock", language, sizes("back_in_stock")).subject == subject


def test_who_is_told_that_it_is_back_is_told_that_nothing_is_reserved() -> None:
    # when
    mail = render("back_in_stock", "en", example("back_in_stock"))

    # then
    for part in (mail.html, mail.text):
        assert "Nothing is reserved for you: others who asked are told as well." in part
        assert "you asked Maison Lind to tell you" in part
        assert "agreed to hear" not in part


@pytest.mark.parametrize("name", ["back_in_stock", "price_drop"])
def test_one_variant_has_a_button_to_its_page(name: str) -> None:
    # given
    content = example(name)

    # when
    mail = render(name, "en", content)

    # then
    assert buttons(mail.html) == {content["items"][0]["url"]: "View in the shop"}


@pytest.mark.parametrize("name", ["back_in_stock", "price_drop"])
def test_several_variants_have_each_their_price_and_their_link(name: str) -> None:
    # given
    content = sizes(name)

    # when
    mail = render(name, "en", content)

    # then
    assert buttons(mail.html) == {}
    views = [element.get("href") for element in parse(mail.html).find_class("go-link")]
    assert views == [item["url"] for item in content["items"]]
    for part in (mail.html, mail.text):
        assert "Camel / 38" in part
        assert "Camel / 42" in part
        assert "€1,100.00" in part


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Expected on December 24, 2026"),
        ("en-gb", "Expected on 24 December 2026"),
        ("de", "Erwartet am 24. Dezember 2026"),
        ("fr", "Attendu le 24 décembre 2026"),
        ("pl", "Spodziewany termin: 24 grudnia 2026"),
    ],
)
def test_the_day_on_which_it_is_expected_is_written_as_its_reader_writes_it(language: str, told: str) -> None:
    # when
    mail = render("out_of_stock", language, example("out_of_stock"))

    # then
    assert told in mail.html
    assert told in mail.text


@pytest.mark.parametrize("day", ["", "soon", "24.12.2026", "2026-02-30", None, "<b>"])
def test_without_a_day_nothing_is_promised(day: object) -> None:
    # given
    content = example("out_of_stock")
    content["items"][0]["expected_on"] = day

    # when
    mail = render("out_of_stock", "en", content)

    # then
    for part in (mail.html, mail.text):
        assert "Expected" not in part
        assert part.count("Currently sold out") == 1


def test_who_has_not_asked_yet_can_ask_with_one_button() -> None:
    # given
    content = example("out_of_stock")

    # when
    mail = render("out_of_stock", "en", content)

    # then
    assert buttons(mail.html) == {content["ask_url"]: "Tell me when it is back"}
    assert f"Tell me when it is back\n{content['ask_url']}" in mail.text
    assert "on the list" not in mail.html + mail.text


def test_who_has_asked_is_told_so_and_can_take_it_back() -> None:
    # given
    content = example("out_of_stock") | {"ask_url": "", "cancel_url": CANCEL}

    # when
    mail = render("out_of_stock", "en", content)

    # then
    links = {element.get("href"): element.text for element in elements(mail.html) if element.tag == "a"}
    assert links[CANCEL] == "Take me off the list"
    assert buttons(mail.html) == {}
    assert f"You are on the list: we will tell you when it is back.\nTake me off the list:\n{CANCEL}" in mail.text
    assert "Tell me when" not in mail.html + mail.text


def test_what_is_there_instead_stands_under_its_heading_and_is_announced() -> None:
    # when
    mail = render("out_of_stock", "en", example("out_of_stock"))

    # then
    assert [squeezed(h2.text) for h2 in parse(mail.html).iter("h2")] == ["Available instead"]
    for part in (mail.html, mail.text):
        assert "Below are similar products that are available." in part
        assert "Belted coat in boiled wool" in part
        assert "from €790.00" in part
        assert part.index("Double-faced wool coat") < part.index("Available instead") < part.index("Cashmere cape")


def test_where_nothing_is_there_instead_the_mail_does_not_speak_of_it() -> None:
    # when
    mail = render("out_of_stock", "en", example("out_of_stock") | {"blocks": {}})

    # then
    assert "instead" not in mail.html + mail.text
    assert "similar" not in mail.html + mail.text
    assert "If you like, we will tell you when it is back." in str(parse(mail.html).find_class("preview")[0].text)


def test_a_confirmation_asks_one_question_and_advertises_nothing() -> None:
    # given
    content = example("stock_confirmation")

    # when
    mail = render("stock_confirmation", "en", content)

    # then
    assert mail.subject == "Shall we tell you when “Double-faced wool coat” is back in stock?"
    assert buttons(mail.html) == {content["confirm_url"]: "Yes, tell me"}
    assert f"Yes, tell me\n{content['confirm_url']}" in mail.text
    assert f"If you change your mind later: Take me off the list\n{content['cancel_url']}" in mail.text
    for part in (mail.html, mail.text):
        assert "Camel / 38" in part
        assert "there is nothing you need to do" in part
        assert "€" not in part


def test_a_lower_price_stands_beside_the_regular_one_with_a_way_to_hear_no_more() -> None:
    # given
    content = example("price_drop")

    # when
    mail = render("price_drop", "en", content)

    # then
    assert [element.text for element in elements(mail.html) if element.tag == "s"] == ["€1,290.00"]
    assert "€967.50\n  Regular price: €1,290.00" in mail.text
    links = {element.get("href"): element.text for element in elements(mail.html) if element.tag == "a"}
    assert links[content["cancel_url"]] == "Do not write to me about this product any more"
    assert f"Do not write to me about this product any more:\n{content['cancel_url']}" in mail.text


@pytest.mark.parametrize("name", ["back_in_stock", "out_of_stock", "price_drop"])
def test_who_waits_for_very_much_sees_twenty_tiles_and_reads_all_in_the_text(name: str) -> None:
    # given
    content = example(name)
    item = content["items"][0] | {"url": "https://shop.example.com/products/" + "x" * 150}
    content["items"] = [item | {"product_name": f"Product {number:02} " + "ż" * 200} for number in range(60)]

    # when
    mail = render(name, "pl", content)

    # then
    assert "i jeszcze 40 produktów" in mail.html
    assert "Product 19" in mail.html
    assert "Product 20" not in mail.html
    assert "Product 59" in mail.text
    assert len(mail.html.encode()) < 102_000  # more is cut off by Gmail


@pytest.mark.parametrize("name", STOCK_MAILS)
def test_a_product_without_an_address_is_linked_to_the_shop(name: str) -> None:
    # given
    content = example(name)
    content["items"][0]["url"] = "javascript:alert(1)"

    # when
    mail = render(name, "en", content)

    # then
    names = [element for element in elements(mail.html) if element.text == "Double-faced wool coat"]
    assert [element.get("href") for element in names if element.tag == "a"] == ["https://shop.example.com"]
    assert "javascript" not in mail.html + mail.text


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("stock_confirmation", {"confirm_url": ""}, "confirm_url is not a web address"),
        ("back_in_stock", {"items": []}, "There are no items"),
        ("back_in_stock", {"items": [{}]}, "The content has no"),
        ("back_in_stock", {"items": None}, "back_in_stock in en"),
        ("price_drop", {"unsubscribe_url": "x"}, "unsubscribe_url is not a web address"),
        (
            "out_of_stock",
            {"items": [ITEM | {"price": "free"}]},
            "'free' is not an amount",
        ),
        (
            "out_of_stock",
            {"items": [ITEM | {"currency": "€"}]},
            "'€' is not a currency",
        ),
        (
            "out_of_stock",
            {"items": [ITEM | {"url": ""}], "storefront_url": ""},
            "An item can not be linked to",
        ),
    ],
)
def test_content_that_makes_no_mail_is_an_error_that_says_why(name: str, changed: dict[str, Any], told: str) -> None:
    # when / then
    with pytest.raises(RenderError, match=told):
        render(name, "en", example(name) | changed)
