"""What Saleor sends us itself: our app and its webhooks are there, are put right, and what they deliver arrives."""

import time
from collections.abc import Callable
from decimal import Decimal
from io import StringIO
from threading import Thread
from typing import Any

import pytest
import requests
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from saleor.app.models import App
from saleor.core.models import EventDelivery
from saleor.plugins.manager import PluginsManager
from saleor.webhook.event_types import WebhookEventAsyncType
from saleor.webhook.models import Webhook, WebhookEvent

from saleor_crm_plugin import work
from saleor_crm_plugin.shop.port import get_shop
from saleor_crm_plugin.webhooks import events, registration
from saleor_crm_plugin.webhooks.keys import public_keys
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import PLUGIN_UPDATE, STOCKS_UPDATE, GraphQL, global_id
from tests.saleor.services import Sink
from tests.saleor.worker import Worker

APP = """query($id: ID!) { app(id: $id) { name isActive permissions { code } webhooks {
    name isActive targetUrl secretKey subscriptionQuery asyncEvents { eventType }
    eventDeliveries(first: 100) { edges { node { status eventType attempts(first: 5) { edges { node {
        responseStatusCode } } } } } } } } }"""
BY_HOOKS = hasattr(PluginsManager, "product_variant_back_in_stock")
PRICES = "product_variant_discounted_price_updated"
SECONDS = 60
needs_stock_webhooks = pytest.mark.skipif(BY_HOOKS, reason="this version of Saleor tells of stock by hooks")
needs_webhooks = pytest.mark.skipif(
    BY_HOOKS and PRICES not in WebhookEventAsyncType.ALL, reason="this version of Saleor tells everything by hooks"
)


@pytest.fixture
def registered(clean: None) -> App | None:
    """Our app, as ``migrate`` has made it. None where hooks tell everything."""
    return _app()


def test_the_subscriptions_are_ones_that_saleor_takes() -> None:
    from saleor.graphql.webhook.subscription_query import SubscriptionQuery

    for family in events.FAMILIES:
        there = set(family.events) & set(WebhookEventAsyncType.ALL)
        if there:
            read = SubscriptionQuery(events.query(there))
            assert (read.is_valid, read.errors, set(read.events)) == (True, [], there)


def test_what_a_version_needs_is_registered_and_no_more(registered: App | None, staff: GraphQL) -> None:
    wanted = {} if BY_HOOKS else dict.fromkeys(("CRM: stock of channels", "CRM: stock of warehouses"), True)
    if PRICES in WebhookEventAsyncType.ALL:
        wanted["CRM: prices"] = False  # until the owner switches price drops on

    if not any(wanted.values()):
        assert registered is None
        return
    shown = _shown(staff)
    assert (shown["name"], shown["isActive"], [one["code"] for one in shown["permissions"]]) == (
        "CRM", True, ["MANAGE_PRODUCTS"],
    )  # fmt: skip
    assert {hook["name"]: hook["isActive"] for hook in shown["webhooks"]} == wanted
    for hook in shown["webhooks"]:
        assert hook["targetUrl"] == get_shop().public_url("/plugins/saleor_crm/webhooks/")
        assert hook["subscriptionQuery"]
        assert not hook["secretKey"]


def test_migrate_registers_them(clean: None) -> None:
    App.objects.filter(identifier="saleor_crm").delete()
    before = _rows_after(lambda: call_command("migrate", "saleor_crm", verbosity=0))

    assert before == _rows_after(lambda: registration.keep(get_shop()))
    assert bool(before) == (not BY_HOOKS)


@needs_webhooks
def test_seeing_to_them_again_writes_nothing(price_drops: App) -> None:
    before = _rows()
    with CaptureQueriesContext(connection) as queries:
        assert registration.keep(get_shop()) == []

    assert _rows() == before
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert len(queries) <= 8


