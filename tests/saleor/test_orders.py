"""Orders: what went back to the customer, in the older payments and in transactions; what is paid."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

import pytest
from saleor.channel.models import Channel
from saleor.order.models import OrderGrantedRefund

from saleor_crm_plugin.shop.port import Changed, Order
from tests.saleor import graphql as gql
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id

BEFORE = datetime(2024, 1, 1, tzinfo=UTC)


def _order(driver: SaleorDriver, *, paid: bool = True) -> str:
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, driver.make_product(price=Decimal(40))[0])
    return driver.place_order(cart_id, paid=paid)


def _read(driver: SaleorDriver, order_id: str) -> Order:
    return driver.shop.orders([order_id])[order_id]


def test_refunds_add_up_and_the_order_stays_a_paid_one(driver: SaleorDriver, staff: GraphQL) -> None:
    order_id = _order(driver)
    for amount in (10, 5):
        driver.refund_order(order_id, Decimal(amount))
    order = _read(driver, order_id)
    assert (order.refunded, order.paid, order.real) == (15, True, True)
    assert order.refunded == Decimal(str(_shown(staff, order_id)))
    driver.refund_order(order_id, Decimal(25))
    assert (_read(driver, order_id).refunded, _read(driver, order_id).paid) == (40, True)


def test_a_refund_of_an_older_payment_counts_the_same(driver: SaleorDriver, staff: GraphQL) -> None:
    # given
    order_id = _order(driver, paid=False)
    assert _read(driver, order_id).paid is False
    channel = Channel.objects.filter(slug=driver.channel)
    before = channel.get().order_mark_as_paid_strategy
    channel.update(order_mark_as_paid_strategy="payment_flow")
    try:
        staff(gql.ORDER_MARK_AS_PAID, id=global_id("Order", order_id))
    finally:
        channel.update(order_mark_as_paid_strategy=before)
    assert (_read(driver, order_id).paid, _read(driver, order_id).refunded) == (True, 0)
    # when
    staff(gql.ORDER_REFUND, id=global_id("Order", order_id), amount="12.50")
    # then
    order = _read(driver, order_id)
    assert (order.refunded, order.paid) == (Decimal("12.50"), True)
    assert order.refunded == Decimal(str(_shown(staff, order_id)))


def test_a_granted_refund_is_a_promise_and_no_money(driver: SaleorDriver) -> None:
    order_id = _order(driver)
    OrderGrantedRefund.objects.create(order_id=UUID(order_id), amount_value=10, currency=driver.currency)
    assert _read(driver, order_id).refunded == 0


def test_a_refund_that_was_only_asked_for_is_no_money_yet(driver: SaleorDriver, staff: GraphQL) -> None:
    order_id = _order(driver)
    staff(gql.TRANSACTION_EVENT, id=_transaction(staff, order_id), type="REFUND_REQUEST", amount="10", psp="request-1")
    assert _read(driver, order_id).refunded == 0


@pytest.mark.parametrize("what", ["refund", "cancel", "pay"])
def test_what_happens_to_an_order_is_found_by_the_sweep(driver: SaleorDriver, staff: GraphQL, what: str) -> None:
    # given
    order_id = _order(driver, paid=what != "pay")
    driver.set_order_changed_at(order_id, BEFORE)
    # when
    if what == "refund":
        driver.refund_order(order_id, Decimal(10))
    if what == "cancel":
        driver.cancel_order(order_id)
    if what == "pay":
        staff(gql.ORDER_MARK_AS_PAID, id=global_id("Order", order_id))
    # then
    assert [changed.id for changed in driver.shop.changed_orders(Changed(order_id, BEFORE), 10)] == [order_id]


def _shown(staff: GraphQL, order_id: str) -> float:
    return float(staff(gql.ORDER_REFUNDED, id=global_id("Order", order_id))["totalRefunded"]["amount"])


def _transaction(staff: GraphQL, order_id: str) -> str:
    return str(staff(gql.ORDER_TRANSACTIONS, id=global_id("Order", order_id))["transactions"][0]["id"])
