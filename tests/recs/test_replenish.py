"""What runs out is told from what does not, and customers are reminded when it is time."""

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY, NONE
from saleor_crm_plugin.recs.interactions import Interactions, interactions
from saleor_crm_plugin.recs.replenish import bought_again, due

COFFEE, SOFA = 0, 1


def _shop(coffee_days: dict[int, list[int]]) -> Interactions:
    """Customers 0 to 9 buy coffee each 30 days up to day 300, and a sofa once; others as told."""
    rows = [(user, COFFEE, day) for user in range(10) for day in range(0, 301, 30)]
    rows += [(user, SOFA, 10) for user in range(10)]
    rows += [(user, COFFEE, day) for user, days in coffee_days.items() for day in days]
    users, items, days = np.array(rows).T
    return interactions(users, items, days * DAY)


def _due(shop: Interactions, user: int, day: int) -> list[int]:
    ranked = due(shop, day * DAY).recommend(np.array([user], np.int32), 5)
    return [int(item) for item in ranked.items[0] if item != NONE]


def test_a_product_that_is_bought_again_has_its_share_of_buyers_and_its_usual_gap() -> None:
    again = bought_again(_shop({90: [5]}))

    assert again.share.tolist() == [np.float32(10 / 11), 0]
    assert again.gap.tolist() == [30, 0]
    assert again.runs_out().tolist() == [True, False]


def test_two_purchases_on_one_day_are_not_buying_again() -> None:
    shop = interactions([1, 1, 2, 2, 3, 3], [0] * 6, np.array([0, 0, 1, 1, 2, 2]) * DAY + [0, 60] * 3)

    assert bought_again(shop).came_back.tolist() == [0]


def test_a_customer_is_reminded_when_the_usual_time_has_passed_and_not_before() -> None:
    shop = _shop({90: [300]})

    assert _due(shop, 10, 310) == []
    assert _due(shop, 10, 330) == [COFFEE]


def test_a_customer_who_has_been_away_far_too_long_is_not_reminded() -> None:
    assert _due(_shop({90: [100]}), 10, 330) == []


def test_a_customer_with_a_rhythm_of_their_own_is_reminded_in_it() -> None:
    shop = _shop({90: [100, 200, 300]})

    assert _due(shop, 10, 335) == []
    assert _due(shop, 10, 400) == [COFFEE]


def test_what_is_not_bought_again_is_never_due() -> None:
    assert SOFA not in [item for day in range(10, 700, 20) for item in _due(_shop({}), 3, day)]


def test_what_happens_later_changes_nothing() -> None:
    assert _due(_shop({90: [300, 329, 331]}), 10, 328) == _due(_shop({90: [300]}), 10, 328) == [COFFEE]


def test_the_most_timely_comes_first() -> None:
    rows = [(user, item, day) for user in range(5) for item in (0, 1) for day in (0, 30, 60)]
    rows += [(9, 0, 60), (9, 1, 45)]
    users, items, days = np.array(rows).T

    assert _due(interactions(users, items, days * DAY), 5, 90) == [0, 1]


def test_a_shop_without_a_past_reminds_nobody() -> None:
    shop = _shop({})

    assert due(shop, 0).profiles.nnz == 0
    assert bought_again(shop.before(0)).gap.tolist() == [0, 0]
