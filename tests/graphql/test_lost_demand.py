"""crmLostDemand: what customers wait for, told to who manages products."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from saleor_crm_plugin.activity.stock import watch
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.graphql import cursors
from saleor_crm_plugin.graphql.demo.people import customer_token, staff_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.segments.models import LifetimeValue
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.graphql.asking import NOW, STAFF, ask, data, refusal, statements
from tests.graphql.shelf import WANTED
from tests.graphql.wanting import waits
from tests.sandbox.driver import SandboxDriver

pytestmark = pytest.mark.django_db
MERCHANDISERS = "To access this path, you need one of the following permissions: MANAGE_PRODUCTS"


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def shop() -> SandboxDriver:
    return SandboxDriver()


def wanted(**variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = data(WANTED, STAFF, **{"first": 10, **variables})["crmLostDemand"]
    return found


def test_the_buyer_is_told_who_waits_for_what_and_what_it_is_worth(shop: SandboxDriver) -> None:
    # given
    shirt, hat = (shop.make_product(name, stock=0)[0] for name in ("Linen shirt", "Straw hat"))
    waits(shop, hat, "ada@example.com")
    waits(shop, shirt, "ada@example.com", "bob@example.com")
    ada = next(iter(resolve([Person(email="ada@example.com")], NOW).values()))
    LifetimeValue.objects.create(
        contact=ada, currency="EUR", p_alive=1, expected_orders=1, expected_value=150, computed_at=NOW
    )
    # when
    found = wanted()
    # then
    first, second = (edge["node"] for edge in found["edges"])
    product = shop.shop.availability([shirt], "eu")[shirt].product_id
    assert first == {
        "variant": {"id": global_id("ProductVariant", shirt), "name": "M"},
        "product": {"id": global_id("Product", product), "name": "Linen shirt"},
        "channel": "eu", "waiting": 2, "inCarts": 0, "looked": 0, "since": NOW.isoformat(),
        "price": {"amount": 40.0, "currency": "EUR"}, "lostRevenue": {"amount": 80.0, "currency": "EUR"},
        "expectedValue": {"amount": 150.0, "currency": "EUR"}, "valued": 1, "told": 0, "bought": 0,
    }  # fmt: skip
    assert second["product"]["name"] == "Straw hat"
    assert found["totalCount"] == 2
    assert found["totals"] == [
        {"currency": "EUR", "variants": 2, "waiting": 3, "lostRevenue": {"amount": 120.0, "currency": "EUR"}}
    ]


def test_each_channel_has_its_own_list_and_all_are_one(shop: SandboxDriver) -> None:
    shirt = shop.make_product(stock=0)[0]
    waits(shop, shirt, "ada@example.com")
    waits(shop, shirt, "ada@example.com", channel="poland")
    assert wanted()["totalCount"] == 2
    assert [edge["node"]["channel"] for edge in wanted(channel="poland")["edges"]] == ["poland"]
    for nowhere in ("nowhere", "", "\0", "eu'--"):
        assert (wanted(channel=nowhere)["edges"], wanted(channel=nowhere)["totals"]) == ([], [])


def test_pages_follow_each_other(shop: SandboxDriver) -> None:
    for number in range(5):
        waits(shop, shop.make_product(stock=0)[0], *(f"c{one}@example.com" for one in range(1 + number % 2)))
    every = [edge["node"] for edge in wanted()["edges"]]
    pages, after = [], None
    for more in (True, True, False):
        page = wanted(first=2, after=after)
        assert page["pageInfo"]["hasNextPage"] is more
        pages += [edge["node"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
    assert pages == every
    assert len(every) == 5


def test_cursors_that_somebody_made_up_are_refused() -> None:
    for values in (["1"], ["x", "0", "1", "eu"], ["1", "-1", "1", "eu"], ["1", "0", "\0", "eu"], ["1", "0", "1", "\0"]):
        answer = ask(WANTED, STAFF, first=1, after=cursors.write(values))
        assert answer["errors"][0]["message"] == "Received cursor is invalid."


def test_it_is_for_who_manages_products(shop: SandboxDriver) -> None:
    user = shop.make_customer("ada@example.com")
    for token in ("", customer_token(user), staff_token(manages_products=False)):
        answer = ask(WANTED, token, first=1)
        assert refusal(answer) == ("PermissionDenied", MERCHANDISERS)
        assert answer["data"] == {"crmLostDemand": None}


def test_what_the_shop_no_longer_has_is_told_of_without_a_variant(shop: SandboxDriver) -> None:
    shirt = shop.make_product(stock=0)[0]
    waits(shop, shirt, "ada@example.com")
    shop.delete_variant(shirt)
    watch.look(shop.shop.stock_facts(), NOW)
    (edge,) = wanted()["edges"]
    assert (edge["node"]["variant"], edge["node"]["price"], edge["node"]["lostRevenue"]) == (None, None, None)
    assert edge["node"]["waiting"] == 1


def test_a_long_list_costs_as_many_statements_as_a_short_one(shop: SandboxDriver) -> None:
    costs = []
    for _ in range(2):
        for _ in range(5):
            waits(shop, shop.make_product(stock=0)[0], "ada@example.com")
        with statements() as run:
            wanted(first=100)
        costs.append(len(run))
    assert costs[0] == costs[1] <= 8


def test_while_the_plugin_is_switched_off_there_is_no_list() -> None:
    own_settings.save_own("active", False)
    assert data(WANTED, STAFF, first=1) == {"crmLostDemand": None}
