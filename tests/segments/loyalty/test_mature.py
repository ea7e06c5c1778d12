"""What time does: pending points become earned, earned ones expire."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.loyalty import mature as maturing
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Lot
from saleor_crm_plugin.segments.loyalty.spend import redeem
from tests.flows.test_scale import nodes, plan_of
from tests.segments.loyalty.ledgers import (
    DAY,
    ENDLESS,
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
SECOND = timedelta(seconds=1)


def test_points_become_earned_when_the_return_window_after_delivery_is_over() -> None:
    ada = customer()
    order(ada, 100, fulfilled_at=NOW)

    mature(RULES, NOW + WINDOW - SECOND)
    just_before = has(ada, NOW + WINDOW - SECOND)
    mature(RULES, NOW + WINDOW)

    assert (just_before.pending, just_before.balance) == (100, 0)
    assert (has(ada, NOW + WINDOW).pending, has(ada, NOW + WINDOW).available) == (0, 100)


def test_points_of_what_was_not_delivered_never_become_earned() -> None:
    ada = customer()
    order(ada, 100)

    assert mature(RULES, NOW + 1000 * DAY) == 0


def test_what_went_back_before_the_end_of_the_window_is_never_earned() -> None:
    ada = customer()
    bought = order(ada, 100, fulfilled_at=NOW)
    change(bought, refunded=100, at=NOW + DAY)

    assert mature(RULES, NOW + WINDOW) == 0
    assert lot(bought).earned_at is None


def test_points_expire_after_their_lifetime() -> None:
    ada = customer()
    bought = earned(ada, 100)

    early = mature(RULES, NOW + LIFETIME - SECOND)
    mature(RULES, NOW + LIFETIME)

    assert (early, left(bought)) == (0, 0)
    assert movements() == [("accrue", 100), ("confirm", 0), ("expire", -100)]


def test_points_that_live_for_ever_do_not_expire() -> None:
    ada = customer()
    bought = earned(ada, 100, rules=ENDLESS)

    mature(ENDLESS, NOW + 5000 * DAY)

    assert (left(bought), has(ada, NOW + 5000 * DAY).available) == (100, 100)


def test_the_life_of_points_begins_when_they_are_found_so_that_a_late_job_takes_nothing() -> None:
    bought = order(customer(), 100, fulfilled_at=NOW - 3 * LIFETIME)

    mature(RULES, NOW)

    assert left(bought) == 100
    assert (lot(bought).earned_at, lot(bought).due_at) == (NOW, NOW + LIFETIME)


def test_only_what_is_left_expires() -> None:
    ada = customer()
    earned(ada, 100)
    redeem(ada, 30, "v1", NOW)

    mature(RULES, NOW + LIFETIME)

    assert movements(kind="expire") == [("expire", -70)]


def test_without_a_programme_points_go_on_to_be_earned_and_to_expire() -> None:
    ada = customer()
    earned(ada, 100)
    order(ada, 50, fulfilled_at=NOW)

    mature(OFF, NOW + WINDOW)
    mature(OFF, NOW + LIFETIME)

    assert has(ada, NOW + LIFETIME).balance == 50


def test_time_pays_debts_before_it_lets_points_expire() -> None:
    # Two contacts that turned out to be one: one owed, the other had points that end just now.
    ada, bea = customer(), customer("bea@example.com")
    owed = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    change(owed, refunded=60)
    ends = earned(bea, 100)
    Lot.objects.filter(contact=bea).update(contact=ada)

    mature(RULES, NOW + LIFETIME)

    assert (left(owed), left(ends)) == (0, 0)
    assert movements(lot=lot(ends))[-2:] == [("settle", -60), ("expire", -40)]


def test_a_debt_does_not_expire() -> None:
    ada = customer()
    owed = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    change(owed, refunded=60)

    assert mature(RULES, NOW + 10 * LIFETIME) == 0
    assert has(ada, NOW + 10 * LIFETIME).balance == -60


def test_points_whose_time_is_over_are_gone_even_before_that_is_written_down() -> None:
    ada = customer()
    earned(ada, 100)

    assert has(ada, NOW + LIFETIME).balance == 0
    assert has(ada, NOW + LIFETIME - SECOND).balance == 100


def test_running_again_does_nothing() -> None:
    ada = customer()
    earned(ada, 100)
    before = movements()

    assert mature(RULES, NOW) == 0
    assert movements() == before


def test_many_are_done_bit_by_bit() -> None:
    for n in range(7):
        order(customer(f"customer{n}@example.com"), 100, fulfilled_at=NOW - WINDOW)

    done = [mature(RULES, NOW, limit=3) for _ in range(4)]

    assert done == [3, 3, 1, 0]


def test_a_changed_return_window_holds_from_the_next_look_at_the_order() -> None:
    bought = order(customer(), 100, fulfilled_at=NOW)

    change(bought, rules=replace(RULES, return_window=10 * DAY))

    assert lot(bought).due_at == NOW + 10 * DAY


def test_five_hundred_cost_as_many_queries_as_two() -> None:
    costs = []
    for n in (2, 500):
        fill(pending=n, waiting=0)
        with CaptureQueriesContext(connection) as captured:
            assert mature(RULES, NOW) == n
        costs.append(len(captured))

    assert costs[0] == costs[1]


def test_what_is_due_is_found_among_a_hundred_thousand_by_index() -> None:
    fill(pending=50, waiting=100_000)

    plan = plan_of(maturing.DUE, {"now": NOW, "limit": 1000})

    (found,) = [node for node in nodes(plan) if node.get("Index Name") == "crm_loyalty_lot_due"]
    assert found["Actual Rows"] == 50
    assert plan["Shared Hit Blocks"] < 60


def fill(pending: int, waiting: int) -> None:
    """Fill the table with lots that are due, and with such that are not: later, never, owing or empty."""
    contact = Contact.objects.create(created_at=NOW)
    with connection.cursor() as cursor:
        for count, kind in ((pending, "due"), (waiting, "not")):
            cursor.execute(
                "INSERT INTO crm_loyalty_lot"
                " (contact_id, source, rate, worth, points, earned_at, due_at, moves, created_at)"
                " SELECT %s, %s || n, 1, 10,"
                " CASE WHEN %s = 'due' OR n %% 4 < 2 THEN 10 WHEN n %% 4 = 2 THEN 0 ELSE -1 END,"
                " CASE WHEN %s = 'due' THEN NULL ELSE %s::timestamptz END,"
                " CASE WHEN %s = 'due' OR n %% 4 > 1 THEN %s WHEN n %% 4 = 1 THEN %s END, 0, %s"
                " FROM generate_series(1, %s) n",
                [contact.pk, f"{kind}{pending}-", kind, kind, NOW, kind, NOW - DAY, NOW + DAY, NOW, count],
            )
        cursor.execute("ANALYZE crm_loyalty_lot")
