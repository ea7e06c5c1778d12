"""What staff say of an audience is understood, or refused in plain words."""

from typing import Any

import pytest

from saleor_crm_plugin.flows.audience.conditions import Audience, AudienceError, Bought, Conditions, Known, read
from saleor_crm_plugin.flows.audience.lines import told

KNOWN = Known(stages=("active", "at_risk", "lapsed"), groups=("Champions", "Lost"), channels=("eu", "pl"))


def test_lines_and_json_say_the_same() -> None:
    by_lines = told(
        [
            "lifecycle=at_risk, lapsed",
            "score_from=2.5",
            "bought=product:7,category:3 in 90d",
            "never_bought=category:4",
            "countries=de,AT",
            "not channels=pl",
        ]
    )
    assert read(by_lines, KNOWN) == Audience(
        where=Conditions(
            lifecycle=("at_risk", "lapsed"),
            score_from=2.5,
            bought=(Bought(("7",), ("3",), 90),),
            never_bought=(Bought(categories=("4",)),),
            countries=("DE", "AT"),
        ),
        but_not=Conditions(channels=("pl",)),
    )


def test_what_is_kept_is_read_as_what_it_was() -> None:
    audience = read(told(["bought=product:7 in 30d", "consented=no", "points_from=10", "not rfm=Lost"]), KNOWN)
    assert read(audience.plain(), KNOWN) == audience


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"where": {"lifecycle": ["dead"]}}, "where.lifecycle"),
        ({"where": {"lifecycle": "at_risk"}}, "where.lifecycle"),
        ({"where": {"colour": ["red"]}}, "where.colour"),
        ({"where": {"orders_from": -1}}, "where.orders_from"),
        ({"where": {"orders_from": True}}, "where.orders_from"),
        ({"where": {"score_from": float("nan")}}, "where.score_from"),
        ({"where": {"ordered_within_days": 0}}, "where.ordered_within_days"),
        ({"where": {"points_from": 5, "points_below": 5}}, "where.points_below"),
        ({"where": {"bought": [{}]}}, "where.bought.0"),
        ({"where": {"bought": [{"products": ["x"]}]}}, "where.bought.0.products"),
        ({"where": {"bought": [{"products": ["1"] * 201}]}}, "where.bought.0.products"),
        ({"where": {"languages": ["%' OR true --"]}}, "where.languages"),
        ({"where": {"countries": ["Germany"]}}, "where.countries"),
        ({"but_not": {"channels": ["us"]}}, "but_not.channels"),
        ({"who": {}}, "audience"),
        ([], "audience"),
        ({"where": 5}, "where"),
    ],
)
def test_what_makes_no_sense_is_named(wrong: Any, place: str) -> None:
    with pytest.raises(AudienceError) as refused:
        read(wrong, KNOWN)
    assert list(refused.value.problems) == [place]


@pytest.mark.parametrize("line", ["lifecycle", "orders_from=many", "bought=7", "consented=maybe", "score_from=x"])
def test_a_line_that_can_not_be_read_is_named(line: str) -> None:
    with pytest.raises(AudienceError) as refused:
        told([line])
    assert list(refused.value.problems) == [line]


def test_the_same_said_twice_is_refused() -> None:
    with pytest.raises(AudienceError):
        told(["countries=DE", "countries=AT"])
