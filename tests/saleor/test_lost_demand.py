"""What customers wait for, in Saleor's own schema: told to who manages products."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from saleor_crm_plugin.activity.stock import interest, watch
from saleor_crm_plugin.contacts.identity import Person, resolve
from tests.graphql.shelf import WANTED
from tests.saleor.askers import Askers, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id

MERCHANDISERS = "To access this path, you need one of the following permissions: MANAGE_PRODUCTS"


@pytest.fixture
def askers(api: GraphQL) -> Iterator[Askers]:
    """Customers, staff and apps who ask; staff and apps are gone afterwards."""
    with Askers(api.url).gone_afterwards() as made:
        yield made


def waits(driver: SaleorDriver, variant: str, *emails: str) -> None:
    """Customers ask to be told of a variant."""
    now = datetime.now(UTC)
    with transaction.atomic():
        watch.watch(driver.shop.stock_facts(), [(variant, driver.channel)], now)
        there = driver.shop.availability([variant], driver.channel)[variant]
        wish = interest.Wish(variant, driver.channel, there.product_id, there.price, there.currency)
        for contact in resolve([Person(email=email) for email in emails], now).values():
            interest.ask(contact.pk, wish, "en", known=True, confirm=True, kept=timedelta(days=90), now=now)


def test_the_buyer_is_told_who_waits_for_what(driver: SaleorDriver, staff: GraphQL, askers: Askers) -> None:
    # given
    shirt, hat = (driver.make_product(name, stock=0)[0] for name in ("Linen shirt", "Straw hat"))
    with driver.shop.writing():
        waits(driver, shirt, "ada@example.com", "bob@example.com")
        waits(driver, hat, "ada@example.com")
    # when
    asked = {"channel": driver.channel, "first": 10, "after": None}
    found = staff(WANTED, **asked)
    # then
    first, second = (edge["node"] for edge in found["edges"])
    assert (first["product"]["name"], first["waiting"], second["product"]["name"]) == ("Linen shirt", 2, "Straw hat")
    assert first["variant"]["id"] == global_id("ProductVariant", shirt)
    assert first["lostRevenue"] == {"amount": 2 * first["price"]["amount"], "currency": driver.currency}
    assert (found["totalCount"], found["totals"][0]["waiting"]) == (2, 3)
    assert found["totals"][0]["currency"] == driver.currency
    assert askers.app("manage_products")(WANTED, **asked) == found
    assert askers.staff("manage_products")(WANTED, **asked) == found


def test_it_is_for_who_manages_products(driver: SaleorDriver, api: GraphQL, askers: Askers) -> None:
    customer = askers.customer(driver.make_customer("ada@example.com"))
    for asker in (api, customer, askers.staff("manage_users"), askers.app("manage_orders")):
        assert refusal(asker.raw(WANTED, channel=driver.channel, first=10, after=None)) == (
            "PermissionDenied",
            MERCHANDISERS,
        )
