"""What is bought again is learned from what was bought again."""

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY, NONE
from saleor_crm_plugin.recs.interactions import Interactions, Kind, interactions
from saleor_crm_plugin.recs.rebuy import fit_rebuy
from saleor_crm_plugin.recs.rebuy_signs import products_of, signs_of

from .shops import random_shop

NOW = 300 * DAY
COFFEE, LAMP, SOAP = 0, 1, 2


def _shop(customers: int = 60) -> Interactions:
    """Everybody buys coffee each 20 days and soap each 60; and a lamp three times in the last weeks, and never again.

    Each begins on a day of their own, so that lamps are many and lately whenever one looks.
    """
    rows = []
    for user in range(customers):
        rows += [(user, COFFEE, day) for day in range(user % 20, 300, 20)]
        rows += [(user, SOAP, day) for day in range(user % 60, 300, 60)]
        rows += [(user, LAMP, (user * 5) % 295 + extra) for extra in (0, 1, 2)]
    users, items, days = np.array(rows).T
    return interactions(users, items, days * DAY)


def _list(shop: Interactions, user: int, now: int = NOW) -> list[int]:
    ranked = fit_rebuy(shop, now).recommend(np.array([user], np.int32), 5)
    return [int(item) for item in ranked.items[0] if item != NONE]


def test_what_people_come_back_to_goes_before_what_was_bought_often_and_lately() -> None:
    shop = _shop()

    lists = [_list(shop, user) for user in range(50, 58)]

    assert [shown[0] for shown in lists] == [COFFEE] * 8
    assert all(shown.index(SOAP) < shown.index(LAMP) for shown in lists)


def test_nothing_after_the_moment_is_looked_at() -> None:
    past, whole = _shop().before(200 * DAY), _shop()

    assert (
        fit_rebuy(past, 200 * DAY).profiles.toarray().tolist()
        == fit_rebuy(whole, 200 * DAY).profiles.toarray().tolist()
    )


def test_what_went_back_and_what_was_a_gift_is_not_bought_again() -> None:
    shop = _shop()
    late = interactions(
        np.r_[shop.users, 0, 0, 0],
        np.r_[shop.items, 3, 3, 4],
        np.r_[shop.times, np.array([290, 291, 292]) * DAY],
        kinds=np.r_[shop.kinds, Kind.PURCHASE, Kind.RETURN, Kind.PURCHASE],
        weights=np.r_[shop.weights, 1, 1, 0],
    )

    assert sorted(_list(late, 0)) == [COFFEE, LAMP, SOAP]


def test_a_young_shop_has_habits_alone() -> None:
    shop = random_shop(rows=40)

    assert fit_rebuy(shop, int(shop.times[10])).recommend(np.arange(5, dtype=np.int32), 3).items.shape == (5, 3)


def test_a_shop_of_many_pieces_is_weighed_as_one_of_one_piece(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    shop = random_shop(customers=90, rows=4000)
    whole = fit_rebuy(shop, NOW).profiles.toarray()

    monkeypatch.setattr("saleor_crm_plugin.recs.rebuy._ROWS_AT_ONCE", 300)

    np.testing.assert_allclose(fit_rebuy(shop, NOW).profiles.toarray(), whole, rtol=1e-4)


def test_signs_count_what_they_promise() -> None:
    # given ann with coffee on days 0, 10 and 20, and bob with a lamp in the first of his two orders
    shop = interactions([0, 0, 0, 1, 1], [0, 0, 0, 1, 0], np.array([0, 10, 20, 5, 25]) * DAY)

    signs = signs_of(shop, 30 * DAY, products_of(shop, 30 * DAY))

    assert list(zip(signs.users.tolist(), signs.items.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1)]
    often, newest, oldest = (np.exp(signs.features[:, column]) - 0.01 for column in (0, 11, 12))
    np.testing.assert_allclose(often, [3, 1, 1], rtol=1e-3)
    np.testing.assert_allclose(newest, [10, 5, 25], rtol=1e-3)
    np.testing.assert_allclose(oldest, [30, 5, 25], rtol=1e-3)
