"""The lifecycle by examples that can be checked by hand, and against the oracle at any moment."""

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts import changes
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.segments.models import Lifecycle, ModelFit
from saleor_crm_plugin.segments.rhythm import limits
from tests.segments.facts import DAY, NOW, buy, history, night, person, rules
from tests.segments.oracle import alive, stage_at

pytestmark = pytest.mark.django_db

# Too few gaps to learn from: at risk after 60 days, lapsed after 120, lost after 240; new for 10.
SEASON = {"season": "60 d"}
OWNER = rules(**SEASON)


def stage(contact: int) -> tuple[str, float, float | None]:
    """Where a contact stands: stage, since and until in days from now."""
    row = Lifecycle.objects.get(contact=contact)
    return row.stage, (row.since - NOW) / DAY, None if row.until is None else (row.until - NOW) / DAY


def customer_of(*days_ago: float) -> int:
    contact = person()
    for days in days_ago:
        buy(contact, days)
    return contact


def test_without_a_purchase_somebody_is_a_prospect_since_they_are_known() -> None:
    contact = person(12)

    night(settings=OWNER)

    assert stage(contact) == ("prospect", -12, None)
    assert history(contact, "lifecycle") == [("prospect", -12, None, "new_contact")]


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        ([3], ("new", -3, 7)),
        ([10], ("getting_acquainted", 0, 50)),
        ([59], ("getting_acquainted", -49, 1)),
        ([60], ("at_risk", 0, 60)),
        ([120], ("lapsed", 0, 120)),
        ([240], ("lost", 0, None)),
        ([50, 3], ("active", -3, 57)),
        ([64, 3], ("getting_acquainted", -3, 57)),  # back after silence, the gap was longer than a season
        ([50, 30, 3], ("active", -30, 57)),
        ([63, 43, 23, 3], ("loyal", -3, 57)),
        ([62, 43, 23, 3], ("active", -43, 57)),  # four days, but not over a season
        ([83, 63, 43, 23, 3], ("loyal", -23, 57)),
        ([183, 163, 143, 123, 3], ("loyal", -3, 57)),  # back after having lapsed
        ([3.1, 3], ("new", -3.1, 6.9)),  # two orders on one day
    ],
)
def test_a_stage_begins_and_ends_at_exact_moments(
    days_ago: list[float], expected: tuple[str, float, float | None]
) -> None:
    contact = customer_of(*days_ago)

    night(settings=OWNER)

    assert stage(contact) == pytest.approx(expected)


def test_stages_that_passed_while_no_night_ran_are_recorded_with_their_own_dates() -> None:
    contact = customer_of(3)
    night(settings=OWNER)

    night(400, OWNER)

    assert history(contact, "lifecycle") == [
        ("new", -3, 7, "first_order"),
        ("getting_acquainted", 7, 57, "time"),
        ("at_risk", 57, 117, "silence"),
        ("lapsed", 117, 237, "silence"),
        ("lost", 237, None, "silence"),
    ]


def test_an_order_brings_a_customer_back() -> None:
    contact = customer_of(100, 70)
    night(settings=OWNER)
    buy(contact, -5)

    night(6, OWNER)

    assert history(contact, "lifecycle") == [
        ("at_risk", -10, 5, "silence"),
        ("getting_acquainted", 5, None, "order"),
    ]


def test_when_the_orders_turn_out_void_a_customer_is_a_prospect_from_then_on() -> None:
    contact = customer_of(3)
    night(settings=OWNER)
    Purchase.objects.update(real=False)
    changes.note([contact])

    night(1, OWNER)

    assert stage(contact)[0] == "prospect"
    assert history(contact, "lifecycle") == [("new", -3, 1, "first_order"), ("prospect", 1, None, "no_orders")]


def test_when_the_season_is_changed_what_was_recorded_stays() -> None:
    contact = customer_of(50)
    night(settings=OWNER)

    night(1, rules(season="40 d"))

    assert history(contact, "lifecycle") == [("getting_acquainted", -40, 1, "time"), ("at_risk", 1, None, "recomputed")]


