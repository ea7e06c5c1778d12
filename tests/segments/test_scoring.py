"""The score by examples that can be checked by hand, and its tiers along time."""

from datetime import timedelta
from math import log2

import pytest

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts import changes
from saleor_crm_plugin.segments.models import Score, SegmentState
from saleor_crm_plugin.segments.overview import customer
from tests.segments.facts import DAY, NOW, buy, give_back, history, night, person, put_into_cart, rules

pytestmark = pytest.mark.django_db

# An order is worth 10 points, half of it after 10 days; A from 40, B from 20.
PLAIN = {"score_points": "order = 10", "score_half_life": "10 d", "score_tier_a": "40", "score_tier_b": "20"}


def score(contact: int, days: float = 0, **values: str) -> float:
    return customer(contact, rules(**values), NOW + days * DAY).score


def test_an_action_is_worth_half_its_points_after_the_half_life() -> None:
    contact = person()
    buy(contact, 90, "50")

    night()

    assert score(contact) == pytest.approx((10 + 0.1 * 50) / 2)
    assert score(contact, 90) == pytest.approx((10 + 0.1 * 50) / 4)


def test_carts_count_once_per_change_and_money_by_its_currency() -> None:
    points = "order = 1\nvalue = 0.5\nvalue PLN = 0.1\ncart = 2"
    contact = person()
    put_into_cart(contact, 0)
    buy(contact, 0, "100", "PLN", refunded="20")
    buy(contact, 0, "10", "EUR")

    night(settings=rules(score_points=points))

    assert score(contact, score_points=points) == pytest.approx(2 + 1 + 8 + 1 + 5)


def test_a_return_takes_points() -> None:
    contact = person()
    order = buy(contact, 10, "50")
    give_back(contact, order, 2, days_ago=5)

    night(settings=rules(score_points="order = 10\nreturn = -3"))

    assert score(contact) == pytest.approx((10 - 2 * 3) * 2 ** (-10 / 90))


def test_without_any_action_there_is_no_score() -> None:
    contact = person()
    order = buy(contact, 0)
    night()
    Purchase.objects.filter(pk=order).update(real=False)
    changes.note([contact])

    night()

    assert not Score.objects.exists()
    assert score(contact) == 0


def test_a_tier_is_entered_at_its_points_by_the_order_that_reached_them() -> None:
    contact = person()
    for days in (3, 2, 1):
        buy(contact, days)

    night(settings=rules(**PLAIN))

    # 10, 10 + 9.3, 10 + 9.3 + 8.7 = 28.0: the third order made B.
    assert history(contact, "score") == [("B", -1, None, "points")]


def test_a_tier_is_left_below_nine_tenths_at_the_very_moment() -> None:
    contact = person()
    for _ in range(4):
        buy(contact, 0)
    night(settings=rules(**PLAIN))

    night(30, rules(**PLAIN))

    # 40 points: A until 36, B until 18, by 40 * 2 ** -(days / 10).
    leaves_a, leaves_b = 10 * log2(40 / 36), 10 * log2(40 / 18)
    (a, b) = history(contact, "score")
    assert a == ("A", 0, pytest.approx(leaves_a, abs=1e-5), "points")
    assert b == ("B", pytest.approx(leaves_a, abs=1e-5), pytest.approx(leaves_b, abs=1e-5), "decay")


def test_who_hovers_about_the_border_does_not_flap() -> None:
    contact = person()
    buy(contact, 0)
    buy(contact, 0)
    night(settings=rules(**PLAIN))  # 20 points: in B

    night(1, rules(**PLAIN))  # 18.7
    buy(contact, -1.2)
    night(2, rules(**PLAIN))  # 26.9

    assert history(contact, "score") == [("B", 0, None, "points")]


def test_who_never_reached_the_points_is_not_in_by_the_margin() -> None:
    contact = person()
    buy(contact, 1)
    buy(contact, 0)

    night(settings=rules(**PLAIN))

    assert 18 < score(contact, **PLAIN) < 20
    assert history(contact, "score") == []


def test_each_crossing_is_recorded_once_however_many_nights_pass() -> None:
    contact = person()
    for _ in range(4):
        buy(contact, 0)

    for day in range(20):
        night(day, rules(**PLAIN))

    assert [segment for segment, *_ in history(contact, "score")] == ["A", "B"]


def test_an_order_that_turns_out_void_ends_the_tier_now() -> None:
    contact = person()
    orders = [buy(contact, 1) for _ in range(4)]
    night(settings=rules(**PLAIN))
    Purchase.objects.filter(pk__in=orders[1:]).update(real=False)
    changes.note([contact])

    night(1, rules(**PLAIN))

    ((_, _, left, _),) = history(contact, "score")
    assert left == 1


def test_the_reference_moves_before_numbers_grow_too_large() -> None:
    contact = person()
    buy(contact, 0)
    owner = rules(**{**PLAIN, "score_half_life": "1 d"})
    night(settings=owner)
    reference = SegmentState.objects.get().score_reference

    buy(contact, -101)
    night(101, owner)

    assert SegmentState.objects.get().score_reference == reference + timedelta(days=101)
    assert Score.objects.get().points == pytest.approx(10)


@pytest.mark.parametrize("days", [20_000, -20_000])
def test_a_moment_far_off_does_no_harm(days: float) -> None:
    contact = person()
    buy(contact, days)

    night(settings=rules(**{**PLAIN, "score_half_life": "1 d"}))

    assert Score.objects.get().points > 0
