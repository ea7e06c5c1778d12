"""What the plugin costs a shopper's request: one statement, and never an error.

The requests run in this process, through Django's test client against Saleor's own URLs, so that their
statements can be counted.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from saleor.core.db.connection import allow_writer
from saleor.plugins.manager import PluginsManager, get_plugins_manager
from saleor.plugins.models import PluginConfiguration
from saleor.warehouse.models import Stock

from saleor_crm_plugin.webhooks.models import InboxItem
from tests.saleor import graphql as gql
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import global_id

Mutate = Callable[[SaleorDriver, str], dict[str, Any]]


def _add(driver: SaleorDriver, cart_id: str) -> dict[str, Any]:
    variant = driver.make_product()[0]
    line = {"variantId": global_id("ProductVariant", variant), "quantity": 1}
    return {"query": gql.LINES_ADD, "variables": {"id": global_id("Checkout", cart_id), "lines": [line]}}


def _remove(driver: SaleorDriver, cart_id: str) -> dict[str, Any]:
    driver.add_line(cart_id, driver.make_product()[0])
    lines = [line["id"] for line in driver.storefront(cart_id)["lines"]]
    return {"query": gql.LINES_DELETE, "variables": {"id": global_id("Checkout", cart_id), "lines": lines[-1:]}}


def _email(driver: SaleorDriver, cart_id: str) -> dict[str, Any]:
    return {
        "query": gql.EMAIL_UPDATE,
        "variables": {"id": global_id("Checkout", cart_id), "email": "new@example.com"},
    }


def _create(driver: SaleorDriver, cart_id: str) -> dict[str, Any]:
    created = {"channel": driver.channel, "lines": [], "email": "ada@example.com"}
    return {"query": gql.CHECKOUT_CREATE, "variables": {"input": created}}


@pytest.mark.parametrize("mutate", [_create, _add, _remove, _email])
def test_a_hook_adds_exactly_one_statement(driver: SaleorDriver, mutate: Mutate) -> None:
    # given the same mutation of two carts alike, the plugin off and on
    def statements(active: bool) -> list[str]:
        cart_id = driver.make_cart(email="ada@example.com")
        driver.add_line(cart_id, driver.make_product()[0])
        request = mutate(driver, cart_id)
        PluginConfiguration.objects.filter(identifier="saleor_crm").update(active=active)
        InboxItem.objects.all().delete()
        try:
            return _statements(request)
        finally:
            PluginConfiguration.objects.filter(identifier="saleor_crm").update(active=True)

    statements(True)  # what Saleor caches is there from now on
    # when
    off, on = statements(False), statements(True)
    # then
    ours = [statement for statement in on if "crm_" in statement]
    assert len(ours) == 1, ours
    assert ours[0].lstrip().startswith("INSERT INTO crm_inbox")
    assert len(on) - len(off) == 1
    assert InboxItem.objects.filter(kind="cart").count() == 1


def test_many_changes_of_a_cart_are_one_row(driver: SaleorDriver) -> None:
    cart_id = driver.make_cart(email="ada@example.com")
    for _number in range(3):
        driver.add_line(cart_id, driver.make_product()[0])
    assert list(InboxItem.objects.filter(kind="cart").values_list("object_id", flat=True)) == [cart_id]


def test_events_of_orders_and_customers_leave_a_hint(driver: SaleorDriver) -> None:
    # when
    user_id = driver.make_customer("ada@example.com")
    cart_id = driver.make_cart(user_id=user_id)
    driver.add_line(cart_id, driver.make_product()[0])
    order_id = driver.place_order(cart_id)
    # then
    hints = set(InboxItem.objects.values_list("kind", "object_id"))
    assert {("customer", user_id), ("cart", cart_id), ("order", order_id)} <= hints


def test_what_staff_says_of_a_variant_leaves_a_hint(driver: SaleorDriver) -> None:
    # given
    noted, counted = driver.make_product()[0], driver.make_product()[0]
    InboxItem.objects.all().delete()
    # when
    driver.note(noted, {}, {"restock-date": "2026-12-24"})
    driver.set_stock(counted, 3)
    # then the stock's too, where hooks tell of it; elsewhere the webhooks and the sweep do
    hints = list(InboxItem.objects.order_by("first_hint_at").values_list("kind", "object_id"))
    told = hasattr(PluginsManager, "product_variant_stocks_updated")
    assert hints == [("stock", noted), *([("stock", counted)] if told else [])]


@pytest.mark.parametrize(
    "hook",
    [
        "product_variant_updated",
        "product_variant_metadata_updated",
        "product_variant_out_of_stock",
        "product_variant_back_in_stock",
        "product_variant_stocks_updated",
        "product_variant_discounted_price_updated",
    ],
)
def test_every_hook_of_a_variant_is_one_statement_about_it(driver: SaleorDriver, hook: str) -> None:
    # given
    if not hasattr(PluginsManager, hook):
        pytest.skip("this version has no such hook")
    changed = Stock.objects.get(product_variant_id=int(driver.make_product()[0]))
    argument: Any = changed
    if hook.endswith("stocks_updated"):
        argument = [changed, Stock(pk=changed.pk + 1, product_variant_id=changed.product_variant_id)]
    elif hook.endswith("price_updated"):
        from saleor.product.interface import VariantDiscountedPriceChange  # not in 3.21

        argument = VariantDiscountedPriceChange(
            changed.product_variant_id, driver.channel, Decimal(40), Decimal(30), driver.currency
        )
    elif not hook.endswith("_stock"):
        argument = changed.product_variant
    InboxItem.objects.all().delete()
    manager = get_plugins_manager(allow_replica=False)
    # when
    with allow_writer(), CaptureQueriesContext(connection) as captured:
        getattr(manager, hook)(argument)
    # then
    assert len([query for query in captured.captured_queries if "crm_" in query["sql"]]) == 1
    assert list(InboxItem.objects.values_list("kind", "object_id")) == [("stock", str(changed.product_variant_id))]


@pytest.fixture
def broken() -> Iterator[None]:
    """Our table is away, as in the middle of an upgrade that went wrong."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_inbox RENAME TO crm_inbox_away")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_inbox_away RENAME TO crm_inbox")


def test_a_hook_that_fails_is_not_the_shoppers_trouble(driver: SaleorDriver, broken: None) -> None:
    # when
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, driver.make_product()[0], 2)
    driver.set_email(cart_id, "grace@example.com")
    # then
    assert [line["quantity"] for line in driver.storefront(cart_id)["lines"]] == [2]
    assert driver.storefront(cart_id)["email"] == "grace@example.com"
    order_id = driver.place_order(cart_id)
    assert driver.shop.orders([order_id])[order_id].paid is True


def test_a_hook_that_fails_is_not_the_staffs_trouble(driver: SaleorDriver, broken: None) -> None:
    variant = driver.make_product()[0]
    driver.note(variant, {}, {"restock-date": "2026-12-24"})
    driver.set_stock(variant, 3)
    assert driver.shop.availability([variant], driver.channel)[variant].units == 3


def _statements(request: dict[str, Any]) -> list[str]:
    """Send a request in this process; the statements that it ran on both of Saleor's connections."""
    writer, replica = (CaptureQueriesContext(connections[alias]) for alias in ("default", "replica"))
    client = Client(headers={"host": "127.0.0.1"})
    with writer, replica:
        answer = client.post("/graphql/", json.dumps(request), content_type="application/json").json()
    assert "errors" not in answer, answer
    (result,) = answer["data"].values()
    assert not result["errors"], result
    return [query["sql"] for query in (*writer.captured_queries, *replica.captured_queries)]