def test_an_order_that_is_learnt_of_late_counts_from_when_it_was_placed() -> None:
    contact = person(50)
    night(settings=OWNER)
    buy(contact, 0.5)

    night(1, OWNER)

    assert history(contact, "lifecycle")[-1] == ("new", -0.5, None, "first_order")


def test_with_enough_gaps_limits_follow_them() -> None:
    for _ in range(15):
        customer_of(40, 30, 20, 10)

    night(settings=OWNER)

    says = limits(OWNER.season)
    # All gaps are their customer's mean gap, and every first gap is ten days.
    assert says["basis"] == ""
    assert [says[f"ratio_{n}"] for n in range(3)] == pytest.approx([1, 1, 1])
    # At risk after ten days, which is a sixth of the season; lapsed after 1.5 times that.
    assert {one.stage for one in Lifecycle.objects.all()} == {"at_risk"}
    assert {(one.until - NOW) / DAY for one in Lifecycle.objects.all() if one.until} == {5}


def model_says(season: str = "60 d") -> None:
    """A model as if it had been fitted to enough customers."""
    night(settings=rules(season=season))
    ModelFit.objects.filter(model="mbgnbd").update(
        converged=True,
        params={"r": 0.6, "alpha": 4.0, "a": 0.8, "b": 2.5, "repeaters": 1000},
        fitted_at=NOW + 500 * DAY,
    )
    Contact.objects.update(created_at=NOW)


def test_where_the_model_carries_limits_are_those_silences_at_which_it_says_so() -> None:
    contact = customer_of(80, 60, 45, 30, 1)
    model_says()
    changes.note([contact])

    night(1, OWNER)

    says = limits(OWNER.season)
    assert says["basis"] == "mbgnbd"
    row = Lifecycle.objects.get()
    assert row.until is not None
    last = NOW - 1 * DAY
    span, silence = 79 * DAY.total_seconds(), (row.until - last).total_seconds()
    assert alive(4, span, silence, says) / alive(4, span, 0, says) == pytest.approx(0.75)


@given(data=st.data(), basis=st.sampled_from(["season", "gaps", "mbgnbd"]))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_stage_is_what_the_oracle_says_along_all_time(db: None, data: st.DataObject, basis: str) -> None:
    dice = random.Random(data.draw(st.integers(0, 2**32)))
    Purchase.objects.all().delete()
    season = dice.choice(["6 d", "60 d", "200 d"])
    people: dict[int, list[float]] = {}
    for _ in range(12):
        contact = person(900)
        people[contact] = sorted(dice.uniform(0, 800) for _ in range(dice.randrange(0, 9)))
        if people[contact] and dice.random() < 0.3:
            people[contact].append(people[contact][-1])  # two at one moment
        for ago in people[contact]:
            buy(contact, ago)
    if basis == "mbgnbd":
        model_says(season)
    if basis == "gaps":  # so many that quantiles are measured
        for _ in range(20):
            customer_of(*(dice.uniform(0, 400) for _ in range(3)))
    if basis == "mbgnbd":
        changes.note(people)
        night(settings=rules(season=season))
    else:
        nightly.rebuild(rules(season=season), NOW)
    says: dict[str, Any] = dict(limits(rules(season=season).season))

    for contact, days in people.items():
        orders = [NOW - ago * DAY for ago in days]
        row = Lifecycle.objects.get(contact=contact)
        second = timedelta(seconds=1)
        assert row.stage == stage_at(orders, NOW, says)
        if orders:
            assert stage_at(orders, row.since, says) == row.stage or _near(orders, row.since, row.stage, says)
            assert stage_at(orders, row.since - second, says) != row.stage
            between = row.since + (NOW - row.since) * dice.random()
            assert stage_at(orders, max(between, row.since + second), says) == row.stage or NOW - row.since < second
            if row.until:
                assert stage_at(orders, row.until - second, says) == row.stage or row.until - NOW < second
                assert stage_at(orders, row.until + second, says) != row.stage


def _near(orders: list[Any], moment: Any, stage: str, says: dict[str, Any]) -> bool:
    """Whether a moment is right but for its last digits."""
    return stage_at(orders, moment + timedelta(milliseconds=1), says) == stage
