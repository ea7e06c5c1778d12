"""Mails greet whoever has an account by the name in it, whatever they are about."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.letterhead import greet
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from tests.flows.campaigns.newsletters import people, scheduled
from tests.flows.stock.waiting import switch_on, waits
from tests.road import Road

ADA = "ada@example.com"


def has_account(road: Road, email: str = ADA, first_name: str = "Augusta") -> None:
    """The contact with this address has an account."""
    user_id = road.make_customer(email, first_name=first_name)
    with transaction.atomic():
        resolve([Person(email=email, user_id=user_id, language="en")], road.now)


def told_of_stock(road: Road) -> str:
    """What Ada's mail says, when what she waits for is there again."""
    variant = road.make_product("Linen shirt", stock=0)[0]
    waits(road, variant, ADA, language="en")
    road.set_stock(variant, 3)
    (mail,) = road.work()
    return text_of(mail) + html_of(mail)


def test_a_mail_about_stock_greets_who_has_an_account_by_name(road: Road) -> None:
    switch_on(road)
    has_account(road)
    assert "Hello Augusta," in told_of_stock(road)


@pytest.mark.parametrize("first_name", [None, "", "win at evil.example.com"])
def test_who_has_no_name_or_no_account_is_greeted_without(road: Road, first_name: str | None) -> None:
    switch_on(road)
    if first_name is not None:
        has_account(road, first_name=first_name)
    said = told_of_stock(road)
    assert "Hello," in said
    assert "evil" not in said


def test_a_newsletter_greets_by_name(road: Road) -> None:
    people(1)
    has_account(road, "reader0@example.com")
    Contact.objects.update(consented=True)
    scheduled(road)
    road.work(work.run_campaigns, work.deliver)
    assert Message.objects.get().content["first_name"] == "Augusta"


def test_the_name_in_a_cart_is_not_looked_up(road: Road) -> None:
    has_account(road)
    message = Message(contact=Contact.objects.get(), content={"first_name": "Ada"})
    with CaptureQueriesContext(connection) as captured:
        greet(road.shop, [message])
    assert (message.content["first_name"], len(captured)) == ("Ada", 0)


def test_names_are_looked_up_together(road: Road) -> None:
    def cost(count: int) -> int:
        messages = [Message(contact=contact, content={"first_name": ""}) for contact in Contact.objects.all()[:count]]
        with CaptureQueriesContext(connection) as captured:
            greet(road.shop, messages)
        assert {message.content["first_name"] for message in messages} == {"Augusta"}
        return len(captured)

    for number in range(20):
        has_account(road, f"customer{number}@example.com")
    assert cost(1) == cost(20)
