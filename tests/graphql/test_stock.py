"""``stockNotificationRequest``: customers and guests wait for what is not there, and nobody learns of others."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.activity.budget import SLOTS
from saleor_crm_plugin.activity.models import Budget
from saleor_crm_plugin.activity.stock.interest import MOST_LIVE, MOST_UNCONFIRMED
from saleor_crm_plugin.activity.stock.models import StockInterest, StockWatch
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person
from saleor_crm_plugin.contacts.models import Contact, Suppression, Visitor
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.graphql.waiting import A_MINUTE, MOST_A_DAY
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import Price, Product
from tests.contacts.merging import beside_a_merge
from tests.contacts.people import meet
from tests.contacts.test_two_workers import at_once
from tests.graphql.asking import NOW, STAFF, URL, data, statements
from tests.graphql.telling import OTHER, VISITOR
from tests.graphql.waiting import CANCEL, REQUEST
from tests.sandbox.driver import SandboxDriver

pytestmark = pytest.mark.django_db
ADA, BEA = "ada@example.com", "bea@example.com"
TELLS = {
    "back_in_stock_enabled": True,
    "sender_address": "hello@news.example.com",
    "smtp_host": "127.0.0.1",
    "storefront_url": "https://shop.example.com",
}
Seen = dict[str, Any]


@pytest.fixture(autouse=True)
def clock(transactional_db: None) -> Iterator[time_machine.Traveller]:
    """The owner tells customers that something is there again."""
    with time_machine.travel(NOW, tick=False) as traveller:
        for name, value in TELLS.items():
            own_settings.save(name, value)
        yield traveller


@pytest.fixture
def shop() -> SandboxDriver:
    return SandboxDriver()


@pytest.fixture
def sold_out(shop: SandboxDriver) -> str:
    """A variant that is sold, and not there."""
    (variant,) = shop.make_product(stock=0)
    return variant


def answer(document: str, variant: str, token: str = "", *, channel: str = "eu", **rest: Any) -> bytes:
    """The bytes of an answer. The variant is a key of the shop's, or an id of GraphQL's."""
    named = global_id("ProductVariant", variant) if variant.isdigit() else variant
    return Client().post(
        URL,
        {"query": document, "variables": {"variant": named, "channel": channel, **rest}},
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"} if token else {},
    ).content  # fmt: skip


def request(variant: str, token: str = "", **rest: Any) -> Seen:
    return read(answer(REQUEST, variant, token, **rest), "stockNotificationRequest")


def cancel(variant: str, token: str, **rest: Any) -> Seen:
    return read(answer(CANCEL, variant, token, **rest), "stockNotificationCancel")


def read(content: bytes, name: str) -> Seen:
    found = json.loads(content)
    assert "errors" not in found, found["errors"]
    payload: Seen = found["data"][name]
    return payload


def refused(payload: Seen) -> tuple[str | None, str]:
    """Where it is wrong, and the code."""
    assert payload["stockNotification"] is None
    (error,) = payload["errors"]
    return error["field"], error["code"]


def holds(payload: Seen) -> tuple[bool, bool]:
    """Whether it was asked for, and whether it has to be confirmed."""
    assert payload["errors"] == []
    return payload["stockNotification"]["requested"], payload["stockNotification"]["needsConfirmation"]


def waiting() -> list[tuple[str | None, str, str]]:
    """Who waits for what, and how."""
    rows = StockInterest.objects.order_by("id")
    return list(rows.values_list("contact__email", "variant_id", "state"))


def test_a_customer_waits_at_once(shop: SandboxDriver, sold_out: str) -> None:
    # given
    user = shop.make_customer(ADA)
    # when
    payload = request(sold_out, customer_token(user))
    # then
    variant = {"id": global_id("ProductVariant", sold_out), "stockNotificationRequested": True}
    assert payload == {
        "stockNotification": {"variant": variant, "channel": "eu", "requested": True, "needsConfirmation": False},
        "errors": [],
    }
    one = StockInterest.objects.get()
    assert (one.contact.email, one.contact.user_id, one.variant_id, one.channel) == (ADA, user, sold_out, "eu")
    assert (one.kind, one.state, one.asked_at, one.confirmed_at) == ("request", "waiting", NOW, NOW)
    assert (one.language, one.currency, one.expires_at) == ("de", "EUR", NOW + timedelta(days=90))
    assert StockWatch.objects.get().variant_id == sold_out


def test_a_guest_confirms_first(sold_out: str) -> None:
    payload = request(sold_out, email="Ada@Example.com", language="FR")

    assert holds(payload) == (True, True)
    assert not payload["stockNotification"]["variant"]["stockNotificationRequested"]
    assert waiting() == [(ADA, sold_out, "unconfirmed")]
    one = StockInterest.objects.get()
    assert (one.language, one.contact.language, one.contact.user_id) == ("fr", "", None)


def test_a_guest_waits_at_once_where_the_owner_asks_for_no_confirmation(sold_out: str) -> None:
    own_settings.save("stock_confirm", False)

    assert holds(request(sold_out, email=ADA)) == (True, False)
    assert waiting() == [(ADA, sold_out, "waiting")]


def test_an_account_whose_address_nobody_confirmed_is_a_guest(shop: SandboxDriver, sold_out: str) -> None:
    token = customer_token(shop.make_customer(ADA), unconfirmed=True)

    assert holds(request(sold_out, token)) == (True, True)
    assert waiting() == [(ADA, sold_out, "unconfirmed")]


def test_an_owner_whose_shop_confirms_nothing_may_trust_accounts(shop: SandboxDriver, sold_out: str) -> None:
    own_settings.save("trust_unconfirmed", True)
    token = customer_token(shop.make_customer(ADA), unconfirmed=True)

    assert holds(request(sold_out, token)) == (True, False)


def test_a_customer_writes_to_nobody_else(shop: SandboxDriver, sold_out: str) -> None:
    token = customer_token(shop.make_customer(ADA))

    assert refused(request(sold_out, token, email=BEA)) == ("email", "INVALID")
    assert holds(request(sold_out, token, email="ADA@example.com")) == (True, False)
    assert waiting() == [(ADA, sold_out, "waiting")]


def test_asking_again_changes_nothing(shop: SandboxDriver, sold_out: str, clock: time_machine.Traveller) -> None:
    token = customer_token(shop.make_customer(ADA))
    first = request(sold_out, token)
    clock.shift(timedelta(days=1))

    assert request(sold_out, token) == first
    one = StockInterest.objects.get()
    assert (one.asked_at, one.expires_at) == (NOW, NOW + timedelta(days=91))


def test_a_customer_takes_it_back_and_that_twice_is_as_good_as_once(shop: SandboxDriver, sold_out: str) -> None:
    token = customer_token(shop.make_customer(ADA))
    request(sold_out, token)

    for _ in range(2):
        payload = cancel(sold_out, token)
        assert holds(payload) == (False, False)
        assert not payload["stockNotification"]["variant"]["stockNotificationRequested"]
    assert waiting() == [(ADA, sold_out, "cancelled")]


@pytest.mark.parametrize("enabled", [True, False])
def test_taking_back_works_while_the_plugin_is_off(shop: SandboxDriver, sold_out: str, enabled: bool) -> None:
    token = customer_token(shop.make_customer(ADA))
    request(sold_out, token)
    own_settings.save_own("active", enabled)

    assert holds(cancel(sold_out, token)) == (False, False)
    assert waiting() == [(ADA, sold_out, "cancelled")]


def test_nobody_takes_back_what_others_asked_for(shop: SandboxDriver, sold_out: str) -> None:
    ada, bea = shop.make_customer(ADA), shop.make_customer(BEA)
    request(sold_out, customer_token(ada))
    for token in ("", customer_token(ada, unconfirmed=True), STAFF):
        found = json.loads(answer(CANCEL, sold_out, token))
        assert found["data"] == {"stockNotificationCancel": None}
        assert found["errors"][0]["extensions"]["exception"]["code"] == "PermissionDenied"
    assert holds(cancel(sold_out, customer_token(bea))) == (False, False)
    assert waiting() == [(ADA, sold_out, "waiting")]


def test_what_is_there_is_bought(shop: SandboxDriver, sold_out: str) -> None:
    (there,) = shop.make_product(stock=1)
    assert refused(request(there, email=ADA)) == ("variantId", "IN_STOCK")
    assert not Contact.objects.exists()
    assert not StockWatch.objects.exists()


def test_what_the_channel_does_not_sell_is_as_what_is_not(shop: SandboxDriver, sold_out: str) -> None:
    (unlisted,), (hidden,) = shop.make_product(stock=0), shop.make_product(stock=0)
    shop.unlist(unlisted, "eu")
    Product.objects.filter(variants=int(hidden)).update(published=False)
    answers = {answer(REQUEST, variant, email=ADA) for variant in (unlisted, hidden, "999999", str(2**62))}
    answers |= {answer(REQUEST, sold_out, email=ADA, channel=channel) for channel in ("nowhere", "", "x" * 255)}

    (only,) = answers
    assert refused(read(only, "stockNotificationRequest")) == ("variantId", "NOT_FOUND")
    assert not StockWatch.objects.exists()


def test_who_takes_back_what_the_channel_does_not_sell_is_not_told_what_it_is(shop: SandboxDriver) -> None:
    (hidden,) = shop.make_product(stock=0)
    Price.objects.update(listed=False)
    payload = cancel(hidden, customer_token(shop.make_customer(ADA)))
    assert payload["stockNotification"]["variant"] is None


@pytest.mark.parametrize(
    "variant", ["x", "", global_id("Product", 1), global_id("ProductVariant", "1; DROP"), "A" * 9999]
)
def test_an_id_that_is_none_is_named(variant: str) -> None:
    assert refused(request(variant, email=ADA)) == ("variantId", "INVALID")


@pytest.mark.parametrize("channel", ["\x00", "e\nu", "\ud800", "x" * 256])
def test_a_channel_that_can_be_none_is_named(sold_out: str, channel: str) -> None:
    assert refused(request(sold_out, email=ADA, channel=channel)) == ("channel", "INVALID")


@pytest.mark.parametrize("email", [None, ""])
def test_who_is_nobody_says_where_to_write(sold_out: str, email: str | None) -> None:
    assert refused(request(sold_out, email=email)) == ("email", "REQUIRED")


@pytest.mark.parametrize(
    "email",
    [
        "ada", "ada@", "@example.com", "ada@example.com\nBcc: bea@example.com", "ada@example.com\r\n\r\n<script>",
        "<script>alert(1)</script>@example.com", '"><img src=x>"@example.com', "Ada <ada@example.com>",
        "ada@example.com, bea@example.com", "ada@[127.0.0.1]", "\x00@example.com", "\ud800@example.com",
        "a" * 300 + "@example.com", "a@" + "b" * 90_000 + ".com", "{{ 7 }}@example.com",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_named_and_stored_nowhere(sold_out: str, email: str) -> None:
    assert refused(request(sold_out, email=email)) == ("email", "INVALID")
    assert not Contact.objects.exists()


@pytest.mark.parametrize("visitor", ["v1", "x" * 65, "é" * 20, "\x00" * 20])
def test_a_visitor_id_that_is_none_is_named(sold_out: str, visitor: str) -> None:
    assert refused(request(sold_out, email=ADA, visitor=visitor)) == ("visitorId", "INVALID")


@pytest.mark.parametrize("name", ["back_in_stock_enabled", "active", "smtp_port"])
def test_a_shop_that_tells_nobody_says_so(sold_out: str, name: str) -> None:
    if name == "active":
        own_settings.save_own(name, False)
    else:
        own_settings.save(name, False if name == "back_in_stock_enabled" else "many")
    assert refused(request(sold_out, email=ADA)) == (None, "INACTIVE")
    assert not StockInterest.objects.exists()


def prepare(kind: str, shop: SandboxDriver, sold_out: str) -> None:
    """Somebody of some kind is known by the address of Ada."""
    if kind == "nobody":
        return
    contact = met(ADA)
    if kind == "waits":
        request(sold_out, customer_token(shop.make_customer(ADA)))
    elif kind == "unconfirmed":
        request(sold_out, email=ADA)
    elif kind in ("unsubscribed", "hard_bounce", "complaint"):
        suppress(ADA, Suppression.Reason(kind), NOW)
    elif kind == "erased":
        erase([contact], NOW)
    elif kind == "beyond the limit":
        for number in range(MOST_LIVE):
            StockInterest.objects.create(
                contact=contact, variant_id=f"x{number}", product_id="1", channel="eu", kind="request",
                state="waiting", language="de", asked_at=NOW, expires_at=NOW + timedelta(days=9),
            )  # fmt: skip
    elif kind == "beyond the mails of a day":
        for (variant,) in [shop.make_product(stock=0) for _ in range(MOST_UNCONFIRMED)]:
            request(variant, email=ADA)


def met(email: str, user_id: str = "") -> Contact:
    with transaction.atomic():
        return meet(email, user_id)


@pytest.mark.parametrize(
    "kind",
    [
        "known", "waits", "unconfirmed", "unsubscribed", "hard_bounce", "complaint", "erased", "beyond the limit",
        "beyond the mails of a day",
    ],
)  # fmt: skip
@pytest.mark.parametrize("confirm", [True, False])
def test_the_answer_tells_nothing_of_an_address(shop: SandboxDriver, sold_out: str, kind: str, confirm: bool) -> None:
    # given
    own_settings.save("stock_confirm", confirm)
    prepare(kind, shop, sold_out)
    # when
    answers = [answer(REQUEST, sold_out, email=email) for email in (ADA, BEA, ADA, BEA)]
    # then
    assert len(set(answers)) == 1
    assert holds(read(answers[0], "stockNotificationRequest")) == (True, confirm)


@pytest.mark.parametrize("kind", ["erased", "beyond the limit"])
def test_of_who_must_not_or_may_not_nothing_is_stored(shop: SandboxDriver, sold_out: str, kind: str) -> None:
    prepare(kind, shop, sold_out)
    request(sold_out, email=ADA)
    assert not StockInterest.objects.filter(variant_id=sold_out).exists()


def test_the_same_is_asked_of_the_database_for_who_is_known_and_who_is_not(shop: SandboxDriver, sold_out: str) -> None:
    request(sold_out, email="first@example.com")
    counts = {}
    for kind in ("nobody", "known", "unsubscribed", "waits"):
        Contact.objects.all().delete()
        Suppression.objects.all().delete()
        prepare(kind, shop, sold_out)
        with statements() as asked:
            request(sold_out, email=ADA)
        counts[kind] = len(asked)
    # Somebody who is not known yet is made. Who waits already is not told of a mail again.
    assert counts["known"] == counts["unsubscribed"]
    assert max(counts.values()) - min(counts.values()) <= 4, counts


def test_a_customer_is_told_when_it_is_enough(shop: SandboxDriver) -> None:
    token = customer_token(shop.make_customer(ADA))
    variants = [shop.make_product(stock=0)[0] for _ in range(MOST_LIVE + 1)]
    for variant in variants[:-1]:
        assert holds(request(variant, token)) == (True, False)
    assert refused(request(variants[-1], token)) == (None, "LIMIT_EXCEEDED")


def test_one_visitor_may_ask_so_often_a_day_whatever_becomes_of_it(
    sold_out: str, clock: time_machine.Traveller
) -> None:
    codes = []
    for number in range(MOST_A_DAY + 1):
        clock.shift(timedelta(minutes=1))
        codes.append(request(sold_out, email=f"customer{number % 3}@example.com", visitor=VISITOR)["errors"])
    assert codes[:-1] == [[]] * MOST_A_DAY
    assert [error["code"] for error in codes[-1]] == ["LIMIT_EXCEEDED"]
    assert holds(request(sold_out, email=ADA, visitor=OTHER)) == (True, True)
    clock.shift(timedelta(days=1))
    assert holds(request(sold_out, email=ADA, visitor=VISITOR)) == (True, True)


def test_the_limit_of_a_visitor_does_not_tell_what_is_known_of_addresses(
    shop: SandboxDriver, sold_out: str, clock: time_machine.Traveller
) -> None:
    prepare("erased", shop, sold_out)
    taken = {}
    for email, visitor in ((ADA, VISITOR), (BEA, OTHER)):
        taken[email] = 0
        while not request(sold_out, email=email, visitor=visitor)["errors"]:
            taken[email] += 1
            clock.shift(timedelta(minutes=1))
    assert taken[ADA] == taken[BEA] == MOST_A_DAY


def test_the_shop_is_asked_so_often_in_a_minute_by_however_many(
    sold_out: str, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saleor_crm_plugin.graphql.waiting.A_MINUTE", 2 * SLOTS)
    answers = [request(sold_out, email=f"customer{number}@example.com") for number in range(60)]
    refusals = [refused(payload) for payload in answers if payload["errors"]]
    assert set(refusals) == {(None, "LIMIT_EXCEEDED")}
    assert StockInterest.objects.count() == 2 * SLOTS == 60 - len(refusals)
    clock.shift(timedelta(minutes=1))
    assert holds(request(sold_out, email="customer0@example.com")) == (True, True)
    assert A_MINUTE >= 100


def test_nothing_of_a_visitor_is_kept(sold_out: str) -> None:
    request(sold_out, email=ADA, visitor=VISITOR)
    assert not Visitor.objects.exists()
    assert not any(VISITOR in name or ADA in name for name in Budget.objects.values_list("name", flat=True))


def test_a_stranger_who_types_an_address_changes_nothing_of_its_owner(shop: SandboxDriver, sold_out: str) -> None:
    user = shop.make_customer(ADA)
    request(sold_out, customer_token(user))
    before = list(Contact.objects.values()), list(StockInterest.objects.values())

    request(sold_out, email=ADA, language="PL", visitor=VISITOR)

    assert (list(Contact.objects.values()), list(StockInterest.objects.values())) == before


def test_two_who_ask_at_once_make_one_request(shop: SandboxDriver, sold_out: str) -> None:
    token = customer_token(shop.make_customer(ADA))
    at_once([lambda: request(sold_out, token) for _ in range(2)] + [lambda: request(sold_out, email=ADA)] * 2)  # type: ignore[list-item, return-value]
    assert waiting() == [(ADA, sold_out, "waiting")]


def test_who_takes_it_back_while_turning_out_to_be_an_older_guest_waits_no_longer(
    shop: SandboxDriver, sold_out: str
) -> None:
    # given
    met(BEA)
    user = shop.make_customer(ADA)
    token = customer_token(user)
    request(sold_out, token)

    # when
    beside_a_merge(Person(BEA, user), lambda: cancel(sold_out, token))

    # then
    assert waiting() == [(BEA, sold_out, "cancelled")]


def test_a_guest_and_a_customer_who_turn_out_to_be_one_while_both_ask_wait_once(
    shop: SandboxDriver, sold_out: str
) -> None:
    for number in range(8):
        # given an account and a guest whom nobody takes for one yet, both of whom wait
        email = f"customer{number}@example.com"
        user = shop.make_customer(email)
        for contact in (met("", user), met(email)):
            StockInterest.objects.create(
                contact=contact, variant_id=sold_out, product_id="1", channel="eu", kind="request", state="waiting",
                language="de", asked_at=NOW, expires_at=NOW + timedelta(days=9),
            )  # fmt: skip
        # when
        token = customer_token(user)
        at_once([lambda t=token: request(sold_out, t)] * 2 + [lambda e=email: request(sold_out, email=e)] * 2)  # type: ignore[misc, list-item, return-value]
        # then
        contact = Contact.objects.get(email=email)
        assert (contact.user_id, Contact.objects.count()) == (user, number + 1)
        states = StockInterest.objects.filter(contact=contact).values_list("state", flat=True)
        assert sorted(states) == ["cancelled", "waiting"]


REQUESTED = """query($channel: String, $other: String) { products(channel: $channel, first: 100) {
    edges { node { variants { stockNotificationRequested(channel: $other) quantityAvailable } } } } }"""


def requested(token: str = "", **rest: Any) -> list[bool]:
    edges = data(REQUESTED, token, **{"channel": "eu", **rest})["products"]["edges"]
    return [one["stockNotificationRequested"] for edge in edges for one in edge["node"]["variants"]]


def test_only_who_asked_is_told_that_it_was_asked(shop: SandboxDriver, sold_out: str) -> None:
    ada, bea = shop.make_customer(ADA), shop.make_customer(BEA)
    request(sold_out, customer_token(ada))
    shop.make_product(stock=0)

    assert requested(customer_token(ada)) == [True, False]
    for token in ("", customer_token(bea), customer_token(ada, unconfirmed=True), STAFF):
        assert requested(token) == [False, False]
    assert requested(customer_token(ada), other="poland") == [False, False]
    assert requested(customer_token(ada), channel="poland", other="eu") == [True, False]
    assert requested(customer_token(ada), other="\x00") == [False, False]


def test_what_a_guest_typed_is_not_asked_by_the_account(shop: SandboxDriver, sold_out: str) -> None:
    token = customer_token(shop.make_customer(ADA))
    request(sold_out, email=ADA)
    assert requested(token) == [False]
    request(sold_out, token)
    assert requested(token) == [True]


def test_a_page_of_products_costs_as_much_as_one(shop: SandboxDriver, sold_out: str) -> None:
    token = customer_token(shop.make_customer(ADA))
    request(sold_out, token)

    def cost() -> int:
        with statements() as asked:
            requested(token)
        return len([one for one in asked if "crm_stock" in one["sql"]])

    assert cost() == 1
    for _ in range(5):
        shop.make_product(variants=("S", "M", "L"))
    assert cost() == 1


ANY_TEXT = st.text(max_size=60) | st.sampled_from([ADA, "\ud800", "\x00", "a\u202eb@example.com", "eu", VISITOR])


@given(ANY_TEXT, ANY_TEXT, ANY_TEXT | st.none(), ANY_TEXT | st.none())
@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_asked_brings_it_down(
    shop: SandboxDriver, variant: str, channel: str, email: str | None, visitor: str | None
) -> None:
    for named in (variant, global_id("ProductVariant", 1)):
        content = answer(REQUEST, named, channel=channel, email=email, visitor=visitor)
        assert b"Internal Server Error" not in content
        assert set(json.loads(content)["data"]) == {"stockNotificationRequest"}
