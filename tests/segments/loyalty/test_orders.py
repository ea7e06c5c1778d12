"""Points of orders are what the orders are worth now, whatever was said of them before."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config.customers import Tier
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Lot
from saleor_crm_plugin.segments.loyalty.orders import post_orders
from saleor_crm_plugin.segments.loyalty.spend import redeem
from tests.segments.loyalty.ledgers import (
    DAY,
    LIFETIME,
    NOW,
    OFF,
    RULES,
    WINDOW,
    change,
    customer,
    earned,
    has,
    left,
    lot,
    movements,
    order,
)

pytestmark = pytest.mark.django_db


def test_a_paid_order_brings_pending_points() -> None:
    ada = customer()

    order(ada, 100)

    assert (has(ada).pending, has(ada).balance, has(ada).available) == (100, 0, 0)


@pytest.mark.parametrize(
    ("goods", "rate", "points"),
    [("99.99", "1", 99), ("0.99", "1", 0), ("100", "0.25", 25), ("19.99", "1.5", 29), ("-5", "1", 0), ("100", "0", 0)],
)
def test_points_are_the_goods_times_the_rate_rounded_down(goods: str, rate: str, points: int) -> None:
    ada = customer()

    order(ada, goods, total=200, rules=replace(RULES, rates={"": Decimal(rate)}))

    assert has(ada).pending == points


def test_each_currency_has_its_rate() -> None:
    ada = customer()
    rules = replace(RULES, rates={"": Decimal(1), "PLN": Decimal("0.25")})

    order(ada, 100, currency="PLN", rules=rules)
    order(ada, 10, currency="SEK", rules=rules)

    assert has(ada).pending == 25 + 10


def test_tax_and_shipping_bring_no_points() -> None:
    ada = customer()

    order(ada, 100, total=Decimal("123.90"))

    assert has(ada).pending == 100


@pytest.mark.parametrize(
    "facts",
    [
        {"paid": False},
        {"real": False},
        {"refunded": 100},
        {"placed_at": RULES.since - timedelta(seconds=1)},  # type: ignore[operator]
        {"goods": 0},
    ],
    ids=["unpaid", "not real", "refunded", "before the programme", "no goods"],
)
def test_an_order_that_is_worth_nothing_gets_no_lot(facts: dict[str, object]) -> None:
    order(customer(), **{"goods": 100, "total": 100, **facts})

    assert not Lot.objects.exists()


def test_an_order_of_the_first_day_of_the_programme_counts() -> None:
    ada = customer()

    order(ada, 100, placed_at=RULES.since)

    assert has(ada).pending == 100


def test_an_order_of_nobody_gets_points_when_its_owner_is_known() -> None:
    nobodys = order(None, 100)
    ada = customer()

    change(nobodys, contact_id=ada)

    assert has(ada).pending == 100


def test_looking_again_changes_nothing() -> None:
    ada = customer()
    bought = order(ada, 100)

    assert change(bought) == 0
    assert change(bought, at=NOW + 5 * DAY) == 0
    assert movements() == [("accrue", 100)]


def test_the_same_order_twice_in_one_look_counts_once() -> None:
    ada = customer()
    bought = order(ada, 100, rules=OFF)

    post_orders([bought, bought], RULES, NOW)

    assert movements() == [("accrue", 100)]


def test_it_does_not_matter_in_which_order_orders_are_looked_at() -> None:
    results = set()
    for n, turn in enumerate(permutations([0, 1, 2])):
        ada = customer(f"customer{n}@example.com")
        orders = [order(ada, goods, rules=OFF, refunded=back) for goods, back in ((10, 3), (20, 0), (30, 29))]
        for place in turn:
            post_orders([orders[place]], RULES, NOW)
        results.add(has(ada))

    assert [result.pending for result in results] == [7 + 20 + 1]


@pytest.mark.parametrize(
    ("goods", "total", "refunded", "points"),
    [
        (100, 100, 50, 50),
        (100, 119, "39.67", 66),  # 66.66
        (10, 30, 10, 6),  # exactly two thirds
        (3, 3, 1, 2),
        (1, 3, 1, 0),
        (100, 100, "99.99", 0),
        (100, 100, 100, 0),
        (100, 100, 120, 0),  # more than all went back
        (49, 49, 35, 14),  # 49 * 14 / 49 is not 13.999...
        ("1.9", 10, 4, 0),  # of 1 point, not of 1.9
    ],
)
def test_a_refund_takes_back_its_part_rounded_for_what_remains(
    goods: object, total: int, refunded: object, points: int
) -> None:
    ada = customer()
    bought = order(ada, goods, total=total)

    change(bought, refunded=Decimal(str(refunded)))

    assert has(ada).pending == points


def test_refunds_bit_by_bit_come_to_the_same_as_at_once() -> None:
    ada = customer()
    bought = order(ada, 100, total=119)

    for cents in range(0, 119_00, 333):
        change(bought, refunded=Decimal(cents) / 100)
    change(bought, refunded=Decimal("39.67"))

    assert has(ada).pending == 66


@pytest.mark.parametrize("facts", [{"real": False}, {"paid": False}])
def test_cancelling_or_unpaying_takes_all_back_and_undoing_that_brings_it_again(facts: dict[str, object]) -> None:
    ada = customer()
    bought = order(ada, 100)

    change(bought, **facts)
    gone = has(ada).pending
    change(bought, real=True, paid=True)

    assert (gone, has(ada).pending) == (0, 100)
    assert movements() == [("accrue", 100), ("reverse", -100), ("accrue", 100)]


def test_an_edited_order_is_worth_what_it_is_now() -> None:
    ada = customer()
    bought = order(ada, 100)

    change(bought, goods_net=70, total=70)
    less = has(ada).pending
    change(bought, goods_net=90, total=90)

    assert (less, has(ada).pending) == (70, 90)


def test_an_order_of_nothing_divides_by_nothing() -> None:
    ada = customer()

    order(ada, "50.90", total=0)  # paid by gift cards
    order(ada, 0, total=0)

    assert has(ada).pending == 50


def test_an_order_beyond_all_measure_is_cut() -> None:
    ada = customer()

    order(ada, 10**16, rules=replace(RULES, rates={"": Decimal(999_999)}))

    assert has(ada).pending == 1_000_000_000


def test_the_rate_stays_that_of_the_first_look() -> None:
    ada = customer()
    bought = order(ada, 100)

    change(bought, refunded=50, rules=replace(RULES, rates={"": Decimal(7)}))

    assert has(ada).pending == 50


def test_without_a_programme_nothing_new_comes_and_what_is_there_follows_its_order() -> None:
    ada = customer()
    before = order(ada, 100)

    order(ada, 100, rules=OFF)
    change(before, refunded=30, rules=OFF)

    assert has(ada).pending == 70


def test_points_of_an_order_stay_when_the_programme_begins_later() -> None:
    ada = customer()
    bought = order(ada, 100)

    change(bought, refunded=30, rules=replace(RULES, since=NOW + DAY))

    assert has(ada).pending == 70


def test_looking_again_with_another_tier_or_rate_changes_nothing() -> None:
    ada = customer()
    small = order(ada, Decimal("0.80"))
    earned(ada, 300)

    change(small, rules=SILVER)
    change(small, rules=replace(RULES, rates={"": Decimal(7)}))

    assert has(ada).pending == 0


SILVER = replace(RULES, tiers=(Tier("Silver", 100, Decimal("1.5")), Tier("Gold", 300, Decimal(2))))


@pytest.mark.parametrize(("before", "points"), [(99, 100), (100, 150), (299, 150), (300, 200)])
def test_points_are_multiplied_by_the_tier_at_that_moment(before: int, points: int) -> None:
    ada = customer()
    earned(ada, before)

    order(ada, 100, rules=SILVER)

    assert has(ada).pending == points


def test_what_was_earned_a_year_ago_multiplies_nothing() -> None:
    ada = customer()
    earned(ada, 100, at=NOW - 365 * DAY)

    order(ada, 100, rules=SILVER)

    assert has(ada).pending == 100


def test_a_later_refund_reckons_with_the_tier_of_then() -> None:
    ada = customer()
    first = earned(ada, 100)
    second = order(ada, 100, rules=SILVER)

    change(first, refunded=100, rules=SILVER)
    change(second, refunded=50, rules=SILVER)

    assert has(ada).pending == 75


def test_the_tier_of_one_customer_multiplies_nobody_elses_points() -> None:
    ada, bea = customer(), customer("bea@example.com")
    earned(ada, 1000)

    order(bea, 100, rules=SILVER)

    assert has(bea).pending == 100


def test_it_is_known_from_delivery_when_points_become_earned() -> None:
    bought = order(customer(), 100)
    unknown = lot(bought).due_at

    change(bought, fulfilled_at=NOW + DAY, at=NOW + 2 * DAY)

    assert unknown is None
    assert lot(bought).due_at == NOW + DAY + WINDOW
    assert movements() == [("accrue", 100), ("schedule", 0)]


def test_a_delivery_taken_back_puts_the_waiting_off() -> None:
    bought = order(customer(), 100, fulfilled_at=NOW)

    change(bought, fulfilled_at=None, at=NOW + DAY)
    mature(RULES, NOW + 50 * DAY)

    assert lot(bought).due_at is None
    assert lot(bought).earned_at is None


def test_a_delivery_taken_back_after_the_return_window_leaves_earned_points_earned() -> None:
    ada = customer()
    bought = earned(ada, 100)

    change(bought, fulfilled_at=None, at=NOW + DAY)

    assert (has(ada, NOW + DAY).balance, lot(bought).due_at) == (100, NOW + LIFETIME)


def test_a_refund_after_the_points_were_earned_takes_them() -> None:
    ada = customer()
    bought = earned(ada, 100)

    change(bought, refunded=40)

    assert has(ada).balance == 60


def test_a_refund_after_the_points_were_spent_is_owed_and_shown() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 80, "v1", NOW)

    change(bought, refunded=50)

    assert (has(ada).balance, has(ada).available) == (-30, 0)


def test_other_earned_points_pay_at_once_what_is_owed() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    other = earned(ada, 70)

    change(bought, refunded=50)

    assert (left(bought), left(other), has(ada).balance) == (0, 20, 20)
    assert movements(kind="settle") == [("settle", 50), ("settle", -50)]


def test_newly_earned_points_make_up_for_what_is_owed() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    change(bought, refunded=50)
    owed = has(ada).balance

    earned(ada, 70, at=NOW + DAY)

    assert (owed, has(ada, NOW + DAY).balance, left(bought)) == (-50, 20, 0)


def test_pending_points_pay_nothing() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    order(ada, 70)

    change(bought, refunded=50)

    assert (has(ada).balance, has(ada).pending) == (-50, 70)


def test_what_is_owed_is_paid_by_what_expires_soonest() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    late, soon = earned(ada, 30, at=NOW + 2 * DAY), earned(ada, 30, at=NOW + DAY)

    change(bought, refunded=50, at=NOW + 3 * DAY)

    assert (left(soon), left(late), left(bought)) == (0, 10, 0)


def test_nobody_owes_points_that_expired_before_the_refund() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 30, "v1", NOW)
    later = NOW + LIFETIME
    mature(RULES, later)

    change(bought, refunded=50, at=later)
    half = (left(bought), has(ada, later).balance)
    change(bought, refunded=80, at=later)

    assert half == (0, 0)  # 50 are left of 100: 30 were spent, 20 expired
    assert has(ada, later).balance == -10  # 20 are left, 30 were spent


def test_it_is_all_the_same_whether_expiry_or_the_refund_was_seen_first() -> None:
    results = []
    for seen_first in ("expiry", "refund"):
        ada = customer(f"{seen_first}@example.com")
        bought = earned(ada, 100)
        redeem(ada, 30, f"v-{seen_first}", NOW)
        later = NOW + LIFETIME
        if seen_first == "expiry":
            mature(RULES, later)
        change(bought, refunded=80, at=later)
        mature(RULES, later)
        results.append(has(ada, later))

    assert results[0] == results[1]
    assert results[0].balance == -10


def test_points_of_a_refund_that_failed_expire_as_they_would_have() -> None:
    ada = customer()
    bought = earned(ada, 100)
    later = NOW + LIFETIME
    mature(RULES, later)

    change(bought, refunded=50, at=later)
    change(bought, refunded=0, at=later)
    mature(RULES, later)

    assert (has(ada, later).balance, left(bought)) == (0, 0)


def test_points_that_paid_for_a_refund_that_failed_live_a_while_again() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    earned(ada, 100, at=NOW + 300 * DAY)
    later = NOW + LIFETIME + DAY
    mature(RULES, later)
    change(bought, refunded=100, at=later)
    paid = has(ada, later).balance

    change(bought, refunded=0, at=later)
    mature(RULES, later)

    assert paid == 0
    assert (has(ada, later).balance, has(ada, later).expiring) == (100, 100)
    assert lot(bought).due_at == later + 30 * DAY


def test_they_do_so_even_if_they_had_paid_for_others_before() -> None:
    ada = customer()
    owed = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    change(owed, refunded=90)
    bought = earned(ada, 100, at=NOW + DAY)  # 90 of these pay
    redeem(ada, 10, "v2", NOW + DAY)
    later = NOW + LIFETIME + 2 * DAY
    earned(ada, 100, at=later)
    change(bought, refunded=50, at=later)
    assert (left(bought), has(ada, later).balance) == (0, 50)

    change(bought, refunded=0, at=later)
    mature(RULES, later)

    assert has(ada, later).balance == 100


def test_an_order_that_turns_out_to_be_somebody_elses_takes_its_points_along() -> None:
    ada, bea = customer(), customer("bea@example.com")
    bought = earned(ada, 100)
    redeem(ada, 30, "v1", NOW)

    change(bought, contact_id=bea)

    assert (has(ada).balance, has(bea).balance) == (0, 70)


def test_what_an_order_brings_along_pays_what_its_new_owner_owes() -> None:
    ada, bea = customer(), customer("bea@example.com")
    owed, bought = earned(bea, 100), earned(ada, 100)
    redeem(bea, 100, "v1", NOW)
    change(owed, refunded=60)

    change(bought, contact_id=bea)

    assert (has(bea).balance, left(owed)) == (40, 0)


def test_an_order_whose_owner_the_shop_forgets_stays_with_its_contact() -> None:
    ada = customer()
    bought = earned(ada, 100)

    change(bought, contact_id=None, refunded=10)

    assert has(ada).balance == 90


def test_a_thousand_orders_cost_as_many_queries_as_two() -> None:
    costs = []
    for n in (2, 1000):
        contacts = [customer(f"customer{n}-{i}@example.com") for i in range(n)]
        ids = [f"many{n}-{i}" for i in range(n)]
        Purchase.objects.bulk_create(
            Purchase(
                order_id=order_id, contact_id=contact, goods_net=10, total=10, refunded=1, real=True, paid=True,
                channel="eu", currency="EUR", language="de", placed_at=NOW, changed_at=NOW, fulfilled_at=NOW,
            )
            for order_id, contact in zip(ids, contacts, strict=True)
        )  # fmt: skip
        with CaptureQueriesContext(connection) as captured:
            assert post_orders(ids, RULES, NOW) == n
        costs.append(len(captured))

    assert costs[0] == costs[1]


def test_a_shop_without_a_programme_pays_next_to_nothing() -> None:
    bought = order(customer(), 100, rules=OFF)

    with CaptureQueriesContext(connection) as captured:
        post_orders([bought], OFF, NOW)

    assert len([query for query in captured if "SAVEPOINT" not in query["sql"]]) == 1
