"""What a shop says of its orders to statements: values, lines, returns."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from saleor_crm_plugin.shop.port import BEFORE_ALL
from tests.shop_contract.acts import guest_order
from tests.shop_driver import ShopDriver


def rows(driver: ShopDriver, what: str, *orders: str) -> list[dict[str, Any]]:
    """What the shop's SQL gives of these orders."""
    theirs = getattr(driver.shop.order_facts(), what)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH wanted AS (SELECT unnest(%s::text[]) AS order_id) SELECT * FROM ({theirs}) theirs", [list(orders)]
        )
        assert cursor.description
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def order_of(driver: ShopDriver, quantities: dict[str, int], **how: bool) -> str:
    """A guest's order of so many units of each variant."""
    cart_id = driver.make_cart(email="guest@example.com")
    for variant_id, quantity in quantities.items():
        driver.add_line(cart_id, variant_id, quantity)
    return driver.place_order(cart_id, **how)


def test_statements_are_told_of_an_order_what_everybody_is(driver: ShopDriver) -> None:
    # given
    user_id = driver.make_customer("ada@example.com")
    cart_id = driver.make_cart(user_id=user_id, email="ada@example.com", language="fr")
    driver.add_line(cart_id, driver.make_product()[0], 2)
    order_id = driver.place_order(cart_id)
    # when
    (row,) = rows(driver, "orders", order_id)
    order = driver.shop.orders([order_id])[order_id]
    # then
    assert row == {"order_id": order.id, **{k: v for k, v in vars(order).items() if k != "id"}}
    assert isinstance(row["user_id"], str)


def test_lines_tell_what_was_bought_at_which_price(driver: ShopDriver) -> None:
    # given
    shirt, hat = driver.make_product("Shirt")[0], driver.make_product("Hat", price=Decimal("15.50"))[0]
    # when
    order_id = order_of(driver, {shirt: 2, hat: 1})
    lines = sorted(rows(driver, "lines", order_id), key=lambda line: line["total"])
    # then
    assert [(line["variant_id"], line["quantity"], line["total"]) for line in lines] == [
        (hat, 1, Decimal("15.50")),
        (shirt, 2, Decimal("80.00")),
    ]
    assert len({line["line_id"] for line in lines}) == len({line["product_id"] for line in lines}) == 2
    assert {(line["order_id"], line["returned"], line["gift_card"]) for line in lines} == {(order_id, 0, False)}


def test_orders_that_the_shop_has_not_are_missing(driver: ShopDriver) -> None:
    order_id = guest_order(driver, driver.make_product()[0])
    unknown = "00000000-0000-4000-8000-000000000000"
    assert [row["order_id"] for row in rows(driver, "orders", unknown, order_id)] == [order_id]
    assert {row["order_id"] for row in rows(driver, "lines", unknown, order_id)} == {order_id}


def test_what_the_goods_cost_leaves_gift_cards_out(driver: ShopDriver) -> None:
    # given
    shirt = driver.make_product("Shirt")[0]
    card = driver.make_product("Gift card", price=Decimal("25.00"), gift_card=True)[0]
    # when
    plain, mixed, cards = (
        order_of(driver, {shirt: 2}),
        order_of(driver, {shirt: 2, card: 1}),
        order_of(driver, {card: 2}),
    )
    orders = driver.shop.orders([plain, mixed, cards])
    # then
    assert 0 < orders[plain].goods_net <= orders[plain].total == Decimal("80.00")
    assert orders[mixed].goods_net == orders[plain].goods_net
    assert (orders[cards].goods_net, orders[cards].total) == (0, Decimal("50.00"))
    assert sorted(line["gift_card"] for line in rows(driver, "lines", mixed)) == [False, True]


@pytest.mark.parametrize(
    ("billing", "shipping", "gift"),
    [
        (("Ada", "Byron"), ("Ada", "Byron"), False),
        (("Ada", "Byron"), (" ada", "BYRON "), False),
        (("Ada", "Byron"), ("Bea", "Byron"), True),
        (("", ""), ("Bea", "Byron"), False),
        (("Ada", "Byron"), ("", ""), False),
    ],
)
def test_a_gift_ships_to_another_name_than_it_bills(
    driver: ShopDriver, billing: tuple[str, str], shipping: tuple[str, str], gift: bool
) -> None:
    order_id = guest_order(driver, driver.make_product()[0])
    driver.set_names(order_id, billing, shipping)
    assert driver.shop.orders([order_id])[order_id].gift is gift


