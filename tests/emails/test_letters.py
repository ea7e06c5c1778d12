"""What customers read who looked around, bought, stayed away or come again and again."""

import copy
import gettext
from typing import Any

import pytest
from django.template import Context

from saleor_crm_plugin.emails.compile import compile_mail
from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.languages import Language, shipped
from saleor_crm_plugin.emails.render import RenderError, fill_values, render

from .documents import elements, parse, squeezed

WITH_PRODUCTS = ["browse_abandonment", "replenishment"]
WITH_VOUCHER = ["loyal_voucher", "loyal_reminder"]
OTHERS = ["welcome", "second_purchase", "cross_sell", "win_back_at_risk", "win_back_lapsed"]
LETTERS = [*WITH_PRODUCTS, *OTHERS, *WITH_VOUCHER]
SHOP = "https://shop.example.com/?utm_source=crm&utm_medium=email&utm_campaign=crm"
CODE = "CRM-7KQ2M-XWP4T-9HDZR"


def example(name: str, **changed: Any) -> dict[str, Any]:
    return copy.deepcopy(EXAMPLES[name]) | changed


def voucher(**changed: Any) -> dict[str, Any]:
    """A code for 15 %, of orders of 50 euros or more, that ends on 24 December."""
    usual = {"code": CODE, "percent": "15", "currency": "EUR", "min_spent": "50.00", "expires_on": "2026-12-24"}
    return {name: value for name, value in (usual | changed).items() if value is not None}


def buttons(html: str) -> dict[str, str]:
    """The large buttons of a mail: address and text."""
    found = parse(html).find_class("button-link")
    return {str(button.get("href")): button.text_content().strip() for button in found}


def headings(html: str) -> list[str]:
    """The headings of its blocks of products."""
    return [squeezed(h2.text) for h2 in parse(html).iter("h2")]


@pytest.mark.parametrize(
    ("language", "worth", "least", "until"),
    [
        ("en", "15% off", "For orders of €50.00 or more", "Good until December 24, 2026, for one order."),
        ("en-gb", "15% off", "For orders of €50.00 or more", "Good until 24 December 2026, for one order."),
        ("de", "15\xa0% Rabatt", "Ab einem Bestellwert von 50,00\xa0€", "Gültig bis zum 24. Dezember 2026"),
        ("fr", "15\xa0% de remise", "Dès 50,00\xa0€ d’achat", "Valable jusqu’au 24 décembre 2026"),
        ("pl", "15% rabatu", "Przy zamówieniu od 50,00\xa0€", "Ważny do 24 grudnia 2026"),
    ],
)
@pytest.mark.parametrize("name", WITH_VOUCHER)
def test_a_code_is_told_in_words_what_it_takes_off_from_which_amount_and_until_when(
    name: str, language: str, worth: str, least: str, until: str
) -> None:
    # when
    mail = render(name, language, example(name, voucher=voucher()))

    # then
    for part in (mail.html, mail.text):
        assert worth in part
        assert least in part
        assert until in part


@pytest.mark.parametrize(
    ("language", "worth"),
    [
        ("en", "€10.00 off"),
        ("de", "10,00\xa0€ Rabatt"),
        ("fr", "10,00\xa0€ de remise"),
        ("pl", "10,00\xa0€ rabatu"),
    ],
)
def test_an_amount_off_is_money_in_the_subject_and_in_the_mail(language: str, worth: str) -> None:
    # when
    mail = render("loyal_voucher", language, example("loyal_voucher", voucher=voucher(percent=None, amount="10.00")))

    # then
    for part in (mail.subject.replace(" €", "\xa0€"), mail.html, mail.text):  # a subject has spaces of one kind only
        assert worth in part
        assert "15" not in part


@pytest.mark.parametrize(("percent", "worth"), [("12.5", "12,5\xa0%"), ("100", "100\xa0%"), ("15.00", "15\xa0%")])
def test_a_percentage_keeps_its_decimals(percent: str, worth: str) -> None:
    # when
    mail = render("loyal_voucher", "de", example("loyal_voucher", voucher=voucher(percent=percent)))

    # then
    assert f">{worth} Rabatt<" in mail.html


@pytest.mark.parametrize("least", ["", "0", "0.00"])
def test_without_a_least_amount_the_mail_does_not_speak_of_one(least: str) -> None:
    # when
    mail = render("loyal_reminder", "en", example("loyal_reminder", voucher=voucher(min_spent=least)))

    # then
    assert "or more" not in mail.html + mail.text
    assert "€" not in mail.html + mail.text


