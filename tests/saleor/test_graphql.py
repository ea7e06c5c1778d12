"""Our fields in Saleor's own schema: what customers, staff and apps are told of customers, and who is not."""

import sys
from contextlib import ExitStack

import pytest
from django.apps import apps
from django.db import connections
from saleor.account.models import User
from saleor.core.db.connection import restrict_writer
from saleor.graphql.api import schema

from saleor_crm_plugin.contacts.identity import Person
from saleor_crm_plugin.graphql.install import NotAsKnownError, install
from tests.graphql.printed import SNAPSHOT, ours
from tests.saleor import graphql as gql
from tests.saleor.askers import Askers, InThisProcess, give, known, met, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id

MINE = (
    "{ me { loyalty { balance available pending history(first: 5) { totalCount edges { node { points kind } } } } } }"
)
OF = "query($id: ID!) { user(id: $id) { email loyalty { balance } } }"
OF_ORDER = "query($id: ID!) { order(id: $id) { user { email loyalty { balance } } } }"
WHO = """query($id: ID!) { crmCustomer(id: $id) {
    email user { email } loyalty { balance } timeline(first: 9) { totalCount } } }"""
SEGMENTS = "{ crmSegments { asOf } }"
DENIED = "To access this path, you need one of the following permissions: MANAGE_USERS"


@pytest.fixture
def programme(driver: SaleorDriver) -> SaleorDriver:
    """A shop with a loyalty programme."""
    driver.configure("loyalty_since", "2024-01-01")
    return driver


def test_our_part_of_the_schema_is_the_same_as_in_the_demo_shop(saleor: object) -> None:
    assert ours(schema) == SNAPSHOT.read_text(encoding="utf-8")


def test_saleor_serves_our_part_of_the_schema(api: GraphQL) -> None:
    names = {
        kind: {field["name"] for field in api(f'{{ __type(name: "{kind}") {{ fields {{ name }} }} }}')["fields"]}
        for kind in ("User", "Query")
    }
    assert "loyalty" in names["User"]
    assert {"crmSegments", "crmCustomer"} <= names["Query"]


def test_a_schema_that_is_made_already_is_left_alone(saleor: object) -> None:
    before = ours(schema)
    with pytest.raises(NotAsKnownError, match=r"saleor\.graphql\.api"):
        install()
    assert ours(schema) == before


@pytest.mark.parametrize(
    "missing", ["saleor.graphql.query_cost_map", "saleor.graphql.account.schema", "saleor.graphql.product.schema"]
)
def test_a_saleor_that_is_made_otherwise_starts_all_the_same_and_one_error_says_so(
    saleor: object, missing: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # given
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.delitem(sys.modules, "saleor_crm_plugin.graphql.install")
    # when
    apps.get_app_config("saleor_crm").add_graphql_fields()
    # then
    (error,) = [record for record in caplog.records if record.name.startswith("saleor_crm_plugin")]
    assert error.levelname == "ERROR"
    assert "runs without our GraphQL fields" in error.message
    assert missing in error.message


def test_a_customer_is_told_his_points(programme: SaleorDriver, askers: Askers) -> None:
    # given
    user_id, contact = known(programme)
    give(contact, 30)
    give(contact, 12)
    # when
    answer = askers.customer(user_id).raw(MINE)
    # then
    assert answer["data"]["me"]["loyalty"] == {
        "balance": 42, "available": 42, "pending": 0,
        "history": {
            "totalCount": 2, "edges": [{"node": {"points": points, "kind": "ADJUST"}} for points in (12, 30)],
        },
    }  # fmt: skip
    assert "errors" not in answer


def test_staff_and_apps_who_manage_customers_are_told_them_too(
    programme: SaleorDriver, staff: GraphQL, askers: Askers
) -> None:
    user_id, contact = known(programme)
    give(contact, 7)
    for asker in (staff, askers.staff("manage_users"), askers.app("manage_users")):
        assert asker(OF, id=global_id("User", user_id)) == {"email": "ada@example.com", "loyalty": {"balance": 7}}
        assert asker(WHO, id=global_id("User", user_id))["loyalty"] == {"balance": 7}


def test_who_handles_orders_sees_the_customer_and_not_the_points(programme: SaleorDriver, askers: Askers) -> None:
    # given
    user_id, contact = known(programme)
    give(contact, 7)
    identifier = global_id("User", user_id)
    for asker in (askers.staff("manage_orders"), askers.app("manage_orders")):
        # when
        answer = asker.raw(OF, id=identifier)
        # then
        assert answer["data"] == {"user": {"email": "ada@example.com", "loyalty": None}}
        assert refusal(answer) == ("PermissionDenied", f"{DENIED}, OWNER")
        for query, variables in ((WHO, {"id": identifier}), (SEGMENTS, {})):
            assert refusal(asker.raw(query, **variables)) == ("PermissionDenied", DENIED)


def test_customers_and_strangers_see_nobody_elses_points(programme: SaleorDriver, api: GraphQL, askers: Askers) -> None:
    # given
    ada, contact = known(programme)
    grace, _ = known(programme, "grace@example.com")
    give(contact, 7)
    # when, then
    for asker in (api, askers.customer(grace)):
        for query, variables in (
            (OF, {"id": global_id("User", ada)}),
            (WHO, {"id": global_id("User", ada)}),
            (SEGMENTS, {}),
        ):
            answer = asker.raw(query, **variables)
            assert refusal(answer)[0] == "PermissionDenied"
            assert list(answer["data"].values()) == [None]
    assert askers.customer(grace).raw(MINE)["data"]["me"]["loyalty"]["balance"] == 0
    assert api.raw(MINE)["data"] == {"me": None}


def test_an_order_tells_its_customers_points_to_who_may_know(
    programme: SaleorDriver, api: GraphQL, staff: GraphQL, askers: Askers
) -> None:
    # given
    user_id, contact = known(programme)
    give(contact, 7)
    cart_id = programme.make_cart(user_id=user_id)
    programme.add_line(cart_id, programme.make_product()[0])
    order = global_id("Order", programme.place_order(cart_id))
    # when, then
    for asker in (staff, askers.customer(user_id)):
        assert asker(OF_ORDER, id=order)["user"] == {"email": "ada@example.com", "loyalty": {"balance": 7}}
    assert (api.raw(OF_ORDER, id=order)["data"] or {}).get("order", {}).get("user") is None


def test_a_gateway_is_told_the_points_of_the_customers_it_stitches_in(programme: SaleorDriver, staff: GraphQL) -> None:
    user_id, contact = known(programme)
    give(contact, 7)
    found = staff(
        "query($of: [_Any!]!) { _entities(representations: $of) { ... on User { loyalty { balance } } } }",
        of=[{"__typename": "User", "id": global_id("User", user_id)}],
    )
    assert found == [{"loyalty": {"balance": 7}}]


def test_a_guest_is_found_by_our_own_id(programme: SaleorDriver, staff: GraphQL) -> None:
    guest = met(Person(email="guest@example.com"))
    assert staff(WHO, id=global_id("CrmContact", guest.pk)) == {
        "email": "guest@example.com", "user": None, "loyalty": {"balance": 0}, "timeline": {"totalCount": 0},
    }  # fmt: skip


def test_while_the_plugin_is_off_there_is_nothing_to_tell_and_no_error(
    programme: SaleorDriver, staff: GraphQL, askers: Askers
) -> None:
    # given
    user_id, contact = known(programme)
    give(contact, 7)
    # when
    staff(gql.PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    # then
    assert askers.customer(user_id)(MINE) == {"loyalty": None}
    assert staff(WHO, id=global_id("User", user_id)) is None
    assert staff(SEGMENTS) is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ('first: 5, after: "x"', "Received cursor is invalid."),
        ('first: 5, after: "WyIxIE9SIDE9MSJd"', "Received cursor is invalid."),
        ("first: 101", "Requesting 101 records on the `history` connection exceeds the `first` limit of 100 records."),
        ("first: -1", "Argument `first` must be a non-negative integer."),
        ("", "You must provide a `first` value to properly paginate the `history` connection."),
    ],
)
def test_what_cant_be_had_is_refused_as_saleor_does(
    programme: SaleorDriver, arguments: str, message: str, askers: Askers
) -> None:
    user_id, contact = known(programme)
    give(contact, 7)
    brackets = f"({arguments})" if arguments else ""
    answer = askers.customer(user_id).raw(f"{{ me {{ loyalty {{ history{brackets} {{ edges {{ cursor }} }} }} }} }}")
    assert answer["data"]["me"]["loyalty"] == {"history": None}
    assert refusal(answer) == ("GraphQLError", message)


