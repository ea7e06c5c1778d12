"""Spending points: soonest first, all or nothing, once under one name; and taking that back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Lot
from saleor_crm_plugin.segments.loyalty.refusals import (
    NotEnoughPoints,
    Refusal,
    SourceUsed,
    UnknownContact,
    UnknownRedemption,
)
from saleor_crm_plugin.segments.loyalty.soonest import Wish
from saleor_crm_plugin.segments.loyalty.spend import Redemption, redeem, redeem_many, take_back, take_back_many
from tests.segments.loyalty.ledgers import (
    DAY,
    ENDLESS,
    LIFETIME,
    NOW,
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
MAKES_NO_SENSE = "must be|must have|can be spent"


def test_what_expires_soonest_is_spent_first_and_what_never_expires_last() -> None:
    ada = customer()
    never = earned(ada, 50, rules=ENDLESS)
    late, soon = earned(ada, 50, at=NOW + 2 * DAY), earned(ada, 50, at=NOW + DAY)

    redeem(ada, 60, "v1", NOW + 3 * DAY)
    first = (left(soon), left(late), left(never))
    redeem(ada, 60, "v2", NOW + 3 * DAY)

    assert first == (0, 40, 50)
    assert (left(soon), left(late), left(never)) == (0, 0, 30)


def test_all_of_it_can_be_spent_and_no_point_more() -> None:
    ada = customer()
    earned(ada, 60)
    earned(ada, 40)

    with pytest.raises(NotEnoughPoints) as refusal:
        redeem(ada, 101, "v1", NOW)
    redeem(ada, 100, "v2", NOW)

    assert (refusal.value.wanted, refusal.value.available) == (101, 100)
    assert has(ada).balance == 0


def test_what_is_refused_takes_nothing() -> None:
    ada = customer()
    earned(ada, 100)
    before = movements()

    with pytest.raises(NotEnoughPoints):
        redeem(ada, 101, "v1", NOW)

    assert movements() == before


def test_pending_points_can_not_be_spent() -> None:
    ada = customer()
    order(ada, 100)

    with pytest.raises(NotEnoughPoints, match="0 are available"):
        redeem(ada, 1, "v1", NOW)


def test_points_whose_time_is_over_can_not_be_spent_even_before_that_is_written_down() -> None:
    ada = customer()
    earned(ada, 100)

    with pytest.raises(NotEnoughPoints):
        redeem(ada, 1, "v1", NOW + LIFETIME)
    redeem(ada, 100, "v1", NOW + LIFETIME - timedelta(seconds=1))


def test_points_of_others_can_not_be_spent() -> None:
    ada, bea = customer(), customer("bea@example.com")
    earned(bea, 100)

    with pytest.raises(NotEnoughPoints):
        redeem(ada, 1, "v1", NOW)


def test_what_is_owed_is_paid_before_anything_is_spent() -> None:
    # Two contacts that turned out to be one: one owed 60, the other had 100.
    ada, bea = customer(), customer("bea@example.com")
    owed = earned(ada, 100)
    redeem(ada, 100, "v1", NOW)
    change(owed, refunded=60)
    other = earned(bea, 100)
    Lot.objects.filter(contact=bea).update(contact=ada)

    with pytest.raises(NotEnoughPoints, match="40 are available"):
        redeem(ada, 41, "v2", NOW)
    redeem(ada, 40, "v2", NOW)

    assert (left(owed), left(other)) == (0, 0)


def test_the_same_name_again_answers_the_same_and_takes_nothing() -> None:
    ada = customer()
    earned(ada, 100)

    first = redeem(ada, 60, "v1", NOW)
    again = redeem(ada, 60, "v1", NOW + DAY)

    assert first == again == Redemption(ada, 60, "v1")
    assert has(ada).balance == 40


def test_another_amount_or_another_customer_under_the_same_name_is_refused() -> None:
    ada, bea = customer(), customer("bea@example.com")
    earned(ada, 100)
    earned(bea, 100)
    redeem(ada, 60, "v1", NOW)

    for contact, points in ((ada, 40), (ada, 20), (bea, 60)):
        with pytest.raises(SourceUsed):
            redeem(contact, points, "v1", NOW)

    assert (has(ada).balance, has(bea).balance) == (40, 100)


def test_nobody_spends_for_a_contact_that_is_not_there() -> None:
    with pytest.raises(UnknownContact):
        redeem(4711, 1, "v1", NOW)


@pytest.mark.parametrize(("points", "source"), [(0, "v"), (-1, "v"), (1, ""), (1, "v" * 81), (10**10, "v")])
def test_what_makes_no_sense_is_an_error(points: int, source: str) -> None:
    ada = customer()
    earned(ada, 100)

    with pytest.raises(ValueError, match=MAKES_NO_SENSE):
        redeem(ada, points, source, NOW)


def test_two_wishes_of_one_customer_at_once_are_an_error() -> None:
    ada = customer()

    with pytest.raises(ValueError, match="One wish"):
        redeem_many([Wish(ada, 1, "v1"), Wish(ada, 1, "v2")], NOW)
    with pytest.raises(ValueError, match="One wish"):
        redeem_many([Wish(ada, 1, "v1"), Wish(ada + 1, 1, "v1")], NOW)


def test_a_redemption_taken_back_goes_to_where_it_came_from() -> None:
    ada = customer()
    soon, late = earned(ada, 50), earned(ada, 50, at=NOW + DAY)
    redeem(ada, 70, "v1", NOW + DAY)

    came_back = take_back("v1", NOW + 2 * DAY)

    assert (came_back, left(soon), left(late)) == (70, 50, 50)
    assert (lot(soon).due_at, lot(late).due_at) == (NOW + LIFETIME, NOW + DAY + LIFETIME)


def test_it_comes_back_once() -> None:
    ada = customer()
    earned(ada, 100)
    redeem(ada, 60, "v1", NOW)

    first, again = take_back("v1", NOW), take_back("v1", NOW)

    assert first == again == 60
    assert has(ada).balance == 100


def test_what_was_taken_back_can_not_be_claimed_by_asking_again() -> None:
    ada = customer()
    earned(ada, 100)
    redeem(ada, 60, "v1", NOW)
    take_back("v1", NOW)

    with pytest.raises(SourceUsed):
        redeem(ada, 60, "v1", NOW)

    assert has(ada).balance == 100


def test_what_was_never_spent_does_not_come_back() -> None:
    ada = customer()
    earned(ada, 100)

    with pytest.raises(UnknownRedemption):
        take_back("v1", NOW)
    assert has(ada).balance == 100


@pytest.mark.parametrize("written_down", [True, False])
def test_points_that_come_back_after_their_time_live_a_while_again_and_only_these(written_down: bool) -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 60, "v1", NOW)
    later = NOW + LIFETIME + DAY
    if written_down:
        mature(ENDLESS, later)

    take_back("v1", later)

    assert (has(ada, later).balance, has(ada, later).expiring) == (60, 60)
    assert lot(bought).due_at == later + 30 * DAY
    mature(ENDLESS, later + 30 * DAY)
    assert left(bought) == 0


def test_points_that_come_back_in_time_do_not_lengthen_the_life_of_the_others() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 1, "v1", NOW)

    take_back("v1", NOW + LIFETIME - DAY)

    assert lot(bought).due_at == NOW + LIFETIME


def test_points_that_come_back_to_a_refunded_order_pay_what_it_owed() -> None:
    ada = customer()
    bought = earned(ada, 100)
    redeem(ada, 80, "v1", NOW)
    change(bought, refunded=100)
    owed = has(ada).balance

    take_back("v1", NOW)

    assert (owed, has(ada).balance) == (-80, 0)


def test_points_that_come_back_pay_at_once_what_other_orders_owe() -> None:
    ada = customer()
    owed, other = earned(ada, 100), earned(ada, 100, at=NOW + DAY)
    redeem(ada, 100, "v1", NOW + DAY)
    redeem(ada, 100, "v2", NOW + DAY)
    change(owed, refunded=60, at=NOW + DAY)

    take_back("v2", NOW + DAY)

    assert (left(owed), left(other)) == (0, 40)


def test_many_are_answered_one_by_one() -> None:
    ada, bea, cleo = (customer(f"{name}@example.com") for name in ("ada", "bea", "cleo"))
    earned(ada, 100)
    earned(bea, 100)
    redeem(bea, 10, "old", NOW)

    answers = redeem_many([Wish(ada, 60, "v1"), Wish(bea, 9, "old"), Wish(cleo, 1, "v3"), Wish(0, 1, "v4")], NOW)

    assert answers["v1"] == Redemption(ada, 60, "v1")
    assert [type(answers[name]) for name in ("old", "v3", "v4")] == [SourceUsed, NotEnoughPoints, UnknownContact]
    assert all(isinstance(answer, Refusal) for name, answer in answers.items() if name != "v1")
    assert take_back_many(["v1", "old", "v3"], NOW) == {"v1": 60, "old": 10}


def test_fifty_cost_as_many_queries_as_two() -> None:
    costs = []
    for n in (2, 50):
        contacts = [customer(f"customer{n}-{i}@example.com") for i in range(n)]
        for contact in contacts:
            earned(contact, 100)
        with CaptureQueriesContext(connection) as captured:
            redeem_many([Wish(contact, 60, f"v{contact}") for contact in contacts], NOW)
            take_back_many([f"v{contact}" for contact in contacts], NOW)
        assert {has(contact).balance for contact in contacts} == {100}
        costs.append(len(captured))

    assert costs[0] == costs[1]
