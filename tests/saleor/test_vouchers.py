"""Codes in real Saleor: granted by us, taken by its checkout once, found again in the order, told of by its events."""

import csv
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from time import sleep
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from saleor.app.models import App
from saleor.core.models import EventDelivery
from saleor.discount.models import Voucher, VoucherCode
from saleor.permission.models import Permission
from saleor.webhook.models import Webhook, WebhookEvent

from saleor_crm_plugin import config
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.points import return_points
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.segments.models import Lifecycle
from saleor_crm_plugin.vouchers.grant import Granted, Refusal, Wanted, give_back, grant
from saleor_crm_plugin.vouchers.models import Grant
from saleor_crm_plugin.vouchers.sweep import GRACE, expire
from tests.saleor import graphql as gql
from tests.saleor.askers import Askers, give, known
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL
from tests.saleor.worker import Worker

TIERS = "A = 20 %\nB = 15 %\nWelcome = 10 USD / 45 PLN, min 30 USD, budget 20 USD / 90 PLN"
EVENTS = ("voucher_created", "voucher_codes_created", "voucher_updated")
REDEEM = """mutation($points: Int!, $channel: String!, $requestId: String) {
    loyaltyPointsRedeem(points: $points, channel: $channel, requestId: $requestId) {
        voucher { code points amount { amount currency } expiresAt } errors { field message code } } }"""


def granted(driver: SaleorDriver, key: str, contact: Contact, tier: str = "A", channel: str = "") -> Granted | Refusal:
    """What is granted to a contact, now."""
    settings, channel = config.parse({"voucher_tiers": TIERS}), channel or driver.channel
    kind = settings.vouchers.tier(tier)
    assert kind is not None
    wish = Wanted(key, kind, contact.pk, channel, driver.shop.channels()[channel])
    with driver.shop.writing(), transaction.atomic():
        return grant(driver.shop, settings, [wish], datetime.now(UTC))[key]


def code_for(driver: SaleorDriver, key: str, contact: Contact, tier: str = "A", channel: str = "") -> str:
    answer = granted(driver, key, contact, tier, channel)
    assert isinstance(answer, Granted), answer
    return answer.code


def cart_of(driver: SaleorDriver, user_id: str | None = None, channel: str = "", email: str = "") -> str:
    """A cart with goods for 40."""
    cart_id = driver.make_cart(user_id=user_id, email=email, channel=channel or driver.channel)
    driver.add_line(cart_id, driver.make_product(price=Decimal("40.00"))[0])
    return cart_id


@dataclass
class Listener:
    """Somebody whom Saleor tells of vouchers. ``heard`` is the last delivery that a test has looked at."""

    webhook: Webhook
    heard: int = 0

    def said(self) -> list[tuple[str, Any]]:
        """The events that went out since the last time, in their order, with what they say."""
        rows = EventDelivery.objects.filter(webhook=self.webhook, pk__gt=self.heard).select_related("payload")
        found = list(rows.order_by("pk"))
        self.heard = found[-1].pk if found else self.heard
        return [(row.event_type, json.loads(row.payload.get_payload())) for row in found]

    def told(self) -> list[str]:
        """The events alone."""
        return [event for event, _ in self.said()]


@pytest.fixture
def listener(clean: None) -> Iterator[Listener]:
    app = App.objects.create(name="bookkeeping", is_active=True)
    app.permissions.set(Permission.objects.filter(codename="manage_discounts"))
    webhook = Webhook.objects.create(name="vouchers", app=app, target_url="https://example.com/hook", is_active=True)
    WebhookEvent.objects.bulk_create(WebhookEvent(webhook=webhook, event_type=event) for event in EVENTS)
    yield Listener(webhook)
    for _ in range(20):  # a worker may be at a delivery just now
        with suppress(IntegrityError):
            App.objects.filter(pk=app.pk).delete()
            return
        sleep(0.5)


def test_a_code_is_taken_once_and_its_order_redeems_it(driver: SaleorDriver, worker: Worker) -> None:
    # given
    user_id, ada = known(driver)
    code = code_for(driver, "score:A:1", ada)
    cart_id = cart_of(driver, user_id)
    # when
    assert driver.add_code(cart_id, code)
    order_id = driver.place_order(cart_id)
    worker.run("saleor_crm.process_inbox")
    # then
    assert driver.order_total(order_id) == Decimal("32.00")
    one = Grant.objects.get()
    assert (one.state, one.redeemed_order_id, one.redeemed_by_id, one.shared) == ("redeemed", order_id, ada.pk, False)
    assert not driver.add_code(cart_of(driver, user_id), code)