def test_an_order_is_fulfilled_when_the_last_of_it_was_handed_over(driver: ShopDriver) -> None:
    # given
    shirt, hat = driver.make_product("Shirt")[0], driver.make_product("Hat")[0]
    order_id = order_of(driver, {shirt: 2, hat: 1})
    assert _fulfilled(driver, order_id) is None
    # when
    driver.fulfil_order(order_id, {shirt: 1, hat: 1})
    partly = _fulfilled(driver, order_id)
    driver.fulfil_order(order_id)
    # then
    assert partly is None
    order = driver.shop.orders([order_id])[order_id]
    assert order.fulfilled_at
    assert order.placed_at < order.fulfilled_at <= order.changed_at
    assert order.real


def test_what_came_back_is_told_and_the_rest_stays_fulfilled(driver: ShopDriver) -> None:
    # given
    shirt, hat = driver.make_product("Shirt")[0], driver.make_product("Hat")[0]
    order_id = order_of(driver, {shirt: 3, hat: 1})
    driver.fulfil_order(order_id)
    fulfilled_at = _fulfilled(driver, order_id)
    assert rows(driver, "returns", order_id) == []
    # when
    driver.return_lines(order_id, {shirt: 2})
    (first,) = rows(driver, "returns", order_id)
    driver.return_lines(order_id, {shirt: 1})
    # then
    lines = {line["variant_id"]: line for line in rows(driver, "lines", order_id)}
    assert (lines[shirt]["quantity"], lines[shirt]["returned"], lines[hat]["returned"]) == (3, 3, 0)
    returns = rows(driver, "returns", order_id)
    assert first in returns
    assert sorted((one["variant_id"], one["quantity"]) for one in returns) == [(shirt, 1), (shirt, 2)]
    assert {(one["order_id"], one["product_id"]) for one in returns} == {(order_id, lines[shirt]["product_id"])}
    assert len({one["source"] for one in returns}) == 2
    assert all(fulfilled_at and one["at"] > fulfilled_at for one in returns)
    assert _fulfilled(driver, order_id) == fulfilled_at


def test_nothing_is_fulfilled_of_an_order_that_came_back_whole(driver: ShopDriver) -> None:
    shirt = driver.make_product()[0]
    order_id = order_of(driver, {shirt: 2})
    driver.fulfil_order(order_id)
    driver.return_lines(order_id, {shirt: 2})
    order = driver.shop.orders([order_id])[order_id]
    assert (order.fulfilled_at, order.real, order.refunded) == (None, True, 0)
    assert [one["quantity"] for one in rows(driver, "returns", order_id)] == [2]


def test_an_order_is_edited_until_it_is_confirmed(driver: ShopDriver) -> None:
    # given
    shirt, hat, scarf = (driver.make_product(name)[0] for name in ("Shirt", "Hat", "Scarf"))
    order_id = order_of(driver, {shirt: 1, hat: 1}, paid=False, confirmed=False)
    before = {line["variant_id"]: line["line_id"] for line in rows(driver, "lines", order_id)}
    # when
    driver.edit_order(order_id, shirt, 3)
    driver.edit_order(order_id, hat, 0)
    driver.edit_order(order_id, scarf, 2)
    driver.confirm_order(order_id)
    # then
    lines = {line["variant_id"]: line for line in rows(driver, "lines", order_id)}
    assert {variant: line["quantity"] for variant, line in lines.items()} == {shirt: 3, scarf: 2}
    assert lines[shirt]["line_id"] == before[shirt]
    order = driver.shop.orders([order_id])[order_id]
    assert (order.real, order.total) == (True, Decimal("200.00"))
    assert order.total == sum(line["total"] for line in lines.values())


def test_of_a_deleted_product_the_quantity_stays_known(driver: ShopDriver) -> None:
    shirt, hat = driver.make_product("Shirt")[0], driver.make_product("Hat")[0]
    order_id = order_of(driver, {shirt: 2, hat: 1})
    driver.delete_variant(shirt)
    lines = {line["quantity"]: line for line in rows(driver, "lines", order_id)}
    assert (lines[2]["product_id"], lines[2]["variant_id"]) == (None, None)
    assert lines[1]["variant_id"] == hat


def test_all_orders_are_gone_through_newest_first_and_once(driver: ShopDriver) -> None:
    # given
    variant = driver.make_product()[0]
    orders = [guest_order(driver, variant) for _ in range(5)]
    page = driver.shop.order_facts().page
    # when
    after, pages = dict(BEFORE_ALL), []
    with connection.cursor() as cursor:
        while True:
            cursor.execute(page, {**after, "limit": 2})
            found = cursor.fetchall()
            if not found:
                break
            pages.append([order_id for order_id, _ in found])
            after = {"order_id": found[-1][0], "placed_at": found[-1][1]}
    # then
    newest_first = orders[::-1]
    assert pages == [newest_first[:2], newest_first[2:4], newest_first[4:]]
    assert driver.shop.count_orders() == 5


def _fulfilled(driver: ShopDriver, order_id: str) -> datetime | None:
    return driver.shop.orders([order_id])[order_id].fulfilled_at
