"""Whoever is told that it is there has a unit for six hours; whoever buys it needs it no more."""

from datetime import timedelta

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from tests.flows.stock.waiting import switch_on, told, waits
from tests.road import Road

ADA, BOB, CLEO, DAN, EVE = (f"{name}@example.com" for name in ("ada", "bob", "cleo", "dan", "eve"))


@pytest.fixture
def variant(road: Road) -> str:
    """A shirt that is sold out."""
    switch_on(road)
    return road.make_product("Linen shirt", stock=0)[0]


def test_who_is_told_in_the_morning_has_six_hours_from_then(road: Road, variant: str) -> None:
    # given two who wait, and one unit that comes at ten past two at night
    road.set(quiet_hours="21-8")
    for email in (ADA, BOB):
        waits(road, variant, email)
    road.wait(hours=13, minutes=10)
    road.set_stock(variant, 1)
    road.work()
    # when the first is told after eight, and six hours are over since it came
    road.wait(hours=5, minutes=55)
    road.work()
    road.wait(minutes=10)
    road.work()
    assert told(road) == [ADA]
    # then it is the next one's turn six hours after that
    road.wait(hours=5, minutes=51)
    road.work()
    assert told(road) == [ADA, BOB]


def test_who_is_told_later_than_others_of_a_wave_has_as_long(road: Road, variant: str) -> None:
    # given two units: Bob is told at once, Ada, who asked first, when it is morning where she lives
    road.set(quiet_hours="21-8")
    for email in (ADA, BOB, CLEO, DAN):
        waits(road, variant, email)
    Contact.objects.filter(email=ADA).update(country="JP")  # it is 21:00 there
    road.set_stock(variant, 2)
    road.work()
    assert told(road) == [BOB]
    # when
    road.wait(hours=6, minutes=1)
    road.work()
    # then Bob's unit is the next one's, and Ada's is kept
    assert told(road) == [BOB, CLEO]


def test_a_unit_that_others_hold_for_minutes_is_not_told_to_the_whole_queue(road: Road, variant: str) -> None:
    # given
    for email in (ADA, BOB, CLEO):
        waits(road, variant, email)
    road.set_stock(variant, 1)
    road.work()
    # when the unit is held by other carts, and free again, twice within the hour
    for stranger in ("x@example.net", "y@example.net"):
        cart = road.cart(variant, email=stranger)
        road.begin_payment(cart)
        road.work()
        road.wait(minutes=10)
        road.fail_payment(cart)
        road.work()
        road.wait(minutes=10)
        road.work()
    # then
    assert told(road) == [ADA]


def test_a_unit_that_was_held_goes_to_the_next_after_six_hours(road: Road, variant: str) -> None:
    for email in (ADA, BOB):
        waits(road, variant, email)
    road.set_stock(variant, 1)
    road.work()
    for units in (0, 1):
        road.wait(minutes=10)
        road.set_stock(variant, units)
        road.work()
    road.wait(hours=5, minutes=41)
    road.work()
    assert told(road) == [ADA, BOB]


def test_units_on_top_are_told_of_at_once_though_the_first_have_bought(road: Road, variant: str) -> None:
    # given two who are told, of whom one buys
    for email in (ADA, BOB, CLEO, DAN, EVE):
        waits(road, variant, email)
    road.set_stock(variant, 2)
    road.work()
    road.place_order(road.cart(variant, email=ADA))
    road.work()
    # when there are two beside the one that is kept for the other
    road.set_stock(variant, 3)
    road.work()
    # then
    assert sorted(told(road)) == [ADA, BOB, CLEO, DAN]


def test_who_was_asleep_is_told_in_the_morning_though_the_others_have_bought(road: Road, variant: str) -> None:
    # given two units, and one of the two for whom they are lives where it is night
    road.set(quiet_hours="21-8", stock_wave="2 d")
    for email in (ADA, BOB):
        waits(road, variant, email)
    Contact.objects.filter(email=ADA).update(country="JP")
    road.set_stock(variant, 2)
    road.work()
    assert told(road) == [BOB]
    # when
    road.place_order(road.cart(variant, email=BOB))
    road.work()
    road.wait(hours=12)
    road.work()
    # then
    assert told(road) == [BOB, ADA]


def test_a_unit_that_is_given_back_is_kept_for_who_bought_it_no_longer_than_for_others(
    road: Road, variant: str
) -> None:
    # given one who buys the unit, and cancels
    for email in (ADA, BOB):
        waits(road, variant, email)
    road.set_stock(variant, 1)
    road.work()
    order = road.place_order(road.cart(variant, email=ADA))
    road.work()
    road.cancel_order(order)
    road.set_stock(variant, 1)
    road.work()
    assert told(road) == [ADA]
    # when
    road.wait(hours=6, minutes=1)
    road.work()
    # then
    assert told(road) == [ADA, BOB]


def test_when_units_are_sold_before_the_mails_leave_fewer_leave(road: Road, variant: str) -> None:
    # given three who are told of three units, by mails that wait for the server
    for email in (ADA, BOB, CLEO):
        waits(road, variant, email)
    road.set_stock(variant, 3)
    road.work(work.process_inbox, work.decide)
    # when one unit is left
    road.set_stock(variant, 1)
    road.work()
    # then the first is told, and the others keep their places
    assert told(road) == [ADA]
    road.set_stock(variant, 2)
    road.work()
    assert told(road) == [ADA, BOB]


def test_a_mail_that_waits_is_no_unit_too_many_because_another_has_bought(road: Road, variant: str) -> None:
    # given two who are told of two units, of whom one has the mail
    for email in (ADA, BOB):
        waits(road, variant, email)
    road.set_stock(variant, 2)
    road.work(work.process_inbox, work.decide)
    Message.objects.filter(contact__email=BOB).update(next_attempt_at=road.now + timedelta(minutes=5))
    road.work(work.deliver)
    # when that one buys
    road.place_order(road.cart(variant, email=ADA))
    road.work()
    road.wait(minutes=5)
    road.work()
    # then the other is told
    assert told(road) == [ADA, BOB]
