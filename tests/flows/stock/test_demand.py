"""What customers wait for, for the buyer: how many, since when, and what that is worth."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.flows.stock.demand import PAGE, Demand, Total, demand, totals
from saleor_crm_plugin.segments.models import LifetimeValue
from tests.flows.stock.waiting import agrees, switch_on, waits
from tests.flows.test_scale import nodes, plan_of
from tests.road import NOON, Road

ADA, BOB, CLEO, DAN = (f"{name}@example.com" for name in ("ada", "bob", "cleo", "dan"))


def wanted(road: Road, channel: str | None = None) -> list[Demand]:
    return demand(channel, road.now, None, 100)


def worth(one: StockInterest, amount: str, currency: str) -> None:
    """What a contact is expected to bring."""
    LifetimeValue.objects.create(
        contact_id=one.contact_id, currency=currency, p_alive=1, expected_orders=1, expected_value=Decimal(amount),
        computed_at=NOON,
    )  # fmt: skip


def test_who_waits_is_counted_with_what_it_is_worth(road: Road) -> None:
    # given two who wait for a shirt, of whom one is known well, and one who waits for a hat
    switch_on(road)
    shirt = road.make_product("Linen shirt", price=Decimal("40.00"), stock=0)[0]
    hat = road.make_product("Straw hat", price=Decimal("25.50"), stock=0)[0]
    since = road.now
    first, _ = waits(road, shirt, ADA), waits(road, shirt, BOB)
    waits(road, hat, CLEO)
    worth(first, "120.50", road.currency)
    worth(first, "999", road.other_currency)
    # when
    most, other = wanted(road)
    # then
    assert (most.variant_id, most.channel, most.waiting, most.since) == (shirt, road.channel, 2, since)
    assert (most.price, most.lost, most.currency) == (Decimal(40), Decimal(80), road.currency)
    assert (most.valued, most.expected) == (1, Decimal("120.5"))
    assert (other.variant_id, other.waiting, other.lost, other.valued) == (hat, 1, Decimal("25.5"), 0)
    assert (most.sold, most.units, most.told, most.bought) == (True, 0, 0, 0)
    assert totals(None, road.now) == [Total(road.currency, 2, 3, Decimal("105.5"))]


def test_channels_are_told_apart_and_currencies_are_never_added(road: Road) -> None:
    shirt = road.make_product("Linen shirt", stock=0)[0]
    waits(road, shirt, ADA)
    for email in (BOB, CLEO):
        waits(road, shirt, email, channel=road.other_channel)
    assert [(one.channel, one.waiting) for one in wanted(road)] == [(road.other_channel, 2), (road.channel, 1)]
    assert [one.channel for one in wanted(road, road.channel)] == [road.channel]
    assert wanted(road, "nowhere") == []
    assert totals(None, road.now) == [
        Total(road.currency, 1, 1, Decimal(40)),
        Total(road.other_currency, 1, 2, Decimal(80)),
    ]
    assert totals(road.channel, road.now) == [Total(road.currency, 1, 1, Decimal(40))]


def test_who_has_not_confirmed_or_no_longer_waits_is_not_counted(road: Road) -> None:
    shirt = road.make_product("Linen shirt", stock=0)[0]
    asked = [waits(road, shirt, email) for email in (ADA, BOB, CLEO, DAN)]
    for one, state in zip(asked, ("unconfirmed", "cancelled", "expired", "waiting"), strict=True):
        StockInterest.objects.filter(pk=one.pk).update(state=state)
    assert [one.waiting for one in wanted(road)] == [1]
    StockInterest.objects.filter(pk=asked[3].pk).update(expires_at=road.now)
    assert wanted(road) == []


def test_those_who_were_told_are_counted_and_those_of_them_who_bought(road: Road) -> None:
    # given three who wait for two shirts
    switch_on(road)
    shirt = road.make_product("Linen shirt", stock=0)[0]
    for email in (ADA, BOB, CLEO):
        waits(road, shirt, email)
    road.set_stock(shirt, 2)
    road.work()
    # when one of those who are told buys
    road.place_order(road.cart(shirt, email=ADA))
    road.work()
    # then
    (one,) = wanted(road)
    assert (one.waiting, one.told, one.bought) == (1, 2, 1)


def test_what_sold_out_in_carts_is_wanted_until_it_has_been_there_again(road: Road) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=3)[0]
    road.cart(shirt, email=ADA)
    road.work()
    road.set_stock(shirt, 0)
    road.work()
    agrees(ADA)
    road.wait(minutes=16)
    # when it was shown something else, it still is lost demand
    road.work()
    (one,) = wanted(road)
    assert (one.waiting, one.in_carts, one.looked, one.lost) == (0, 1, 0, Decimal(0))
    # then no more once it could be bought
    road.set_stock(shirt, 1)
    road.work()
    assert wanted(road) == []


def test_pages_follow_each_other_without_a_gap_or_a_repetition(road: Road) -> None:
    # given variants that one, two, two, and nobody wait for, which somebody had in a cart
    for number, emails in enumerate(((ADA,), (ADA, BOB), (BOB, CLEO), ())):
        variant = road.make_product(f"Product {number}", stock=0)[0]
        for email in emails:
            waits(road, variant, email)
        if not emails:
            one = waits(road, variant, DAN)
            StockInterest.objects.filter(pk=one.pk).update(kind="cart")
    # when
    every = wanted(road)
    # then
    assert [one.waiting for one in every] == [2, 2, 1, 0]
    pages, after = [], None
    while page := demand(None, road.now, after, 1):
        pages += page
        after = page[-1].position
    assert pages == every


def test_what_the_shop_no_longer_has_keeps_its_place_without_a_price(road: Road) -> None:
    switch_on(road)
    shirt = road.make_product("Linen shirt", stock=0)[0]
    waits(road, shirt, ADA)
    road.delete_variant(shirt)
    road.work()
    (one,) = wanted(road)
    assert (one.waiting, one.price, one.lost, one.sold) == (1, None, None, False)
    assert totals(None, road.now) == [Total(road.currency, 1, 1, Decimal(0))]


def test_a_page_is_one_statement_and_so_are_the_sums(road: Road) -> None:
    waits(road, road.make_product("Linen shirt", stock=0)[0], ADA)
    with CaptureQueriesContext(connection) as captured:
        wanted(road)
        totals(None, road.now)
    assert len(captured) == 2


# 100,000 who wait for 5,000 variants, 40,000 who were told, and everybody's value.
_FILL = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO crm_contact (key, email, created_at, consented, language, country)
SELECT gen_random_uuid(), 'c' || n || '@example.com', now(), false, '', '' FROM generate_series(1, 20000) n;
INSERT INTO crm_lifetime_value (contact_id, currency, p_alive, expected_orders, expected_value, computed_at)
SELECT id, 'EUR', 1, 1, 100, now() FROM crm_contact;
INSERT INTO crm_stock_watch (variant_id, channel, product_id, sold, units, price, currency, seen_at)
SELECT n, 'eu', n / 3, true, 0, 40, 'EUR', now() FROM generate_series(0, 4999) n;
INSERT INTO crm_stock_interest (
    contact_id, variant_id, product_id, channel, kind, state, language, price, currency, drops, cart_id, asked_at,
    expires_at
)
SELECT id, variant, variant / 3, 'eu', 'request', CASE WHEN nr <= 5 THEN 'waiting' ELSE 'told' END, '', 40, 'EUR', 0,
    '', now(), now() + interval '90 days'
FROM (SELECT id, nr, (id * 7919 + nr * 104729) % 5000 AS variant FROM crm_contact, generate_series(1, 7) nr) asked;
INSERT INTO crm_enrolment (
    flow, subject_id, contact_id, state, next_step, basis, planned_at, due_at, waits_for, attempts, ended_by, arm,
    enrolled_at
)
SELECT 'back_in_stock', id, contact_id, 'finished', 1, now(), now(), now(), '', 0, '', 'treated', now()
FROM crm_stock_interest WHERE state = 'told';
ANALYZE crm_contact, crm_lifetime_value, crm_stock_watch, crm_stock_interest, crm_enrolment;
"""


@pytest.mark.django_db
def test_a_page_of_a_hundred_thousand_requests_counts_once_and_reads_the_rest_by_index() -> None:
    # given
    with connection.cursor() as cursor:
        cursor.execute(_FILL)
    # when
    asked: dict[str, Any] = {
        "channel": None, "now": datetime.now(UTC), "limit": 21, "flow": "back_in_stock", "waiting": 0, "weaker": 0,
        "variant": None, "in_channel": "",
    }  # fmt: skip
    plan = plan_of(PAGE, asked)
    # then who waits is counted in one pass, and what the page shows is looked up
    assert plan["Actual Rows"] == 21
    passes = [node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"]
    assert passes.count("crm_stock_interest") <= 1
    assert set(passes) <= {"crm_stock_interest", "crm_stock_watch"}
    used = {node.get("Index Name") for node in nodes(plan)}
    assert used >= {"crm_stock_interest_wanted", "crm_lifetime_value_once", "crm_enrolment_once"}
