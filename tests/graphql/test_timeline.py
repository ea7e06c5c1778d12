"""The timeline of a customer: everything that happened, newest first, in pages that neither repeat nor skip."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from saleor_crm_plugin.activity.interactions import make_room
from saleor_crm_plugin.activity.models import Cart, Interaction, Purchase
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.segments.models import Membership
from tests.graphql.asking import NOW, STAFF, customer, data, give, id_of

pytestmark = pytest.mark.django_db
TIMELINE = """query($id: ID!, $first: Int, $after: String) { crmCustomer(id: $id) {
    timeline(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        edges { node { id at type name objectId amount { amount currency } points granted } } } } }"""
ORDER, CART = UUID(int=1), UUID(int=2)


def order(contact: Contact, at: datetime = NOW, **values: object) -> None:
    row: dict[str, Any] = {
        "order_id": str(uuid4()), "total": Decimal("50.00"), "refunded": Decimal("10.00"), "real": True, "paid": True,
    }  # fmt: skip
    Purchase.objects.create(
        contact=contact, channel="eu", currency="EUR", language="de", placed_at=at, changed_at=at, **(row | values)
    )


def timeline(contact: Contact, first: int = 100, after: str | None = None) -> dict[str, Any]:
    found = data(TIMELINE, STAFF, id=id_of(contact), first=first, after=after)["crmCustomer"]["timeline"]
    assert isinstance(found, dict)
    return found


def test_everything_that_happened_is_told_newest_first() -> None:
    # given
    contact = customer()[1]
    hours = [NOW + timedelta(hours=hour) for hour in range(6)]
    ConsentRecord.objects.create(contact=contact, granted=True, source="checkout", at=hours[0])
    Cart.objects.create(
        id=str(CART), contact=contact, status="open", channel="eu", currency="EUR", language="de", country="DE",
        lines=[{"variant_id": "1"}], total=Decimal("20.00"), created_at=NOW, changed_at=hours[1], seen_at=NOW,
    )  # fmt: skip
    Message.objects.create(
        flow="abandoned_cart", subject_id=str(CART), step=0, contact=contact, template="abandoned_cart_1", content={},
        state="sent", created_at=NOW, next_attempt_at=NOW, expires_at=NOW, sent_at=hours[2],
    )  # fmt: skip
    order(contact, hours[3], order_id=str(ORDER))
    Membership.objects.create(
        contact=contact, kind="rfm", currency="EUR", segment="New", entered_at=hours[4], cause="x"
    )
    give(contact, 7, hours[5])
    # when
    found = timeline(contact)
    # then
    nothing = {"name": None, "objectId": None, "amount": None, "points": None, "granted": None}
    assert [{name: edge["node"][name] for name in ("type", *nothing)} for edge in found["edges"]] == [
        {"type": "POINTS", **nothing, "name": "adjust", "points": 7},
        {"type": "SEGMENT", **nothing, "name": "New"},
        {
            "type": "ORDER",
            **nothing,
            "name": "paid",
            "objectId": global_id("Order", ORDER),
            "amount": {"amount": 40.0, "currency": "EUR"},
        },
        {"type": "MAIL", **nothing, "name": "abandoned_cart_1"},
        {
            "type": "CART",
            **nothing,
            "objectId": global_id("Checkout", CART),
            "amount": {"amount": 20.0, "currency": "EUR"},
        },
        {"type": "CONSENT", **nothing, "name": "checkout", "granted": True},
    ]
    assert [edge["node"]["at"] for edge in found["edges"]] == [hour.isoformat() for hour in reversed(hours)]
    assert found["totalCount"] == 6


def test_what_was_asked_for_is_told_with_what_became_of_it_and_weaker_interest_is_not() -> None:
    # given
    contact = customer()[1]
    hours = [NOW + timedelta(hours=hour) for hour in range(5)]
    wanted = {"contact": contact, "product_id": "1", "channel": "eu", "language": "de", "expires_at": NOW}
    for variant, kind, state, ends in (
        ("1", "request", "told", {"told_at": hours[3]}),
        ("2", "request", "expired", {"ended_at": hours[4]}),
        ("3", "view", "waiting", {}),
    ):
        StockInterest.objects.create(
            **wanted, variant_id=variant, kind=kind, state=state, asked_at=hours[int(variant) - 1], **ends
        )
    # when
    nodes = [edge["node"] for edge in timeline(contact)["edges"]]
    # then
    assert {node["type"] for node in nodes} == {"STOCK"}
    assert [(node["at"], node["name"], node["objectId"]) for node in nodes] == [
        (hours[4].isoformat(), "expired", global_id("ProductVariant", 2)),
        (hours[3].isoformat(), "told", global_id("ProductVariant", 1)),
        (hours[1].isoformat(), "asked", global_id("ProductVariant", 2)),
        (hours[0].isoformat(), "asked", global_id("ProductVariant", 1)),
    ]


def test_an_order_is_told_as_what_became_of_it() -> None:
    contact = customer()[1]
    order(contact, NOW - timedelta(hours=1), paid=False)
    order(contact, NOW, refunded=Decimal("50.00"))
    assert [edge["node"]["name"] for edge in timeline(contact)["edges"]] == ["refunded", "open"]


def test_what_came_back_is_told_and_what_was_only_looked_at_is_not() -> None:
    # given
    contact = customer()[1]
    make_room([NOW])
    for kind, source in (("return", "return:1"), ("view", "view:1")):
        Interaction.objects.create(
            source=source, at=NOW, kind=kind, contact=contact, order_id=str(ORDER), product_id="1", quantity=1
        )
    # when
    (edge,) = timeline(contact)["edges"]
    # then
    assert (edge["node"]["type"], edge["node"]["objectId"]) == ("RETURN", global_id("Order", ORDER))


def test_what_came_to_nothing_is_not_told() -> None:
    contact = customer()[1]
    order(contact, real=False)
    Cart.objects.create(
        id=str(CART), contact=contact, status="ordered", channel="eu", currency="EUR", language="de", country="DE",
        lines=[{"variant_id": "1"}], total=1, created_at=NOW, changed_at=NOW, seen_at=NOW,
    )  # fmt: skip
    Message.objects.create(
        flow="abandoned_cart", subject_id=str(CART), step=0, contact=contact, template="abandoned_cart_1", content={},
        state="held", created_at=NOW, next_attempt_at=NOW, expires_at=NOW,
    )  # fmt: skip
    assert timeline(contact)["edges"] == []


def test_pages_go_through_everything_of_one_moment_once_and_nobody_elses() -> None:
    # given twelve things at the same two moments
    contact, other = customer()[1], customer("grace@example.com")[1]
    for _number in range(4):
        order(contact)
        order(other)
        ConsentRecord.objects.create(contact=contact, granted=True, source="import", at=NOW)
        ConsentRecord.objects.create(contact=contact, granted=True, source="import", at=NOW - timedelta(microseconds=1))
    # when
    seen, after, more = [], None, True
    while more:
        page = timeline(contact, 5, after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    # then
    assert len(seen) == len(set(seen)) == 12
    assert seen == [edge["node"]["id"] for edge in timeline(contact)["edges"]]
