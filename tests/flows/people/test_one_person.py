"""Two customers who turn out to be one: of each kind of mail, the one person gets what one person gets."""

from collections import Counter

import pytest
from django.db import transaction

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.models import Decision
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.vouchers.models import Grant
from tests.flows.people.test_loyal import crosses
from tests.flows.people.test_loyal import shop as loyal
from tests.flows.people.test_table import ADA, buys, shop
from tests.road import Road

__all__ = ["loyal", "shop"]
OLD = "ada@old.example.com"


def account(road: Road) -> str:
    """Ada has an account, with which she bought, and buys as a guest under another address. Returns the account."""
    user_id = road.make_customer(OLD)
    cart = road.cart(road.make_product("Hat")[0], email=OLD, user_id=user_id)
    road.work(work.process_inbox)
    road.place_order(cart)
    buys(road, road.make_product("Scarf")[0])
    return user_id


def becomes_at_risk(road: Road, email: str) -> None:
    contact = Contact.objects.get(email=email)
    Membership.objects.filter(contact=contact, kind="lifecycle").update(left_at=road.now)
    Membership.objects.create(contact=contact, kind="lifecycle", segment="at_risk", entered_at=road.now, cause="time")


def turn_out_to_be_one(road: Road, user_id: str) -> None:
    """The account takes the guest's address."""
    with transaction.atomic():
        resolve([Person(email=ADA, user_id=user_id)], road.now)


def live(road: Road, days: int) -> None:
    for _ in range(2 * days):
        road.work()
        road.wait(hours=12)


@pytest.mark.parametrize("after", [1, 3], ids=["both wait", "one has spoken"])
def test_of_two_runs_of_one_person_one_writes(shop: Road, after: int) -> None:
    # given an account and a guest who are both at risk, a day apart, and are written to three days later
    shop.set(flows="win_back_at_risk = on, 3 d")
    user_id = account(shop)
    shop.wait(days=40)
    becomes_at_risk(shop, OLD)
    shop.work()
    shop.wait(days=1)
    becomes_at_risk(shop, ADA)
    shop.work()
    Contact.objects.update(consented=True)
    shop.wait(days=after - 1, minutes=10)
    shop.work()
    # when
    turn_out_to_be_one(shop, user_id)
    live(shop, 5)
    # then
    assert len(shop.sink.mails) == 1
    assert Counter(Decision.objects.values_list("outcome", "reason")) == {
        ("sent", "due"): 1,
        ("skipped", "already_said"): 1,
    }


def test_of_two_codes_of_one_person_one_is_granted(loyal: Road) -> None:
    # given
    user_id = account(loyal)
    Contact.objects.update(consented=True)
    for email in (ADA, OLD):
        crosses(loyal, "B", email)
    loyal.work(work.enter_flows)
    # when
    turn_out_to_be_one(loyal, user_id)
    live(loyal, 4)
    # then
    assert Grant.objects.count() == 1


def test_of_two_codes_in_mails_that_wait_to_leave_one_stays(loyal: Road) -> None:
    # given
    user_id = account(loyal)
    Contact.objects.update(consented=True)
    for email in (ADA, OLD):
        crosses(loyal, "B", email)
    loyal.work(work.enter_flows, work.decide)
    assert Grant.objects.filter(state="granted").count() == 2
    # when
    turn_out_to_be_one(loyal, user_id)
    live(loyal, 4)
    # then
    assert Grant.objects.filter(state="granted").count() == 1


def test_who_was_written_to_is_written_to_again_in_time(shop: Road) -> None:
    # given two mails of one kind, as far apart as the kind wants it
    shop.set(flows="win_back_at_risk = on")
    account(shop)
    for _ in range(2):
        shop.wait(days=91)
        becomes_at_risk(shop, ADA)
        shop.work()
    # then
    assert len(shop.sink.mails) == 2
