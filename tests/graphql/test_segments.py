"""crmSegments, and what is computed of one customer: the rooms' numbers, as GraphQL tells them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import time_machine

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, customer, data, id_of, refusal, statements, token_of

pytestmark = pytest.mark.django_db
SEGMENTS = """{ crmSegments { asOf segments {
    kind name currency customers sample orders revenue { amount currency } revenueShare } } }"""
COMPUTED = """query($id: ID!) { crmCustomer(id: $id) {
    asOf
    rfm { currency group recency frequency monetary sample orders amount { amount currency }
        recentOrders recentAmount { amount currency } firstAt lastAt }
    score { points tier }
    stage { stage since until }
    pAlive
    lifetimeValues { currency pAlive expectedOrders expectedValue { amount currency } computedAt sample }
    memberships { kind segment currency enteredAt leftAt cause }
} }"""
_numbers = count(1)


@pytest.fixture(autouse=True)
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def buy(contact: Contact, amount: str, currency: str = "EUR", at: datetime = NOW - timedelta(days=10)) -> None:
    Purchase.objects.create(
        order_id=f"00000000-0000-0000-0000-{next(_numbers):012}", contact=contact, channel="eu", currency=currency,
        language="de", total=Decimal(amount), refunded=0, real=True, paid=True, placed_at=at, changed_at=at,
    )  # fmt: skip


def compute(at: datetime = NOW) -> None:
    nightly.run(parse(own_settings.stored()), at)


def told(kind: str) -> list[dict[str, Any]]:
    segments = data(SEGMENTS, STAFF)["crmSegments"]["segments"]
    return [segment for segment in segments if segment["kind"] == kind]


def test_before_anything_is_computed_there_are_no_segments() -> None:
    customer()
    assert data(SEGMENTS, STAFF) == {"crmSegments": {"asOf": None, "segments": []}}


def test_segments_tell_how_many_customers_there_are_and_what_they_bring() -> None:
    # given somebody who bought in two currencies, somebody in one, and somebody who only has an account
    ada, grace, _ = (customer(f"{name}@example.com")[1] for name in ("ada", "grace", "joan"))
    buy(ada, "30.00")
    buy(ada, "100.00", "PLN")
    buy(grace, "70.00")
    buy(grace, "20.00", at=NOW - timedelta(days=11))
    # when
    compute()
    # then
    assert data(SEGMENTS, STAFF)["crmSegments"]["asOf"] == NOW.isoformat()
    rfm, lifecycle = told("RFM"), told("LIFECYCLE")
    euros = [segment for segment in rfm if segment["currency"] == "EUR"]
    assert sum(segment["customers"] for segment in euros) == 2
    assert {segment["sample"] for segment in euros} == {2}
    assert sum(segment["orders"] for segment in euros) == 3
    assert sum(segment["revenue"]["amount"] for segment in euros) == 120.0
    assert sum(segment["revenueShare"] for segment in euros) == pytest.approx(1)
    (zlotys,) = [segment for segment in rfm if segment["currency"] == "PLN"]
    assert (zlotys["customers"], zlotys["sample"], zlotys["revenue"]) == (1, 1, {"amount": 100.0, "currency": "PLN"})
    assert [segment for segment in lifecycle if segment["currency"] is None] == [
        {
            "kind": "LIFECYCLE", "name": "prospect", "currency": None, "customers": 1, "sample": 1, "orders": 0,
            "revenue": None, "revenueShare": None,
        }
    ]  # fmt: skip


def test_what_segments_cost_does_not_grow_with_the_shop() -> None:
    def cost() -> int:
        compute()
        with statements() as run:
            data(SEGMENTS, STAFF)
        return len(run)

    buy(customer()[1], "10.00")
    few = cost()
    for number in range(30):
        buy(customer(f"customer{number}@example.com")[1], f"{number + 1}.00", "EUR" if number % 2 else "PLN")
    assert few == cost() == 4


def test_only_who_manages_customers_may_ask() -> None:
    user, _ = customer()
    for token in ("", token_of(user), ORDER_STAFF):
        answer = ask(SEGMENTS, token)
        assert answer["data"] == {"crmSegments": None}
        assert refusal(answer)[0] == "PermissionDenied"


def test_while_the_plugin_is_off_there_are_none() -> None:
    compute()
    own_settings.save_own("active", False)
    assert data(SEGMENTS, STAFF) == {"crmSegments": None}


def test_nothing_is_made_up_of_a_customer_of_whom_nothing_is_computed() -> None:
    contact = customer()[1]
    assert data(COMPUTED, STAFF, id=id_of(contact))["crmCustomer"] == {
        "asOf": None, "rfm": [], "score": None, "stage": None, "pAlive": None, "lifetimeValues": [], "memberships": [],
    }  # fmt: skip


def test_where_a_customer_stands_is_told() -> None:
    # given
    contact = customer()[1]
    buy(contact, "30.00")
    buy(contact, "20.00", at=NOW - timedelta(days=1000))
    compute(NOW - timedelta(days=1))
    # when
    found = data(COMPUTED, STAFF, id=id_of(contact))["crmCustomer"]
    # then
    (rfm,) = found["rfm"]
    assert rfm | {"group": None} == {
        "currency": "EUR", "group": None, "recency": 3, "frequency": 3, "monetary": 3, "sample": 1, "orders": 2,
        "amount": {"amount": 50.0, "currency": "EUR"}, "recentOrders": 1,
        "recentAmount": {"amount": 30.0, "currency": "EUR"}, "firstAt": (NOW - timedelta(days=1000)).isoformat(),
        "lastAt": (NOW - timedelta(days=10)).isoformat(),
    }  # fmt: skip
    entered = {(one["kind"], one["segment"], one["currency"]): one for one in found["memberships"]}
    assert entered["RFM", rfm["group"], "EUR"]["leftAt"] is None
    stage = found["stage"]["stage"]
    assert entered["LIFECYCLE", stage.lower(), None]["enteredAt"] == found["stage"]["since"]
    assert found["score"]["tier"] is None
    assert 0 < found["score"]["points"] < 60


def test_a_score_is_told_as_it_is_now_and_not_as_it_was_stored(noon: time_machine.Traveller) -> None:
    contact = customer()[1]
    buy(contact, "30.00")
    compute()
    points = data(COMPUTED, STAFF, id=id_of(contact))["crmCustomer"]["score"]["points"]
    # when a half-life passes
    noon.shift(timedelta(days=90))
    # then
    assert data(COMPUTED, STAFF, id=id_of(contact))["crmCustomer"]["score"]["points"] == pytest.approx(points / 2)
