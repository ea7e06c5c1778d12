"""What owners say of ranks, points and tiers: what is read, and what is refused in plain words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from saleor_crm_plugin.config import ConfigError, parse
from saleor_crm_plugin.config.customers import Tier

BAD = [
    ("rfm_period", "2"), ("rfm_period", "11 years"), ("rfm_period", "0 d"), ("rfm_period", ""),
    ("rfm_bins", "1"), ("rfm_bins", "11"), ("rfm_bins", "five"), ("rfm_bins", "٥"),
    ("recommendations_sizes", "shoe size"), ("recommendations_genders", "gender; sex"),
    ("season", "spring"), ("season", "-1 d"),
    ("score_half_life", ""), ("score_half_life", "12 hours"),
    ("score_tier_a", "-1"), ("score_tier_a", "nan"), ("score_tier_a", "1e9"),
    ("score_tier_b", ""), ("score_tier_b", "inf"),
    ("loyalty_since", "31.01.2026"), ("loyalty_since", "2026-02-30"), ("loyalty_since", "1026-01-01"),
    ("loyalty_rates", ""), ("loyalty_rates", "1, 2"), ("loyalty_rates", "EUR"), ("loyalty_rates", "EUR -1"),
    ("loyalty_rates", "euro 1"), ("loyalty_rates", "EUR 1, EUR 2"),
    ("loyalty_return_window", "soon"), ("loyalty_return_window", ""),
    ("loyalty_lifetime", "for ever"),
    ("rfm_groups", "Champions = 5"), ("rfm_groups", "Everybody = 1-6, 1-5"), ("rfm_groups", "= 1-5, 1-5"),
    ("rfm_groups", "Everybody = 5-1, 1-5"), ("rfm_groups", "Most = 2-5, 1-5"), ("rfm_groups", ""),
    ("rfm_groups", f"{'x' * 33} = 1-5, 1-5"),
    ("score_points", "order"), ("score_points", "smile = 1"), ("score_points", "order EUR = 1"),
    ("score_points", "order = -1"), ("score_points", "order = many"), ("score_points", "order = NaN"),
    ("loyalty_tiers", "Silver"), ("loyalty_tiers", "Silver = -1"), ("loyalty_tiers", "Silver = 5, 0"),
    ("loyalty_tiers", "Silver = 5\nGold = 5"), ("loyalty_tiers", "Silver = 5\nSilver = 6"),
    ("views_kept", ""), ("views_kept", "0 d"), ("views_kept", "11 years"), ("views_kept", "for ever"),
    ("views_a_minute", ""), ("views_a_minute", "999"), ("views_a_minute", "1e6"), ("views_a_minute", "1000001"),
    ("loyalty_tiers", "= 5"), ("loyalty_tiers", "Silver = 5, 1.5, 2"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "typed"), BAD)
def test_what_can_not_be_used_is_refused_in_a_plain_sentence(name: str, typed: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse({name: typed})

    assert list(caught.value.problems) == [name] or set(caught.value.problems) == {"score_tier_a"}
    assert caught.value.problems[name].endswith(".")


@pytest.mark.parametrize(
    ("typed", "days"), [("90 d", 90), ("2 Weeks", 14), ("6 months", 180), ("2 years", 730), ("1y", 365)]
)
def test_a_time_is_read_in_the_units_that_people_use(typed: str, days: int) -> None:
    assert parse({"season": typed}).season == timedelta(days=days)


def test_the_groups_that_come_with_it_give_every_customer_the_usual_name() -> None:
    rules = parse({}).rfm
    named = {(r, w): rules.group_of(r, w) for r in range(1, 6) for w in range(1, 6)}

    assert named[5, 5] == "Champions"
    assert named[5, 1] == "New"
    assert named[1, 5] == "Can't lose"
    assert named[1, 1] == "Lost"
    assert len(set(named.values())) == 11


def test_the_first_group_that_fits_holds() -> None:
    rules = parse({"rfm_groups": "Best = 5, 5\nOthers = 1-5, 1-5"}).rfm

    assert rules.group_of(5, 5) == "Best"
    assert rules.group_of(5, 4) == "Others"


def test_points_are_read_by_action_and_currency() -> None:
    points = parse({"score_points": "order = 10\nvalue = 0.1\nvalue PLN = 0.025\nreturn = -5"}).score.points

    assert points == {("order", ""): 10, ("value", ""): 0.1, ("value", "PLN"): 0.025, ("return", ""): -5}


def test_tier_a_has_to_be_above_tier_b() -> None:
    with pytest.raises(ConfigError) as caught:
        parse({"score_tier_a": "30", "score_tier_b": "30"})

    assert list(caught.value.problems) == ["score_tier_a"]


def test_no_points_are_earned_until_a_day_is_named() -> None:
    assert parse({}).loyalty.since is None
    assert parse({"loyalty_since": "2026-01-31"}).loyalty.since == datetime(2026, 1, 31, tzinfo=UTC)


def test_a_currency_without_a_rate_of_its_own_has_the_general_one() -> None:
    loyalty = parse({"loyalty_rates": "1, PLN 0.25"}).loyalty

    assert (loyalty.rate("PLN"), loyalty.rate("EUR")) == (Decimal("0.25"), Decimal(1))


def test_a_currency_that_is_not_named_earns_nothing_where_there_is_no_general_rate() -> None:
    assert parse({"loyalty_rates": "EUR 1"}).loyalty.rate("PLN") == 0


def test_tiers_are_ordered_by_their_thresholds() -> None:
    tiers = parse({"loyalty_tiers": "Gold = 1500, 1.5\nSilver = 500"}).loyalty.tiers

    assert tiers == (Tier("Silver", 500, Decimal(1)), Tier("Gold", 1500, Decimal("1.5")))


def test_points_may_last_for_ever() -> None:
    assert parse({"loyalty_lifetime": ""}).loyalty.lifetime is None


def test_attributes_are_named_by_their_slugs() -> None:
    guards = parse({"recommendations_sizes": " Size,shoe-size ,, größe", "recommendations_genders": ""}).guards

    assert (guards.sizes, guards.genders) == (("size", "shoe-size", "größe"), ())
