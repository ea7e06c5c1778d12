"""The hooks that the demo shop's actions fire, and what it refuses."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

import pytest
from django.db import transaction

from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.shop.sandbox.models import Checkout, Stock
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.sandbox.driver import SandboxDriver

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Committing(Protocol):
    def __call__(self, *, execute: bool) -> AbstractContextManager[Any]: ...


@pytest.fixture
def shop(db: None) -> SandboxDriver:
    return SandboxDriver()


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, str]]]:
    """What the listeners are told; nobody else listens."""
    box: list[tuple[str, str]] = []
    monkeypatch.setattr(storefront, "listeners", [lambda kind, object_id: box.append((kind, object_id))])
    return box


def test_every_action_tells_of_what_it_changed(
    shop: SandboxDriver, heard: list[tuple[str, str]], django_capture_on_commit_callbacks: Committing
) -> None:
    variant, user_id = shop.make_product()[0], shop.make_customer("ada@example.com")
    with django_capture_on_commit_callbacks(execute=True):
        cart_id = shop.make_cart(user_id=user_id)
        shop.add_line(cart_id, variant)
        shop.set_quantity(cart_id, variant, 2)
        shop.set_email(cart_id, "new@example.com")
        shop.set_cart_metadata(cart_id, {"a": "b"})
        order_id = shop.place_order(cart_id)
        shop.refund_order(order_id, Decimal("1.00"))
        shop.cancel_order(order_id)
        shop.delete_customer(user_id)
        shop.set_stock(variant, 5)
        shop.set_price(variant, Decimal("30.00"))
    order, stock = ("order", order_id), ("stock", variant)
    assert heard == [
        *[("cart", cart_id)] * 5,
        *[stock, order, order, stock, order],
        *[("customer", user_id), stock, stock],
    ]


def test_returned_and_edited_units_are_told_of(
    shop: SandboxDriver, heard: list[tuple[str, str]], django_capture_on_commit_callbacks: Committing
) -> None:
    # given
    variant, cart_id = shop.make_product()[0], shop.make_cart()
    shop.add_line(cart_id, variant, 3)
    order_id = shop.place_order(cart_id, confirmed=False)
    # when
    with django_capture_on_commit_callbacks(execute=True):
        shop.edit_order(order_id, variant, 2)
        shop.confirm_order(order_id)
        shop.fulfil_order(order_id)
        shop.return_lines(order_id, {variant: 1})
    # then
    assert heard.count(("stock", variant)) == 2
    assert Stock.objects.get(variant=int(variant)).quantity == 99


def test_nobody_hears_of_what_was_not_committed(
    shop: SandboxDriver, heard: list[tuple[str, str]], django_capture_on_commit_callbacks: Committing
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        shop.make_cart()
        transaction.set_rollback(True)
    assert heard == []


def test_a_listener_that_fails_is_nobody_elses_trouble(
    shop: SandboxDriver, heard: list[tuple[str, str]], django_capture_on_commit_callbacks: Committing
) -> None:
    def failing(kind: str, object_id: str) -> None:
        raise RuntimeError

    storefront.listeners.insert(0, failing)
    with django_capture_on_commit_callbacks(execute=True):
        cart_id = shop.make_cart()
    assert heard == [("cart", cart_id)]


def test_hooks_can_be_lost_held_back_and_repeated(
    shop: SandboxDriver, heard: list[tuple[str, str]], django_capture_on_commit_callbacks: Committing
) -> None:
    # given
    held: list[tuple[str, str]] = []
    with django_capture_on_commit_callbacks(execute=True):
        storefront.create_cart(channel="eu", now=NOW, hook=storefront.lost)
        late = storefront.create_cart(channel="eu", now=NOW, hook=lambda *news: held.append(news))
    assert heard == []
    # when
    for _ in range(2):
        storefront.announce(*held[0])
    # then
    assert heard == [("cart", late)] * 2


def test_units_are_sold_once_and_come_back_with_a_cancelled_order(shop: SandboxDriver) -> None:
    # given
    variant = shop.make_product(stock=3)[0]
    first, second = shop.make_cart(), shop.make_cart()
    for cart_id in (first, second):
        shop.add_line(cart_id, variant, 2)
    # when
    order_id = shop.place_order(first)
    with pytest.raises(storefront.NotPossible):
        shop.place_order(second)
    # then
    assert Stock.objects.get(variant=int(variant)).quantity == 1
    assert set(shop.shop.carts([first, second])) == {second}
    shop.cancel_order(order_id)
    shop.cancel_order(order_id)
    assert Stock.objects.get(variant=int(variant)).quantity == 3


def test_an_empty_cart_cannot_be_ordered(shop: SandboxDriver) -> None:
    with pytest.raises(storefront.NotPossible):
        shop.place_order(shop.make_cart())


def test_a_cart_that_was_ordered_cannot_be_changed(shop: SandboxDriver) -> None:
    variant, cart_id = shop.make_product()[0], shop.make_cart()
    shop.add_line(cart_id, variant)
    shop.place_order(cart_id)
    for change in (lambda: shop.add_line(cart_id, variant), lambda: shop.place_order(cart_id)):
        with pytest.raises(Checkout.DoesNotExist):
            change()


def test_no_more_is_given_back_than_was_paid(shop: SandboxDriver) -> None:
    cart_id = shop.make_cart()
    shop.add_line(cart_id, shop.make_product(price=Decimal("40.00"))[0])
    order_id = shop.place_order(cart_id)
    shop.refund_order(order_id, Decimal("30.00"))
    with pytest.raises(storefront.NotPossible):
        shop.refund_order(order_id, Decimal("20.00"))
    assert SandboxShop().orders([order_id])[order_id].refunded == Decimal("30.00")


def test_putting_the_same_thing_in_again_makes_the_line_longer(shop: SandboxDriver) -> None:
    variant, cart_id = shop.make_product()[0], shop.make_cart()
    shop.add_line(cart_id, variant, 2)
    storefront.add_line(cart_id, variant, now=NOW + timedelta(days=1))
    cart = shop.shop.carts([cart_id])[cart_id]
    assert [line.quantity for line in cart.lines] == [3]
    assert cart.changed_at == NOW + timedelta(days=1)


def test_a_line_of_nothing_is_gone(shop: SandboxDriver) -> None:
    variant, cart_id = shop.make_product()[0], shop.make_cart()
    shop.add_line(cart_id, variant)
    shop.set_quantity(cart_id, variant, 0)
    assert shop.shop.carts([cart_id])[cart_id].lines == ()
