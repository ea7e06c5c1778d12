"""Products to show in Saleor's own schema: as the channel sells them, for whom it may concern."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.db.models import F
from saleor.core.db.connection import restrict_writer
from saleor.product.models import Product, ProductChannelListing, ProductMedia, ProductVariantChannelListing

from tests.buying import Past, buy, train
from tests.graphql import shelf
from tests.graphql.shelf import ids, is_a_list, names
from tests.saleor import graphql as gql
from tests.saleor.askers import Askers, InThisProcess, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import FOR_SALE, PICTURE, GraphQL, global_id
from tests.saleor.merchandise import products_of
from tests.saleor.test_events import VISITOR, recorded, view

OWNER_OR_STAFF = "To access this path, you need one of the following permissions: MANAGE_USERS, OWNER"

PRODUCTS = f"""query($size: Int!, $channel: String!, $first: Int!) {{
    products(first: $size, channel: $channel, sortBy: {{ field: CREATED_AT, direction: DESC }}) {{ edges {{ node {{
        relatedProducts(first: $first) {{ {shelf.SHOWN} }}
        boughtTogether(first: $first) {{ {shelf.SHOWN} }} }} }} }} }}"""
CUSTOMERS = f"""query($size: Int!, $channel: String!, $first: Int!) {{
    customers(first: $size) {{ edges {{ node {{
        recommendedProducts(channel: $channel, first: $first) {{ {shelf.SHOWN} }}
        recentlyViewedProducts(channel: $channel, first: $first) {{ {shelf.SHOWN} }} }} }} }} }}"""
CATEGORIES = f"""query($size: Int!, $channel: String!, $first: Int!, $ids: [ID!]) {{
    categories(first: $size, filter: {{ ids: $ids }}) {{ edges {{ node {{
        popularProducts(channel: $channel, first: $first) {{ {shelf.SHOWN} }} }} }} }} }}"""


@pytest.fixture
def past(driver: SaleorDriver, sold: Past) -> Iterator[Past]:
    """A shop that sells nothing else, and whose other channel asks four times as much of its own money."""
    listings = ProductVariantChannelListing.objects.filter(
        variant__in=map(int, sold.variants), channel__slug=driver.other_channel
    )
    listings.update(price_amount=F("price_amount") * 4, discounted_price_amount=F("discounted_price_amount") * 4)
    others = ProductChannelListing.objects.filter(is_published=True)
    keys = list(others.exclude(product__variants__in=map(int, sold.variants)).values_list("pk", flat=True))
    hidden = ProductChannelListing.objects.filter(pk__in=keys)
    hidden.update(is_published=False)
    yield sold
    hidden.update(is_published=True)


def product(past: Past, number: int) -> str:
    return global_id("Product", products_of([past.variants[number]])[0])


def look(past: Past, asker: GraphQL, *numbers: int, visitor: str | None = VISITOR) -> None:
    """Somebody looks at products, one after the other."""
    for key in products_of([past.variants[number] for number in numbers]):
        assert recorded(asker, view(key), visitor=visitor) == 1


def every_list(
    driver: SaleorDriver, past: Past, ada: GraphQL, channel: str, first: int | None = None
) -> dict[str, Any]:
    """All the lists that there are, by the name of the field that they were asked with."""
    api, sent = driver.api, {"channel": channel, "first": first}
    cart_id = driver.make_cart(channel=channel)
    driver.add_line(cart_id, past.variants[3])
    of_product = api(shelf.OF_PRODUCT, id=product(past, 0), **sent)
    return {
        **{f"Product.{name}": found for name, found in of_product.items()},
        **{f"User.{name}": found for name, found in ada(shelf.MINE, **sent).items()},
        **{
            f"Checkout.{name}": found
            for name, found in api(shelf.OF_CHECKOUT, id=global_id("Checkout", cart_id), first=first).items()
        },
        **{f"Category.{name}": found for name, found in api(shelf.OF_CATEGORY, id=driver.category, **sent).items()},
        "popularProducts": api(shelf.POPULAR, **sent),
        "popularProducts(category)": api(shelf.POPULAR, category=driver.category, **sent),
        "recommendedProducts": api(shelf.RECOMMENDED, **sent),
        "recommendedProducts(visitorId)": api(shelf.RECOMMENDED, visitor=VISITOR, **sent),
        "recommendedProducts of a customer": ada(shelf.RECOMMENDED, **sent),
    }


def test_every_list_shows_products_as_each_channel_sells_them(
    driver: SaleorDriver, past: Past, api: GraphQL, askers: Askers
) -> None:
    # given
    media = ProductMedia.objects.filter(type="IMAGE").exclude(image="").order_by("pk")[0]
    for key in products_of(past.variants):
        ProductMedia.objects.create(product_id=int(key), image=media.image.name, sort_order=0)
    ada = askers.customer(past.customers[4])
    look(past, api, 1, 2)
    look(past, ada, 5, 6, visitor=None)
    prices: dict[str, dict[str, Decimal]] = {}
    for channel, currency in ((driver.channel, driver.currency), (driver.other_channel, driver.other_currency)):
        prices[channel] = {}
        # when
        lists = every_list(driver, past, ada, channel)
        # then
        assert len(lists) == 11
        for field, shown in lists.items():
            assert shown, field
            assert is_a_list(shown), field
            for found in (one["product"] for one in shown):
                price = found["pricing"]["priceRange"]["start"]["gross"]
                own = api(FOR_SALE, id=found["id"], channel=channel)["pricing"]["priceRange"]["start"]["gross"]
                assert price == {"amount": own["amount"], "currency": currency}, field
                assert found["translation"] == {"name": f"{found['name']} (de)"}
                assert found["thumbnail"] == api(PICTURE, id=found["id"])["thumbnail"]
                prices[channel][found["id"]] = Decimal(str(price["amount"]))
    first, second = prices.values()
    in_both = first.keys() & second.keys()
    assert len(in_both) >= 5
    assert all(second[found] > 2 * first[found] for found in in_both)


def test_no_more_are_shown_than_were_asked_for(driver: SaleorDriver, past: Past, askers: Askers) -> None:
    ada = askers.customer(past.customers[4])
    look(past, ada, 5, 6, visitor=None)
    for field, shown in every_list(driver, past, ada, driver.channel, first=2).items():
        assert 1 <= len(shown) <= 2, field


def test_what_the_channel_does_not_sell_is_not_shown(driver: SaleorDriver, past: Past, askers: Askers) -> None:
    # given
    ada = askers.customer(past.customers[4])
    jumper, jacket = product(past, 1), product(past, 2)
    look(past, ada, 1, 2, visitor=None)
    driver.sell_out(past.variants[1])
    driver.unlist(past.variants[2], driver.channel)
    # when, then
    for field, shown in every_list(driver, past, ada, driver.channel).items():
        assert not {jumper, jacket}.intersection(ids(shown)), field
    assert jacket in ids(driver.api(shelf.POPULAR, channel=driver.other_channel))


def test_what_was_viewed_is_shown_the_latest_first(driver: SaleorDriver, past: Past, askers: Askers) -> None:
    ada = askers.customer(past.customers[3])
    look(past, ada, 0, 6, 5, visitor=None)
    shown = ada(shelf.MINE, channel=driver.channel)["recentlyViewedProducts"]
    assert names(shown) == ["Silk scarf", "Canvas bag", "Linen shirt"]


def test_nobody_else_is_told_what_is_recommended_to_a_customer(
    driver: SaleorDriver, past: Past, api: GraphQL, staff: GraphQL, askers: Askers
) -> None:
    # given
    of_ada = {"id": global_id("User", past.customers[0]), "channel": driver.channel}
    # when, then
    for asker in (staff, askers.staff("manage_users"), askers.app("manage_users")):
        assert asker(shelf.OF_USER, **of_ada)["recommendedProducts"]
    assert askers.customer(past.customers[0])(shelf.MINE, channel=driver.channel)["recommendedProducts"]
    for asker in (askers.staff("manage_orders"), askers.app("manage_orders")):
        answer = asker.raw(shelf.OF_USER, **of_ada)
        assert answer["data"]["user"] == {
            "email": "customer0@example.com", "recommendedProducts": None, "recentlyViewedProducts": None,
        }  # fmt: skip
        assert [error["message"] for error in answer["errors"]] == [OWNER_OR_STAFF] * 2
    for asker in (api, askers.customer(past.customers[1])):
        answer = asker.raw(shelf.OF_USER, **of_ada)
        assert answer["data"]["user"] is None
        assert refusal(answer)[0] == "PermissionDenied"


def test_while_the_plugin_is_off_everybody_is_shown_what_sells_and_nobody_what_they_looked_at(
    driver: SaleorDriver, past: Past, staff: GraphQL, askers: Askers
) -> None:
    ada = askers.customer(past.customers[4])
    staff(gql.PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    lists = every_list(driver, past, ada, driver.channel)
    assert lists.pop("User.recentlyViewedProducts") == []
    for field, shown in lists.items():
        assert shown, field
        assert {one["reason"] for one in shown} <= {"POPULAR", "POPULAR_IN_CATEGORY"}, field


def test_before_the_first_night_lists_are_no_error(driver: SaleorDriver, api: GraphQL, askers: Askers) -> None:
    ada = askers.customer(driver.make_customer("ada@example.com"))
    past = Past(driver.make_product() * 4, [])
    for field, shown in every_list(driver, past, ada, driver.channel).items():
        assert is_a_list(shown), field


def test_a_channel_that_is_none_is_empty_and_without_one_saleor_decides(
    driver: SaleorDriver, past: Past, api: GraphQL, staff: GraphQL
) -> None:
    for channel in ("nowhere", "", "\x00"):
        assert api(shelf.POPULAR, channel=channel) == []
    code, message = refusal(api.raw("{ popularProducts { score } }"))
    assert code == "GraphQLError"
    assert message == refusal(api.raw("{ products(first: 1) { totalCount } }"))[1]
    in_none = "query($id: ID!) { product(id: $id) { channel relatedProducts { score } boughtTogether { score } } }"
    assert staff(in_none, id=product(past, 0)) == {"channel": None, "relatedProducts": [], "boughtTogether": []}


def test_a_gateway_is_told_the_lists_of_the_products_it_stitches_in(
    driver: SaleorDriver, past: Past, api: GraphQL
) -> None:
    found = api(
        """query($of: [_Any!]!) { _entities(representations: $of) {
            ... on Product { relatedProducts(first: 2) { product { name } } } } }""",
        of=[{"__typename": "Product", "id": product(past, 0), "channel": driver.channel}],
    )
    assert len(found[0]["relatedProducts"]) == 2


def test_lists_of_a_page_cost_as_many_statements_as_those_of_one(
    driver: SaleorDriver, past: Past, staff: GraphQL
) -> None:
    # given pages that begin with what is sold here, not with what earlier tests made
    Product.objects.filter(variants__in=map(int, past.variants)).update(created_at=datetime.now(UTC))
    ids = [global_id("Category", driver.put_in_category(past.variants[number], ["Branch"])[0]) for number in range(3)]
    train(driver, datetime.now(UTC))

    def statements(page: str, size: int, first: int) -> list[str]:
        inside = InThisProcess(staff)
        variables = {"ids": ids} if page == CATEGORIES else {}
        edges = inside(page, size=size, first=first, channel=driver.channel, **variables)["edges"]
        assert len(edges) == size
        for edge in edges:
            assert all(is_a_list(shown, first) for shown in edge["node"].values())
            assert any(edge["node"].values())
        return inside.statements

    for size, page in ((7, PRODUCTS), (5, CUSTOMERS), (3, CATEGORIES)):
        statements(page, 1, 2)  # what Saleor caches is there from now on
        # when
        runs = [statements(page, *asked) for asked in ((1, 2), (1, 12), (size, 2), (size, 12))]
        # then
        assert len({len([sql for sql in run if "crm_" in sql]) for run in runs}) == 1, page
        assert len({len(run) for run in runs}) == 1, (page, [len(run) for run in runs])


def test_no_list_touches_the_writer_unasked(driver: SaleorDriver, past: Past, staff: GraphQL) -> None:
    # given Saleor's guard, as its own tests and careful shops have it
    cart_id = driver.make_cart()
    driver.add_line(cart_id, past.variants[3])
    sent = {"channel": driver.channel, "first": 3}
    asked: list[tuple[str, dict[str, Any]]] = [
        (shelf.OF_PRODUCT, {"id": product(past, 0), **sent}),
        (shelf.OF_CHECKOUT, {"id": global_id("Checkout", cart_id), "first": 3}),
        (shelf.OF_CATEGORY, {"id": driver.category, **sent}),
        (shelf.POPULAR, sent),
        (shelf.RECOMMENDED, {"visitor": VISITOR, **sent}),
        (shelf.OF_USER, {"id": global_id("User", past.customers[0]), "channel": driver.channel}),
        (shelf.RULES, {"id": product(past, 0)}),
        (shelf.SET, {"id": product(past, 0), "pins": [product(past, 6)], "bans": []}),
    ]
    with ExitStack() as guard:
        for alias in ("default", "replica"):
            guard.enter_context(connections[alias].execute_wrapper(restrict_writer))
        # when, then
        for query, variables in asked:
            assert InThisProcess(staff)(query, **variables) is not None


def test_what_was_bought_today_is_no_longer_recommended(driver: SaleorDriver, past: Past, askers: Askers) -> None:
    # given
    ada = askers.customer(past.customers[3])
    jacket = product(past, 2)
    assert jacket in ids(ada(shelf.MINE, channel=driver.channel)["recommendedProducts"])
    # when
    buy(driver, past.customers[3], [past.variants[2]], datetime.now(UTC))
    # then
    assert jacket not in ids(ada(shelf.MINE, channel=driver.channel, first=100)["recommendedProducts"])
    train(driver, datetime.now(UTC))
    assert jacket not in ids(ada(shelf.MINE, channel=driver.channel, first=100)["recommendedProducts"])
