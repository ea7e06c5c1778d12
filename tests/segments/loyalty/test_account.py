"""What customers have, and what happened to it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.config.customers import Tier
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.history import Movement, history
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.spend import redeem, take_back
from saleor_crm_plugin.segments.loyalty.tiers import Standing, standing
from tests.segments.loyalty.ledgers import (
    DAY,
    ENDLESS,
    LIFETIME,
    NOW,
    RULES,
    change,
    customer,
    earned,
    has,
    movements,
    order,
)

pytestmark = pytest.mark.django_db
TIERS = (Tier("Silver", 100, Decimal("1.5")), Tier("Gold", 300, Decimal(2)))
TIERED = replace(RULES, tiers=TIERS)


def test_who_never_had_a_point_has_an_account_of_nothing() -> None:
    ada = customer()

    assert (has(ada).balance, has(ada).available, has(ada).pending, has(ada).expiring) == (0, 0, 0, 0)
    assert has(ada).next_at is None
    assert has(ada, rules=TIERED).standing == Standing("", "Silver", 100)


def test_each_gets_their_own() -> None:
    ada, bea = customer(), customer("bea@example.com")
    earned(ada, 10)
    order(bea, 20)

    accounts = account([ada, bea, 4711], RULES, NOW)

    assert [(accounts[who].balance, accounts[who].pending) for who in (ada, bea, 4711)] == [(10, 0), (0, 20), (0, 0)]


def test_expiring_are_those_of_the_next_30_days() -> None:
    ada = customer()
    for days in (-336, -335, -334, 0):  # they end in 29, 30, 31 and 365 days
        earned(ada, 10, at=NOW + days * DAY)

    assert has(ada).expiring == 20


def test_next_to_expire_are_all_of_that_day() -> None:
    ada = customer()
    first = NOW.replace(hour=1)
    for at in (first, NOW, first + DAY):
        earned(ada, 10, at=at)

    assert (has(ada, NOW + DAY).next_at, has(ada, NOW + DAY).next_points) == (first + LIFETIME, 20)


def test_pending_points_and_those_that_never_expire_are_not_next_to_expire() -> None:
    ada = customer()
    order(ada, 10, fulfilled_at=NOW)
    earned(ada, 10, rules=ENDLESS)

    assert (has(ada).next_at, has(ada).next_points, has(ada).expiring) == (None, 0, 0)


def test_no_more_expires_than_can_be_spent() -> None:
    # Two contacts that turned out to be one: one owes 60, the other has 100.
    ada, bea = customer(), customer("bea@example.com")
    owed = earned(ada, 100)
    earned(bea, 100, at=NOW - LIFETIME + DAY)
    redeem(ada, 100, "v1", NOW)
    change(owed, refunded=60)
    Lot.objects.filter(contact=bea).update(contact=ada)

    assert (has(ada).balance, has(ada).available, has(ada).expiring, has(ada).next_points) == (40, 40, 40, 40)


@pytest.mark.parametrize(
    ("points", "tier", "next_tier", "missing"),
    [(0, "", "Silver", 100), (99, "", "Silver", 1), (100, "Silver", "Gold", 200), (300, "Gold", "", 0)],
)
def test_tiers_begin_at_their_threshold(points: int, tier: str, next_tier: str, missing: int) -> None:
    assert standing(TIERED, points) == Standing(tier, next_tier, missing)


def test_without_tiers_nobody_has_one() -> None:
    assert standing(RULES, 10_000) == Standing("", "", 0)


def test_a_tier_counts_what_was_earned_in_365_days() -> None:
    ada = customer()
    earned(ada, 100)

    assert has(ada, NOW + 365 * DAY - timedelta(seconds=1), TIERED).standing.tier == "Silver"
    assert has(ada, NOW + 365 * DAY, TIERED).standing.tier == ""


def test_pending_points_make_no_tier() -> None:
    ada = customer()
    order(ada, 1000)

    assert has(ada, rules=TIERED).standing.tier == ""


def test_spending_and_expiry_lower_no_tier_but_a_refund_does() -> None:
    ada = customer()
    shortlived = replace(TIERED, lifetime=10 * DAY)
    bought = earned(ada, 120, rules=shortlived)
    redeem(ada, 50, "v1", NOW)
    mature(shortlived, NOW + 10 * DAY)
    before = has(ada, NOW + 10 * DAY, TIERED)

    change(bought, refunded=30, rules=TIERED, at=NOW + 10 * DAY)

    assert (before.balance, before.standing.tier) == (0, "Silver")
    assert has(ada, NOW + 10 * DAY, TIERED).standing == Standing("", "Silver", 10)


def test_a_hundred_accounts_cost_one_query() -> None:
    contacts = [customer(f"customer{n}@example.com") for n in range(100)]

    with CaptureQueriesContext(connection) as captured:
        account(contacts, RULES, NOW)

    assert len(captured) == 1


def test_the_history_tells_every_movement_and_what_it_was_about_newest_first() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 60, "voucher:1", NOW)
    take_back("voucher:1", NOW)
    adjust(ada, 5, "Sorry", "7", "a1", NOW, RULES)

    told = [(one.kind, one.points, one.order_id, one.note, one.staff_id) for one in history(ada)]

    assert told == [
        ("adjust", 5, "", "Sorry", "7"),
        ("restore", 60, bought, "", ""),
        ("redeem", -60, bought, "", ""),
        ("confirm", 0, bought, "", ""),
        ("accrue", 100, bought, "", ""),
    ]
    assert history(ada)[2].source == "voucher:1"


def test_the_history_comes_page_by_page() -> None:
    ada, bea = customer(), customer("bea@example.com")
    for contact in (ada, bea, ada, bea, ada):
        earned(contact, 10)

    pages: list[list[Movement]] = []
    while page := history(ada, after=pages[-1][-1].id if pages else None, limit=4):
        pages.append(page)

    assert [len(page) for page in pages] == [4, 2]
    assert [one.id for page in pages for one in page] == list(
        Entry.objects.filter(lot__contact=ada).order_by("-pk").values_list("pk", flat=True)
    )


def test_a_page_costs_one_query() -> None:
    ada = customer()
    earned(ada, 10)
    many = len(movements())

    with CaptureQueriesContext(connection) as captured:
        assert len(history(ada)) == many

    assert len(captured) == 1
