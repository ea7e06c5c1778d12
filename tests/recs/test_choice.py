"""The choice is made by the data, and only by what was before the cut."""

import numpy as np
import pytest

from saleor_crm_plugin.recs.arrays import DAY
from saleor_crm_plugin.recs.choice import choose
from saleor_crm_plugin.recs.evaluate import evaluate
from saleor_crm_plugin.recs.interactions import Interactions, interactions
from saleor_crm_plugin.recs.recipes import LEARNED_FROM_ORDERS, Limits
from saleor_crm_plugin.recs.tasks import Task, answer, cases

from .shops import random_shop, shop_of_pairs

CUT = 160 * DAY


def _other_future(shop: Interactions, seed: int) -> Interactions:
    """The same past, and after the cut other people buying other things."""
    dice = np.random.default_rng(seed)
    past = shop.before(CUT)
    rows = 4000
    users, items = dice.integers(0, shop.user_count, rows), dice.integers(0, shop.item_count, rows)
    times = CUT + dice.integers(0, 40 * DAY, rows)
    return interactions(
        np.r_[past.users, np.arange(shop.user_count), users],
        np.r_[past.items, np.zeros(shop.user_count, np.int64), items],
        np.r_[past.times, np.full(shop.user_count, CUT), times],
        orders=np.r_[past.orders, np.arange(shop.user_count) + 10_000, np.arange(rows) + 20_000],
    )


def test_what_happens_after_the_cut_changes_nothing_in_the_choice() -> None:
    shop = shop_of_pairs()

    one, two = (choose(_other_future(shop, seed), CUT, limits=Limits(seconds=600)) for seed in (1, 2))

    assert one == two


def test_what_belongs_together_is_found_out() -> None:
    shop = shop_of_pairs()

    choice = choose(shop, CUT, [Task.RELATED])[Task.RELATED]
    asked = cases(Task.RELATED, shop, CUT, 28)
    ranked = answer(choice.fit(shop, CUT, Limits()), asked, 1)

    assert choice.picked.ndcg > 0.95 > choice.popular
    assert (ranked.items.ravel() == asked.given.indices ^ 1).mean() > 0.95


def test_a_small_shop_gets_what_sells_and_is_told_so() -> None:
    shop = random_shop(rows=50)

    choices = choose(shop, int(shop.times[-1]) + 1)

    assert {choice.picked.recipe.name for choice in choices.values()} == {"popularity"}
    assert all("too few to compare" in choice.reason for choice in choices.values())
    assert all(not choice.tried for choice in choices.values())


def test_no_time_leaves_what_sells() -> None:
    choices = choose(shop_of_pairs(), CUT, limits=Limits(seconds=-1))

    assert {choice.picked.recipe.name for choice in choices.values()} == {"popularity"}
    assert all("no time to compare" in choice.reason for choice in choices.values())


def test_a_shop_without_a_past_can_be_asked_too() -> None:
    assert choose(random_shop(), 0)[Task.REBUY].picked.recipe.name == "popularity"


@pytest.mark.parametrize("task", [Task.DISCOVERY, Task.REBUY])
def test_cases_of_customers_ask_for_new_or_for_known_products(task: Task) -> None:
    shop = random_shop(rows=3000)
    asked = cases(task, shop, 300 * DAY, 50)

    common = asked.answers.multiply(asked.given).nnz

    assert len(asked) > 20
    assert common == (0 if task is Task.DISCOVERY else asked.answers.nnz)


@pytest.mark.parametrize("task", [Task.BASKET, Task.RELATED])
def test_cases_of_orders_split_each_order(task: Task) -> None:
    asked = cases(task, shop_of_pairs(), CUT, 28, most=50)

    assert len(asked) == 50
    assert asked.given.multiply(asked.answers).nnz == 0
    assert (np.diff(asked.given.indptr) == 1).all()
    assert (np.diff(asked.answers.indptr) == 1).all()


def test_products_that_were_never_sold_before_are_no_right_answer() -> None:
    shop = interactions([1, 2, 1, 2], ["a", "b", "b", "new"], np.array([0, 0, 9, 9]) * DAY)

    asked = cases(Task.DISCOVERY, shop, 5 * DAY, 10)

    assert shop.item_ids[asked.answers.indices].tolist() == ["b"]


def test_an_evaluation_has_a_row_of_each_kind_and_the_chosen_is_what_was_validated() -> None:
    found = evaluate(shop_of_pairs(), CUT, 28, most_cases=100)

    for task in Task:
        rows = [row for row in found.rows if row.task is task]
        assert {row.kind for row in rows} == {"auto", "own", "peer"}
        assert [row.ndcg20 for row in rows] == sorted((row.ndcg20 for row in rows), reverse=True)
        assert {len(row.per_case) for row in rows} == {rows[0].cases}
        assert [row.model for row in rows if row.kind == "auto"] == [f"auto: {found.choices[task].picked}"]


def test_peers_of_repeat_purchases_are_measured_as_their_libraries_rank_too() -> None:
    found = evaluate(shop_of_pairs(), CUT, 28, most_cases=100, own=False)

    twice = [row for row in found.rows if row.kind == "peer" and row.task is Task.REBUY]
    narrow = {row.model: row.ndcg20 for row in twice if not row.of_all}
    wide = {row.model.removesuffix(", of all products"): row.ndcg20 for row in twice if row.of_all}
    assert narrow.keys() == wide.keys()
    assert all(wide[name] <= narrow[name] for name in wide)
    assert not any(row.of_all for row in found.rows if row.task is not Task.REBUY or row.kind != "peer")


def test_of_models_that_cannot_be_told_apart_the_one_that_weighs_several_is_taken() -> None:
    shop = random_shop(customers=300, rows=6000)

    choice = choose(shop, 400 * DAY, [Task.DISCOVERY])[Task.DISCOVERY]

    best = max(choice.tried, key=lambda tried: (tried.windows, tried.ndcg))
    assert choice.picked.recipe.name == "learned discovery"
    assert best.ndcg > choice.picked.ndcg > choice.popular
    assert choice.reason.startswith("as good as the best")


def test_where_a_part_of_the_customers_is_compared_models_that_learn_from_orders_are_left_out() -> None:
    shop = shop_of_pairs()
    few = Limits(seconds=600, rows=len(shop) // 2)

    tried = {one.recipe.name for choice in choose(shop, CUT, limits=few).values() for one in choice.tried}

    assert "learned discovery" in tried
    assert not tried & LEARNED_FROM_ORDERS