@pytest.mark.parametrize("code", [CODE, "CRM 7K2M Q9XD", "a-b_c–d", "<b>&amp;", "{{ shop_name }}", "%(value)s"])
@pytest.mark.parametrize("name", WITH_VOUCHER)
def test_the_code_stands_alone_as_it_is_so_that_it_can_be_copied(name: str, code: str) -> None:
    # when
    mail = render(name, "en", example(name, voucher=voucher(code=code)))

    # then
    (shown,) = parse(mail.html).find_class("code")
    assert shown.text_content() == code
    assert "user-select:all" in shown.get("style", "").replace(": ", ":")
    assert mail.text.split("\n").count(code) == 1


@pytest.mark.parametrize("code", ["", " ABC", "A  B", "A\nB", "A\u202eB", "A\x00B", "A" * 65])
def test_a_code_that_would_be_copied_wrong_makes_no_mail(code: str) -> None:
    # when / then
    with pytest.raises(RenderError, match="code can not be shown"):
        render("loyal_voucher", "en", example("loyal_voucher", voucher=voucher(code=code)))


def test_the_reminder_names_the_last_day_and_says_that_there_is_no_other_reminder() -> None:
    # when
    mail = render("loyal_reminder", "en", example("loyal_reminder"))

    # then
    assert mail.subject == "Your thank-you code is good until December 6, 2026"
    for part in (mail.html, mail.text):
        assert "It ends on December 6, 2026." in part
        assert "only this once" in part
        assert part.count(CODE) == 1


@pytest.mark.parametrize("language", sorted(shipped()))
@pytest.mark.parametrize("name", [*OTHERS, *WITH_VOUCHER])
def test_without_products_a_letter_is_whole_and_speaks_of_none(name: str, language: str) -> None:
    # given
    content = example(
        name, items=[], blocks={}, voucher=None if name in OTHERS else voucher(min_spent="", expires_on="2026-12-06")
    )

    # when
    mail = render(name, language, content)
    full = render(name, language, EXAMPLES[name])

    # then
    assert headings(mail.html) == []
    assert list(buttons(mail.html)) == [SHOP]
    assert not parse(mail.html).find_class("line")
    opening = parse(mail.html).find_class("paragraph")[1].text_content()
    assert squeezed(opening) == squeezed(parse(full.html).find_class("paragraph")[1].text_content())
    assert squeezed(opening) in squeezed(mail.text)
    for sold in ("€", "without shipping", "goes well", "further down"):
        assert sold not in mail.html + mail.text


def test_a_mail_that_found_nothing_that_goes_with_an_order_asks_how_it_is_instead() -> None:
    # given
    content = example("second_purchase")

    # when
    found = render("second_purchase", "en", content)
    nothing = render("second_purchase", "en", content | {"blocks": {"recommended": content["blocks"]["cart"]}})

    # then
    assert found.subject == "Something to go with your order from Maison Lind"
    assert headings(found.html) == ["Goes well with what you have"]
    assert nothing.subject == "How do you like your order from Maison Lind?"
    assert headings(nothing.html) == ["You may also like"]
    assert "go with" not in nothing.html + nothing.text


@pytest.mark.parametrize("name", WITH_PRODUCTS)
def test_one_product_has_the_button_and_several_have_each_their_link(name: str) -> None:
    # given
    one, other = (example(each)["items"][0] for each in WITH_PRODUCTS)

    # when
    alone = render(name, "en", example(name, items=[one]))
    both = render(name, "en", example(name, items=[one, other]))

    # then
    assert list(buttons(alone.html)) == [one["url"]]
    assert parse(alone.html).find_class("go-link") == []
    assert list(buttons(both.html)) == [SHOP]
    assert [link.get("href") for link in parse(both.html).find_class("go-link")] == [one["url"], other["url"]]
    for mail in (alone, both):
        assert SHOP in mail.text
        assert SHOP in [element.get("href") for element in elements(mail.html)]


def test_what_may_be_used_up_is_ordered_again_with_one_button() -> None:
    # given
    item = example("replenishment")["items"][1]

    # when
    mail = render("replenishment", "en", example("replenishment", items=[item]))

    # then
    assert mail.subject == "Time for a new one? Leather balm"
    assert buttons(mail.html) == {item["url"]: "Order again"}
    for part in (mail.html, mail.text):
        assert "from €12.50" in part


