"""Loyal customers of one category are shown what lies beyond it."""

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY, NONE, Codes
from saleor_crm_plugin.recs.crossing import Crossing, crossing, every_third
from saleor_crm_plugin.recs.interactions import Interactions, interactions
from saleor_crm_plugin.recs.model import Ranked
from saleor_crm_plugin.recs.popularity import fit_popularity
from saleor_crm_plugin.recs.signals import latest

NOW = 100 * DAY
# Two products of each category: tea 0 and 1, cups 2 and 3, tyres 4 and 5; product 6 has none.
CATEGORY: Codes = np.array([0, 0, 1, 1, 2, 2, NONE], dtype=np.int32)
LOYAL, NEW, BROAD = 0, 1, 2


def _shop() -> Interactions:
    """Tea drinkers buy cups; more others buy tyres and nothing else; everything sells."""
    rows = [(LOYAL, 0, 1), (LOYAL, 1, 2), (LOYAL, 0, 3), (NEW, 0, 1)]
    rows += [(BROAD, item, day) for item, day in ((0, 1), (2, 2), (1, 3))]
    rows += [(user, item, user) for user in range(10, 40) for item in (0, 2, 3)]
    rows += [(user, item, user) for user in range(50, 90) for item in (4, 5)]
    rows += [(user, 6, user) for user in range(10, 90)]
    users, items, days = np.array(rows).T
    return interactions(users, items, days * DAY)


def _crossed() -> Crossing:
    shop = _shop()
    return crossing(fit_popularity(shop, NOW, None), shop, CATEGORY, 4)


def test_only_customers_with_three_orders_in_a_single_category_are_asked() -> None:
    crossed = _crossed()

    assert crossed.users.tolist() == [LOYAL]
    assert crossed.home.tolist() == [0]


def test_nothing_of_the_home_category_nor_without_one_is_shown() -> None:
    assert set(_crossed().ranked.items[0].tolist()) == {2, 3, 4, 5}


def test_what_customers_of_the_category_buy_beyond_it_comes_first() -> None:
    assert _crossed().ranked.items[0, :2].tolist() == [2, 3]


def test_what_is_excluded_is_not_shown() -> None:
    shop = _shop()
    exclude = latest(interactions([0], [0], [0]), 0)
    exclude = type(exclude)((np.ones(1, np.float32), ([LOYAL], [2])), shape=(shop.user_count, shop.item_count))

    crossed = crossing(fit_popularity(shop, NOW, None), shop, CATEGORY, 4, exclude)

    assert 2 not in crossed.ranked.items


def test_a_shop_without_a_past_or_categories_has_nobody_to_ask() -> None:
    shop = _shop()
    nowhere = np.full(7, NONE, dtype=np.int32)

    assert len(crossing(fit_popularity(shop, NOW), shop.before(0), CATEGORY, 4).users) == 0
    assert len(crossing(fit_popularity(shop, NOW), shop, nowhere, 4).users) == 0


def _ranked(*rows: list[int]) -> Ranked:
    items = np.array(rows, dtype=np.int32)
    places = np.arange(items.shape[1], 0, -1, dtype=np.float32)
    return Ranked(items, np.where(items == NONE, 0, places).astype(np.float32))


def test_every_third_place_is_from_beyond() -> None:
    mixed, beyond = every_third(_ranked([1, 2, 3, 4, 5, 6, 7]), _ranked([11, 12, NONE]))

    assert mixed.items.tolist() == [[1, 2, 11, 3, 4, 12, 5]]
    assert np.flatnonzero(beyond[0]).tolist() == [2, 5]


def test_what_both_lists_have_is_shown_once_at_its_place_beyond() -> None:
    mixed, _ = every_third(_ranked([1, 11, 2, 3, NONE, NONE]), _ranked([11, 1]))

    assert mixed.items.tolist() == [[2, 3, 11, 1, NONE, NONE]]


def test_scores_of_mixed_lists_go_down_and_lie_above_zero_where_there_is_a_product() -> None:
    mixed, _ = every_third(_ranked([1, 2, NONE, NONE, NONE, NONE], [NONE] * 6), _ranked([11, 12], [13, NONE]))

    assert mixed.items.tolist() == [[1, 2, 11, 12, NONE, NONE], [13] + [NONE] * 5]
    assert (np.diff(mixed.scores, axis=1) <= 0).all()
    assert ((mixed.scores > 0) == (mixed.items != NONE)).all()
