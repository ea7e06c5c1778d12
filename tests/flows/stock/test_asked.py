"""From the button in the storefront to the mail that it is back: what is asked, confirmed by a link, and said."""

import re
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pytest
from django.test import Client

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.stock.interest import MOST_UNCONFIRMED
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from tests.flows.stock.waiting import agrees, switch_on, told
from tests.graphql.asking import data
from tests.graphql.waiting import REQUEST
from tests.road import Road

ADA = "ada@example.com"


@pytest.fixture
def variant(road: Road) -> str:
    """A shirt that is sold out."""
    switch_on(road)
    return road.make_product("Linen shirt", stock=0, translations={"de": "Leinenhemd"})[0]


def press(road: Road, variant: str, token: str = "", **rest: object) -> bool:
    """Press the button. Whether it has to be confirmed."""
    answer = data(REQUEST, token, variant=global_id("ProductVariant", variant), channel=road.channel, **rest)
    needs_confirmation: bool = answer["stockNotificationRequest"]["stockNotification"]["needsConfirmation"]
    return needs_confirmation


def follow(mail: EmailMessage, purpose: str) -> int:
    """Press the button of the page to which a link of the mail leads. Returns the status."""
    (address,) = set(re.findall(rf"https?://\S+/stock/{purpose}/\S+", text_of(mail)))
    return Client().post(urlsplit(address).path).status_code


def test_a_guest_asks_confirms_and_is_told(road: Road, variant: str) -> None:
    # given
    assert press(road, variant, email=ADA, language="DE")
    # when
    (mail,) = road.work()
    # then
    assert mail["To"] == ADA
    assert "Leinenhemd" in text_of(mail)
    # when it is there again before the guest has confirmed
    road.set_stock(variant, 1)
    assert road.work() == []
    # when
    assert follow(mail, "confirm") == 200
    (back,) = road.work()
    # then
    assert back["To"] == ADA
    assert StockInterest.objects.get().state == "told"


def test_a_guest_who_names_no_language_reads_the_one_that_is_known(road: Road, variant: str) -> None:
    # given somebody who had a cart in German
    road.cart(road.make_product("Hat")[0], email=ADA, language="de")
    road.work(work.process_inbox)
    # when
    press(road, variant, email=ADA)
    # then
    (mail,) = road.work()
    assert "Leinenhemd" in text_of(mail)


def test_a_guest_takes_it_back_by_the_link_in_the_mail(road: Road, variant: str) -> None:
    # given a guest who has confirmed
    press(road, variant, email=ADA)
    (mail,) = road.work()
    follow(mail, "confirm")
    # when
    assert follow(mail, "cancel") == 200
    # then
    road.set_stock(variant, 1)
    assert road.work() == []


def test_a_customer_who_is_logged_in_is_told_without_more_ado(road: Road, variant: str) -> None:
    token = customer_token(road.make_customer(ADA))
    assert not press(road, variant, token)
    assert road.work() == []
    road.set_stock(variant, 1)
    assert [mail["To"] for mail in road.work()] == [ADA]


def test_whoever_presses_the_button_often_sends_one_mail(road: Road, variant: str) -> None:
    for _ in range(10):
        press(road, variant, email=ADA)
        road.work()
        road.wait(minutes=5)
    assert told(road) == [ADA]


def test_a_guest_whose_mail_was_lost_gets_another_by_asking_the_next_day(road: Road, variant: str) -> None:
    press(road, variant, email=ADA)
    (lost,) = road.work()
    road.wait(days=1)
    press(road, variant, email=ADA)
    (mail,) = road.work()
    assert follow(mail, "confirm") == follow(lost, "confirm") == 200
    assert StockInterest.objects.get().asked_at == road.now - timedelta(days=1)


def test_nobody_can_send_more_than_a_few_mails_to_an_address_that_is_not_theirs(road: Road, variant: str) -> None:
    variants = [variant, *(road.make_product(f"Shirt {number}", stock=0)[0] for number in range(9))]
    for one in variants:
        assert press(road, one, email=ADA)
        road.work()
    assert len(told(road)) == MOST_UNCONFIRMED


@pytest.mark.parametrize("reason", [Suppression.Reason.HARD_BOUNCE, Suppression.Reason.COMPLAINT])
def test_who_wants_no_mail_gets_none_whoever_asks(road: Road, variant: str, reason: Suppression.Reason) -> None:
    suppress(ADA, reason, road.now)
    assert press(road, variant, email=ADA)
    assert road.work() == []


def test_while_nobody_is_told_the_mail_of_something_else_offers_no_button(road: Road, variant: str) -> None:
    # given
    road.set(out_of_stock_enabled=True, back_in_stock_enabled=False)
    road.cart(variant)
    road.work(work.process_inbox)
    agrees(ADA)
    road.set_stock(variant, 1)
    road.work()
    # when
    road.set_stock(variant, 0)
    road.work()
    road.wait(minutes=20)
    (mail,) = road.work()
    # then
    assert "/stock/" not in text_of(mail)


def test_while_nobody_is_told_no_mail_says_that_he_is_on_the_list(road: Road, variant: str) -> None:
    # given a customer who asked while it was on
    road.set(out_of_stock_enabled=True)
    press(road, variant, customer_token(road.make_customer(ADA)))
    agrees(ADA)
    # when
    road.set(back_in_stock_enabled=False)
    road.wait(minutes=20)
    (mail,) = road.work()
    # then
    assert "/stock/" not in text_of(mail)


def test_who_was_shown_something_else_asks_by_the_link_in_that_mail(road: Road, variant: str) -> None:
    # given a cart in which something has sold out
    road.set(out_of_stock_enabled=True)
    road.cart(variant)
    road.work(work.process_inbox)
    agrees(ADA)
    road.set_stock(variant, 1)
    road.work()
    road.set_stock(variant, 0)
    road.work()
    road.wait(minutes=20)
    (mail,) = road.work()
    # when
    assert follow(mail, "ask") == 200
    # then
    asked = StockInterest.objects.get(kind="request")
    assert (asked.state, asked.contact) == ("waiting", Contact.objects.get())
    # when
    road.wait(days=2)
    road.set_stock(variant, 1)
    # then
    assert [mail["To"] for mail in road.work()] == [ADA]
