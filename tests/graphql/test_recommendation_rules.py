"""What the merchant pins to lists and bans from them: set and read by staff, seen by everybody."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import time_machine

from saleor_crm_plugin.graphql.demo.people import customer_token, staff_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.recs.served.rules import MOST_BANS, MOST_PINS, RecommendationRules
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import Product, Variant
from tests.buying import Past, a_past
from tests.graphql import shelf
from tests.graphql.asking import NOW, STAFF, ask, data, refusal, statements
from tests.graphql.shelf import names
from tests.sandbox.driver import SandboxDriver

pytestmark = pytest.mark.django_db
SHOP = global_id("Shop", 1)
DENIED = "To access this path, you need one of the following permissions: MANAGE_PRODUCTS"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop() -> SandboxDriver:
    return SandboxDriver()


@pytest.fixture
def past(shop: SandboxDriver) -> Past:
    return a_past(shop, NOW)


def product(past: Past, number: int) -> str:
    return global_id("Product", Variant.objects.get(pk=past.variants[number]).product_id)


def set_rules(place: str, pins: Sequence[str] = (), bans: Sequence[str] = (), token: str = STAFF) -> dict[str, Any]:
    found: dict[str, Any] = data(shelf.SET, token, id=place, pins=pins, bans=bans)["crmRecommendationRulesSet"]
    return found


def problems(place: str, pins: Sequence[str] = (), bans: Sequence[str] = ()) -> list[tuple[str | None, str]]:
    """What is wrong with rules, none of which are kept then."""
    payload = set_rules(place, pins, bans)
    assert payload["rules"] is None
    assert not RecommendationRules.objects.exists()
    assert all(error["message"] for error in payload["errors"])
    return [(error["field"], error["code"]) for error in payload["errors"]]


def test_what_was_set_is_read_again(past: Past) -> None:
    shirt, belt, hat, scarf = (product(past, number) for number in (0, 3, 4, 5))
    payload = set_rules(shirt, [hat, belt], [scarf])
    assert payload == {
        "rules": {
            "pins": [{"name": "Straw hat"}, {"name": "Leather belt"}],
            "bans": [{"name": "Silk scarf"}],
            "changedBy": None,
        },
        "errors": [],
    }
    assert data(shelf.RULES, STAFF, id=shirt)["crmRecommendationRules"] == {
        "pins": [{"id": hat, "name": "Straw hat"}, {"id": belt, "name": "Leather belt"}],
        "bans": [{"id": scarf, "name": "Silk scarf"}],
        "changedBy": None,
        "changedAt": "2026-03-02T12:00:00+00:00",
    }


def test_where_nobody_said_a_word_there_are_no_rules(past: Past, shop: SandboxDriver) -> None:
    for place in (product(past, 0), global_id("Category", shop.category.pk), SHOP):
        assert data(shelf.RULES, STAFF, id=place)["crmRecommendationRules"] == {
            "pins": [], "bans": [], "changedBy": None, "changedAt": None,
        }  # fmt: skip


def test_pinned_products_come_first_and_banned_ones_never(past: Past) -> None:
    # given
    shirt = product(past, 0)
    set_rules(shirt, [product(past, 6), product(past, 4)], [product(past, 1)])
    # when
    found = data(shelf.OF_PRODUCT, id=shirt, channel="eu")["product"]
    # then
    for shown in found.values():
        assert names(shown)[:2] == ["Canvas bag", "Straw hat"]
        assert [one["reason"] for one in shown][:2] == ["PINNED", "PINNED"]
        assert "Wool jumper" not in names(shown)
    assert "Wool jumper" in names(data(shelf.POPULAR, channel="eu")["popularProducts"])


def test_rules_of_a_category_hold_in_what_is_popular_there(past: Past, shop: SandboxDriver) -> None:
    # given
    category = global_id("Category", shop.category.pk)
    set_rules(category, [product(past, 6)], [product(past, 0)])
    # when, then
    for shown in (
        data(shelf.POPULAR, channel="eu", category=category)["popularProducts"],
        data(shelf.OF_CATEGORY, id=category, channel="eu")["category"]["popularProducts"],
    ):
        assert names(shown)[0] == "Canvas bag"
        assert "Linen shirt" not in names(shown)


def test_what_is_banned_from_the_shop_is_in_no_list(past: Past) -> None:
    # given
    set_rules(SHOP, bans=[product(past, 1), product(past, 3)])
    ada = customer_token(past.customers[4])
    # when
    lists = {
        **data(shelf.OF_PRODUCT, id=product(past, 0), channel="eu")["product"],
        **data(shelf.POPULAR, channel="eu"),
        **data(shelf.RECOMMENDED, ada, channel="eu"),
    }
    # then
    assert all(lists.values())
    for field, shown in lists.items():
        assert not {"Wool jumper", "Leather belt"}.intersection(names(shown)), field


def test_a_pinned_product_that_the_channel_does_not_sell_is_not_shown(past: Past, shop: SandboxDriver) -> None:
    shirt = product(past, 0)
    set_rules(shirt, [product(past, 6)])
    shop.sell_out(past.variants[6])
    found = data(shelf.OF_PRODUCT, id=shirt, channel="eu")["product"]
    assert all("Canvas bag" not in names(shown) for shown in found.values())


def test_rules_without_a_product_take_back_what_was_said(past: Past) -> None:
    shirt = product(past, 0)
    set_rules(shirt, [product(past, 6)], [product(past, 1)])
    assert set_rules(shirt)["rules"] == {"pins": [], "bans": [], "changedBy": None}
    assert "PINNED" not in str(data(shelf.OF_PRODUCT, id=shirt, channel="eu"))


def test_rules_outlive_products(past: Past, shop: SandboxDriver) -> None:
    # given
    shirt = product(past, 0)
    set_rules(shirt, [product(past, 6), product(past, 4)])
    # when
    Product.objects.filter(name="Canvas bag").delete()
    # then
    pins = data(shelf.RULES, STAFF, id=shirt)["crmRecommendationRules"]["pins"]
    assert [pin["name"] for pin in pins] == ["Straw hat"]
    assert names(data(shelf.OF_PRODUCT, id=shirt, channel="eu")["product"]["relatedProducts"])[0] == "Straw hat"


def test_rules_are_for_who_manages_products(past: Past) -> None:
    shirt = product(past, 0)
    for token in ("", customer_token(past.customers[0]), staff_token(manages_products=False)):
        for query, variables in ((shelf.RULES, {}), (shelf.SET, {"pins": [], "bans": []})):
            answer = ask(query, token, id=shirt, **variables)
            assert refusal(answer) == ("PermissionDenied", DENIED)
            assert list(answer["data"].values()) == [None]
    assert set_rules(shirt, token=staff_token(manages_users=False))["errors"] == []


def test_rules_that_make_no_sense_are_named_and_not_kept(past: Past) -> None:
    shirt, belt, hat = (product(past, number) for number in (0, 3, 4))
    nobody = global_id("Product", 2**63 - 1)
    assert problems(shirt, [belt, belt]) == [("pins", "DUPLICATED_INPUT_ITEM")]
    assert problems(shirt, [belt], [hat, belt]) == [("bans", "DUPLICATED_INPUT_ITEM")]
    assert problems(shirt, [shirt]) == [("pins", "INVALID")]
    assert problems(SHOP, [belt]) == [("pins", "INVALID")]
    assert problems(shirt, [nobody], [belt]) == [("pins", "NOT_FOUND")]
    assert problems(nobody, [belt]) == [("id", "NOT_FOUND")]
    assert problems(global_id("Category", 2**62)) == [("id", "NOT_FOUND")]
    assert problems(shirt, ["x", global_id("User", 1)], [""]) == [("pins", "INVALID")] * 2 + [("bans", "INVALID")]


def test_there_are_only_so_many_rules(past: Past) -> None:
    shirt = product(past, 0)
    for pins, bans, field in ((MOST_PINS + 1, 0, "pins"), (0, MOST_BANS + 1, "bans"), (2000, 0, "pins")):
        many = [global_id("Product", 10_000 + number) for number in range(2000)]
        assert problems(shirt, many[:pins], many[:bans]) == [(field, "LIMIT_EXCEEDED")]


@pytest.mark.parametrize("text", ["", "x", "é", global_id("User", 1), global_id("Product", -1), "A" * 3000, "\x00"])
def test_a_place_that_is_none_is_refused(past: Past, text: str) -> None:
    assert problems(text) == [("id", "INVALID")]
    code, message = refusal(ask(shelf.RULES, STAFF, id=text))
    assert code == "GraphQLError"
    assert message == f"Invalid ID: {text[:100]}. Expected: Product or Category or Shop."


def test_while_the_plugin_is_off_rules_are_not_told_and_not_kept(past: Past) -> None:
    own_settings.save_own("active", False)
    assert data(shelf.RULES, STAFF, id=SHOP) == {"crmRecommendationRules": None}
    assert problems(SHOP) == [(None, "INACTIVE")]


def test_many_rules_cost_as_many_statements_as_few(shop: SandboxDriver, past: Past) -> None:
    shirt = product(past, 0)
    more = [Product.objects.create(name=f"{n}", slug=f"{n}", category=shop.category) for n in range(MOST_BANS)]
    ids = [global_id("Product", one.pk) for one in more]

    def cost(pins: int, bans: int) -> tuple[int, int]:
        with statements() as setting:
            assert set_rules(shirt, ids[:pins], ids[MOST_BANS - bans :])["errors"] == []
        with statements() as reading:
            data(shelf.RULES, STAFF, id=shirt)
        return len(setting), len(reading)

    assert cost(1, 1) == cost(MOST_PINS, MOST_BANS - MOST_PINS)