def test_codes_for_a_whole_segment_are_written_to_a_file_and_a_percentage_is_taken_in_another_channel(
    driver: SaleorDriver, worker: Worker, tmp_path: Path
) -> None:
    # given two customers who bought once, and one who did not buy
    for name in ("ada", "bob", "cleo"):
        cart_id = cart_of(driver, channel=driver.other_channel, email=f"{name}@example.com")
        worker.run("saleor_crm.process_inbox")
        if name != "cleo":
            driver.place_order(cart_id)
    worker.run("saleor_crm.process_inbox")
    worker.run("saleor_crm.segments")
    stage = Lifecycle.objects.get(contact__email="ada@example.com").stage
    driver.configure("voucher_tiers", TIERS)

    # when the codes of the segment are written
    to = ["--segment", f"lifecycle:{stage}", "--channel", driver.other_channel, "--csv", str(tmp_path / "codes.csv")]
    call_command("crm", "vouchers", "--grant", "A", *to, stdout=StringIO())

    # then each has one of 20 %, which Saleor's checkout takes in that channel
    with open(tmp_path / "codes.csv", newline="", encoding="utf-8") as file:
        codes = {row["email"]: row["code"] for row in csv.DictReader(file)}
    assert sorted(codes) == ["ada@example.com", "bob@example.com"]
    cart_id = cart_of(driver, channel=driver.other_channel, email="ada@example.com")
    assert driver.add_code(cart_id, codes["ada@example.com"])
    order_id = driver.place_order(cart_id)
    assert driver.order_total(order_id) == Decimal("32.00")
    worker.run("saleor_crm.process_inbox")
    assert Grant.objects.get(code=codes["ada@example.com"]).redeemed_order_id == order_id


def test_b_then_a_and_others_get_nothing(driver: SaleorDriver) -> None:
    user_id, ada = known(driver)
    totals = []
    for tier in "BA":
        cart_id = cart_of(driver, user_id)
        assert driver.add_code(cart_id, code_for(driver, f"score:{tier}:{ada.pk}", ada, tier))
        totals.append(driver.order_total(driver.place_order(cart_id)))
    assert totals == [Decimal("34.00"), Decimal("32.00")]
    assert set(Grant.objects.values_list("contact_id", flat=True)) == {ada.pk}


def test_an_amount_is_taken_off_in_each_channels_currency_within_the_budget(driver: SaleorDriver) -> None:
    user_id, ada = known(driver)
    for channel, total in ((driver.channel, "30.00"), (driver.other_channel, "0.00")):
        code = code_for(driver, f"welcome:{channel}", ada, "Welcome", channel)
        cart_id = cart_of(driver, user_id, channel)
        assert driver.add_code(cart_id, code)
        assert driver.order_total(driver.place_order(cart_id)) == Decimal(total)
    assert Voucher.objects.count() == 1
    code_for(driver, "welcome:2", ada, "Welcome")
    assert granted(driver, "welcome:3", ada, "Welcome") == Refusal.BUDGET


def test_a_code_that_somebody_else_used_is_shown_as_shared(driver: SaleorDriver, worker: Worker) -> None:
    _, ada = known(driver)
    cart_id = cart_of(driver, email="bob@example.com")
    assert driver.add_code(cart_id, code_for(driver, "1", ada))
    driver.place_order(cart_id)
    worker.run("saleor_crm.process_inbox")
    one = Grant.objects.get()
    assert (one.state, one.shared) == ("redeemed", True)


def test_a_cancelled_order_gives_the_redemption_back(driver: SaleorDriver, worker: Worker) -> None:
    user_id, ada = known(driver)
    cart_id = cart_of(driver, user_id)
    assert driver.add_code(cart_id, code_for(driver, "1", ada))
    order_id = driver.place_order(cart_id)
    worker.run("saleor_crm.process_inbox")
    driver.cancel_order(order_id)
    worker.run("saleor_crm.process_inbox")
    assert (Grant.objects.get().state, Grant.objects.get().redeemed_order_id) == ("granted", None)


def test_a_code_that_was_given_back_or_has_expired_is_refused(driver: SaleorDriver) -> None:
    _, ada = known(driver)
    back, late = code_for(driver, "1", ada), code_for(driver, "2", ada)
    with driver.shop.writing(), transaction.atomic():
        assert give_back(driver.shop, ["1"], datetime.now(UTC)) == {"1"}
    with driver.shop.writing():
        swept = expire(driver.shop, datetime.now(UTC) + timedelta(days=9) + GRACE)
    assert [one.key for one in swept.ended] == ["2"]
    for code in (back, late):
        assert not driver.add_code(cart_of(driver, email="ada@example.com"), code)


