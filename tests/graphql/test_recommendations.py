"""Products to show, asked of the demo shop: every list, in the channel's prices, for whom it may concern."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import F

from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import Category, Channel, Price, Variant
from tests.buying import Past, a_past, buy, train
from tests.graphql import shelf
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, data, refusal, statements
from tests.graphql.shelf import is_a_list, names
from tests.graphql.telling import OTHER, VISITOR, recorded, seen
from tests.sandbox.driver import SandboxDriver

pytestmark = pytest.mark.django_db
DENIED = "To access this path, you need one of the following permissions: MANAGE_USERS, OWNER"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop() -> SandboxDriver:
    return SandboxDriver()


@pytest.fixture
def past(shop: SandboxDriver) -> Past:
    """A shop where Poland pays four times as much in its own money."""
    past = a_past(shop, NOW)
    Price.objects.filter(channel__slug="poland").update(price=F("price") * 4, undiscounted=F("undiscounted") * 4)
    return past


def product_id(variant: str) -> str:
    return global_id("Product", Variant.objects.get(pk=variant).product_id)


def look(past: Past, *numbers: int, **who: Any) -> None:
    """Somebody looks at products, one after the other."""
    for minute, number in enumerate(numbers):
        product = Variant.objects.get(pk=past.variants[number]).product_id
        assert recorded(seen(product, at=f"2026-03-02T11:{minute:02}:00+00:00"), **who) == 1


def every_list(shop: SandboxDriver, past: Past, channel: str, first: int | None = None) -> dict[str, Any]:
    """All the lists that there are, by the name of the field that they were asked with."""
    ada = customer_token(past.customers[4])
    cart_id = shop.make_cart(channel=channel)
    shop.add_line(cart_id, past.variants[3])
    sent = {"channel": channel, "first": first}
    category = global_id("Category", shop.category.pk)
    product = data(shelf.OF_PRODUCT, id=product_id(past.variants[0]), **sent)["product"]
    me = data(shelf.MINE, ada, **sent)["me"]
    checkout = data(shelf.OF_CHECKOUT, id=global_id("Checkout", cart_id), first=first)["checkout"]
    of_category = data(shelf.OF_CATEGORY, id=category, **sent)["category"]
    return {
        **{f"Product.{name}": found for name, found in product.items()},
        **{f"User.{name}": found for name, found in me.items()},
        "Checkout.recommendedProducts": checkout["recommendedProducts"],
        "Category.popularProducts": of_category["popularProducts"],
        "popularProducts": data(shelf.POPULAR, **sent)["popularProducts"],
        "popularProducts(category)": data(shelf.POPULAR, category=category, **sent)["popularProducts"],
        "recommendedProducts": data(shelf.RECOMMENDED, **sent)["recommendedProducts"],
        "recommendedProducts(visitorId)": data(shelf.RECOMMENDED, visitor=VISITOR, **sent)["recommendedProducts"],
        "recommendedProducts of a customer": data(shelf.RECOMMENDED, ada, **sent)["recommendedProducts"],
    }


@pytest.mark.parametrize(("channel", "currency", "times"), [("eu", "EUR", 1), ("poland", "PLN", 4)])
def test_every_list_shows_products_as_the_channel_sells_them(
    shop: SandboxDriver, past: Past, channel: str, currency: str, times: int
) -> None:
    # given
    look(past, 1, 2, visitor=VISITOR)
    look(past, 5, 6, token=customer_token(past.customers[4]), visitor=None)
    # when
    lists = every_list(shop, past, channel)
    # then
    costs = {f"{10 * number + 10}": name for number, name in enumerate(data_names())}
    for field, shown in lists.items():
        assert shown, field
        assert is_a_list(shown), field
        for product in (one["product"] for one in shown):
            price = product["pricing"]["priceRange"]["start"]["gross"]
            assert price["currency"] == currency
            assert costs[f"{price['amount'] / times:.0f}"] == product["name"], field
            assert product["thumbnail"]["url"].endswith(f"/media/{product['slug']}.png")
            assert product["translation"] == {"name": f"{product['name']} (de)"}


def data_names() -> list[str]:
    """The names of the products, the cheapest first."""
    found = Price.objects.filter(channel__slug="eu").order_by("price").values_list("variant__product__name", flat=True)
    return list(found)


def test_no_more_are_shown_than_were_asked_for(shop: SandboxDriver, past: Past) -> None:
    look(past, 5, 6, token=customer_token(past.customers[4]), visitor=None)
    for field, shown in every_list(shop, past, "eu", first=2).items():
        assert 1 <= len(shown) <= 2, field
    assert len(data(shelf.POPULAR, channel="eu", first=3)["popularProducts"]) == 3


def test_twelve_are_shown_where_nobody_says_how_many(shop: SandboxDriver) -> None:
    # given
    ada = shop.make_customer("ada@example.com")
    buy(shop, ada, [shop.make_product(f"Product {number}")[0] for number in range(14)], NOW)
    train(shop, NOW)
    # when, then
    assert len(data('{ popularProducts(channel: "eu") { score } }')["popularProducts"]) == 12
    assert len(data(shelf.POPULAR, channel="eu", first=100)["popularProducts"]) == 14


def test_what_sells_best_is_most_popular(past: Past) -> None:
    shown = data(shelf.POPULAR, channel="eu")["popularProducts"]
    assert names(shown)[0] == "Linen shirt"
    assert shown[0]["reason"].startswith("POPULAR")


def test_a_product_is_not_shown_beside_itself_nor_beside_itself_in_the_cart(shop: SandboxDriver, past: Past) -> None:
    lists = every_list(shop, past, "eu")
    for field in ("Product.relatedProducts", "Product.boughtTogether"):
        assert "Linen shirt" not in names(lists[field])
    assert "Leather belt" not in names(lists["Checkout.recommendedProducts"])


def test_what_the_channel_does_not_sell_is_not_shown(shop: SandboxDriver, past: Past) -> None:
    # given
    shop.sell_out(past.variants[1])
    shop.unlist(past.variants[2], "eu")
    # when, then
    for field, shown in every_list(shop, past, "eu").items():
        assert not {"Wool jumper", "Rain jacket"}.intersection(names(shown)), field
    assert "Rain jacket" in names(data(shelf.POPULAR, channel="poland")["popularProducts"])


def test_what_a_customer_bought_is_not_recommended_to_her(past: Past) -> None:
    ada = customer_token(past.customers[3])
    for shown in (
        data(shelf.MINE, ada, channel="eu")["me"]["recommendedProducts"],
        data(shelf.RECOMMENDED, ada, channel="eu")["recommendedProducts"],
    ):
        again = {one["product"]["name"] for one in shown if one["reason"] != "BOUGHT_BEFORE"}
        assert again
        assert not {"Linen shirt", "Wool jumper", "Leather belt"}.intersection(again)


def test_what_was_viewed_is_shown_the_latest_first(past: Past) -> None:
    ada, grace = (customer_token(user_id) for user_id in past.customers[3:])
    look(past, 0, 6, 5, token=ada, visitor=None)
    shown = data(shelf.MINE, ada, channel="eu")["me"]["recentlyViewedProducts"]
    assert names(shown) == ["Silk scarf", "Canvas bag", "Linen shirt"]
    assert {one["reason"] for one in shown} == {"VIEWED"}
    assert data(shelf.MINE, grace, channel="eu")["me"]["recentlyViewedProducts"] == []


def test_a_visitor_whom_nobody_knows_is_shown_what_sells(past: Past) -> None:
    shown = data(shelf.RECOMMENDED, channel="eu", visitor=OTHER)["recommendedProducts"]
    assert is_a_list(shown)
    assert "Linen shirt" in names(shown)


def test_a_category_shows_what_is_in_it(shop: SandboxDriver, past: Past) -> None:
    # given
    path = shop.put_in_category(past.variants[4], ["Head", "Hats"])
    train(shop, NOW)
    # when, then
    for key in path:
        category = global_id("Category", key)
        for shown in (
            data(shelf.POPULAR, channel="eu", category=category)["popularProducts"],
            data(shelf.OF_CATEGORY, id=category, channel="eu")["category"]["popularProducts"],
        ):
            assert names(shown) == ["Straw hat"]


def test_nobody_else_is_told_what_is_recommended_to_a_customer(past: Past) -> None:
    # given
    ada, grace = past.customers[:2]
    of_ada = {"id": global_id("User", ada), "channel": "eu"}
    # when, then
    assert data(shelf.OF_USER, STAFF, **of_ada)["user"]["recommendedProducts"]
    answer = ask(shelf.OF_USER, ORDER_STAFF, **of_ada)
    assert answer["data"]["user"] == {
        "email": "customer0@example.com", "recommendedProducts": None, "recentlyViewedProducts": None,
    }  # fmt: skip
    assert [error["message"] for error in answer["errors"]] == [DENIED, DENIED]
    for token in ("", customer_token(grace)):
        answer = ask(shelf.OF_USER, token, **of_ada)
        assert answer["data"]["user"] is None
        assert refusal(answer)[0] == "PermissionDenied"


def test_what_is_asked_for_in_no_channel_that_there_is_is_empty(past: Past) -> None:
    for channel in ("nowhere", "", "\x00", "\ud800", "eu'; --", "x" * 5000):
        assert data(shelf.POPULAR, channel=channel)["popularProducts"] == []
        assert data(shelf.RECOMMENDED, channel=channel, visitor=VISITOR)["recommendedProducts"] == []
        assert data(shelf.MINE, customer_token(past.customers[0]), channel=channel)["me"] == {
            "recommendedProducts": [], "recentlyViewedProducts": [],
        }  # fmt: skip


def test_without_a_channel_it_is_the_only_one_or_an_error(past: Past) -> None:
    # given more than one
    answer = ask(shelf.POPULAR)
    assert refusal(answer) == ("GraphQLError", "More than one channel exists. Specify which channel to use.")
    # when
    Price.objects.exclude(channel__slug="eu").delete()
    own = Category.objects.get()
    Channel.objects.exclude(slug="eu").delete()
    # then
    for shown in (
        data(shelf.POPULAR)["popularProducts"],
        data(shelf.OF_CATEGORY, id=global_id("Category", own.pk))["category"]["popularProducts"],
        data(shelf.MINE, customer_token(past.customers[0]))["me"]["recommendedProducts"],
    ):
        assert shown
        assert {one["product"]["pricing"]["priceRange"]["start"]["gross"]["currency"] for one in shown} == {"EUR"}


def test_while_the_plugin_is_off_everybody_is_shown_what_sells_and_nobody_what_they_looked_at(
    shop: SandboxDriver, past: Past
) -> None:
    own_settings.save_own("active", False)

    lists = every_list(shop, past, "eu")

    viewed = [lists.pop(name) for name in list(lists) if "recentlyViewed" in name]
    assert [] in viewed
    assert not any(viewed)
    for field, shown in lists.items():
        assert shown, field
        assert {one["reason"] for one in shown} <= {"POPULAR", "POPULAR_IN_CATEGORY"}, field


def test_each_list_of_an_answer_is_as_long_and_in_the_channel_as_it_was_asked_for(past: Past) -> None:
    found = data(
        """query($id: ID!) {
            eu: product(id: $id, channel: "eu") { ...lists }
            poland: product(id: $id, channel: "poland") { ...lists } }
        fragment lists on Product {
            two: relatedProducts(first: 2) { ...tile }
            three: relatedProducts(first: 3) { ...tile } }
        fragment tile on CrmRecommendedProduct { product { pricing { priceRange { start { gross { currency } } } } } }
        """,
        id=product_id(past.variants[0]),
    )
    for channel, currency in (("eu", "EUR"), ("poland", "PLN")):
        assert [len(found[channel][name]) for name in ("two", "three")] == [2, 3]
        prices = [one["product"]["pricing"]["priceRange"]["start"] for one in found[channel]["three"]]
        assert prices == [{"gross": {"currency": currency}}] * 3


def test_lists_of_ten_products_cost_as_many_statements_as_those_of_one(shop: SandboxDriver, past: Past) -> None:
    # given
    ada = past.customers[0]
    buy(shop, ada, [shop.make_product(f"Product {number}")[0] for number in range(12)], NOW)
    train(shop, NOW)

    def cost(products: int, first: int) -> int:
        with statements() as run:
            edges = data(shelf.OF_PRODUCTS, products=products, channel="eu", first=first)["products"]["edges"]
        assert len(edges) == products
        assert all(len(found) == first for edge in edges for found in edge["node"].values())
        return len(run)

    # when, then
    assert cost(1, 1) == cost(1, 12) == cost(10, 1) == cost(10, 12)


def test_lists_of_a_page_of_customers_cost_as_many_statements_as_those_of_one(past: Past) -> None:
    page = """query($first: Int!) { customers(first: $first) { edges { node {
        recommendedProducts(channel: "eu", first: 3) { product { name } }
        recentlyViewedProducts(channel: "eu", first: 3) { product { name } } } } } }"""

    def cost(first: int) -> int:
        with statements() as run:
            assert len(data(page, STAFF, first=first)["customers"]["edges"]) == first
        return len(run)

    for number in range(5):
        look(past, 5, 6, token=customer_token(past.customers[number]), visitor=None)
    assert cost(1) == cost(5)


def test_lists_that_can_not_be_made_are_empty_and_the_product_is_shown_all_the_same(past: Past) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_recs_product RENAME TO crm_recs_elsewhere")

    product = data(shelf.OF_PRODUCT, id=product_id(past.variants[0]), channel="eu", first=3)["product"]

    assert product["relatedProducts"] == product["boughtTogether"] == []


def test_an_account_whose_address_nobody_confirmed_is_shown_nothing_of_its_history(past: Past) -> None:
    # given somebody who registered an address under which a guest bought and looked
    stranger = customer_token(past.customers[4], unconfirmed=True)
    look(past, 5, token=customer_token(past.customers[4]))
    # when, then
    found = data(shelf.MINE, stranger, channel="eu")["me"]
    assert found["recentlyViewedProducts"] == []
    for shown in (found["recommendedProducts"], data(shelf.RECOMMENDED, stranger, channel="eu")["recommendedProducts"]):
        assert shown
        assert {one["reason"] for one in shown} == {"POPULAR"}
    # the owner of a shop that confirms nothing may say otherwise
    own_settings.save("trust_unconfirmed", True)
    assert data(shelf.MINE, stranger, channel="eu") == data(shelf.MINE, customer_token(past.customers[4]), channel="eu")
