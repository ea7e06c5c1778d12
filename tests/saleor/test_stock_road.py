"""The whole road of stock in real Saleor, its own Celery worker and beat at work: somebody asks, it comes back, he is
told; whichever way it came back, and whether or not anything told of it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from saleor.warehouse.models import Stock

from saleor_crm_plugin.activity.stock import watch
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.flows.models import Decision
from tests.saleor.askers import Askers
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.services import Sink, celery_beat
from tests.saleor.worker import Worker

SETTINGS = {
    "storefront_url": "https://shop.example.com",
    "sender_address": "crm@shop.example.com",
    "quiet_hours": "",
}
ASK = """mutation($variant: ID!, $channel: String!) {
    stockNotificationRequest(variantId: $variant, channel: $channel) {
        stockNotification { requested needsConfirmation } errors { field message code }
    }
}"""
BULK_UPDATE = """mutation($stocks: [StockBulkUpdateInput!]!) {
    stockBulkUpdate(stocks: $stocks, errorPolicy: REJECT_EVERYTHING) {
        count errors { field message code }
    }
}"""
WITHIN = 90  # seconds


@pytest.fixture
def beat(worker: Worker) -> Iterator[None]:
    """Saleor's beat, beside its worker."""
    with celery_beat():
        yield


@pytest.fixture
def switched_on(driver: SaleorDriver, sink: Sink) -> SaleorDriver:
    """The mails that say that something is there again, switched on by the owner."""
    for name, value in SETTINGS.items():
        driver.configure(name, value)
    driver.configure("back_in_stock_enabled", True)
    sink.clear()
    return driver


@pytest.mark.usefixtures("beat")
def test_however_it_comes_back_who_waits_is_told_once_within_90_seconds(
    switched_on: SaleorDriver, askers: Askers, sink: Sink
) -> None:
    # given five variants that are sold out: by the API, by orders, by a bulk update, by an import
    driver = switched_on
    ways = ("api", "edited", "cancelled", "bulk", "import")
    variants = {way: driver.make_product(f"By {way}", price=Decimal("40.00"), stock=1)[0] for way in ways}
    driver.set_stock(variants["api"], 0)
    edited, cancelled = (_ordered(driver, variants[way]) for way in ("edited", "cancelled"))
    _bulk_update(driver, variants["bulk"], 0)
    _import(variants["import"], 0)
    # and a customer each who waits, and another in a channel that sells it no more
    for way, variant in variants.items():
        for email, channel in ((f"{way}@example.com", driver.channel), (f"{way}@example.org", driver.other_channel)):
            _asks(askers.customer(driver.make_customer(email)), variant, channel)
        driver.unlist(variant, driver.other_channel)
    # when all come back
    began = time.monotonic()
    driver.set_stock(variants["api"], 3)
    driver.edit_order(edited, variants["edited"], 0)
    driver.cancel_order(cancelled)
    _bulk_update(driver, variants["bulk"], 3)
    _import(variants["import"], 3)
    # then
    expected = sorted(f"{way}@example.com" for way in ways)
    took: dict[str, float] = {}
    while len(took) < len(ways) and time.monotonic() < began + WITHIN:
        took |= {email: time.monotonic() - began for email in list(sink.recipients) if email not in took}
        time.sleep(0.2)
    print("seconds:", {email: round(seconds) for email, seconds in took.items()})  # noqa: T201 - with -s
    assert sorted(sink.recipients) == expected, _why()
    # and nobody hears of it again
    time.sleep(35)
    assert sorted(sink.recipients) == expected


def test_a_sale_between_asking_and_telling_is_seen(
    switched_on: SaleorDriver, askers: Askers, worker: Worker, sink: Sink
) -> None:
    # given two who wait for what comes back twice, and an order that takes one before anybody is told
    driver = switched_on
    shirt = driver.make_product("Linen shirt", stock=0)[0]
    for email in ("ada@example.com", "bob@example.com"):
        _asks(askers.customer(driver.make_customer(email)), shirt, driver.channel)
    driver.set_stock(shirt, 2)
    worker.run("saleor_crm.sweep_stock")
    _ordered(driver, shirt)
    # when
    worker.run("saleor_crm.decide")
    worker.run("saleor_crm.deliver")
    # then
    assert sink.recipients == ["ada@example.com"]
    assert StockInterest.objects.filter(state="waiting").count() == 1


def test_a_sweep_is_one_statement_however_much_is_watched(
    switched_on: SaleorDriver, askers: Askers, worker: Worker
) -> None:
    driver = switched_on
    variants = driver.make_product("Linen shirt", variants=[str(size) for size in range(30)], stock=0)
    facts = driver.shop.stock_facts()
    now = datetime.now(UTC)
    watch.watch(facts, [(variant, driver.channel) for variant in variants], now)
    Stock.objects.filter(product_variant_id__in=[int(variant) for variant in variants]).update(quantity=4)
    with CaptureQueriesContext(connection) as statements:
        moved = watch.look(facts, now)
    assert len(moved) == len(variants)
    assert len(statements) == 1


def _asks(asker: GraphQL, variant: str, channel: str) -> None:
    answer: Any = asker(ASK, variant=global_id("ProductVariant", variant), channel=channel)
    assert answer["stockNotification"] == {"requested": True, "needsConfirmation": False}


def _ordered(driver: SaleorDriver, variant: str) -> str:
    """Somebody orders one, and the order waits for a member of staff."""
    cart = driver.make_cart(email="first@example.net")
    driver.add_line(cart, variant)
    return driver.place_order(cart, confirmed=False)


def _bulk_update(driver: SaleorDriver, variant: str, quantity: int) -> None:
    stocks = [
        {
            "variantId": global_id("ProductVariant", variant),
            "warehouseId": global_id("Warehouse", stock.warehouse_id),
            "quantity": quantity,
        }
        for stock in Stock.objects.filter(product_variant_id=int(variant))
    ]
    driver.staff(BULK_UPDATE, stocks=stocks)


def _import(variant: str, quantity: int) -> None:
    """A script writes into Saleor's tables, of which nothing tells."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE warehouse_stock SET quantity = %s WHERE product_variant_id = %s", [quantity, variant])


def _why() -> list[Any]:
    return list(Decision.objects.values_list("enrolment__subject_id", "outcome", "reason", "at"))
