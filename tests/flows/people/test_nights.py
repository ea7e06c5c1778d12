"""Quiet hours of customers of whom the CRM knows orders only: they sleep where their orders went."""

from collections.abc import Callable

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.webhooks import history
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.flows.people.test_table import ADA, shop
from tests.road import Road

__all__ = ["shop"]


def by_history(road: Road) -> None:
    InboxItem.objects.all().delete()
    history.backfill(road.shop, work.now)


def by_event(road: Road) -> None:
    road.work(work.process_inbox)


@pytest.mark.parametrize("known", [by_history, by_event])
def test_who_is_known_by_an_order_only_sleeps_where_it_went(shop: Road, known: Callable[[Road], None]) -> None:
    # given a customer in New York of a shop in Berlin, whose cart was gone before anybody looked
    shop.set(quiet_hours="21-8", time_zone="Europe/Berlin", flows="win_back_at_risk = on")
    shop.place_order(shop.cart(shop.make_product("Hat")[0], email=ADA, country="US"))
    known(shop)
    shop.wait(days=300, hours=-4)
    Contact.objects.update(consented=True)
    contact = Contact.objects.get(email=ADA)
    Membership.objects.create(contact=contact, kind="lifecycle", segment="at_risk", entered_at=shop.now, cause="time")
    # when it is nine in Berlin and three at night in New York
    mails = shop.work(work.enter_flows, work.decide, work.deliver)
    # then
    assert [mail["Subject"] for mail in mails] == []
    shop.wait(hours=6)
    assert len(shop.work(work.decide, work.deliver)) == 1
