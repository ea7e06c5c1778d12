"""Blocks of products in a mail, as its template asks for them."""

import copy
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template, TemplateSyntaxError

from saleor_crm_plugin.emails.blocks import Block, Kind, asked, wanted
from saleor_crm_plugin.emails.compile import compile_mail
from saleor_crm_plugin.emails.example import EXAMPLES
from saleor_crm_plugin.emails.languages import best, shipped
from saleor_crm_plugin.emails.render import MAILS, fill_values, render
from saleor_crm_plugin.emails.source import from_source, second_pass

from .documents import elements, parse, squeezed

HEADINGS = {
    Kind.CART: "Goes well with your cart",
    Kind.RECOMMENDED: "You may also like",
    Kind.RELATED: "Similar products",
    Kind.BOUGHT_TOGETHER: "Often bought together",
    Kind.BACK_IN_STOCK: "Available again",
    Kind.POPULAR: "Popular right now",
    Kind.ALTERNATIVES: "Available instead",
}
CARTS = [name for name in MAILS if "cart" in name]


@pytest.fixture
def content() -> dict[str, Any]:
    return copy.deepcopy(EXAMPLES["abandoned_cart_1"])


def written(source: str, html: bool = True) -> Template:
    """A template that an owner could write, compiled but for the styles."""
    return second_pass(html).from_string(from_source(source, best("en"), html=html))


def filled(template: Template, content: dict[str, Any], html: bool = True) -> str:
    values = fill_values(CARTS[0], content, best("en").locale) | {"language": best("en")}
    return str(template.render(Context(values, autoescape=html, use_l10n=False)))


@pytest.mark.parametrize("name", CARTS)
def test_a_mail_about_a_cart_asks_for_four_products_that_go_well_with_it(name: str) -> None:
    # when / then
    assert wanted(name) == [Block(Kind.CART, 4)]


def test_the_other_mails_ask_for_what_suits_their_subject() -> None:
    # when / then
    assert {name: list(wanted(name)) for name in MAILS if name not in CARTS} == {
        "newsletter_confirmation": [],
        "stock_confirmation": [],
        "back_in_stock": [],
        "out_of_stock": [Block(Kind.ALTERNATIVES, 4)],
        "price_drop": [],
        "browse_abandonment": [Block(Kind.RELATED, 4)],
        "welcome": [Block(Kind.RECOMMENDED, 4)],
        "second_purchase": [Block(Kind.CART, 4), Block(Kind.RECOMMENDED, 4)],
        "replenishment": [],
        "cross_sell": [Block(Kind.CART, 4)],
        "win_back_at_risk": [Block(Kind.RECOMMENDED, 4)],
        "win_back_lapsed": [Block(Kind.POPULAR, 4)],
        "loyal_voucher": [Block(Kind.RECOMMENDED, 4)],
        "loyal_reminder": [],
        "newsletter": [Block(Kind.RECOMMENDED, 4, fallback=Kind.POPULAR), Block(Kind.BACK_IN_STOCK, 4)],
    }


@pytest.mark.parametrize("language", sorted(shipped()))
@pytest.mark.parametrize("name", MAILS)
def test_html_and_text_have_the_same_blocks_in_every_language(name: str, language: str) -> None:
    # when
    mail = compile_mail(name, best(language))

    # then
    assert asked(mail.html) == asked(mail.text) == wanted(name)


@pytest.mark.parametrize("html", [True, False], ids=["html", "text"])
def test_several_blocks_stand_where_the_template_has_them_each_under_its_heading(html: bool) -> None:
    # given
    template = written("first {% products 'recommended' %} then {% products 'popular' limit=3 %} end", html)
    shown = EXAMPLES["abandoned_cart_1"]["blocks"]["cart"]
    content = EXAMPLES["abandoned_cart_1"] | {"blocks": {"popular": shown[2:], "recommended": shown[:2]}}

    # when
    said = filled(template, content, html)

    # then
    places = ["first", "You may also like", "linen", "scarf", "then", "Popular right now", "shopper", "end"]
    assert [said.index(place) for place in places] == sorted(said.index(place) for place in places)
    assert asked(template) == [Block(Kind.RECOMMENDED, 4), Block(Kind.POPULAR, 3)]


