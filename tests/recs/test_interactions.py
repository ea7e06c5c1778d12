"""The columns that everything else reads."""

import numpy as np
import pytest

from saleor_crm_plugin.recs.arrays import DAY, NONE
from saleor_crm_plugin.recs.interactions import BadInteractions, Kind, interactions
from saleor_crm_plugin.recs.orders import order_of, order_table


def test_rows_are_sorted_by_time_and_keep_their_order_within_a_moment() -> None:
    shop = interactions(["b", "a", "a"], ["x", "y", "x"], [5, 1, 5])

    assert shop.times.tolist() == [1, 5, 5]
    assert shop.user_ids[shop.users].tolist() == ["a", "b", "a"]
    assert shop.item_ids[shop.items].tolist() == ["y", "x", "x"]


def test_a_slice_keeps_the_meaning_of_codes() -> None:
    shop = interactions(["b", "a"], ["x", "y"], [5, 1])

    late = shop.since(5)

    assert (len(shop.before(5)), len(late)) == (1, 1)
    assert late.user_ids[late.users].tolist() == ["b"]
    assert late.item_count == 2


def test_nobody_changes_a_column() -> None:
    shop = interactions([1], [1], [1])

    with pytest.raises(ValueError, match="read-only"):
        shop.times[0] = 2
    with pytest.raises(ValueError, match="read-only"):
        shop.before(9).weights[0] = 2


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"users": [1, 2]}, "1 times and 2 users"),
        ({"weights": [float("nan")]}, "not a number"),
        ({"kinds": [9]}, "not known"),
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: dict[str, list[float]], message: str) -> None:
    with pytest.raises(BadInteractions, match=message):
        interactions(**{"users": [1], "items": [1], "times": [1], **columns})  # type: ignore[arg-type]


def test_weights_multiply_what_a_kind_says() -> None:
    kinds = [Kind.VIEW, Kind.PURCHASE, Kind.RETURN]
    shop = interactions([1, 1, 1], [1, 1, 1], [1, 2, 3], kinds=kinds, weights=[10, 2, 1])

    assert shop.says().tolist() == pytest.approx([1.0, 2.0, -1.0])


def test_rows_without_an_order_belong_to_the_customers_day() -> None:
    times = np.array([0, 1, DAY, 2, 3])
    shop = interactions(["a", "a", "a", "b", "b"], list("vwxyz"), times, orders=["", "", "", "7", "7"])

    assert shop.orders.tolist().count(NONE) == 3
    assert order_of(shop).tolist() == [0, 0, 1, 1, 2]


def test_a_product_is_in_an_order_once() -> None:
    shop = interactions(["a"] * 3, ["x", "x", "y"], [0, 0, 0], orders=[1, 1, 1])

    assert order_table(shop, 0).toarray().tolist() == [[1, 1]]
