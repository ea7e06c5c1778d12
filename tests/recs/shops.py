"""Small shops for the tests of recommendations: random ones, and ones whose answers are known beforehand."""

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY
from saleor_crm_plugin.recs.interactions import Interactions, interactions

NOW = 400 * DAY


def random_shop(seed: int = 0, customers: int = 60, products: int = 40, rows: int = 900) -> Interactions:
    """Customers of two tastes, best-sellers in both, over 400 days before NOW."""
    dice = np.random.default_rng(seed)
    users = dice.integers(0, customers, rows)
    items = (dice.beta(1, 3, rows) * products / 2).astype(np.int64) + (users % 2) * (products // 2)
    times = np.sort(dice.integers(0, NOW, rows))
    orders = users * 1000 + times // DAY
    return interactions(users, items, times, orders=orders)


def shop_of_pairs(days: int = 200, customers: int = 300, products: int = 40) -> Interactions:
    """Who buys product 2i buys product 2i + 1 in the same order; everybody comes back for another pair."""
    dice = np.random.default_rng(3)
    pair = dice.integers(0, products // 2, customers * 6)
    users = np.repeat(np.arange(customers), 6)
    day = dice.integers(0, days, customers * 6)
    order = np.arange(len(users))
    return interactions(
        np.r_[users, users], np.r_[2 * pair, 2 * pair + 1], np.r_[day, day] * DAY, orders=np.r_[order, order]
    )