@needs_webhooks
def test_two_at_once_make_one(price_drops: App) -> None:
    before = _rows_by_name()
    App.objects.filter(identifier="saleor_crm").delete()

    def keep() -> None:
        try:
            registration.keep(get_shop())
        finally:
            connection.close()

    threads = [Thread(target=keep) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert _rows_by_name() == before
    assert App.objects.filter(identifier="saleor_crm").count() == 1


SPOILT: dict[str, Callable[[App], object]] = {
    "a webhook deleted": lambda app: app.webhooks.first().delete(),
    "all webhooks deleted": lambda app: app.webhooks.all().delete(),
    "another target": lambda app: app.webhooks.update(target_url="https://elsewhere.example.com/"),
    "a secret": lambda app: app.webhooks.update(secret_key="s3cret"),
    "another query": lambda app: app.webhooks.update(subscription_query="subscription { event { issuedAt } }"),
    "no query": lambda app: app.webhooks.update(subscription_query=None),
    "headers": lambda app: app.webhooks.update(custom_headers={"X-Saleor": "1"}),
    "switched off": lambda app: app.webhooks.update(is_active=False),
    "an event less": lambda app: app.webhooks.first().events.first().delete(),
    "an event more": lambda app: app.webhooks.first().events.create(event_type="order_created"),
    "the app switched off": lambda app: App.objects.filter(pk=app.pk).update(is_active=False),
    "no permission": lambda app: app.permissions.clear(),
    "removed in the Dashboard": lambda app: App.objects.filter(pk=app.pk).update(
        removed_at="2026-01-01T00:00Z", is_active=False
    ),
    "deleted": lambda app: app.delete(),
    "one of an older version": lambda app: app.webhooks.create(
        name="CRM: old", target_url=app.webhooks.first().target_url
    ),
    "one twice": lambda app: app.webhooks.create(
        name=app.webhooks.first().name, target_url=app.webhooks.first().target_url
    ),
}


@needs_webhooks
@pytest.mark.parametrize("what", SPOILT)
def test_what_somebody_changed_is_put_right(price_drops: App, what: str) -> None:
    # given
    before = _rows_by_name()
    SPOILT[what](price_drops)
    with pytest.raises(CommandError, match="--repair"):
        _crm("webhooks")
    # when
    done = work.keep_webhooks(get_shop())
    # then
    assert done
    assert _rows_by_name() == before
    assert _app().is_active
    assert "Not right" not in _crm("webhooks")


@needs_webhooks
def test_a_webhook_that_the_owner_added_is_left_alone(price_drops: App) -> None:
    other = price_drops.webhooks.create(name="Mine", target_url="https://mine.example.com/")

    registration.keep(get_shop())

    assert Webhook.objects.filter(pk=other.pk).exists()


@needs_webhooks
def test_they_go_with_the_plugin(price_drops: App, staff: GraphQL) -> None:
    # given a plugin that is on
    with pytest.raises(CommandError, match="off first"):
        _crm("webhooks", "--remove")
    # when it is switched off
    staff(PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    # then nothing is sent any more
    assert not _app().is_active
    assert not _app().webhooks.filter(is_active=True).exists()
    # and on again
    staff(PLUGIN_UPDATE, id="saleor_crm", input={"active": True})
    assert _app().is_active
    assert not _app().webhooks.filter(is_active=False).exists()
    # and taken away for good
    staff(PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    assert "gone" in _crm("webhooks", "--remove")
    assert work.keep_webhooks(get_shop()) == 0
    assert _app() is None


def test_the_command_says_what_there_is(registered: App | None) -> None:
    said = _crm("webhooks")

    assert ("CRM: stock of warehouses: active" in said) == (registered is not None)
    assert ("None are needed" in said) == (registered is None)


@needs_stock_webhooks
@pytest.mark.parametrize("setting", [{"PLUGINS": []}, {"CRM_WEBHOOKS": False}])
def test_a_shop_that_wants_none_has_none(registered: App, setting: dict[str, Any]) -> None:
    with override_settings(**setting):
        assert registration.keep(get_shop()) == ["There is an app that nobody needs."]
        assert _app() is None
        assert registration.keep(get_shop()) == []


@needs_stock_webhooks
def test_an_address_that_saleor_will_not_deliver_to_is_named(registered: App, settings_of_saleor: Any) -> None:
    settings_of_saleor.HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS = False
    assert "HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS=True" in _crm("webhooks")
    settings_of_saleor.HTTP_IP_FILTER_ENABLED = False
    assert "HTTP_IP_FILTER" not in _crm("webhooks")
    settings_of_saleor.PUBLIC_URL = "http://nowhere.invalid"
    registration.keep(get_shop())
    assert "nowhere.invalid" in _crm("webhooks")


def test_stock_that_changes_is_a_hint_about_its_variant(driver: SaleorDriver, worker: Worker) -> None:
    # given a variant, and nothing waiting
    variant = driver.make_product(stock=5)[0]
    _let_everything_arrive()
    for quantity in (0, 7):
        InboxItem.objects.all().delete()
        # when
        _stock(driver, variant, quantity)
        # then
        _wait_for(lambda: _hints() == [variant])
    # and nothing of it failed on the way
    _let_everything_arrive()
    assert _hints() == [variant]
    assert not EventDelivery.objects.filter(status="failed").exists()


@pytest.mark.skipif(PRICES not in WebhookEventAsyncType.ALL, reason="this version of Saleor has no event of prices")
def test_a_price_that_drops_is_a_hint_about_its_variant(driver: SaleorDriver, worker: Worker, sink: Sink) -> None:
    variant = driver.make_product(price=Decimal("40.00"))[0]
    _switch_price_drops_on(driver)
    InboxItem.objects.all().delete()
    # when a promotion begins: a new price of the owner's own has no event
    driver.set_price(variant, Decimal("30.00"), was=Decimal("40.00"))
    # then
    _wait_for(lambda: _hints() == [variant])


@needs_stock_webhooks
def test_with_the_plugin_off_nothing_is_delivered(driver: SaleorDriver, worker: Worker) -> None:
    variant = driver.make_product(stock=5)[0]
    driver.staff(PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    InboxItem.objects.all().delete()

    _stock(driver, variant, 0)

    _let_everything_arrive()
    assert not EventDelivery.objects.filter(webhook__app__identifier="saleor_crm").exists()
    assert _hints() == []


@needs_stock_webhooks
def test_the_dashboard_shows_a_delivery_that_was_refused(driver: SaleorDriver, worker: Worker) -> None:
    # given a webhook that somebody gave a secret, so that Saleor no longer signs with its own key
    variant = driver.make_product(stock=5)[0]
    _let_everything_arrive()
    InboxItem.objects.all().delete()
    _app().webhooks.filter(name="CRM: stock of warehouses").update(secret_key="s3cret")
    # when
    _stock(driver, variant, 0)
    _wait_for(lambda: EventDelivery.objects.filter(status="failed").exists())
    # then
    shown = {hook["name"]: hook for hook in _shown(driver.staff)["webhooks"]}["CRM: stock of warehouses"]
    (edge,) = shown["eventDeliveries"]["edges"]
    assert (edge["node"]["status"], edge["node"]["eventType"]) == ("FAILED", "PRODUCT_VARIANT_OUT_OF_STOCK")
    assert [one["node"]["responseStatusCode"] for one in edge["node"]["attempts"]["edges"]] == [401]
    assert "1 failed" in _crm_whatever("webhooks")


def test_what_the_shop_did_not_sign_is_refused(saleor: object, clean: None) -> None:
    body = b'{"__typename": "ProductVariantBackInStock", "productVariant": {"id": "UHJvZHVjdFZhcmlhbnQ6MQ=="}}'
    target = get_shop().public_url(events.PATH)
    for forged in ({}, {"Saleor-Signature": "a.b.c"}, {"Saleor-Signature": _by_somebody_else(body)}):
        assert requests.post(target, body, headers=forged, timeout=30).status_code == 401
    assert _hints() == []

    answer = requests.post(target, body, headers={"Saleor-Signature": _by_saleor(body)}, timeout=30)

    assert (answer.status_code, answer.content) == (200, b"")
    assert _hints() == ["1"]
    assert len(public_keys()) == 1


def _by_saleor(body: bytes) -> str:
    from saleor.webhook.transport import signature_for_payload

    return str(signature_for_payload(body, None))


def _by_somebody_else(body: bytes) -> str:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from jwt import api_jws

    return api_jws.encode(body, rsa.generate_private_key(65537, 2048), algorithm="RS256", is_payload_detached=True)


@pytest.fixture
def price_drops(driver: SaleorDriver, sink: Sink) -> App:
    """Our app with all its webhooks active."""
    _switch_price_drops_on(driver)
    return _app()


@pytest.fixture
def settings_of_saleor() -> Any:
    """Django's settings, to be changed for a test."""
    with override_settings():
        yield settings


def _switch_price_drops_on(driver: SaleorDriver) -> None:
    driver.configure("storefront_url", "https://shop.example.com")
    driver.configure("sender_address", "crm@shop.example.com")
    driver.configure("price_drop_enabled", True)


def _stock(driver: SaleorDriver, variant: str, quantity: int) -> None:
    stocks = [{"warehouse": driver.warehouse, "quantity": quantity}]
    driver.staff(STOCKS_UPDATE, id=global_id("ProductVariant", variant), stocks=stocks)


def _app() -> Any:
    return App.objects.filter(identifier="saleor_crm", removed_at=None).first()


def _shown(staff: GraphQL) -> dict[str, Any]:
    found: dict[str, Any] = staff(APP, id=global_id("App", _app().pk))
    return found


def _rows() -> list[tuple[object, ...]]:
    hooks = Webhook.objects.filter(app__identifier="saleor_crm", app__removed_at=None)
    of_events = WebhookEvent.objects.filter(webhook__in=hooks).order_by("pk")
    apps = App.objects.filter(identifier="saleor_crm", removed_at=None)
    return [*apps.values_list(), *hooks.order_by("pk").values_list(), *of_events.values_list()]


def _rows_after(do: Callable[[], object]) -> list[tuple[object, ...]]:
    do()
    return _rows()


def _rows_by_name() -> list[tuple[object, ...]]:
    """The same without keys of rows."""
    hooks = Webhook.objects.filter(app__identifier="saleor_crm", app__removed_at=None).order_by("name")
    permissions = list(App.objects.filter(removed_at=None, identifier="saleor_crm").values_list("permissions"))
    return [
        *permissions,
        *hooks.values_list("name", "target_url", "is_active", "subscription_query"),
        *WebhookEvent.objects.filter(webhook__in=hooks).order_by("event_type").values_list("event_type"),
    ]


def _hints() -> list[str]:
    return list(InboxItem.objects.filter(kind="stock").values_list("object_id", flat=True))


def _wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not what():
        assert time.monotonic() < end, "it did not come; worker.log says why"
        time.sleep(0.1)


def _let_everything_arrive() -> None:
    _wait_for(lambda: not EventDelivery.objects.filter(status="pending").exists())
    time.sleep(1)


def _crm(*arguments: str) -> str:
    said = StringIO()
    call_command("crm", *arguments, stdout=said)
    return said.getvalue()


def _crm_whatever(*arguments: str) -> str:
    """The same where something is not right."""
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("crm", *arguments, stdout=said)
    return said.getvalue()
