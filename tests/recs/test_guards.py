"""Gifts and single purchases make no profile."""

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY, NONE
from saleor_crm_plugin.recs.baskets import fit_together
from saleor_crm_plugin.recs.guards import has_profile
from saleor_crm_plugin.recs.interactions import Interactions, Kind, interactions
from saleor_crm_plugin.recs.neighbours import fit_bm25
from saleor_crm_plugin.recs.popularity import fit_popularity

from .shops import shop_of_pairs


def _gift_of_one() -> Interactions:
    """Customer 0 bought products 0 and 1 together, as a gift, after having bought product 2 for themselves."""
    return interactions([0, 0, 0], [0, 1, 2], [DAY, DAY, 0], weights=[0, 0, 1], orders=[7, 7, 8])


def test_two_orders_make_a_profile_and_one_does_not() -> None:
    shop = interactions(["one", "one", "two", "two"], [1, 2, 1, 2], [0, 0, 0, 9 * DAY], orders=[1, 1, 2, 3])

    assert has_profile(shop).tolist() == [False, True]


def test_an_order_and_a_look_make_a_profile_and_a_look_alone_does_not() -> None:
    shop = interactions([0, 0, 1], [1, 2, 1], [0, 1, 2], kinds=[Kind.PURCHASE, Kind.VIEW, Kind.VIEW])

    assert has_profile(shop).tolist() == [True, False]


def test_a_gift_makes_no_profile() -> None:
    assert has_profile(_gift_of_one()).tolist() == [False]


def test_a_gift_says_nothing_of_who_bought_it() -> None:
    assert fit_bm25(_gift_of_one(), 2 * DAY).profiles.indices.tolist() == [2]


def test_a_gift_still_sells() -> None:
    popular = fit_popularity(_gift_of_one(), 2 * DAY, None)

    assert popular.base.tolist() == [1, 1, 1]


def test_what_was_given_together_goes_together() -> None:
    related = fit_together(_gift_of_one(), 2 * DAY).related(np.array([0], np.int32), 3)

    assert related.items.tolist() == [[1, NONE, NONE]]


def test_who_comes_back_has_a_profile_in_a_shop_of_many() -> None:
    shop = shop_of_pairs()

    assert has_profile(shop).all()
    assert not has_profile(shop.before(0)).any()
