"""The whole road in real Saleor: a cart is made, left, written about, restored, ordered, and counted."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from html import unescape
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command
from django.db.models import F

from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.reasons import SENTENCES, Reason
from saleor_crm_plugin.flows.report import report
from saleor_crm_plugin.recs.served.models import ProductList, TrainingRun
from saleor_crm_plugin.recs.served.reasons import CODES
from saleor_crm_plugin.recs.served.reasons import Reason as Why
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import CHECKOUT, LINES_ADD, GraphQL, global_id
from tests.saleor.merchandise import products_of
from tests.saleor.owner import YES, switch_on
from tests.saleor.services import Sink
from tests.saleor.worker import Worker

Leave = Callable[[str, timedelta], None]


@pytest.fixture
def switched_on(driver: SaleorDriver, sink: Sink) -> SaleorDriver:
    """The abandoned cart switched on by the owner, after the settings that it needs."""
    return switch_on(driver, sink, abandoned_cart_enabled=True)


def test_a_cart_that_was_left_comes_back_by_mail(
    switched_on: SaleorDriver, api: GraphQL, worker: Worker, sink: Sink, leave: Leave
) -> None:
    # given a cart of two products, of which one is taken out again and the other gets cheaper
    driver = switched_on
    shirt = driver.make_product("Linen shirt", price=Decimal("40.00"), translations={"de": "Leinenhemd"})[0]
    hat = driver.make_product("Hat", price=Decimal("15.50"))[0]
    cart_id = driver.make_cart(email="ada@example.com", language="de", metadata=YES)
    driver.add_line(cart_id, shirt)
    driver.add_line(cart_id, hat)
    worker.road()
    driver.remove_line(cart_id, hat)
    driver.set_quantity(cart_id, shirt, 2)
    driver.set_price(shirt, Decimal("30.00"), was=Decimal("40.00"))
    assert sink.mails == []
    # when it is left for five hours
    leave(cart_id, timedelta(hours=5))
    worker.road()
    # then its owner is written to, once, of exactly what is in it, at today's price
    (mail,) = sink.mails
    assert sink.recipients == ["ada@example.com"]
    for body in _bodies(mail):
        assert "Leinenhemd" in body
        assert "Hat" not in body.replace("Hat etwas", "")
        assert re.search(r"60,00\s*\$", body)
    worker.road()
    assert len(sink.mails) == 1
    # and the button leads to the same cart, for whoever has the link, logged in as nobody
    restored = api(CHECKOUT, id=_checkout_in(mail))
    assert restored["token"] == cart_id
    assert restored["user"] is None
    assert [(line["variant"]["id"], line["quantity"]) for line in restored["lines"]] == [
        (global_id("ProductVariant", shirt), 2)
    ]
    # when it is ordered
    order_id = driver.place_order(cart_id)
    worker.road()
    # then it is counted as recovered, and no second mail follows
    flow, *_ = report()
    assert (flow.treated.carts, flow.treated.recovered) == (1, 1)
    assert flow.treated.revenue == {driver.currency: driver.shop.orders([order_id])[order_id].total}
    assert (flow.holdout.carts, flow.holdout.recovered) == (0, 0)
    assert len(sink.mails) == 1
    # and whoever asks is told why the mail was sent
    assert SENTENCES[Reason.DUE] in _crm("explain", "ada@example.com")
    assert "1 enrolled" in _crm("report")


def test_the_mail_shows_what_goes_well_with_the_cart(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave
) -> None:
    # given a shirt that is bought together with what follows it, of which one is reduced and one sold out
    driver = switched_on
    shirt, hat, belt, scarf = (
        driver.make_product(name, price=Decimal("40.00"), translations={"de": f"{name} (de)"})[0]
        for name in ("Linen shirt", "Straw hat", "Leather belt", "Silk scarf")
    )
    driver.set_price(belt, Decimal("30.00"), was=Decimal("40.00"))
    driver.sell_out(scarf)
    bought, *together = map(int, products_of([shirt, hat, belt, scarf]))
    ProductList.objects.create(
        product_id=bought,
        kind=ProductList.Kind.BASKET,
        run=TrainingRun.objects.create(engine="test", started_at=datetime.now(UTC), current=True),
        items=together,
        scores=[3, 2, 1],
        reasons=[CODES[Why.BOUGHT_TOGETHER]] * 3,
    )
    cart_id = driver.make_cart(email="ada@example.com", language="de", metadata=YES)
    driver.add_line(cart_id, shirt)
    # when
    leave(cart_id, timedelta(hours=5))
    worker.road()
    # then it is in the cart's language, at the channel's prices, and leads to the shop
    assert sink.mails, _crm("explain", "ada@example.com")
    (mail,) = sink.mails
    for body in _bodies(mail):
        _, block = body.split("Passt gut zu Ihrem Warenkorb")
        assert re.search(r"Straw hat \(de\).*40,00\s*\$.*Leather belt \(de\).*30,00\s*\$.*40,00\s*\$", block, re.DOTALL)
        assert "Silk scarf" not in body
        assert len(set(re.findall(r"https://shop\.example\.com/products/\S+utm_content=cart", block))) == 2


def test_a_second_mail_follows_a_day_after_and_no_third(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave
) -> None:
    cart_id = _left_cart(switched_on)
    for hours in (5, 15, 15, 40):
        leave(cart_id, timedelta(hours=hours))
        _an_age_passes_for_caps(timedelta(hours=hours))
        worker.road()
    assert len(sink.mails) == 2
    assert len({mail["Message-ID"] for mail in sink.mails}) == 2


def test_a_cart_that_is_used_again_is_left_alone(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave
) -> None:
    # given
    cart_id = _left_cart(switched_on)
    leave(cart_id, timedelta(hours=3, minutes=59))
    worker.road()
    # when
    switched_on.add_line(cart_id, switched_on.make_product("Scarf")[0])
    worker.road()
    leave(cart_id, timedelta(hours=2))
    worker.road()
    # then
    assert sink.mails == []


def test_without_consent_nothing_is_sent(switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave) -> None:
    silent = _left_cart(switched_on, metadata={})
    refusing = _left_cart(switched_on, email="grace@example.com", metadata={"marketing-consent": "false"})
    for cart_id in (silent, refusing):
        leave(cart_id, timedelta(hours=5))
    worker.road()
    assert sink.mails == []


def test_a_cart_that_became_an_order_is_not_written_about(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave
) -> None:
    cart_id = _left_cart(switched_on)
    leave(cart_id, timedelta(hours=5))
    switched_on.place_order(cart_id)
    worker.road()
    assert sink.mails == []


def test_an_emptied_cart_is_not_written_about(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave
) -> None:
    variant = switched_on.make_product()[0]
    cart_id = switched_on.make_cart(email="ada@example.com", metadata=YES)
    switched_on.add_line(cart_id, variant)
    worker.road()
    switched_on.remove_line(cart_id, variant)
    leave(cart_id, timedelta(hours=5))
    worker.road()
    assert sink.mails == []


def test_a_customer_who_is_deleted_in_the_shop_gets_no_mail(
    switched_on: SaleorDriver, api: GraphQL, worker: Worker, sink: Sink, leave: Leave
) -> None:
    # given
    user_id = switched_on.make_customer("ada@example.com", metadata=YES)
    of_account = switched_on.make_cart(user_id=user_id)
    switched_on.add_line(of_account, switched_on.make_product()[0])
    worker.road()
    # when
    switched_on.delete_customer(user_id)
    worker.road()
    # then a new cart with the same address brings nothing either
    cart_id = _left_cart(switched_on)
    leave(cart_id, timedelta(hours=5))
    worker.road()
    assert sink.mails == []


def test_unsubscribing_with_one_click_ends_it(
    switched_on: SaleorDriver, api: GraphQL, worker: Worker, sink: Sink, leave: Leave
) -> None:
    # given
    cart_id = _left_cart(switched_on)
    leave(cart_id, timedelta(hours=5))
    worker.road()
    (mail,) = sink.mails
    link = re.search(r"<([^>]+)>", mail["List-Unsubscribe"])
    assert link, mail["List-Unsubscribe"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # when a mail program looks, nothing happens; when it posts, the customer is unsubscribed
    shown = api.session.get(link[1], timeout=30)
    assert shown.status_code == 200
    assert api.session.post(link[1], data={"List-Unsubscribe": "One-Click"}, timeout=30).status_code == 200
    leave(cart_id, timedelta(hours=30))
    _an_age_passes_for_caps(timedelta(hours=30))
    worker.road()
    # then
    assert len(sink.mails) == 1


def test_a_lost_hook_loses_nothing(switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave) -> None:
    # given a cart of which no hook told
    cart_id = _left_cart(switched_on)
    InboxItem.objects.all().delete()
    leave(cart_id, timedelta(hours=5))
    # when
    worker.road()
    # then
    assert len(sink.mails) == 1


def _left_cart(driver: SaleorDriver, *, email: str = "ada@example.com", metadata: dict[str, str] | None = None) -> str:
    cart_id = driver.make_cart(email=email, metadata=YES if metadata is None else metadata)
    line = {"variantId": global_id("ProductVariant", driver.make_product()[0]), "quantity": 1}
    driver.api(LINES_ADD, id=global_id("Checkout", cart_id), lines=[line])
    return cart_id


def _crm(*arguments: str) -> str:
    """Saleor's ``manage.py crm ...``."""
    said = StringIO()
    call_command("crm", *arguments, stdout=said)
    return said.getvalue()


def _an_age_passes_for_caps(ago: timedelta) -> None:
    """What we did was so much longer ago: turn our own clocks back, too."""
    Message.objects.update(created_at=F("created_at") - ago)
    Message.objects.exclude(sent_at=None).update(sent_at=F("sent_at") - ago)
    Enrolment.objects.update(due_at=F("due_at") - ago, basis=F("basis") - ago, enrolled_at=F("enrolled_at") - ago)


def _bodies(mail: EmailMessage) -> list[str]:
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html
    assert text
    return [unescape(html.get_content()), text.get_content()]


def _checkout_in(mail: EmailMessage) -> str:
    (link,) = {
        link for body in _bodies(mail) for link in re.findall(r"https://shop\.example\.com/cart\?[^\s\"<>)]+", body)
    }
    return parse_qs(urlsplit(link).query)["checkout"][0]
