"""What a rehearsal takes for true of the past, case by case: one customer each."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from django.db import connection
from django.db.utils import Error
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import CartChange
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.consent import withdraw
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.preferences.models import Preference
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.models import Decision, Enrolment
from saleor_crm_plugin.flows.replay import run
from saleor_crm_plugin.flows.replay.rehearse import ENDED, ENTERED, STAYED_OUT, Event
from saleor_crm_plugin.flows.replay.words import not_rehearsed
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.flows.people.test_table import ADA, buys
from tests.road import NOON, Road


@pytest.fixture
def shop(road: Road) -> Road:
    """All flows are off."""
    road.set(abandoned_cart_enabled=False)
    return road


def rehearse(road: Road, *keys: str, days: int = 30) -> list[Event]:
    events: list[Event] = []
    flows = [FLOWS[key] for key in keys]
    since = road.now - timedelta(days=days)
    run.replay(flows, parse(own_settings.stored()), since, road.now, events.append)
    return events


def told(events: Sequence[Event]) -> list[tuple[str, str]]:
    return [(str(event.what), str(event.reason)) for event in events]


def test_a_flow_that_is_off_is_rehearsed_as_if_it_had_been_on(shop: Road) -> None:
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=5)
    enters, sent = rehearse(shop, "welcome")
    assert (enters.what, sent.what) == (ENTERED, "sent")
    assert timedelta(days=1) <= sent.at - NOON < timedelta(days=1, minutes=2)


def test_an_order_that_came_later_ends_nothing_that_was_said_before(shop: Road) -> None:
    hat = shop.make_product("Hat")[0]
    buys(shop, hat)
    shop.wait(days=22)
    buys(shop, hat)
    assert told(rehearse(shop, "second_purchase")) == [(ENTERED, ""), ("sent", "due")]


def test_an_order_that_came_before_ends_it(shop: Road) -> None:
    hat = shop.make_product("Hat")[0]
    buys(shop, hat)
    shop.wait(days=20)
    buys(shop, hat)
    shop.wait(days=5)
    assert told(rehearse(shop, "second_purchase")) == [(ENTERED, ""), ("skipped", "ordered")]


def test_who_agreed_later_had_not_agreed(shop: Road) -> None:
    cart = shop.cart(shop.make_product("Hat")[0], email=ADA, metadata={})
    shop.work(work.process_inbox)
    shop.place_order(cart)
    shop.work(work.process_inbox)
    shop.wait(days=10)
    shop.cart(email=ADA)
    shop.work(work.process_inbox)
    assert Contact.objects.get(email=ADA).consented
    assert told(rehearse(shop, "welcome")) == [(STAYED_OUT, "no_consent")]


def test_who_withdrew_later_had_agreed(shop: Road) -> None:
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=10)
    withdraw(Contact.objects.get(email=ADA), ConsentRecord.Source.UNSUBSCRIBE, shop.now)
    assert told(rehearse(shop, "welcome")) == [(ENTERED, ""), ("sent", "due")]


def test_an_imported_consent_counts_for_the_time_before_the_import(shop: Road) -> None:
    cart = shop.cart(shop.make_product("Hat")[0], email=ADA, metadata={})
    shop.work(work.process_inbox)
    shop.place_order(cart)
    shop.work(work.process_inbox)
    shop.wait(days=10)
    contact = Contact.objects.get(email=ADA)
    ConsentRecord.objects.create(contact=contact, granted=True, source="import", at=shop.now)
    assert told(rehearse(shop, "welcome")) == [(ENTERED, ""), ("sent", "due")]


@pytest.mark.parametrize(("hours", "then"), [(1, ("skipped", "suppressed")), (30, ("sent", "due"))])
def test_an_address_is_suppressed_from_its_day_on(shop: Road, hours: int, then: tuple[str, str]) -> None:
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(hours=hours)
    suppress(ADA, Suppression.Reason.COMPLAINT, shop.now)
    shop.wait(days=5)
    assert told(rehearse(shop, "welcome"))[-1] == then


@pytest.mark.parametrize(("hours", "then"), [(1, ("skipped", "kind_unwanted")), (30, ("sent", "due"))])
def test_a_kind_is_unwanted_from_its_day_on(shop: Road, hours: int, then: tuple[str, str]) -> None:
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(hours=hours)
    contact = Contact.objects.get(email=ADA)
    Preference.objects.create(contact=contact, unwanted=[FLOWS["welcome"].kind], changed_at=shop.now)
    shop.wait(days=5)
    assert told(rehearse(shop, "welcome"))[-1] == then


def test_caps_hold_over_all_flows_that_are_rehearsed_and_the_more_urgent_comes_first(shop: Road) -> None:
    shop.set(flows="cross_sell = off, 1 d")
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=5)
    said = {event.flow: event.reason for event in rehearse(shop, "cross_sell", "welcome") if event.what != ENTERED}
    assert said == {"welcome": "due", "cross_sell": "capped"}


def test_mails_that_other_flows_really_sent_count(shop: Road) -> None:
    shop.set(abandoned_cart_enabled=True)
    hat = shop.make_product("Hat")[0]
    buys(shop, hat)
    shop.cart(hat, email=ADA)
    shop.work()
    shop.wait(hours=23)
    assert len(shop.work()) == 1
    shop.wait(days=2)
    assert told(rehearse(shop, "welcome"))[-1] == ("skipped", "capped")


def test_at_night_a_mail_is_moved_to_the_customers_morning(shop: Road) -> None:
    shop.set(quiet_hours="21:00-08:00", flows="welcome = off, 6 h")
    buys(shop, shop.make_product("Hat")[0])
    Contact.objects.update(country="JP")
    shop.wait(days=5)
    _, moved, sent = rehearse(shop, "welcome")
    assert (moved.what, moved.reason, sent.what) == ("moved", "quiet_hours", "sent")
    assert sent.at.hour == 23  # 8 o'clock in Tokyo


def test_holdout_is_as_set_and_the_same_people_as_live(shop: Road) -> None:
    shop.set(holdout_percent="50")
    for number in range(12):
        buys(shop, shop.make_product("Hat")[0], email=f"customer{number}@example.com")
    shop.wait(days=5)
    held = {event.contact_id for event in rehearse(shop, "welcome") if event.what == "held_out"}
    shop.set(flows="welcome = on, 4 d")
    shop.work(work.enter_flows, work.decide)
    really = Enrolment.objects.filter(arm="holdout").values_list("contact_id", flat=True)
    assert held == set(really) != set()


def test_a_cart_that_was_changed_waits_anew_and_its_order_ends_it(shop: Road) -> None:
    first, second = (shop.make_product(name)[0] for name in ("Hat", "Coat"))
    cart = shop.cart(first)
    shop.work(work.process_inbox)
    shop.wait(hours=3)
    shop.add_line(cart, second)
    shop.work(work.process_inbox)
    touched = shop.now
    shop.wait(hours=6)
    shop.place_order(cart)
    shop.work(work.process_inbox)
    shop.wait(days=2)
    _, sent, ended = rehearse(shop, "abandoned_cart")
    assert timedelta(hours=4) <= sent.at - touched < timedelta(hours=4, minutes=2)
    assert (ended.what, ended.reason, ended.mail) == (ENDED, "ordered", 2)


def test_an_emptied_cart_is_not_written_about(shop: Road) -> None:
    (hat,) = shop.make_product("Hat")
    cart = shop.cart(hat)
    shop.work(work.process_inbox)
    shop.wait(hours=1)
    shop.remove_line(cart, hat)
    shop.work(work.process_inbox)
    shop.wait(days=2)
    assert CartChange.objects.count() == 2
    assert told(rehearse(shop, "abandoned_cart")) == [(ENTERED, ""), ("skipped", "cart_emptied")]


def test_nobody_enters_again_who_was_really_told_before_the_rehearsal_begins(shop: Road) -> None:
    shop.set(flows="cross_sell = on")
    hat = shop.make_product("Hat")[0]
    buys(shop, hat)
    shop.work(work.enter_flows)
    shop.wait(days=7, minutes=1)
    assert len(shop.work()) == 1
    shop.wait(days=10)
    buys(shop, hat)
    shop.wait(days=9)
    assert told(rehearse(shop, "cross_sell", days=15)) == [(STAYED_OUT, "already_said")]


def test_without_the_tier_no_code_is_promised(shop: Road) -> None:
    shop.set(voucher_tiers="")
    buys(shop, shop.make_product("Hat")[0])
    Membership.objects.create(
        contact=Contact.objects.get(email=ADA), kind="score", segment="A", entered_at=shop.now, cause="order"
    )
    shop.wait(days=5)
    assert told(rehearse(shop, "loyal_a")) == [(ENTERED, ""), ("skipped", "no_voucher")]


def test_where_the_tier_is_not_good_no_code_is_promised(shop: Road) -> None:
    shop.set(voucher_tiers="A = 10 PLN")
    buys(shop, shop.make_product("Hat")[0])  # in a channel that sells in EUR
    Membership.objects.create(
        contact=Contact.objects.get(email=ADA), kind="score", segment="A", entered_at=shop.now, cause="order"
    )
    shop.wait(days=5)
    assert told(rehearse(shop, "loyal_a")) == [(ENTERED, ""), ("skipped", "no_voucher")]


def test_the_address_that_only_tests_go_to_holds_no_rehearsal_back(shop: Road) -> None:
    shop.set(allow_list="owner@example.com")
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=5)
    assert told(rehearse(shop, "welcome"))[-1] == ("sent", "due")


def test_every_flow_is_rehearsed_or_says_why_not() -> None:
    assert [key for key in FLOWS if not_rehearsed(key)] == [
        "stock_confirmation", "newsletter_confirmation", "back_in_stock", "out_of_stock", "price_drop", "newsletter",
    ]  # fmt: skip


def test_nothing_is_written_and_the_database_would_refuse_it(shop: Road) -> None:
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=5)
    rehearse(shop, "welcome")
    assert not Enrolment.objects.exists()
    assert not Decision.objects.exists()
    assert not Message.objects.exists()
    with pytest.raises(Error, match="read-only"), run._reading():
        Contact.objects.create(created_at=timezone.now())


def test_a_rehearsal_reads_as_often_for_many_as_for_few(shop: Road) -> None:
    def statements(people: int) -> int:
        for number in range(people):
            buys(shop, shop.make_product("Hat")[0], email=f"customer{people}-{number}@example.com")
        shop.wait(days=5)
        with CaptureQueriesContext(connection) as captured:
            rehearse(shop, "welcome", days=5)
        return len(captured)

    assert statements(2) == statements(12)