@pytest.mark.parametrize("text", ["", "x", "VXNlcjp4", "T3JkZXI6MQ==", "Q3JtQ29udGFjdDo5OTk5OTk5OTk5OTk5OTk5OTk5"])
def test_an_id_that_is_none_is_an_error_that_names_what_was_expected(staff: GraphQL, text: str) -> None:
    answer = staff.raw(WHO, id=text)
    assert refusal(answer) == ("GraphQLError", f"Invalid ID: {text}. Expected: User or CrmContact.")
    assert staff(WHO, id=global_id("User", 2**31)) is None


def test_the_points_of_a_page_of_customers_cost_as_many_statements_as_those_of_one(
    programme: SaleorDriver, staff: GraphQL
) -> None:
    # given
    for number in range(50):
        user = User.objects.create(email=f"customer{number}@example.com", is_active=True)
        give(met(Person(email=user.email, user_id=str(user.pk))), 5)
    query = """query($first: Int) { customers(first: $first) { edges { node {
        loyalty { balance nextTier { name } history(first: 2) { totalCount edges { node { points } } } } } } } }"""

    def statements(first: int) -> list[str]:
        inside = InThisProcess(staff)
        found = inside(query, first=first)["edges"]
        assert [edge["node"]["loyalty"]["balance"] for edge in found] == [5] * first
        return inside.statements

    statements(1)  # what Saleor caches is there from now on
    # when
    one, fifty = statements(1), statements(50)
    # then
    assert len([sql for sql in one if "crm_" in sql]) == len([sql for sql in fifty if "crm_" in sql]) == 4
    assert len(one) == len(fifty)


def test_no_field_of_ours_touches_the_writer_unasked(programme: SaleorDriver, staff: GraphQL) -> None:
    # given Saleor's guard, as its own tests and careful shops have it
    user_id, contact = known(programme)
    give(contact, 7)
    with ExitStack() as guard:
        for alias in ("default", "replica"):
            guard.enter_context(connections[alias].execute_wrapper(restrict_writer))
        # when
        of, who, segments = (
            InThisProcess(staff)(OF, id=global_id("User", user_id)),
            InThisProcess(staff)(WHO, id=global_id("CrmContact", contact.pk)),
            InThisProcess(staff)(SEGMENTS),
        )
    # then
    assert of["loyalty"] == {"balance": 7}
    assert who["user"] == {"email": "ada@example.com"}
    assert segments is not None
