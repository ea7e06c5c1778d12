"""Flows about customers in real Saleor: what they order starts them, and a code that they get is good in a checkout."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.db.models import F

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.vouchers.models import Grant
from tests.saleor.driver import SaleorDriver
from tests.saleor.owner import YES, switch_on
from tests.saleor.services import Sink
from tests.saleor.worker import Worker

ROAD = ("saleor_crm.process_inbox", "saleor_crm.enter_flows", "saleor_crm.decide", "saleor_crm.deliver")


@pytest.fixture
def switched_on(driver: SaleorDriver, sink: Sink) -> SaleorDriver:
    """A welcome and both loyal flows, switched on by the owner."""
    return switch_on(driver, sink, flows="welcome = on\nloyal_a = on\nloyal_b = on")


def buys(driver: SaleorDriver, worker: Worker, email: str = "ada@example.com", code: str = "") -> str:
    """Somebody who agreed to mail orders a shirt."""
    cart = driver.make_cart(email=email, metadata=YES)
    driver.add_line(cart, driver.make_product("Linen shirt")[0])
    if code:
        assert driver.add_code(cart, code)
    worker.run("saleor_crm.process_inbox")
    order = driver.place_order(cart)
    worker.run("saleor_crm.process_inbox")
    return order


def works(worker: Worker) -> None:
    for task in ROAD:
        worker.run(task)


def test_a_welcome_follows_the_first_order_by_a_day(switched_on: SaleorDriver, worker: Worker, sink: Sink) -> None:
    # given
    buys(switched_on, worker)
    works(worker)
    assert sink.mails == []
    # when the order is a day old
    Purchase.objects.update(placed_at=F("placed_at") - timedelta(days=1))
    Enrolment.objects.update(
        basis=F("basis") - timedelta(days=1), due_at=F("due_at") - timedelta(days=1),
        planned_at=F("planned_at") - timedelta(days=1),
    )  # fmt: skip
    works(worker)
    # then
    assert sink.recipients == ["ada@example.com"]
    works(worker)
    assert len(sink.mails) == 1


def test_a_score_that_crosses_brings_a_code_that_a_checkout_takes_once(
    switched_on: SaleorDriver, worker: Worker, sink: Sink
) -> None:
    # given two customers, of whom one crosses B and then A
    driver = switched_on
    for email in ("ada@example.com", "bob@example.com"):
        buys(driver, worker, email)
    ada = Contact.objects.get(email="ada@example.com")
    for tier, worth in (("B", "15"), ("A", "20")):
        Membership.objects.filter(contact=ada, kind="score", left_at=None).update(left_at=datetime.now(UTC))
        Membership.objects.create(contact=ada, kind="score", segment=tier, entered_at=datetime.now(UTC), cause="order")
        works(worker)
        # then she gets a code of it
        html = sink.mails[-1].get_body(("html",))
        assert html
        text = unescape(html.get_content())
        grant = Grant.objects.get(tier=tier)
        assert grant.code in text
        assert re.search(rf"{worth}\s*%", text)
        # capped: the next mail is a day later
        Message.objects.update(created_at=F("created_at") - timedelta(days=3))
    assert sink.recipients == ["ada@example.com"] * 2
    # when a real checkout uses it
    code = Grant.objects.get(tier="A").code
    order = buys(driver, worker, code=code)
    # then the order counts, and no other takes it
    grant = Grant.objects.get(tier="A")
    assert (grant.state, grant.redeemed_order_id) == (Grant.State.REDEEMED, order)
    cart = driver.make_cart(email="bob@example.com")
    driver.add_line(cart, driver.make_product("Hat")[0])
    assert not driver.add_code(cart, code)
    assert set(Grant.objects.values_list("contact__email", flat=True)) == {"ada@example.com"}