@pytest.mark.parametrize("name", LETTERS)
def test_without_a_storefront_to_link_to_there_is_no_button_into_it(name: str) -> None:
    # given
    content = example(name, shop_url="", storefront_url="")

    # when
    mail = render(name, "en", content)

    # then
    assert list(buttons(mail.html)) == [item["url"] for item in content["items"] if len(content["items"]) == 1]
    assert "Look around" not in mail.text
    assert "To the shop" not in mail.text


def test_a_welcome_thanks_before_it_shows_anything() -> None:
    # when
    html = render("welcome", "en", example("welcome")).html

    # then
    words = [squeezed(one.text_content()) for one in parse(html).find_class("paragraph")]
    assert "Thank you for your trust" in words[1]
    assert "just reply to this email" in words[2]
    assert html.index(words[2][:40]) < html.index(SHOP.replace("&", "&amp;")) < html.index("You may also like")


def test_in_a_language_from_right_to_left_a_code_still_runs_from_left_to_right() -> None:
    # given
    hebrew = Language("he", gettext.NullTranslations())
    mail = compile_mail("loyal_voucher", hebrew)

    # when
    values = fill_values("loyal_voucher", EXAMPLES["loyal_voucher"], hebrew.locale) | {"language": hebrew}
    html = mail.html.render(Context(values, use_l10n=False))

    # then
    assert parse(html).get("dir") == "rtl"
    assert [code.get("dir") for code in parse(html).find_class("code")] == ["ltr"]
    assert "text-align:right" in parse(html).find_class("copy")[0].get("style", "").replace(": ", ":")


@pytest.mark.parametrize("language", sorted(shipped()))
@pytest.mark.parametrize("name", LETTERS)
def test_the_fullest_letter_is_not_cut_off_by_gmail(name: str, language: str) -> None:
    # given: Gmail shows 102 KB
    long = EXAMPLES["browse_abandonment"]["items"][0] | {"name": "Wollmantel " * 20, "url": SHOP + "&x=" + "x" * 150}
    kinds = {"second_purchase": ["cart", "recommended"]}.get(name, ["related", "recommended", "popular", "cart"])
    blocks = {kind: [long] * 4 for kind in kinds}

    # when
    mail = render(name, language, example(name, items=[long] * 20, blocks=blocks, voucher=voucher()))

    # then
    assert len(mail.html.encode()) < 102_000


@pytest.mark.parametrize(
    ("name", "changed", "told"),
    [
        ("browse_abandonment", {"items": []}, "There are no items"),
        ("replenishment", {"items": None}, "There are no items"),
        ("replenishment", {"items": [{}]}, "The content has no"),
        ("welcome", {"unsubscribe_url": "x"}, "unsubscribe_url is not a web address"),
        ("loyal_voucher", {"voucher": None}, "There is no voucher"),
        ("loyal_reminder", {"voucher": {}}, "There is no voucher"),
        ("loyal_voucher", {"voucher": "ABC"}, "loyal_voucher in en"),
        ("loyal_voucher", {"voucher": voucher(expires_on="soon")}, "'soon' is not a day"),
        ("loyal_voucher", {"voucher": voucher(expires_on="")}, "'' is not a day"),
        ("loyal_voucher", {"voucher": voucher(percent="0")}, "does not take 0 off"),
        ("loyal_voucher", {"voucher": voucher(percent="101")}, "does not take 101 off"),
        ("loyal_voucher", {"voucher": voucher(percent=None, amount="-1")}, "does not take -1 off"),
        ("loyal_voucher", {"voucher": voucher(percent=None)}, "is not an amount"),
        ("loyal_voucher", {"voucher": voucher(percent="much")}, "'much' is not an amount"),
        ("loyal_voucher", {"voucher": voucher(min_spent="free")}, "'free' is not an amount"),
        ("loyal_voucher", {"voucher": voucher(currency="€")}, "'€' is not a currency"),
    ],
)
def test_content_that_makes_no_letter_is_an_error_that_says_why(name: str, changed: dict[str, Any], told: str) -> None:
    # when / then
    with pytest.raises(RenderError, match=told):
        render(name, "en", example(name) | changed)
