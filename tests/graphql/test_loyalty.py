"""User.loyalty: what customers and staff are told of points, and who is not."""

from datetime import timedelta

import pytest
import time_machine

from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import User
from tests.graphql.asking import (
    NOW,
    ORDER_STAFF,
    STAFF,
    ask,
    customer,
    data,
    give,
    give_each_day,
    id_of,
    programme,
    refusal,
    token_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
MINE = """{ me { loyalty {
    balance available pending expiringSoon expiring { points at } tier nextTier { name missing } } } }"""
OF = "query($id: ID!) { user(id: $id) { email loyalty { balance } } }"
HISTORY = """query($first: Int, $after: String) { me { loyalty { history(first: $first, after: $after) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { id kind points at orderId } } } } } }"""


@pytest.fixture
def noon() -> object:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_a_customer_is_told_his_points() -> None:
    # given
    programme(loyalty_tiers="Silver = 100\nGold = 500", loyalty_lifetime="20 d")
    user, contact = customer()
    give(contact, 30, NOW - timedelta(days=19))
    give(contact, 12)
    # when
    answer = data(MINE, token_of(user))
    # then
    assert answer["me"]["loyalty"] == {
        "balance": 42,
        "available": 42,
        "pending": 0,
        "expiringSoon": 42,
        "expiring": {"points": 30, "at": "2026-03-03T12:00:00+00:00"},
        "tier": None,
        "nextTier": {"name": "Silver", "missing": 100},
    }


def test_who_owes_points_sees_a_negative_balance_and_nothing_to_use() -> None:
    programme()
    user, contact = customer()
    give(contact, -5)
    loyalty = data(MINE, token_of(user))["me"]["loyalty"]
    assert (loyalty["balance"], loyalty["available"]) == (-5, 0)


def test_an_account_whose_address_nobody_confirmed_is_not_told_the_points_of_the_address() -> None:
    programme()
    user, contact = customer()
    give(contact, 5)

    assert data(MINE, customer_token(str(user.pk), unconfirmed=True)) == {"me": {"loyalty": None}}


def test_a_customer_whom_the_crm_has_not_met_has_no_points_yet() -> None:
    programme()
    user = User.objects.create(email="new@example.com")
    answer = data("{ me { loyalty { balance history(first: 5) { totalCount edges { cursor } } } } }", token_of(user))
    assert answer["me"]["loyalty"] == {"balance": 0, "history": {"totalCount": 0, "edges": []}}


def test_without_a_programme_there_is_nothing_to_tell() -> None:
    user, _ = customer()
    assert data(MINE, token_of(user)) == {"me": {"loyalty": None}}


def test_points_of_a_programme_that_ended_are_still_told() -> None:
    user, contact = customer()
    give(contact, 7)
    assert data(MINE, token_of(user))["me"]["loyalty"]["balance"] == 7


@pytest.mark.parametrize("name", ["shop.active", "loyalty_rates"], ids=["switched off", "settings that can't be read"])
def test_while_the_plugin_is_off_there_is_nothing_to_tell_and_no_error(name: str) -> None:
    programme()
    user, contact = customer()
    give(contact, 7)
    own_settings.save(name, False)
    assert data(MINE, token_of(user)) == {"me": {"loyalty": None}}


def test_staff_who_manage_customers_see_a_customers_points() -> None:
    programme()
    user, contact = customer()
    give(contact, 7)
    assert data(OF, STAFF, id=id_of(user))["user"] == {"email": user.email, "loyalty": {"balance": 7}}


def test_other_staff_sees_the_customer_and_not_the_points() -> None:
    programme()
    user, contact = customer()
    give(contact, 7)
    # when
    answer = ask(OF, ORDER_STAFF, id=id_of(user))
    # then
    assert answer["data"] == {"user": {"email": user.email, "loyalty": None}}
    assert answer["errors"][0]["path"] == ["user", "loyalty"]
    assert refusal(answer) == (
        "PermissionDenied",
        "To access this path, you need one of the following permissions: MANAGE_USERS, OWNER",
    )


def test_nobody_sees_nothing() -> None:
    user, _ = customer()
    assert data(MINE) == {"me": None}
    assert refusal(ask(OF, id=id_of(user)))[0] == "PermissionDenied"


def test_a_customer_sees_no_other_customer() -> None:
    user, other = customer()[0], customer("grace@example.com")[0]
    assert refusal(ask(OF, token_of(user), id=id_of(other)))[0] == "PermissionDenied"


def test_the_reason_that_staff_gave_is_for_staff() -> None:
    # given
    programme()
    user, contact = customer()
    give(contact, 7, note="parcel lost")
    notes = "loyalty { history(first: 1) { edges { node { note } } } }"
    # when
    of_customer = ask(f"{{ me {{ {notes} }} }}", token_of(user))
    of_staff = data(f"query($id: ID!) {{ user(id: $id) {{ {notes} }} }}", STAFF, id=id_of(user))
    # then
    assert refusal(of_customer)[0] == "PermissionDenied"
    assert of_customer["data"]["me"]["loyalty"]["history"]["edges"][0]["node"] == {"note": None}
    assert of_staff["user"]["loyalty"]["history"]["edges"][0]["node"] == {"note": "parcel lost"}


def test_the_history_is_read_page_by_page_newest_first() -> None:
    # given
    programme()
    user, contact = customer()
    give_each_day(contact, 7)
    other = customer("grace@example.com")[1]
    give_each_day(other, 3)
    # when
    pages, after = [], None
    while not pages or pages[-1]["pageInfo"]["hasNextPage"]:
        page = data(HISTORY, token_of(user), first=3, after=after)["me"]["loyalty"]["history"]
        pages.append(page)
        after = page["pageInfo"]["endCursor"]
    # then
    assert [[edge["node"]["points"] for edge in page["edges"]] for page in pages] == [[7, 6, 5], [4, 3, 2], [1]]
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False, True, True]
    assert {page["totalCount"] for page in pages} == {7}
    assert pages[0]["edges"][0]["node"]["kind"] == "ADJUST"
    assert pages[0]["pageInfo"]["startCursor"] == pages[0]["edges"][0]["cursor"]


def test_a_last_page_that_is_just_full_has_no_next() -> None:
    programme()
    user, contact = customer()
    give_each_day(contact, 3)
    page = data(HISTORY, token_of(user), first=3)["me"]["loyalty"]["history"]
    assert page["pageInfo"]["hasNextPage"] is False
    assert len(page["edges"]) == 3


def test_another_customers_cursor_leads_to_nothing_of_theirs() -> None:
    programme()
    user, contact = customer()
    grace, other = customer("grace@example.com")
    give(other, 100)
    give(contact, 1)
    give(other, 200)
    cursor = data(HISTORY, token_of(grace), first=1)["me"]["loyalty"]["history"]["pageInfo"]["endCursor"]
    # when
    page = data(HISTORY, token_of(user), first=10, after=cursor)["me"]["loyalty"]["history"]
    # then
    assert [edge["node"]["points"] for edge in page["edges"]] == [1]