def test_the_same_block_stands_twice_with_other_products_and_titles() -> None:
    # given
    template = written(
        "{% products 'popular' title='Coats & co' category='coats' %}{% products 'popular' price_max=50 %}"
    )
    shown = EXAMPLES["abandoned_cart_1"]["blocks"]["cart"]
    content = EXAMPLES["abandoned_cart_1"] | {"blocks": {"popular": shown[:1], "popular_2": shown[1:2]}}

    # when
    said = filled(template, content)

    # then
    places = ["Coats &amp; co", "linen", "Popular right now", "scarf"]
    assert [said.index(place) for place in places] == sorted(said.index(place) for place in places)
    assert asked(template) == [
        Block(Kind.POPULAR, 4, category="coats"),
        Block(Kind.POPULAR, 4, price_max=Decimal(50), place=2),
    ]


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_heading_of_its_own(kind: Kind) -> None:
    # given
    shown = EXAMPLES["abandoned_cart_1"]["blocks"]["cart"]

    # when
    said = filled(written(f"{{% products '{kind}' %}}"), EXAMPLES["abandoned_cart_1"] | {"blocks": {kind.value: shown}})

    # then
    assert [squeezed(h2.text) for h2 in parse(said).iter("h2")] == [HEADINGS[kind]]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{% products 'bestsellers' %}", "there are recommended, popular, related, bought_together, cart"),
        ("{% products 'popular' limit=1 %}", "2 to 12 products, not 1"),
        ("{% products 'popular' limit=13 %}", "2 to 12 products, not 13"),
        ("{% products 'popular' fallback='bestsellers' %}", "there are recommended, popular, related"),
        ("{% products 'popular' category='coats jackets' %}", "'coats jackets' is no slug"),
        ("{% products 'popular' price_min=20 price_max=10 %}", "at least 20 and at most 10"),
        ("{% products 'popular' pin='" + ",".join(map(str, range(21))) + "' %}", "at most 20 products"),
    ],
)
def test_a_block_that_can_not_be_is_refused_in_plain_words(source: str, told: str) -> None:
    # when / then
    with pytest.raises(TemplateSyntaxError, match=told):
        asked(written(source))


@pytest.mark.parametrize("name", CARTS)
def test_a_product_has_its_price_its_picture_and_its_link_in_both_parts(name: str, content: dict[str, Any]) -> None:
    # when
    mail = render(name, "en", content)

    # then
    products = content["blocks"]["cart"]
    pictures = {element.get("src"): element.get("alt") for element in elements(mail.html) if element.tag == "img"}
    links = [element.get("href") for element in elements(mail.html) if element.tag == "a"]
    for product in products:
        assert product["name"] in mail.html
        assert product["name"] in mail.text
        assert product["url"] in mail.text
        assert links.count(product["url"]) == 2  # picture, or the letter in its place, and name
        assert not product["image_url"] or pictures[product["image_url"]] == product["name"]
    for part in (mail.html, mail.text):
        assert part.count("from €129.00") == 1
        assert "€89.00" in part
        assert "from €45.00" not in part
    assert [element.text for element in elements(mail.html) if element.tag == "s"] == ["€1,290.00", "€119.00"]
    assert "Regular price: €119.00" in mail.text


@pytest.mark.parametrize("blocks", [None, {}, {"cart": []}, {"recommended": EXAMPLES[MAILS[0]]["blocks"]["cart"]}])
def test_without_products_for_its_block_a_mail_does_not_speak_of_it(content: dict[str, Any], blocks: Any) -> None:
    # given: None as in a mail that was decided before there were blocks
    if blocks is None:
        del content["blocks"]
    else:
        content["blocks"] = blocks

    # when
    mail = render("abandoned_cart_1", "en", content)

    # then
    assert "Goes well" not in mail.html + mail.text
    assert "scarf" not in mail.html + mail.text
    assert not [element for element in elements(mail.html) if element.tag == "h2"]


def test_a_product_that_can_not_be_linked_to_is_left_out(content: dict[str, Any]) -> None:
    # given
    content["blocks"]["cart"][0]["url"] = "javascript:alert(1)"

    # when
    mail = render("abandoned_cart_1", "en", content)

    # then
    assert "trousers" not in mail.html + mail.text
    assert "scarf" in mail.html


def test_a_long_name_is_cut_where_products_stand_side_by_side_and_whole_in_the_text(content: dict[str, Any]) -> None:
    # given
    name = "Mütze " * 20
    content["blocks"]["cart"][0]["name"] = name

    # when
    mail = render("abandoned_cart_1", "de", content)

    # then
    (shown,) = (squeezed(one.text) for one in elements(mail.html) if one.tag == "a" and "Mütze" in (one.text or ""))
    assert len(shown) <= 60
    assert shown.endswith("Mütze…")
    assert name.strip() in mail.text


def test_products_stand_two_by_two(content: dict[str, Any]) -> None:
    # given
    content["blocks"]["cart"] = (content["blocks"]["cart"] * 2)[:5]

    # when
    html = render("abandoned_cart_1", "en", content).html

    # then
    rows = parse(html).find_class("tiles")
    assert [[bool(len(tile)) for tile in row.find_class("tile")] for row in rows] == [
        [True, True], [True, True], [True, False],
    ]  # fmt: skip


@pytest.mark.parametrize("language", sorted(shipped()))
def test_the_fullest_mail_is_not_cut_off_by_gmail(content: dict[str, Any], language: str) -> None:
    # given: Gmail shows 102 KB
    content["lines"] = [
        line | {"product_name": "Wollmantel " * 20, "url": line["url"] + "x" * 150}
        for line in content["lines"][:1] * 60
    ]
    content["blocks"]["cart"] = [
        product | {"name": "Wollmantel " * 20, "url": product["url"] + "x" * 150}
        for product in content["blocks"]["cart"][1:2] * 4
    ]

    # when
    mail = render("abandoned_cart_2", language, content)

    # then
    assert len(mail.html.encode()) < 102_000