def test_a_code_that_is_just_being_paid_with_is_neither_given_back_nor_ended(
    driver: SaleorDriver, worker: Worker
) -> None:
    # given a cart that is being paid: Saleor's public mutations pass through this moment within one request
    user_id, ada = known(driver)
    code = code_for(driver, "1", ada)
    cart_id = cart_of(driver, user_id)
    assert driver.add_code(cart_id, code)
    driver.begin_payment(cart_id)
    # when our jobs would take it back, and end it
    with driver.shop.writing(), transaction.atomic():
        back = give_back(driver.shop, ["1"], datetime.now(UTC))
    with driver.shop.writing():
        swept = expire(driver.shop, datetime.now(UTC) + timedelta(days=9) + GRACE)
    # then it stays, nobody is granted another under its key, and the order redeems it once
    assert (back, swept.ended, Grant.objects.get().state) == (set(), [], "granted")
    assert code_for(driver, "1", ada) == code
    driver.fail_payment(cart_id)
    order_id = driver.place_order(cart_id)
    worker.run("saleor_crm.process_inbox")
    one = Grant.objects.get()
    assert (one.state, one.redeemed_order_id) == ("redeemed", order_id)


def test_others_are_told_as_they_are_told_by_saleors_own_mutations(
    driver: SaleorDriver, staff: GraphQL, listener: Listener
) -> None:
    # given
    _, ada = known(driver)
    staff(gql.VOUCHER_CREATE, input={"name": "by hand", "addCodes": ["HAND-1", last := f"HAND-{uuid4()}"]})
    by_hand = listener.said()
    # when
    code = code_for(driver, "1", ada)
    first = listener.said()
    code_for(driver, "2", ada)
    second = listener.told()
    with driver.shop.writing(), transaction.atomic():
        give_back(driver.shop, ["1", "2"], datetime.now(UTC))
    # then
    assert [event for event, _ in first] == [event for event, _ in by_hand]
    assert [event for event, _ in first] == ["voucher_codes_created", "voucher_created"]
    assert [_shape(told) for _, told in first] == [_shape(told) for _, told in by_hand]
    assert (first[1][1]["code"], by_hand[1][1]["code"]) == (code, last)
    assert first[1][1]["id"] == gql.global_id("Voucher", Voucher.objects.order_by("pk").last().pk)
    assert (second, listener.told()) == (["voucher_codes_created"], ["voucher_updated"])


def _shape(told: Any) -> Any:
    """Which fields a payload has, and of what kind their values are."""
    if isinstance(told, dict):
        return {name: _shape(value) for name, value in told.items() if name != "meta"}
    return [_shape(one) for one in told[:1]] if isinstance(told, list) else type(told)


def test_nobody_is_told_of_what_was_rolled_back(driver: SaleorDriver, listener: Listener) -> None:
    _, ada = known(driver)
    with driver.shop.writing(), transaction.atomic():
        code_for(driver, "1", ada)
        transaction.set_rollback(True)
    assert listener.told() == []
    assert not VoucherCode.objects.exists()


def test_a_customer_turns_points_into_a_voucher_and_gets_them_back(driver: SaleorDriver, askers: Askers) -> None:
    # given
    driver.configure("loyalty_since", "2024-01-01")
    driver.configure("voucher_points", "100 USD")
    user_id, ada = known(driver)
    give(ada, 1000)
    customer = askers.customer(user_id)
    # when
    bought = customer(REDEEM, points=500, channel=driver.channel, requestId="my-request-1")["voucher"]
    again = customer(REDEEM, points=500, channel=driver.channel, requestId="my-request-1")["voucher"]
    unused = customer(REDEEM, points=300, channel=driver.channel)["voucher"]
    cart_id = cart_of(driver, user_id)
    assert driver.add_code(cart_id, bought["code"])
    order_id = driver.place_order(cart_id)
    # then
    assert bought == again
    assert bought["amount"] == {"amount": 5.0, "currency": driver.currency}
    assert driver.order_total(order_id) == Decimal("35.00")
    with pytest.raises(gql.RefusedError, match="200 points are available"):
        customer(REDEEM, points=201, channel=driver.channel)
    # and when the other one is switched off by staff
    VoucherCode.objects.filter(code=unused["code"]).update(is_active=False)
    with driver.shop.writing():
        return_points(driver.shop, datetime.now(UTC) + timedelta(days=1))
    settings = config.parse({"loyalty_since": "2024-01-01"})
    assert account([ada.pk], settings.loyalty, datetime.now(UTC))[ada.pk].balance == 500
