"""What holds for every model, ours and others'. After the idea of implicit's RecommenderBaseTestMixin."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.recs.arrays import NONE, Sparse
from saleor_crm_plugin.recs.baskets import fit_together
from saleor_crm_plugin.recs.blend import Blend
from saleor_crm_plugin.recs.content import Product, alike, fit_content
from saleor_crm_plugin.recs.ease import fit_ease
from saleor_crm_plugin.recs.habits import fit_common_habits, fit_habits
from saleor_crm_plugin.recs.interactions import Interactions, Kind
from saleor_crm_plugin.recs.learned import fit_learned
from saleor_crm_plugin.recs.model import Model, Ranked
from saleor_crm_plugin.recs.neighbours import fit_bm25, fit_cosine, fit_walks
from saleor_crm_plugin.recs.peers import peers
from saleor_crm_plugin.recs.popularity import fit_popularity
from saleor_crm_plugin.recs.rebuy import fit_rebuy
from saleor_crm_plugin.recs.replenish import due
from saleor_crm_plugin.recs.signals import latest
from saleor_crm_plugin.recs.tasks import Task
from saleor_crm_plugin.recs.viewed import fit_viewed

from .shops import NOW, random_shop

Fit = Callable[[Interactions, int], Model]


def _alike(shop: Interactions) -> Sparse:
    return alike([Product([str(item % 4)], [], 0, "") for item in range(shop.item_count)])


def _looks(shop: Interactions) -> np.ndarray:
    """Three of four purchases as looks only."""
    return np.where(np.arange(len(shop)) % 4 > 0, Kind.VIEW, Kind.PURCHASE).astype(np.int8)


OURS: dict[str, Fit] = {
    "popularity": fit_popularity,
    "cosine": fit_cosine,
    "BM25": fit_bm25,
    "RP3beta": fit_walks,
    "EASE": fit_ease,
    "content": lambda history, now: fit_content(history, now, _alike(history)),
    "due": lambda history, now: due(history, now),
    "viewed": lambda history, now: fit_viewed(replace(history, kinds=_looks(history)), now),
    "EASE of few": lambda history, now: fit_ease(history, now, products=7),
    "bought together": fit_together,
    "learned": lambda history, now: fit_learned(history, now, Task.DISCOVERY, [fit_bm25, fit_ease], 60),
    "learned baskets": lambda history, now: fit_learned(history, now, Task.BASKET, [fit_together, fit_bm25], 60),
    "learned habits": lambda history, now: fit_rebuy(history, now, 60),
    "habits": fit_habits,
    "common habits": fit_common_habits,
    "blend": lambda history, now: Blend(fit_bm25(history, now), fit_popularity(history, now, 5), 0.3),
    "blend of blends": lambda history, now: Blend(
        Blend(fit_habits(history, now), fit_ease(history, now), 0.3), fit_popularity(history, now), 0.5
    ),
}
THEIRS: dict[str, Fit] = {f"peer {peer.name}": peer.fit for peer in peers() if Task.DISCOVERY in peer.tasks}
ALL = {**OURS, **THEIRS}
every_model = pytest.mark.parametrize("fit", ALL.values(), ids=ALL)
our_models = pytest.mark.parametrize("fit", OURS.values(), ids=OURS)


def _bought(shop: Interactions) -> Sparse:
    return latest(shop, NOW)


def _users(shop: Interactions) -> np.ndarray:
    return np.arange(shop.user_count, dtype=np.int32)


def _shown(ranked: Ranked) -> list[list[int]]:
    return [[int(item) for item in row if item != NONE] for row in ranked.items]


@every_model
def test_what_is_excluded_is_never_shown(fit: Fit) -> None:
    shop = random_shop()
    bought = _bought(shop)

    lists = _shown(fit(shop, NOW).recommend(_users(shop), 15, exclude=bought))

    assert [set(row) & set(bought[[user]].indices) for user, row in enumerate(lists)] == [set()] * shop.user_count


@every_model
def test_nothing_but_what_is_asked_for_is_shown(fit: Fit) -> None:
    shop = random_shop()
    bought = _bought(shop)

    lists = _shown(fit(shop, NOW).recommend(_users(shop), 15, only=bought))

    assert [set(row) - set(bought[[user]].indices) for user, row in enumerate(lists)] == [set()] * shop.user_count


@every_model
def test_no_product_is_shown_twice(fit: Fit) -> None:
    shop = random_shop()

    lists = _shown(fit(shop, NOW).recommend(_users(shop), 15))

    assert [len(row) - len(set(row)) for row in lists] == [0] * shop.user_count


@every_model
def test_the_best_comes_first_and_what_is_missing_last(fit: Fit) -> None:
    shop = random_shop()

    ranked = fit(shop, NOW).recommend(_users(shop), 15)

    assert (np.diff(ranked.scores, axis=1) <= 0).all()
    assert ((ranked.items == NONE) == (ranked.scores == 0)).all()


@our_models
def test_the_same_input_gives_the_same_lists(fit: Fit) -> None:
    one = fit(random_shop(), NOW).recommend(_users(random_shop()), 15)
    two = fit(random_shop(), NOW).recommend(_users(random_shop()), 15)

    assert (one.items == two.items).all()
    assert (one.scores == two.scores).all()


@every_model
def test_each_customer_gets_the_same_list_in_any_company(fit: Fit) -> None:
    shop = random_shop(customers=600, rows=3000)
    model = fit(shop, NOW)
    shuffled = np.random.default_rng(1).permutation(shop.user_count).astype(np.int32)

    together = model.recommend(_users(shop), 10)
    apart = model.recommend(shuffled, 10)
    alone = model.recommend(shuffled[:1], 10)

    assert (apart.items == together.items[shuffled]).all()
    assert (alone.items == together.items[shuffled[:1]]).all()


@every_model
def test_customers_who_are_not_known_get_nothing(fit: Fit) -> None:
    shop = random_shop()

    ranked = fit(shop, NOW).recommend(np.array([NONE, 1, shop.user_count], dtype=np.int32), 5)

    assert (ranked.items[[0, 2]] == NONE).all()
    assert ranked.items[1][0] != NONE


@every_model
def test_asking_for_more_than_there_is_gives_what_there_is(fit: Fit) -> None:
    shop = random_shop()

    ranked = fit(shop, NOW).recommend(_users(shop), shop.item_count + 10)

    assert ranked.items.shape == (shop.user_count, shop.item_count + 10)
    assert (ranked.items[:, shop.item_count :] == NONE).all()


@our_models
def test_a_product_is_never_related_to_itself_nor_twice_to_another(fit: Fit) -> None:
    shop = random_shop()

    lists = _shown(fit(shop, NOW).related(np.arange(shop.item_count, dtype=np.int32), 10))

    assert [item for item, row in enumerate(lists) if item in row or len(row) != len(set(row))] == []


@our_models
def test_products_that_are_not_known_are_related_to_nothing(fit: Fit) -> None:
    shop = random_shop()

    ranked = fit(shop, NOW).related(np.array([NONE, shop.item_count], dtype=np.int32), 5)

    assert (ranked.items == NONE).all()


@our_models
def test_nobody_asked_is_an_empty_answer(fit: Fit) -> None:
    assert fit(random_shop(), NOW).recommend(np.zeros(0, dtype=np.int32), 5).items.shape == (0, 5)


@our_models
def test_a_shop_without_a_past_recommends_nothing(fit: Fit) -> None:
    shop = random_shop()

    ranked = fit(shop.before(0), NOW).recommend(_users(shop), 5)

    assert (ranked.items == NONE).all()


@our_models
def test_a_cart_of_a_visitor_is_answered_like_the_signs_of_a_customer(fit: Fit) -> None:
    shop = random_shop()
    model = fit(shop, NOW)
    if not isinstance(model, Blend):  # its two sides may look at different spans of the past
        by_customer = model.recommend(_users(shop), 8)

        by_signs = model.recommend_for(model.profiles, 8)

        assert by_signs.items.shape == by_customer.items.shape
        assert OURS["popularity"] is fit or (by_signs.items == by_customer.items).all()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), n=st.integers(1, 50), name=st.sampled_from(sorted(OURS)))
def test_lists_hold_what_they_promise_in_any_shop(seed: int, n: int, name: str) -> None:
    dice = np.random.default_rng(seed)
    shop = random_shop(seed, int(dice.integers(1, 30)), int(dice.integers(2, 30)), int(dice.integers(1, 300)))
    bought = _bought(shop)

    ranked = OURS[name](shop, NOW).recommend(_users(shop), n, exclude=bought)

    for user, row in enumerate(_shown(ranked)):
        assert len(row) == len(set(row))
        assert not set(row) & set(bought[[user]].indices)
    assert (np.diff(ranked.scores, axis=1) <= 0).all()


SHOPS = {"seed": st.integers(0, 10_000), "name": st.sampled_from(sorted(OURS))}


def _small_shop(seed: int) -> Interactions:
    dice = np.random.default_rng(seed)
    return random_shop(seed, int(dice.integers(1, 30)), int(dice.integers(2, 30)), int(dice.integers(1, 300)))


@settings(max_examples=25, deadline=None)
@given(**SHOPS)
def test_the_same_shop_gives_the_same_lists_whatever_it_is(seed: int, name: str) -> None:
    shop = _small_shop(seed)

    one, two = (OURS[name](_small_shop(seed), NOW).recommend(_users(shop), 20) for _ in range(2))

    assert (one.items == two.items).all()
    assert (one.scores == two.scores).all()


@settings(max_examples=50, deadline=None)
@given(**SHOPS)
def test_customers_in_another_order_get_the_same_lists(seed: int, name: str) -> None:
    shop = _small_shop(seed)
    code = np.random.default_rng(seed).permutation(shop.user_count)
    moved = replace(shop, users=code[shop.users].astype(np.int32), user_ids=shop.user_ids[np.argsort(code)])

    one = OURS[name](shop, NOW).recommend(_users(shop), 20)
    two = OURS[name](moved, NOW).recommend(code.astype(np.int32), 20)

    # Sums in another order differ in their last digits, and so may the order of products that are as good.
    size = max(float(one.scores.max(initial=0)), 1e-6)
    np.testing.assert_allclose(two.scores, one.scores, atol=size * 1e-3)
    for items, scores, others in zip(one.items, one.scores, two.items, strict=True):
        surely = items[scores > scores[-1] + size * 2e-3]
        assert set(surely.tolist()) <= set(others.tolist())


@settings(max_examples=25, deadline=None)
@given(**SHOPS)
def test_related_products_hold_what_they_promise_in_any_shop(seed: int, name: str) -> None:
    shop = _small_shop(seed)

    ranked = OURS[name](shop, NOW).related(np.arange(shop.item_count, dtype=np.int32), 20)

    assert (np.diff(ranked.scores, axis=1) <= 0).all()
    for item, row in enumerate(_shown(ranked)):
        assert item not in row
        assert len(row) == len(set(row))
