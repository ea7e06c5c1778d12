"""``crmEventsTrack`` in Saleor's own schema: anonymous visitors, customers, a checkout's address."""

from typing import Any
from uuid import uuid4

import pytest
from saleor.account.models import User
from saleor.product.models import Category, ProductVariant

from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.contacts.models import Contact, Visitor
from tests.saleor import graphql as gql
from tests.saleor.askers import Askers
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.worker import Worker

TRACK = """mutation($visitor: String, $events: [CrmEventInput!]!, $no: Boolean) {
    crmEventsTrack(visitorId: $visitor, events: $events, doNotTrack: $no) {
        recorded errors { field message code index } } }"""
VISITOR = "2f1c7f8e-0000-4000-8000-000000000001"


def view(product: object = 1, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "kind": "PRODUCT_VIEW", "productId": global_id("Product", product), **more}


def recorded(asker: GraphQL, *events: dict[str, Any], visitor: str | None = VISITOR, no: bool = False) -> int:
    return int(asker(TRACK, visitor=visitor, events=events, no=no)["recorded"])


def test_what_an_anonymous_visitor_does_is_stored_once(driver: SaleorDriver, api: GraphQL) -> None:
    # given
    variant = ProductVariant.objects.get(pk=int(driver.make_product()[0]))
    category = Category.objects.first()
    assert category is not None
    events = [
        view(variant.product_id, variantId=global_id("ProductVariant", variant.pk)),
        {"id": "b", "kind": "CATEGORY_VIEW", "categoryId": global_id("Category", category.pk)},
        {"id": "c", "kind": "SEARCH", "query": "linen"},
    ]
    # when
    numbers = [recorded(api, *events), recorded(api, *events)]
    # then
    assert numbers == [3, 0]
    rows = View.objects.order_by("kind").values_list("kind", "product_id", "variant_id", "category_id", "query")
    assert list(rows) == [
        ("category_view", None, None, str(category.pk), ""),
        ("product_view", str(variant.product_id), str(variant.pk), None, ""),
        ("search", None, None, None, "linen"),
    ]


def test_the_past_of_a_visitor_joins_whoever_gives_an_address_in_checkout(
    driver: SaleorDriver, api: GraphQL, worker: Worker
) -> None:
    # given
    recorded(api, view(1))
    cart_id = driver.make_cart(metadata={"crm-visitor": VISITOR})
    driver.add_line(cart_id, driver.make_product()[0])
    worker.run("saleor_crm.process_inbox")
    assert View.objects.get().contact is None
    # when
    driver.set_email(cart_id, "ada@example.com")
    worker.run("saleor_crm.process_inbox")
    recorded(api, view(2))
    # then
    ada = Contact.objects.get(email="ada@example.com")
    assert dict(View.objects.values_list("product_id", "contact")) == {"1": ada.pk, "2": ada.pk}


def test_the_past_of_a_visitor_joins_the_customer_who_logs_in(
    driver: SaleorDriver, api: GraphQL, askers: Askers
) -> None:
    # given an account that the CRM has not met
    user_id = driver.make_customer("ada@example.com")
    recorded(api, view(1))
    # when
    assert recorded(askers.customer(user_id), view(2)) == 1
    assert recorded(askers.customer(user_id), view(3), visitor=None) == 1
    # then
    ada = Contact.objects.get()
    assert (ada.email, ada.user_id) == ("ada@example.com", user_id)
    assert {contact for (contact,) in View.objects.values_list("contact")} == {ada.pk}
    assert Visitor.objects.get().contact == ada


def test_nothing_is_stored_of_who_does_not_want_it(api: GraphQL, driver: SaleorDriver) -> None:
    assert recorded(api, view(), no=True) == 0
    for header in ("DNT", "Sec-GPC"):
        asker = GraphQL(api.url)
        asker.session.headers[header] = "1"
        assert recorded(asker, view()) == 0
    assert not View.objects.exists()


def test_nothing_is_stored_while_the_plugin_is_off(api: GraphQL, staff: GraphQL) -> None:
    staff(gql.PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    assert recorded(api, view()) == 0
    assert not View.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"productId": "x"}, "productId", "INVALID"),
        ({"productId": None}, "productId", "REQUIRED"),
        ({"id": "\x00"}, "id", "INVALID"),
        ({"kind": "SEARCH", "query": " \u202e"}, "query", "REQUIRED"),
    ],
)
def test_what_is_no_event_is_a_typed_error(api: GraphQL, change: dict[str, Any], field: str, code: str) -> None:
    answer = api.raw(TRACK, visitor=VISITOR, events=[{**view(), **change}])["data"]["crmEventsTrack"]
    assert answer["recorded"] == 0
    assert [(error["field"], error["code"], error["index"]) for error in answer["errors"]] == [(field, code, 0)]


@pytest.mark.parametrize("at", ["now", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_is_none_is_refused(api: GraphQL, at: str) -> None:
    answer = api.raw(TRACK, visitor=VISITOR, events=[view(at=at)])
    if "errors" in answer:
        assert answer["errors"][0]["extensions"]["exception"]["code"] == "GraphQLError"
    else:
        assert answer["data"]["crmEventsTrack"]["recorded"] == 0
    assert not View.objects.exists()


def test_more_than_fifty_events_are_too_many(api: GraphQL) -> None:
    answer = api.raw(TRACK, visitor=VISITOR, events=[view() for _ in range(51)])["data"]["crmEventsTrack"]
    assert [error["code"] for error in answer["errors"]] == ["TOO_MANY_EVENTS"]


def test_one_of_the_staff_who_shops_is_a_customer_like_any_other(staff: GraphQL) -> None:
    assert recorded(staff, view()) == 1
    assert Contact.objects.get().user_id == str(User.objects.get(email="admin@example.com").pk)


def test_half_a_character_is_answered_as_saleor_answers_it_elsewhere(api: GraphQL) -> None:
    # Newer versions can't work with it, before anything asks us; to older ones, and to us, it is nothing.
    ours = api.raw(TRACK, visitor=VISITOR, events=[view(query="\ud800")])
    theirs = api.raw("query($name: String!) { __type(name: $name) { name } }", name="\ud800")
    assert (ours.keys(), ours.get("errors")) == (theirs.keys(), theirs.get("errors"))
    assert set(View.objects.values_list("query", flat=True)) <= {""}
