"""What each model is for, on shops whose answers are known beforehand."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from saleor_crm_plugin.recs.arrays import DAY, NONE, nothing
from saleor_crm_plugin.recs.baskets import fit_together
from saleor_crm_plugin.recs.blend import Blend
from saleor_crm_plugin.recs.ease import fit_ease
from saleor_crm_plugin.recs.habits import fit_common_habits, fit_habits
from saleor_crm_plugin.recs.interactions import Kind, interactions
from saleor_crm_plugin.recs.model import Scores, top
from saleor_crm_plugin.recs.neighbours import fit_bm25, fit_cosine, fit_walks
from saleor_crm_plugin.recs.pairs import cut_rows, strongest_pairs
from saleor_crm_plugin.recs.popularity import fit_popularity
from saleor_crm_plugin.recs.signals import latest, total
from saleor_crm_plugin.recs.viewed import fit_viewed

from .shops import NOW, random_shop, shop_of_pairs

ANN, BOB, CAT = 0, 1, 2


def test_what_sells_now_goes_before_what_sold_more_long_ago() -> None:
    shop = interactions([0, 1, 2, 3, 4], [0, 0, 0, 1, 1], np.array([0, 0, 0, 99, 99]) * DAY)

    now = fit_popularity(shop, 100 * DAY, 10)
    always = fit_popularity(shop, 100 * DAY, None)

    assert now.recommend(np.array([0], np.int32), 2).items.tolist() == [[1, 0]]
    assert always.recommend(np.array([0], np.int32), 2).items.tolist() == [[0, 1]]


def test_a_sign_is_worth_half_after_its_half_life() -> None:
    shop = interactions([ANN], [0], [10 * DAY])

    assert latest(shop, 40 * DAY, 30).toarray().tolist() == [[0.5]]


def test_a_customer_who_bought_often_counts_once_for_popularity_and_often_for_habits() -> None:
    shop = interactions([ANN] * 3, [0] * 3, [0, 0, 0])

    assert latest(shop, 0).toarray().tolist() == [[1]]
    assert total(shop, 0).toarray().tolist() == [[3]]


def test_what_went_back_is_no_sign() -> None:
    shop = interactions([ANN, ANN, BOB], [0, 0, 0], [1, 2, 1], kinds=[Kind.PURCHASE, Kind.RETURN, Kind.PURCHASE])

    assert latest(shop, 3).toarray().tolist() == [[0], [1]]
    assert total(shop, 3).toarray().tolist() == [[0], [1]]


@pytest.mark.parametrize("fit", [fit_cosine, fit_bm25, fit_walks, fit_ease, fit_together])
def test_products_bought_by_the_same_people_are_found(fit) -> None:  # type: ignore[no-untyped-def]
    shop = shop_of_pairs()

    found = fit(shop, 200 * DAY).related(np.arange(shop.item_count, dtype=np.int32), 1).items.ravel()

    assert found.tolist() == [item ^ 1 for item in range(shop.item_count)]


def test_plain_counts_show_the_best_seller_and_damped_ones_what_belongs_together() -> None:
    # given 0 in every order, and 2 bought with 1 always but in few orders
    orders = [[0, 1], [0, 1, 2], [0, 1, 2], *[[0, 3]] * 20]
    rows = [(order, item) for order, items in enumerate(orders) for item in items]
    numbers, items = [row[0] for row in rows], [row[1] for row in rows]
    shop = interactions(numbers, items, numbers, orders=numbers)

    counts = fit_together(shop, 100, damping=0.0).related(np.array([1], np.int32), 1)
    damped = fit_together(shop, 100, damping=0.8).related(np.array([1], np.int32), 1)

    assert counts.items.tolist() == [[0]]
    assert damped.items.tolist() == [[2]]


def test_ease_is_the_closed_form_of_the_paper() -> None:
    shop = random_shop()
    table = latest(shop, NOW, None).toarray().astype(np.float64)
    inverse = np.linalg.inv(table.T @ table + 50 * np.eye(shop.item_count))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)

    model = fit_ease(shop, NOW, None, ridge=50)

    assert model.head.tolist() == list(range(shop.item_count))
    np.testing.assert_allclose(model.weights, expected, atol=1e-5)


def test_habits_put_what_is_bought_often_and_lately_first() -> None:
    shop = interactions([ANN] * 5, [0, 0, 0, 1, 2], np.array([0, 1, 2, 99, 50]) * DAY)

    ranked = fit_habits(shop, 100 * DAY, 10).recommend(np.array([ANN], np.int32), 3)

    assert ranked.items.tolist() == [[1, 2, 0]]


def test_common_habits_are_the_formula_of_the_paper() -> None:
    # given three orders of Ann in groups of two: the oldest alone, then the two last
    shop = interactions([ANN] * 3, [0, 1, 0], [1, 2, 3], orders=[1, 2, 3])

    model = fit_common_habits(shop, 4, k=1, own=1.0, group=2, fade_in_group=0.9, fade_of_groups=0.7)

    # then v = (0.7 * [1, 0] + (0.9 * [0, 1] + [1, 0]) / 2) / 2
    np.testing.assert_allclose(model.profiles.toarray(), [[(0.7 + 0.5) / 2, 0.45 / 2]], rtol=1e-6)


def test_common_habits_bring_what_similar_customers_buy() -> None:
    shop = interactions([ANN, BOB, BOB, CAT], [0, 0, 1, 2], [1, 1, 1, 1])

    model = fit_common_habits(shop, 2, k=2, own=0.5)

    assert 1 in model.recommend(np.array([ANN], np.int32), 2).items[0]


def test_a_blend_without_weight_is_its_first_model_and_with_much_its_second() -> None:
    shop = random_shop()
    first, second = fit_bm25(shop, NOW), fit_popularity(shop, NOW)
    users = np.arange(10, dtype=np.int32)

    little, much = Blend(first, second, 1e-7), Blend(first, second, 1e6)

    assert (little.recommend(users, 5).items == first.recommend(users, 5).items).all()
    assert (much.recommend(users, 5).items == second.recommend(users, 5).items).all()


def test_a_customer_without_signs_gets_what_is_popular_from_a_blend() -> None:
    shop = random_shop()
    popular = fit_popularity(shop, NOW)

    ranked = Blend(fit_bm25(shop, NOW), popular, 0.1).recommend_for(nothing(1, shop.item_count), 5)

    assert ranked.items.tolist() == popular.recommend_for(nothing(1, shop.item_count), 5).items.tolist()


def test_what_was_looked_at_and_not_bought_is_shown_the_newest_first() -> None:
    kinds = [Kind.VIEW, Kind.VIEW, Kind.VIEW, Kind.PURCHASE]
    shop = interactions([ANN] * 4, [0, 1, 2, 2], np.array([1, 5, 5, 6]) * DAY, kinds=kinds)

    assert fit_viewed(shop, 7 * DAY).recommend(np.array([ANN], np.int32), 3).items.tolist() == [[1, 0, NONE]]


def test_the_best_with_a_base_are_those_of_the_dense_sum() -> None:
    dice = np.random.default_rng(5)
    own = dice.random((50, 80)).astype(np.float32) * (dice.random((50, 80)) < 0.1)
    base = (dice.random(80) * (dice.random(80) < 0.7)).astype(np.float32)
    out = dice.random((50, 80)) < 0.3
    dense = np.where(out, 0, own + base)

    ranked = top(Scores(csr_array(own), base), 12, csr_array(out.astype(np.float32)))

    assert (ranked.items == np.argsort(-dense, axis=1, kind="stable")[:, :12]).all()


def test_of_equal_scores_the_lower_code_goes_first() -> None:
    ranked = top(Scores(csr_array(np.array([[1, 2, 2, 2, 1]], dtype=np.float32))), 4)

    assert ranked.items.tolist() == [[1, 2, 3, 0]]


def test_pairs_in_blocks_are_the_pairs_of_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    table = latest(random_shop(), NOW, 90)
    whole = strongest_pairs(csr_array(table.T), table, 5)

    monkeypatch.setattr("saleor_crm_plugin.recs.pairs._ENTRIES_AT_ONCE", 100)
    pieces = strongest_pairs(csr_array(table.T), table, 5)

    assert (whole != pieces).nnz == 0
    assert np.diff(whole.indptr).max() == 5
    assert whole.diagonal().sum() == 0


def test_cutting_rows_keeps_the_largest_and_of_equals_the_first() -> None:
    table = csr_array(np.array([[1, 3, 3, 3], [0, 0, 1, 0]], dtype=np.float32))

    assert cut_rows(table, 2).toarray().tolist() == [[0, 3, 3, 0], [0, 0, 1, 0]]
