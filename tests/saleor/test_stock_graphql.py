"""``stockNotificationRequest`` in Saleor's own schema: customers, guests, accounts whose address nobody confirmed."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.db import connections
from saleor.account.models import User
from saleor.core.db.connection import restrict_writer

from saleor_crm_plugin.activity.stock.models import StockInterest, StockWatch
from saleor_crm_plugin.contacts.models import Contact
from tests.graphql.waiting import CANCEL, REQUEST
from tests.saleor import graphql as gql
from tests.saleor.askers import Askers, InThisProcess, known
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, RefusedError, global_id
from tests.saleor.merchandise import products_of

ADA = "ada@example.com"
REQUESTED = """query($ids: [ID!]!, $channel: String!) {
    products(first: 100, channel: $channel, filter: { ids: $ids }) { edges { node {
        variants { id stockNotificationRequested } } } } }"""


@pytest.fixture
def askers(api: GraphQL) -> Iterator[Askers]:
    """Customers who log in."""
    with Askers(api.url).gone_afterwards() as made:
        yield made


@pytest.fixture
def shop(driver: SaleorDriver) -> SaleorDriver:
    """A shop that tells its customers that something is there again."""
    for name, value in (
        ("sender_address", "hello@news.example.com"),
        ("storefront_url", "https://shop.example.com"),
        ("back_in_stock_enabled", True),
    ):
        driver.configure(name, value)
    return driver


@pytest.fixture
def sold_out(shop: SaleorDriver) -> str:
    """A variant that is sold, and not there."""
    (variant,) = shop.make_product(stock=0)
    return variant


def request(shop: SaleorDriver, asker: GraphQL, variant: str, **rest: Any) -> dict[str, Any]:
    answer = asker.raw(REQUEST, variant=global_id("ProductVariant", variant), channel=shop.channel, **rest)
    assert "errors" not in answer, answer
    payload: dict[str, Any] = answer["data"]["stockNotificationRequest"]
    return payload


def holds(payload: dict[str, Any]) -> tuple[bool, bool]:
    assert payload["errors"] == []
    return payload["stockNotification"]["requested"], payload["stockNotification"]["needsConfirmation"]


def waiting() -> list[tuple[str | None, str, str]]:
    rows = StockInterest.objects.order_by("id")
    return list(rows.values_list("contact__email", "variant_id", "state"))


def test_a_customer_waits_and_takes_it_back(shop: SaleorDriver, sold_out: str, askers: Askers) -> None:
    # given
    asker = askers.customer(shop.make_customer(ADA))
    # when
    payload = request(shop, asker, sold_out)
    # then
    variant = {"id": global_id("ProductVariant", sold_out), "stockNotificationRequested": True}
    assert payload == {
        "stockNotification": {
            "variant": variant, "channel": shop.channel, "requested": True, "needsConfirmation": False,
        },
        "errors": [],
    }  # fmt: skip
    assert waiting() == [(ADA, sold_out, "waiting")]
    assert StockWatch.objects.get().variant_id == sold_out
    # when
    found = asker(CANCEL, variant=global_id("ProductVariant", sold_out), channel=shop.channel)
    # then
    assert not found["stockNotification"]["requested"]
    assert not found["stockNotification"]["variant"]["stockNotificationRequested"]
    assert waiting() == [(ADA, sold_out, "cancelled")]


def test_a_guest_confirms_first_and_is_told_nothing_of_the_address(
    shop: SaleorDriver, sold_out: str, api: GraphQL
) -> None:
    known(shop)
    answers = [request(shop, api, sold_out, email=email, language="DE") for email in (ADA, "nobody@example.com", ADA)]

    assert holds(answers[0]) == (True, True)
    assert answers == [answers[0]] * 3
    assert waiting() == [(ADA, sold_out, "unconfirmed"), ("nobody@example.com", sold_out, "unconfirmed")]
    assert set(StockInterest.objects.values_list("language", flat=True)) == {"de"}


def test_an_account_whose_address_nobody_confirmed_is_a_guest(
    shop: SaleorDriver, sold_out: str, askers: Askers
) -> None:
    # given somebody who was let in without a confirmed address
    user_id = shop.make_customer(ADA)
    asker = askers.customer(user_id)
    User.objects.filter(pk=int(user_id)).update(is_confirmed=False)
    # when, then
    payload = request(shop, asker, sold_out)
    if payload["errors"]:  # newer versions know nobody then
        assert [error["code"] for error in payload["errors"]] == ["REQUIRED"]
        payload = request(shop, asker, sold_out, email=ADA)
    assert holds(payload) == (True, True)
    assert waiting() == [(ADA, sold_out, "unconfirmed")]
    answer = asker.raw(CANCEL, variant=global_id("ProductVariant", sold_out), channel=shop.channel)
    assert answer["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied"
    assert waiting() == [(ADA, sold_out, "unconfirmed")]


def test_an_app_asks_for_guests(shop: SaleorDriver, sold_out: str, askers: Askers) -> None:
    assert holds(request(shop, askers.app("manage_users"), sold_out, email=ADA)) == (True, True)


def test_nobody_takes_back_what_others_asked_for(
    shop: SaleorDriver, sold_out: str, api: GraphQL, askers: Askers
) -> None:
    request(shop, askers.customer(shop.make_customer(ADA)), sold_out)
    variant = global_id("ProductVariant", sold_out)

    with pytest.raises(RefusedError, match="OWNER"):
        api(CANCEL, variant=variant, channel=shop.channel)
    bea = askers.customer(shop.make_customer("bea@example.com"))
    assert not bea(CANCEL, variant=variant, channel=shop.channel)["stockNotification"]["requested"]
    assert waiting() == [(ADA, sold_out, "waiting")]


def test_what_is_there_is_bought_and_what_is_not_sold_is_not_found(shop: SaleorDriver, api: GraphQL) -> None:
    (there,), (unlisted,) = shop.make_product(stock=3), shop.make_product(stock=0)
    shop.unlist(unlisted, shop.channel)

    for variant, code in (
        (there, "IN_STOCK"),
        (unlisted, "NOT_FOUND"),
        ("2147483648", "NOT_FOUND"),
        ("0", "NOT_FOUND"),
    ):
        payload = request(shop, api, variant, email=ADA)
        assert payload["stockNotification"] is None
        assert [(error["field"], error["code"]) for error in payload["errors"]] == [("variantId", code)]
    assert not Contact.objects.exists()


def test_while_the_plugin_is_off_nobody_is_promised_anything(
    shop: SaleorDriver, sold_out: str, api: GraphQL, staff: GraphQL
) -> None:
    staff(gql.PLUGIN_UPDATE, id="saleor_crm", input={"active": False})
    payload = request(shop, api, sold_out, email=ADA)
    assert [error["code"] for error in payload["errors"]] == ["INACTIVE"]


@pytest.mark.parametrize(
    "email", ["ada", "ada@example.com\nBcc: bea@example.com", "<script>@example.com", "\x00@x.com"]
)
def test_an_address_that_is_none_is_a_typed_error(shop: SaleorDriver, sold_out: str, api: GraphQL, email: str) -> None:
    payload = request(shop, api, sold_out, email=email)
    assert [(error["field"], error["code"]) for error in payload["errors"]] == [("email", "INVALID")]


def test_a_list_of_products_costs_one_statement(shop: SaleorDriver, sold_out: str, askers: Askers) -> None:
    # given
    asker = askers.customer(shop.make_customer(ADA))
    request(shop, asker, sold_out)
    others = [variant for _ in range(4) for variant in shop.make_product(variants=("S", "M"), stock=0)]

    def asked(variants: list[str]) -> tuple[dict[str, bool], list[str]]:
        inside = InThisProcess(asker)
        products = [global_id("Product", one) for one in products_of(variants)]
        edges = inside(REQUESTED, ids=products, channel=shop.channel)["edges"]
        found = {one["id"]: one["stockNotificationRequested"] for edge in edges for one in edge["node"]["variants"]}
        return found, [sql for sql in inside.statements if "crm_" in sql]

    # when
    few, _ = asked([sold_out])
    many, statements = asked([sold_out, *others])
    # then
    own = global_id("ProductVariant", sold_out)
    assert few == {own: True}
    assert many == {own: True, **{global_id("ProductVariant", one): False for one in others}}
    assert len(statements) == 1


def test_nobody_else_is_told_that_it_was_asked(
    shop: SaleorDriver, sold_out: str, api: GraphQL, staff: GraphQL, askers: Askers
) -> None:
    request(shop, askers.customer(shop.make_customer(ADA)), sold_out)
    product = [global_id("Product", one) for one in products_of([sold_out])]
    for asker in (api, staff, askers.customer(shop.make_customer("bea@example.com"))):
        (edge,) = asker(REQUESTED, ids=product, channel=shop.channel)["edges"]
        assert not edge["node"]["variants"][0]["stockNotificationRequested"]


def test_asking_and_being_asked_touch_no_writer_unasked(shop: SaleorDriver, sold_out: str, askers: Askers) -> None:
    # given Saleor's guard, as its own tests and careful shops have it
    asker = askers.customer(shop.make_customer(ADA))
    with ExitStack() as guard:
        for alias in ("default", "replica"):
            guard.enter_context(connections[alias].execute_wrapper(restrict_writer))
        # when
        named = {"variant": global_id("ProductVariant", sold_out), "channel": shop.channel}
        found = [InThisProcess(asker)(document, **named) for document in (REQUEST, CANCEL)]
    # then
    assert [one["stockNotification"]["requested"] for one in found] == [True, False]
