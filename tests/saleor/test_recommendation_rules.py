"""What the merchant pins and bans in Saleor's own schema: set and read by who manages products."""

from uuid import uuid4

from saleor.account.models import User
from saleor.app.models import App

from tests.buying import Past
from tests.graphql import shelf
from tests.graphql.shelf import ids
from tests.saleor.askers import Askers, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.merchandise import products_of

MERCHANDISERS = "To access this path, you need one of the following permissions: MANAGE_PRODUCTS"


def product(sold: Past, number: int) -> str:
    return global_id("Product", products_of([sold.variants[number]])[0])


def test_merchants_pin_and_ban(driver: SaleorDriver, sold: Past, api: GraphQL, staff: GraphQL, askers: Askers) -> None:
    # given
    shirt, bag, jumper, belt = (product(sold, number) for number in (0, 6, 1, 3))
    app = askers.app("manage_products")
    owner = User.objects.get(email="admin@example.com")
    # when
    kept = [
        staff(shelf.SET, id=shirt, pins=[bag], bans=[jumper]),
        app(shelf.SET, id=driver.category, pins=[belt], bans=[]),
        askers.staff("manage_products")(shelf.SET, id=staff("{ shop { id } }")["id"], pins=[], bans=[belt]),
    ]
    # then
    assert kept[0]["rules"] == {
        "pins": [{"name": "Canvas bag"}], "bans": [{"name": "Wool jumper"}], "changedBy": global_id("User", owner.pk),
    }  # fmt: skip
    assert kept[1]["rules"]["changedBy"] == global_id("App", App.objects.get(name="an app").pk)
    assert staff(shelf.RULES, id=shirt)["pins"] == [{"id": bag, "name": "Canvas bag"}]
    for shown in api(shelf.OF_PRODUCT, id=shirt, channel=driver.channel).values():
        assert (ids(shown)[0], shown[0]["reason"]) == (bag, "PINNED")
        assert not {jumper, belt}.intersection(ids(shown))
    assert belt not in ids(api(shelf.OF_CATEGORY, id=driver.category, channel=driver.channel)["popularProducts"])


def test_rules_are_for_who_manages_products(sold: Past, api: GraphQL, staff: GraphQL, askers: Askers) -> None:
    shirt, bag = product(sold, 0), product(sold, 6)
    for asker in (api, askers.customer(sold.customers[0]), askers.staff("manage_users"), askers.app("manage_orders")):
        for query, variables in ((shelf.RULES, {}), (shelf.SET, {"pins": [bag], "bans": []})):
            assert refusal(asker.raw(query, id=shirt, **variables)) == ("PermissionDenied", MERCHANDISERS)
    assert staff(shelf.RULES, id=shirt) == {"pins": [], "bans": [], "changedBy": None, "changedAt": None}


def test_rules_that_make_no_sense_are_named(sold: Past, staff: GraphQL) -> None:
    shirt, bag = product(sold, 0), product(sold, 6)
    nobody = [global_id("Product", key) for key in (2**31 - 1, 2**31, 2**63 - 1)]
    for pins, bans, errors in (
        ([shirt], [], [("pins", "INVALID")]),
        (nobody, [], [("pins", "NOT_FOUND")]),
        ([], [bag, bag, str(uuid4())], [("bans", "INVALID"), ("bans", "DUPLICATED_INPUT_ITEM")]),
    ):
        payload = staff.raw(shelf.SET, id=shirt, pins=pins, bans=bans)["data"]["crmRecommendationRulesSet"]
        assert payload["rules"] is None
        assert [(error["field"], error["code"]) for error in payload["errors"]] == errors
