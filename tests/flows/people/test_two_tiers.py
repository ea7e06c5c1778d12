"""Both loyal flows on: who crosses the lower threshold and then the higher one, and the reminders of both codes."""

from collections.abc import Collection
from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.contacts.preferences.models import Preference
from saleor_crm_plugin.flows import judge
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.replay.rehearse import ENTERED, Event
from saleor_crm_plugin.flows.replay.run import replay
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.vouchers.models import Grant
from tests.flows.people.test_loyal import ADA, crosses, decided, shop
from tests.flows.people.test_table import buys
from tests.road import Road

__all__ = ["shop"]


def test_real_orders_that_cross_b_and_then_a_bring_two_codes_and_one_reminder_of_the_better(road: Road) -> None:
    # given
    road.set(abandoned_cart_enabled=False, flows="loyal_a = on\nloyal_b = on")

    def night() -> Collection[object]:
        road.wait(days=1)
        return road.work(work.process_inbox, work.refresh_segments, work.enter_flows, work.decide, work.deliver)

    buys(road, road.make_product("Coat", price=Decimal(250))[0])
    (fifteen,) = night()
    buys(road, road.make_product("Suit", price=Decimal(350))[0])
    (twenty,) = night()
    # when
    later = [mail for _ in range(10) for mail in night()]
    # then
    codes = {grant.tier: grant.code for grant in Grant.objects.all()}
    assert codes["B"] in text_of(fifteen)  # type: ignore[arg-type]
    assert codes["A"] in text_of(twenty)  # type: ignore[arg-type]
    assert [codes["A"] in text_of(mail) for mail in later] == [True]  # type: ignore[arg-type]
    assert decided("loyal_b")[-1] == ("skipped", "better_code")


def test_an_older_better_code_that_is_over_does_not_stand_in_the_way(shop: Road) -> None:
    # given a code of A that has expired
    crosses(shop, "A")
    shop.work()
    shop.wait(days=20)
    shop.work()
    # when
    crosses(shop, "B")
    shop.work()
    shop.wait(days=5, minutes=1)
    shop.work()
    # then
    assert decided("loyal_b") == [("sent", "due"), ("sent", "due")]


def test_who_is_held_out_of_the_better_code_is_reminded_of_the_other(
    shop: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(judge, "held_out", lambda key, flow, percent: flow == "loyal_a")
    crosses(shop, "B")
    shop.work()
    shop.wait(days=1)
    crosses(shop, "A")
    shop.work()
    # when
    shop.wait(days=4, minutes=1)
    (reminder,) = shop.work()
    # then
    assert decided("loyal_a")[0] == ("held_out", "holdout")
    assert Grant.objects.get(tier="B").code in text_of(reminder)


def test_a_reminder_for_which_there_is_no_room_comes_later_while_the_code_is_good(shop: Road) -> None:
    # given a code, and another mail just before its reminder
    crosses(shop, "B")
    shop.work()
    shop.set(abandoned_cart_enabled=True)
    shop.wait(days=4, hours=20)
    shop.cart(shop.make_product("Scarf")[0], email=ADA)
    shop.work()
    shop.wait(hours=4, minutes=1)
    assert len(shop.work()) == 1
    assert shop.work() == []
    # when
    shop.wait(hours=17)
    shop.set(abandoned_cart_enabled=False)
    (reminder,) = shop.work()
    # then
    assert decided("loyal_b") == [("sent", "due"), ("moved", "capped"), ("sent", "due")]
    assert Grant.objects.get().code in text_of(reminder)


def test_a_reminder_that_finds_no_room_until_the_code_ends_is_not_sent(shop: Road) -> None:
    # given a customer who wants one mail a week, and a code that ends sooner
    shop.set(voucher_tiers="B = 15 %, valid 5 d")
    crosses(shop, "B")
    (mail,) = shop.work()
    contact = Contact.objects.get(email=ADA)
    Preference.objects.create(contact=contact, unwanted=[], weekly=True, language="", changed_at=shop.now)
    # when
    for _ in range(20):
        shop.wait(hours=12)
        shop.work()
    # then
    assert shop.sink.mails == [mail]
    assert decided("loyal_b") == [("sent", "due"), ("moved", "weekly"), ("skipped", "code_used")]


def test_a_rehearsal_ends_the_lesser_code_as_the_flows_do(shop: Road) -> None:
    # given
    for tier in ("B", "A"):
        crosses(shop, tier)
        shop.wait(days=2)
    shop.wait(days=9)
    events: list[Event] = []
    flows = [FLOWS["loyal_a"], FLOWS["loyal_b"]]
    # when
    replay(flows, parse(shop.shop.configuration()), shop.now - timedelta(days=14), shop.now, events.append)
    # then
    said = [(event.flow, event.what, event.reason) for event in events if event.what != ENTERED]
    assert said.count(("loyal_b", "sent", "due")) == 1
    assert ("loyal_b", "skipped", "better_code") in said
