"""Products that nobody bought yet find their like."""

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY, NONE
from saleor_crm_plugin.recs.choice import choose
from saleor_crm_plugin.recs.content import Product, alike, fit_content
from saleor_crm_plugin.recs.filled import related_or_alike
from saleor_crm_plugin.recs.interactions import Interactions, interactions
from saleor_crm_plugin.recs.neighbours import fit_bm25
from saleor_crm_plugin.recs.recipes import Limits
from saleor_crm_plugin.recs.tasks import Task

from .shops import NOW, random_shop

CLOTHES = ["clothes", "shirts"]
SHIRT_RED = Product(CLOTHES, ["red", "cotton"], 30, "Red shirt with short sleeves")
SHIRT_BLUE = Product(CLOTHES, ["blue", "cotton"], 32, "Blue shirt with short sleeves")
SHIRT_GOLD = Product(CLOTHES, ["gold", "silk"], 400, "Gala top")
TROUSERS = Product(["clothes", "trousers"], [], 900, "Chinos")
LAMP = Product(["lamps"], [], 30, "Standing lamp")


def _nobody_bought(products: int) -> Interactions:
    return interactions(range(products), range(products), [0] * products).before(0)


def _like(place: int, products: list[Product], n: int) -> list[int]:
    model = fit_content(_nobody_bought(len(products)), 0, alike(products))
    return [int(item) for item in model.related(np.array([place], np.int32), n).items[0]]


def test_the_same_category_material_price_and_words_are_most_alike() -> None:
    assert _like(0, [SHIRT_RED, SHIRT_BLUE, SHIRT_GOLD, LAMP], 3) == [1, 2, 3]


def test_a_category_beside_is_nearer_than_one_elsewhere() -> None:
    assert _like(2, [LAMP, TROUSERS, SHIRT_GOLD], 2) == [1, NONE]


def test_products_without_anything_known_are_alike_to_nothing() -> None:
    assert _like(0, [Product([], [], 0, "")] * 4, 3) == [NONE] * 3


def test_what_nearly_all_products_share_makes_no_pairs() -> None:
    products = [Product(["all"], ["new"], 0, "the best")] * 3000 + [Product(["all", "tea"], [], 0, "tea")] * 2

    table = alike(products)

    assert table.nnz == 2
    assert table[[3000]].indices.tolist() == [3001]


def test_more_like_ones_than_are_kept_leave_the_first() -> None:
    assert np.diff(alike([SHIRT_RED] * 50, k=7).indptr).tolist() == [7] * 50


def test_a_product_without_a_past_is_related_to_its_like_and_it_is_told_which_these_are() -> None:
    shop = interactions([1, 1, 2, 2, 3], ["blue", "gold", "blue", "gold", "red"], [0, 0, 0, 0, 9])
    products = [SHIRT_BLUE, SHIRT_GOLD, SHIRT_RED]
    past = shop.before(5)

    ranked, content = related_or_alike(
        fit_bm25(past, 5), fit_content(past, 5, alike(products)), np.array([0, 2], np.int32), 3
    )

    assert ranked.items.tolist() == [[1, 2, NONE], [0, 1, NONE]]
    assert content.tolist() == [[False, True, False], [True, True, False]]


def test_filled_lists_are_in_order_and_show_nothing_twice() -> None:
    shop = random_shop(products=60, rows=200)
    products = [Product([str(item % 4)], [], 10, f"word{item % 7}") for item in range(shop.item_count)]
    everything = np.arange(shop.item_count, dtype=np.int32)

    ranked, _ = related_or_alike(fit_bm25(shop, NOW), fit_content(shop, NOW, alike(products)), everything, 30)

    assert (np.diff(ranked.scores, axis=1) <= 0).all()
    for item, row in enumerate(ranked.items.tolist()):
        shown = [one for one in row if one != NONE]
        assert len(shown) == len(set(shown))
        assert item not in shown


def test_content_is_chosen_where_it_tells_most() -> None:
    """Orders are two products with the same words, of which there are hundreds, so that no pair comes twice."""
    dice = np.random.default_rng(1)
    word = dice.integers(0, 400, 2000)
    orders = np.arange(2000)
    items = np.r_[word * 10 + dice.integers(0, 5, 2000), word * 10 + dice.integers(5, 10, 2000)]
    days = np.r_[orders, orders] // 10
    shop = interactions(np.r_[orders, orders], items, days * DAY, orders=np.r_[orders, orders])
    products = [Product([], [], 0, f"word{item // 10}") for item in shop.item_ids.tolist()]
    table = alike(products)

    choice = choose(shop, 201 * DAY, [Task.RELATED], alike=table)[Task.RELATED]

    assert choice.picked.recipe.name == "content"
    assert choice.fit(shop, 201 * DAY, Limits(), table).related(np.array([0], np.int32), 4).items.min() >= 0
