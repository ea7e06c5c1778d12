"""Models are compared on some customers of a big shop, each with the whole past."""

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY
from saleor_crm_plugin.recs.choice import choose
from saleor_crm_plugin.recs.recipes import Limits
from saleor_crm_plugin.recs.sample import some_customers
from saleor_crm_plugin.recs.tasks import Task

from .shops import random_shop, shop_of_pairs


def test_customers_are_drawn_with_all_that_they_did() -> None:
    shop = random_shop(customers=500, rows=5000)

    part = some_customers(shop, 1000)

    assert 700 < len(part) < 1300
    for code in range(0, part.user_count, 10):
        whole = shop.where(shop.users == np.flatnonzero(shop.user_ids == part.user_ids[code])[0])
        mine = part.where(part.users == code)
        assert (mine.items.tolist(), mine.times.tolist()) == (whole.items.tolist(), whole.times.tolist())


def test_products_keep_their_codes_and_the_same_customers_are_drawn_again() -> None:
    shop = random_shop(customers=500, rows=5000)

    one, two = some_customers(shop, 1000), some_customers(shop, 1000)

    assert (one.item_ids == shop.item_ids).all()
    assert (one.user_ids == two.user_ids).all()


def test_a_small_shop_is_taken_whole() -> None:
    shop = random_shop()

    assert some_customers(shop, len(shop)) is shop


def test_what_belongs_together_is_found_out_on_some_customers_too() -> None:
    shop = shop_of_pairs()

    choice = choose(shop, 200 * DAY, [Task.RELATED], limits=Limits(rows=1500))[Task.RELATED]

    assert choice.picked.ndcg > 0.95 > choice.popular
