"""What the merchant says of recommendations is kept by place, and read for many places at once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.recs.served.rules import MOST_BANS, MOST_PINS, SHOP, Kind, Place, Rules, rules_of, set_rules

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHIRT, CLOTHES = Place(Kind.PRODUCT, "7"), Place(Kind.CATEGORY, "7")


def test_rules_hold_in_their_place_only() -> None:
    # given
    set_rules(SHIRT, ["3", "1", "2"], {"9", "8"}, "user:1", NOW)
    set_rules(SHOP, [], ["5"], "app:2", NOW)
    # when
    found = rules_of([CLOTHES, SHIRT, SHOP, SHIRT])
    # then
    assert found == {
        CLOTHES: Rules(),
        SHIRT: Rules(("3", "1", "2"), frozenset({"8", "9"}), "user:1", NOW),
        SHOP: Rules((), frozenset({"5"}), "app:2", NOW),
    }


def test_what_is_said_last_replaces_what_was_said_before() -> None:
    set_rules(SHIRT, ["3"], ["9"], "user:1", NOW)
    later = NOW + timedelta(days=1)
    assert set_rules(SHIRT, [], [], "user:2", later) == Rules(by="user:2", changed_at=later)
    assert rules_of([SHIRT]) == {SHIRT: Rules(by="user:2", changed_at=later)}


@pytest.mark.parametrize(("count", "statements"), [(0, 0), (1, 1), (500, 1)])
def test_the_rules_of_many_places_are_read_at_once(count: int, statements: int) -> None:
    with CaptureQueriesContext(connection) as run:
        assert len(rules_of(Place(Kind.PRODUCT, str(number)) for number in range(count))) == count
    assert len(run) == statements


def test_rules_are_written_at_once() -> None:
    with CaptureQueriesContext(connection) as run:
        set_rules(SHIRT, [str(number) for number in range(MOST_PINS)], ["999"], "user:1", NOW)
    assert len([query for query in run if "crm_recommendation_rules" in query["sql"]]) == 1


@pytest.mark.parametrize(
    ("place", "pins", "bans"),
    [
        (SHIRT, [str(number) for number in range(MOST_PINS + 1)], []),
        (SHIRT, [], [str(number) for number in range(MOST_BANS + 1)]),
        (SHIRT, ["1", "1"], []),
        (SHIRT, ["1"], ["1"]),
        (SHOP, ["1"], []),
    ],
)
def test_rules_that_make_no_sense_are_not_kept(place: Place, pins: list[str], bans: list[str]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        set_rules(place, pins, bans, "user:1", NOW)
    assert rules_of([place]) == {place: Rules()}
