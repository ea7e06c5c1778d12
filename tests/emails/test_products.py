"""Which products stand in the blocks of mails."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import config
from saleor_crm_plugin.activity.stock.models import StockWatch
from saleor_crm_plugin.config import Settings
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.blocks import Block, Kind
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.products import Asking, add_products
from saleor_crm_plugin.recs.served.instead import Wanted
from saleor_crm_plugin.recs.served.models import ProductList
from saleor_crm_plugin.recs.served.reasons import Reason
from saleor_crm_plugin.shop.sandbox.models import Category, Product
from tests.learnt import Learnt, product_of
from tests.recs.served.shop import buy
from tests.road import NOON
from tests.sandbox.driver import SandboxDriver

CART = [Block(Kind.CART)]


@pytest.fixture
def shop(db: None) -> SandboxDriver:
    return SandboxDriver()


@pytest.fixture
def learnt(db: None) -> Learnt:
    return Learnt()


@pytest.fixture
def wardrobe(shop: SandboxDriver) -> list[str]:
    """A variant each of eight products."""
    return [shop.make_product(f"Product {number}", price=Decimal(10 + number))[0] for number in range(8)]


def mail(
    blocks: Sequence[Block],
    about: Sequence[str] = (),
    *,
    wanted: Sequence[Wanted] = (),
    email: str = "ada@example.com",
    channel: str = "eu",
    language: str = "en",
) -> Asking:
    """A mail to be stored, about the products of some variants."""
    contact, _ = Contact.objects.get_or_create(email=email, defaults={"created_at": NOON})
    message = Message(flow="newsletter", contact=contact, language=language, channel=channel, content={})
    return Asking(message, blocks, [product_of(variant) for variant in about], wanted)


def choose(shop: SandboxDriver, *mails: Asking) -> None:
    add_products(shop.shop, settings(), mails, NOON)


def settings() -> Settings:
    return config.parse(
        {"storefront_url": "https://shop.example.com", "product_path": "/{channel}/{language}/p/{slug}?page=1"}
    )


def names(asking: Asking, kind: Kind = Kind.CART) -> list[str]:
    """What a block of a mail shows."""
    return [product["name"] for product in asking.message.content.get("blocks", {}).get(kind, [])]


def test_each_mail_has_what_goes_well_with_its_own_cart(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    learnt.goes_with(wardrobe[0], wardrobe[1:7])
    learnt.goes_with(wardrobe[7], [wardrobe[6], wardrobe[5]])
    one, other = mail(CART, [wardrobe[0]]), mail(CART, [wardrobe[7]])

    # when
    choose(shop, one, other)

    # then
    assert names(one) == ["Product 1", "Product 2", "Product 3", "Product 4"]
    assert names(other) == ["Product 6", "Product 5"]


def test_a_product_is_told_as_the_channel_sells_it_in_the_customers_language(
    shop: SandboxDriver, learnt: Learnt
) -> None:
    # given
    shirt, belt = shop.make_product("Shirt")[0], shop.make_product("Belt")[0]
    small, _ = shop.make_product("Scarf", variants=("S", "M"), was=Decimal(60), translations={"pl": "Szalik"})
    shop.set_price(small, Decimal(30), was=Decimal(60))
    learnt.goes_with(shirt, {small: Reason.RELATED, belt: Reason.BOUGHT_TOGETHER})
    asking = mail(CART, [shirt], channel="poland", language="pl")

    # when
    choose(shop, asking)

    # then
    scarf = asking.message.content["blocks"]["cart"][0]
    slug = Product.objects.get(name="Scarf").slug
    assert (scarf["name"], scarf["reason"], scarf["product_id"]) == ("Szalik", "related", product_of(small))
    assert (scarf["price"], scarf["undiscounted_price"], scarf["currency"]) == ("30.00", "60.00", "PLN")
    assert scarf["prices_differ"]
    assert scarf["image_url"].endswith(f"{slug}.png")
    link = urlsplit(scarf["url"])
    assert (link.netloc, link.path) == ("shop.example.com", f"/poland/pl/p/{slug}")
    assert parse_qs(link.query) == {
        "page": ["1"],
        "utm_source": ["crm"],
        "utm_medium": ["email"],
        "utm_campaign": ["newsletter"],
        "utm_content": ["cart"],
    }


def test_what_is_in_the_cart_is_not_what_goes_well_with_it(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    learnt.goes_with(wardrobe[0], wardrobe[1:5])
    asking = mail(CART, wardrobe[:2])

    # when
    choose(shop, asking)

    # then
    assert names(asking) == ["Product 2", "Product 3", "Product 4"]


def test_what_the_channel_does_not_sell_now_is_not_shown(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    learnt.goes_with(wardrobe[0], wardrobe[1:5])
    shop.sell_out(wardrobe[1])
    shop.unlist(wardrobe[2], "eu")
    here, there = mail(CART, [wardrobe[0]]), mail(CART, [wardrobe[0]], channel="poland")

    # when
    choose(shop, here, there)

    # then
    assert names(here) == ["Product 3", "Product 4"]
    assert names(there) == ["Product 2", "Product 3", "Product 4"]


def test_what_only_sells_well_does_not_go_well_with_a_cart(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given: two of its list are there because everybody buys them
    learnt.goes_with(
        wardrobe[0],
        {
            wardrobe[1]: Reason.BOUGHT_TOGETHER,
            wardrobe[2]: Reason.POPULAR,
            wardrobe[3]: Reason.POPULAR,
            wardrobe[4]: Reason.RELATED,
        },
    )
    learnt.sells(wardrobe[5:8])
    known, unknown = mail(CART, [wardrobe[0]]), mail(CART, [wardrobe[7]])

    # when
    choose(shop, known, unknown)

    # then
    assert names(known) == ["Product 1", "Product 4"]
    assert unknown.message.content["blocks"] == {}


def test_one_product_makes_no_block(shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]) -> None:
    # given
    learnt.goes_with(wardrobe[0], wardrobe[1:2])
    asking = mail(CART, [wardrobe[0]])

    # when
    choose(shop, asking)

    # then
    assert asking.message.content["blocks"] == {}


def test_before_anything_is_learnt_mails_go_without(shop: SandboxDriver, wardrobe: list[str]) -> None:
    # given
    asking = mail([Block(kind) for kind in Kind], wardrobe[:2])

    # when
    choose(shop, asking)

    # then
    assert asking.message.content == {"blocks": {}}


def test_every_block_has_its_own_rule(shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]) -> None:
    # given
    ada = Contact.objects.create(email="ada@example.com", created_at=NOON)
    learnt.liked_by(ada.pk, wardrobe[0:2])
    learnt.sells(wardrobe[2:4])
    learnt.like(wardrobe[7], wardrobe[4:6])
    learnt.goes_with(wardrobe[7], [wardrobe[6], wardrobe[3]])
    hers, other = (
        mail([Block(Kind.RECOMMENDED, 2), Block(Kind.POPULAR, 2), Block(Kind.RELATED, 2)], [wardrobe[7]]),
        mail([Block(Kind.RECOMMENDED, 2), Block(Kind.CART, 2)], [wardrobe[7]], email="bea@example.com"),
    )

    # when
    choose(shop, hers, other)

    # then
    assert {kind: names(hers, Kind(kind)) for kind in hers.message.content["blocks"]} == {
        "recommended": ["Product 0", "Product 1"],
        "popular": ["Product 2", "Product 3"],
        "related": ["Product 4", "Product 5"],
    }
    # and: of whom nothing is known, what sells is shown, and nothing twice
    assert names(other, Kind.RECOMMENDED) == ["Product 2", "Product 3"]
    assert names(other, Kind.CART) == []


def test_no_product_stands_twice_in_a_mail(shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]) -> None:
    # given: everything likes the same
    ada = Contact.objects.create(email="ada@example.com", created_at=NOON)
    learnt.liked_by(ada.pk, wardrobe[1:])
    learnt.sells(wardrobe)
    learnt.like(wardrobe[0], wardrobe[1:])
    learnt.goes_with(wardrobe[0], wardrobe[1:])
    asking = mail([Block(kind, 2) for kind in (Kind.POPULAR, Kind.CART, Kind.RELATED, Kind.RECOMMENDED)], wardrobe[:1])

    # when
    choose(shop, asking)

    # then: and the later block goes on where the earlier ones ended
    shown = [name for kind in Kind for name in names(asking, kind)]
    assert len(shown) == len(set(shown)) == 7 - 7 % 2
    assert "Product 0" not in shown
    assert names(asking, Kind.POPULAR) == ["Product 1", "Product 2"]
    assert names(asking, Kind.CART) == ["Product 3", "Product 4"]


def test_what_is_like_several_products_is_taken_from_each_in_turn(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    learnt.like(wardrobe[0], wardrobe[2:5])
    learnt.like(wardrobe[1], [wardrobe[5], wardrobe[2], wardrobe[6]])
    asking = mail([Block(Kind.RELATED)], wardrobe[:2])

    # when
    choose(shop, asking)

    # then
    assert names(asking, Kind.RELATED) == ["Product 2", "Product 5", "Product 3", "Product 4"]


def gone(variant: str, price: int = 12) -> Wanted:
    """A variant that is not there."""
    return Wanted(product_of(variant), Decimal(price), "EUR")


def test_instead_of_what_is_not_there_stands_what_is_like_it_at_its_price(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given: they cost 10 to 17
    learnt.like(wardrobe[0], wardrobe[1:])
    one, other = (
        mail([Block(Kind.ALTERNATIVES)], wanted=[gone(wardrobe[0])]),
        mail([Block(Kind.ALTERNATIVES)], wanted=[gone(wardrobe[0], 32)], email="bea@example.com"),
    )

    # when
    choose(shop, one, other)

    # then
    assert names(one, Kind.ALTERNATIVES) == ["Product 1", "Product 2", "Product 3", "Product 4"]
    assert names(other, Kind.ALTERNATIVES) == ["Product 6", "Product 7"]
    link = one.message.content["blocks"]["alternatives"][0]["url"]
    assert parse_qs(urlsplit(link).query)["utm_content"] == ["alternatives"]


def test_several_that_are_not_there_have_their_alternatives_in_turn_and_none_twice(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    learnt.like(wardrobe[0], [wardrobe[1], wardrobe[2], wardrobe[3]])
    learnt.like(wardrobe[1], [wardrobe[0], wardrobe[2], wardrobe[4]])
    learnt.sells(wardrobe)
    asking = mail([Block(Kind.ALTERNATIVES), Block(Kind.POPULAR, 2)], wanted=[gone(wardrobe[0]), gone(wardrobe[1])])

    # when
    choose(shop, asking)

    # then: what is not there is shown by no block
    assert names(asking, Kind.ALTERNATIVES) == ["Product 2", "Product 3", "Product 4"]
    assert names(asking, Kind.POPULAR) == ["Product 5", "Product 6"]


def test_twenty_mails_cost_as_many_statements_as_one(shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]) -> None:
    # given
    for number, variant in enumerate(wardrobe):
        learnt.goes_with(variant, [*wardrobe[:number], *wardrobe[number + 1 :]])
        learnt.like(variant, [*wardrobe[:number], *wardrobe[number + 1 :]])
    learnt.sells(wardrobe)
    wardrobe += [shop.make_product(f"Coat {number}", price=Decimal(12))[0] for number in range(4)]
    for variant in wardrobe[:8]:
        learnt.stands(variant, "coats")
    learnt.sells(wardrobe[8:], category="coats")
    blocks = [Block(kind, 2) for kind in (Kind.CART, Kind.RECOMMENDED, Kind.RELATED, Kind.POPULAR)]
    blocks.append(Block(Kind.ALTERNATIVES, 2))

    # when
    costs = []
    for count in (1, 20):
        mails = [
            mail(
                blocks,
                [wardrobe[number % 8]],
                wanted=[gone(wardrobe[number % 8])],
                email=f"c{count}-{number}@example.com",
            )
            for number in range(count)
        ]
        for each in mails:
            learnt.liked_by(each.message.contact_id, wardrobe)
        with CaptureQueriesContext(connection) as captured:
            choose(shop, *mails)
        assert all(names(each) and names(each, Kind.ALTERNATIVES) for each in mails)
        costs.append(len(captured))

    # then
    assert costs[0] == costs[1] < 50


def test_a_mail_goes_without_where_choosing_fails_and_the_log_says_why(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    # given
    learnt.goes_with(wardrobe[0], wardrobe[1:5])
    asking = mail(CART, [wardrobe[0]])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_recs_product RENAME TO gone")

    # when
    with caplog.at_level(logging.ERROR):
        choose(shop, asking)

    # then: and the transaction goes on
    assert "blocks" not in asking.message.content
    assert "products for mails could not be chosen" in caplog.text
    assert "crm_recs_product" in caplog.text
    assert Contact.objects.count() == 1


def test_the_same_block_shows_other_products_each_time(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    learnt.sells(wardrobe)
    asking = mail([Block(Kind.POPULAR, 3), Block(Kind.POPULAR, 3, place=2)])

    # when
    choose(shop, asking)

    # then
    blocks = asking.message.content["blocks"]
    assert {slot: [one["name"] for one in shown] for slot, shown in blocks.items()} == {
        "popular": ["Product 0", "Product 1", "Product 2"],
        "popular_2": ["Product 3", "Product 4", "Product 5"],
    }


def test_a_block_shows_what_costs_as_much_as_it_may_and_what_is_pinned_and_not_banned(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given: product 0 costs 10, product 7 costs 17
    learnt.sells(wardrobe)
    slugs = dict(Product.objects.values_list("name", "slug"))
    block = Block.of("popular", 5, price_min="12", price_max="15", pin=slugs["Product 7"], ban=slugs["Product 3"])
    asking = mail([block])

    # when
    choose(shop, asking)

    # then
    assert names(asking, Kind.POPULAR) == ["Product 7", "Product 2", "Product 4", "Product 5"]
    assert [one["reason"] for one in asking.message.content["blocks"]["popular"]][:2] == ["pinned", "popular"]


def test_a_category_shows_what_suits_and_then_whatever_else_is_in_it(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    ada = Contact.objects.create(email="ada@example.com", created_at=NOON)
    learnt.liked_by(ada.pk, [wardrobe[0], wardrobe[3]])
    category = Category.objects.create(name="Coats", slug="coats")
    below = Category.objects.create(name="Long coats", slug="long-coats", parent=category)
    for variant, place in ((wardrobe[3], below), (wardrobe[5], category), (wardrobe[6], below)):
        Product.objects.filter(variants=int(variant)).update(category=place)
    shop.sell_out(wardrobe[6])
    asking = mail([Block.of("recommended", category="coats"), Block.of("popular", category="no-such")])

    # when
    choose(shop, asking)

    # then
    assert names(asking, Kind.RECOMMENDED) == ["Product 3", "Product 5"]
    assert names(asking, Kind.POPULAR) == []


def test_a_collection_keeps_to_its_own(shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]) -> None:
    # given
    learnt.sells(wardrobe[:4])
    Product.objects.filter(variants__in=[int(one) for one in wardrobe[2:6]]).update(season="autumn")
    asking = mail([Block.of("popular", collection="autumn")])

    # when
    choose(shop, asking)

    # then: what sells first, then the newest
    assert names(asking, Kind.POPULAR) == ["Product 2", "Product 3", "Product 5", "Product 4"]


def test_where_too_little_is_found_another_rule_fills_the_block(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    learnt.sells(wardrobe)
    asking = mail([Block(Kind.RELATED, 2, fallback=Kind.POPULAR)], [wardrobe[0]])

    # when
    choose(shop, asking)

    # then
    assert names(asking, Kind.RELATED) == ["Product 1", "Product 2"]
    assert {one["rule"] for one in asking.message.content["blocks"]["related"]} == {"popular"}


def test_a_newsletter_is_about_what_its_reader_did_last(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    ada = Contact.objects.create(email="ada@example.com", created_at=NOON)
    buy(ada.pk, [product_of(wardrobe[0])], days_ago=3)
    learnt.goes_with(wardrobe[0], wardrobe[1:4], ProductList.Kind.TOGETHER)
    hers, others = (mail([Block(Kind.BOUGHT_TOGETHER)], email=email) for email in ("ada@example.com", "bo@example.com"))
    for one in (hers, others):
        one.message.template = "newsletter"

    # when
    choose(shop, hers, others)

    # then
    assert names(hers, Kind.BOUGHT_TOGETHER) == ["Product 1", "Product 2", "Product 3"]
    assert names(others, Kind.BOUGHT_TOGETHER) == []


def test_what_came_back_lately_is_shown_as_long_as_it_is_there(
    shop: SandboxDriver, learnt: Learnt, wardrobe: list[str]
) -> None:
    # given
    shop.sell_out(wardrobe[3])
    for variant, days in ((wardrobe[1], 3), (wardrobe[2], 1), (wardrobe[3], 2), (wardrobe[4], 15)):
        StockWatch.objects.create(
            variant_id=variant, channel="eu", product_id=product_of(variant), sold=True, units=3, currency="EUR",
            came_back_at=NOON - timedelta(days=days), seen_at=NOON,
        )  # fmt: skip
    asking = mail([Block(Kind.BACK_IN_STOCK)])

    # when
    choose(shop, asking)

    # then
    assert names(asking, Kind.BACK_IN_STOCK) == ["Product 2", "Product 1"]
