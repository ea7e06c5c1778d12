"""Orders that were there before the programme, or before us, get their points too."""

from dataclasses import replace

import pytest

from saleor_crm_plugin.segments.loyalty import catch_up as module
from saleor_crm_plugin.segments.loyalty.catch_up import catch_up
from saleor_crm_plugin.segments.loyalty.models import Lot
from tests.segments.loyalty.ledgers import DAY, NOW, OFF, RULES, customer, has, order

pytestmark = pytest.mark.django_db


def test_orders_that_nobody_looked_at_get_their_points() -> None:
    ada = customer()
    for _ in range(3):
        order(ada, 50, rules=OFF)

    assert catch_up(RULES, NOW) == 3
    assert has(ada).pending == 150


def test_it_goes_through_all_orders_however_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 2)
    ada, told = customer(), list[int]()
    for _ in range(5):
        order(ada, 10, rules=OFF)

    assert catch_up(RULES, NOW, told.append) == 5
    assert told == [2, 4, 5]


def test_orders_before_the_first_day_get_none() -> None:
    order(customer(), at=NOW - 10 * DAY, rules=OFF)

    assert catch_up(replace(RULES, since=NOW - 9 * DAY), NOW) == 0
    assert not Lot.objects.exists()


def test_a_second_time_brings_nothing_more() -> None:
    ada = customer()
    order(ada, 50, rules=OFF)
    catch_up(RULES, NOW)

    assert catch_up(RULES, NOW) == 0
    assert has(ada).pending == 50


@pytest.mark.parametrize("facts", [{"paid": False}, {"real": False}, {"refunded": 100}])
def test_what_is_worth_nothing_is_passed_over(facts: dict[str, object]) -> None:
    order(customer(), rules=OFF, **facts)

    assert catch_up(RULES, NOW) == 0


def test_without_a_programme_nothing_is_done() -> None:
    order(customer(), rules=OFF)

    assert catch_up(OFF, NOW) == 0
