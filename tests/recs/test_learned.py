"""Models that are weighed by what the weeks before have taught."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from saleor_crm_plugin.recs.arrays import DAY, NONE
from saleor_crm_plugin.recs.baskets import fit_together
from saleor_crm_plugin.recs.habits import Habits
from saleor_crm_plugin.recs.interactions import Interactions, Kind, interactions
from saleor_crm_plugin.recs.learned import Learned, fit_learned
from saleor_crm_plugin.recs.model import Model, Scores
from saleor_crm_plugin.recs.neighbours import fit_bm25
from saleor_crm_plugin.recs.signals import latest
from saleor_crm_plugin.recs.tasks import Task, answer, cases

from .shops import shop_of_pairs

NOW = 200 * DAY


def _noise(history: Interactions, now: int) -> Model:
    """A model that says something of everything, and nothing true."""
    table = latest(history, now)
    similar = np.random.default_rng(len(history)).random((history.item_count, history.item_count))
    return _Fixed(table, similar.astype(np.float32))


class _Fixed(Habits):
    def __init__(self, profiles, similar) -> None:  # type: ignore[no-untyped-def]
        super().__init__(profiles)
        object.__setattr__(self, "similar", similar)

    def scores(self, profiles):  # type: ignore[no-untyped-def]
        return Scores(csr_array((profiles @ self.similar).astype(np.float32)))


def test_a_model_that_knows_is_believed_and_one_that_does_not_is_not() -> None:
    found = fit_learned(shop_of_pairs(), NOW, Task.RELATED, [_noise, fit_together])

    assert isinstance(found, Learned)
    assert found.powers[1] > 5 * found.powers[0]
    lists = found.related(np.arange(40, dtype=np.int32), 1).items.ravel()
    assert lists.tolist() == [item ^ 1 for item in range(40)]


def test_what_was_only_looked_at_can_be_shown_and_what_is_excluded_cannot() -> None:
    # given everybody buying pairs, and customer 0 who lately bought product 0 and looked at product 1
    shop = shop_of_pairs()
    looked = interactions(
        np.r_[shop.users, 300, 300],
        np.r_[shop.items, 0, 1],
        np.r_[shop.times, 199 * DAY, 199 * DAY],
        kinds=np.r_[shop.kinds, Kind.PURCHASE, Kind.VIEW],
        orders=np.r_[shop.orders, 10_000, NONE],
    )
    bought = latest(looked.of(Kind.PURCHASE), NOW)

    found = fit_learned(looked, NOW, Task.DISCOVERY, [fit_bm25], 20)
    lists = found.recommend(np.array([300], np.int32), 40, exclude=bought[[300]]).items[0].tolist()

    assert lists[0] == 1
    assert 0 not in lists


def test_nothing_after_the_moment_is_looked_at() -> None:
    shop = shop_of_pairs()
    one = fit_learned(shop, 150 * DAY, Task.BASKET, [fit_together, fit_bm25])
    two = fit_learned(shop.before(150 * DAY), 150 * DAY, Task.BASKET, [fit_together, fit_bm25])

    assert one.powers.tolist() == two.powers.tolist()  # type: ignore[attr-defined]
    assert one.worth.tolist() == two.worth.tolist()  # type: ignore[attr-defined]


def test_a_product_on_its_way_up_goes_before_one_on_its_way_down() -> None:
    """Each month another product is in fashion, known a week before the month ends by its rise."""
    dice = np.random.default_rng(5)
    rows = []
    for day in range(200):
        month, in_month = divmod(day, 25)
        for _ in range(20):
            item = month + (dice.random() < in_month / 25)
            rows.append((int(dice.integers(0, 800)), int(item), day))
    users, items, days = np.array(rows).T
    shop = interactions(users, items, days * DAY)

    found = fit_learned(shop, 172 * DAY, Task.DISCOVERY, [fit_bm25], 20)
    asked = cases(Task.DISCOVERY, shop, 172 * DAY, 20)

    first = answer(found, asked, 1).items.ravel()
    assert np.bincount(first[first != NONE]).argmax() == 7


@pytest.mark.parametrize("task", [Task.DISCOVERY, Task.BASKET])
def test_without_enough_to_learn_from_the_first_model_speaks(task: Task) -> None:
    shop = shop_of_pairs()

    found = fit_learned(shop, 20 * DAY, task, [fit_together, _noise])

    assert found.powers.tolist() == [1, 0]  # type: ignore[attr-defined]


def test_a_product_that_was_never_sold_is_related_to_nothing() -> None:
    shop = shop_of_pairs()
    whole = interactions(
        np.r_[shop.users, 0], np.r_[shop.items, 40], np.r_[shop.times, 400 * DAY], orders=np.r_[shop.orders, 10_000]
    )

    found = fit_learned(whole, NOW, Task.RELATED, [fit_together])

    assert (found.related(np.array([40, NONE, 99], np.int32), 5).items == NONE).all()
