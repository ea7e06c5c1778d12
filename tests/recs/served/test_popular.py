"""What sells now."""

import pytest
from django.db import connection, transaction

from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.recs.served import popular
from saleor_crm_plugin.recs.served.models import PopularList, Shelf
from tests.contacts.test_two_workers import at_once

from .shop import NOW, buy, person

pytestmark = pytest.mark.django_db


def lists() -> dict[tuple[str, str], list[int]]:
    """The products by channel and category."""
    return {(one.channel, one.category_id): one.items for one in PopularList.objects.all()}


def test_what_more_customers_bought_comes_first() -> None:
    for product in ("1", "2", "2"):
        buy(person(), [product], 3)

    popular.refresh(NOW)

    assert lists() == {("eu", ""): [2, 1], ("", ""): [2, 1]}


def test_a_customer_counts_once_for_a_product() -> None:
    ada = person()
    for _ in range(5):
        buy(ada, ["1"], 3)
    buy(person(), ["2"], 3)
    buy(person(), ["2"], 3)

    popular.refresh(NOW)

    assert lists()["eu", ""] == [2, 1]


def test_customers_without_a_name_count_one_by_one() -> None:
    for product in ("1", "2", "2"):
        buy(person(), [product], 3)
    erase(Contact.objects.all(), NOW)

    popular.refresh(NOW)

    assert lists()["eu", ""] == [2, 1]


def test_what_sold_long_ago_counts_less() -> None:
    for days, product in ((60, "1"), (60, "1"), (60, "1"), (0, "2")):
        buy(person(), [product], days)

    popular.refresh(NOW, half_life=30)

    one = PopularList.objects.get(channel="eu")
    assert one.items == [2, 1]
    assert one.scores == pytest.approx([1, 0.75])


def test_a_shop_that_sleeps_shows_what_sold_last() -> None:
    buy(person(), ["1"], 2000)

    popular.refresh(NOW)

    assert lists()["eu", ""] == [1]


def test_an_order_of_a_day_that_is_to_come_changes_nothing() -> None:
    buy(person(), ["1"], 1)
    buy(person(), ["2"], -4000)

    popular.refresh(NOW)

    assert lists()["eu", ""] == [1]


def test_each_channel_has_its_own_list_and_all_have_one_together() -> None:
    buy(person(), ["1"], 1)
    buy(person(), ["2"], 1, channel="poland")
    buy(person(), ["2"], 1, channel="poland")

    popular.refresh(NOW)

    assert lists() == {("eu", ""): [1], ("poland", ""): [2], ("", ""): [2, 1]}
    assert popular.channels() == ["eu", "poland"]


def test_a_category_has_what_sells_in_those_below_it_too() -> None:
    Shelf.objects.create(product_id=1, categories=["10", "11"])
    Shelf.objects.create(product_id=2, categories=["10"])
    for product in ("1", "2", "2", "3"):
        buy(person(), [product], 1)

    popular.refresh(NOW)

    found = lists()
    assert (found["eu", ""], found["eu", "10"], found["eu", "11"]) == ([2, 1, 3], [2, 1], [1])


def test_orders_that_do_not_count_and_gift_cards_are_left_out() -> None:
    buy(person(), ["1"], 1, real=False)

    popular.refresh(NOW)

    assert lists() == {}


def test_what_sells_nowhere_any_more_loses_its_list() -> None:
    buy(person(), ["1"], 400, channel="closed")
    popular.refresh(NOW)
    assert ("closed", "") in lists()

    buy(person(), ["2"], 0)
    popular.refresh(NOW)

    assert lists() == {("eu", ""): [2], ("", ""): [2]}


def test_making_the_same_lists_again_writes_nothing() -> None:
    buy(person(), ["1"], 1)
    popular.refresh(NOW)
    before = list(PopularList.objects.values_list("channel", "category_id").extra(select={"at": "xmin"}))

    popular.refresh(NOW)

    assert list(PopularList.objects.values_list("channel", "category_id").extra(select={"at": "xmin"})) == before


def test_two_at_once_make_the_same_lists(transactional_db: None) -> None:
    for number in range(30):
        buy(person(), [str(number % 7)], number)

    at_once([lambda: popular.refresh(NOW)] * 4)  # type: ignore[list-item, return-value]

    assert set(lists()) == {("eu", ""), ("", "")}


def test_while_somebody_else_makes_them_nothing_is_done(transactional_db: None) -> None:
    done = []

    def other() -> None:
        done.append(popular.refresh(NOW))
        connection.close()

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('saleor_crm'), hashtext('popular'))")
        at_once([other])

    assert done == [False]
