"""It costs less: who asked for it, and agreed to mail, is told once of each drop."""

from decimal import Decimal

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.catalogue import PRICE_DROP
from saleor_crm_plugin.flows.decide import decide_due
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.pauses import pause, resume
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.shop.sandbox.models import Price, Stock
from tests.flows.stock.waiting import agrees, reasons, switch_on, told, waits
from tests.road import Road

ADA = "ada@example.com"
FLOW = "price_drop"


@pytest.fixture
def asked(road: Road) -> StockInterest:
    """A shirt for 40 that Ada asked for while it was not there, and was told of."""
    switch_on(road)
    road.set(price_drop_enabled=True)
    variant = road.make_product("Linen shirt", price=Decimal(40), stock=0)[0]
    one = waits(road, variant, ADA)
    agrees(ADA)
    road.set_stock(variant, 5)
    assert len(road.work()) == 1
    road.wait(days=1)
    return one


@pytest.fixture
def variant(asked: StockInterest) -> str:
    """The shirt."""
    return asked.variant_id


def drops(road: Road, variant: str, price: str) -> int:
    """A new price; how many mails it brings."""
    road.set_price(variant, Decimal(price), was=Decimal(40))
    return len(road.work())


def test_who_was_told_that_it_is_there_is_told_that_it_costs_less(
    road: Road, variant: str, asked: StockInterest
) -> None:
    assert drops(road, variant, "36.00") == 1
    assert "Linen shirt" in text_of(road.sink.mails[-1])
    assert "36" in text_of(road.sink.mails[-1])
    assert reasons(asked, FLOW) == [("sent", "due")]


def test_a_little_less_is_no_drop(road: Road, variant: str) -> None:
    assert drops(road, variant, "36.01") == 0


def test_a_drop_is_told_of_once_and_the_next_one_again(road: Road, variant: str) -> None:
    assert drops(road, variant, "35.00") == 1
    road.wait(days=1)
    assert drops(road, variant, "30.00") == 0
    assert drops(road, variant, "40.00") == 0
    road.wait(days=1)
    assert drops(road, variant, "34.00") == 1


def test_a_price_that_trembles_where_it_just_counts_as_a_drop_is_one_drop(road: Road, variant: str) -> None:
    told_of = []
    for price in ("36.00", "36.10", "36.00", "39.99", "36.00"):
        told_of.append(drops(road, variant, price))
        road.wait(days=3)
    assert told_of == [1, 0, 0, 0, 0]


def test_what_is_dear_again_when_the_mail_is_decided_is_not_told(
    road: Road, variant: str, asked: StockInterest
) -> None:
    road.set_price(variant, Decimal(30), was=Decimal(40))
    road.work(work.process_inbox, work.sweep_stock)
    road.set_price(variant, Decimal(40))
    road.work(work.decide, work.deliver)
    assert len(told(road)) == 1
    assert reasons(asked, FLOW) == [("skipped", "price_rose")]


def test_what_is_not_there_is_not_told_of_until_it_is(road: Road, variant: str) -> None:
    road.set_stock(variant, 0)
    road.work()
    assert drops(road, variant, "30.00") == 0
    road.set_stock(variant, 2)
    assert len(road.work()) == 1


def test_who_has_bought_it_is_not_told(road: Road, variant: str) -> None:
    road.place_order(road.cart(variant, email=ADA))
    road.work()
    assert drops(road, variant, "30.00") == 0


def test_who_has_no_turn_yet_is_not_told_that_it_costs_less(road: Road) -> None:
    # given three who wait
    switch_on(road)
    road.set(price_drop_enabled=True)
    variant = road.make_product("Linen shirt", price=Decimal(40), stock=0)[0]
    for email in (ADA, "bob@example.com", "cleo@example.com"):
        waits(road, variant, email)
        agrees(email)
    # when one unit comes back, cheaper
    road.set_price(variant, Decimal(30), was=Decimal(40))
    road.set_stock(variant, 1)
    for _ in range(3):
        road.work()
        road.wait(hours=1)
    # then
    assert told(road) == [ADA]


@pytest.mark.parametrize("first", ["price", "stock"])
def test_there_again_and_cheaper_is_one_mail(road: Road, first: str) -> None:
    # given
    switch_on(road)
    road.set(price_drop_enabled=True)
    variant = road.make_product("Linen shirt", price=Decimal(40), stock=0)[0]
    waits(road, variant, ADA)
    agrees(ADA)
    # when
    road.set_price(variant, Decimal(30), was=Decimal(40))
    if first == "price":
        road.work()
    road.set_stock(variant, 5)
    for _ in range(3):
        road.work()
        road.wait(hours=20)
    # then
    assert told(road) == [ADA]
    # and the next drop is another
    assert drops(road, variant, "40.00") == 0
    assert drops(road, variant, "30.00") == 1


def test_what_a_withdrawn_mail_would_have_said_is_told_of_later(road: Road) -> None:
    # given she was to be told that it is there and cheaper
    switch_on(road)
    road.set(price_drop_enabled=True)
    variant = road.make_product("Linen shirt", price=Decimal(40), stock=0)[0]
    one = waits(road, variant, ADA)
    agrees(ADA)
    road.set_price(variant, Decimal(30), was=Decimal(40))
    road.set_stock(variant, 5)
    road.work(work.process_inbox, work.sweep_stock, work.decide)
    # when it is sold out before the mail leaves, and is back at the old price
    road.set_stock(variant, 0)
    road.work(work.deliver)
    one.refresh_from_db()
    assert (told(road), one.dropped_to) == ([], None)
    road.set_price(variant, Decimal(40))
    road.set_stock(variant, 5)
    road.work()
    road.wait(days=1)
    # then
    assert drops(road, variant, "30.00") == 1


def test_of_two_drops_on_one_day_each_is_told_of(road: Road, variant: str) -> None:
    # given she asked for a hat, too, and was told of it
    hat = road.make_product("Wool hat", price=Decimal(40), stock=0)[0]
    waits(road, hat, ADA)
    road.set_stock(hat, 5)
    road.work()
    # when
    for one in (variant, hat):
        road.set_price(one, Decimal(20), was=Decimal(40))
    mails = list(road.work())
    for _ in range(4):
        road.wait(hours=12)
        mails += road.work()
    # then there is a day between them
    assert len(mails) == 2
    assert {name for name in ("Linen shirt", "Wool hat") for mail in mails if name in text_of(mail)} == {
        "Linen shirt",
        "Wool hat",
    }


def test_a_drop_that_there_is_no_room_for_is_told_of_as_long_as_it_lasts(
    road: Road, variant: str, asked: StockInterest
) -> None:
    # given a reminder of her cart in the same hour
    road.set(abandoned_cart_enabled=True, abandoned_cart_second_delay="20 d")
    road.cart(road.make_product("Wool hat")[0], email=ADA)
    road.work()
    road.wait(hours=4, minutes=5)
    assert len(road.work()) == 1
    # when
    assert drops(road, variant, "20.00") == 0
    road.wait(hours=20)
    # then
    assert len(road.work()) == 1
    assert reasons(asked, FLOW) == [("moved", "capped"), ("sent", "due")]


def test_a_drop_while_the_flow_rests_is_told_of_afterwards(road: Road, variant: str) -> None:
    pause(PRICE_DROP, "staff", road.now)
    assert drops(road, variant, "30.00") == 0
    road.wait(minutes=5)
    resume(PRICE_DROP)
    assert len(road.work()) == 1


def test_what_counts_as_a_drop_by_another_setting_is_told_of(road: Road, variant: str) -> None:
    road.set(stock_drop_percent="30")
    assert drops(road, variant, "30.00") == 0
    road.set(stock_drop_percent="10")
    assert len(road.work()) == 1
    assert road.work() == []


def test_a_drop_of_what_somebody_held_for_a_moment_at_the_decision_is_told_of_later(
    road: Road, variant: str, asked: StockInterest
) -> None:
    # given
    road.set_price(variant, Decimal(30), was=Decimal(40))
    road.work(work.process_inbox, work.sweep_stock)
    Stock.objects.filter(variant=int(variant)).update(quantity=0)
    road.work(work.decide, work.deliver)
    # when it is there again before anybody looks
    Stock.objects.filter(variant=int(variant)).update(quantity=5)
    assert road.work() == []
    road.wait(hours=6)
    # then
    assert len(road.work()) == 1
    assert reasons(asked, FLOW) == [("skipped", "price_rose"), ("sent", "due")]


def test_who_agrees_to_mail_later_is_told_of_a_drop_that_lasts(road: Road, variant: str) -> None:
    Contact.objects.filter(email=ADA).update(consented=False)
    assert drops(road, variant, "30.00") == 0
    agrees(ADA)
    assert len(road.work()) == 1


def test_who_asked_twice_sees_it_once(road: Road, variant: str, asked: StockInterest) -> None:
    # given she asked again when it was sold out again
    road.set_stock(variant, 0)
    road.work()
    again = waits(road, variant, ADA)
    road.set_stock(variant, 5)
    road.work()
    road.wait(days=1)
    # when
    assert drops(road, variant, "20.00") == 1
    # then
    (mail,) = Message.objects.filter(flow=FLOW)
    assert [item["variant_id"] for item in mail.content["items"]] == [variant]
    for one in (asked, again):
        one.refresh_from_db()
        assert one.dropped_to == 20


def test_a_sale_does_not_hold_up_what_somebody_asks_for_meanwhile(road: Road) -> None:
    # given more people than are decided about at once
    switch_on(road)
    road.set(price_drop_enabled=True)
    shirt = road.make_product("Linen shirt", price=Decimal(40), stock=0)[0]
    hat = road.make_product("Wool hat", stock=0)[0]
    for number in range(220):
        waits(road, shirt, f"{number}@example.org")
    StockInterest.objects.update(state="told", told_at=road.now)
    Contact.objects.update(consented=True)
    road.set_stock(shirt, 1)
    road.work(work.process_inbox)
    road.set_price(shirt, Decimal(20), was=Decimal(40))
    road.work(work.process_inbox)
    assert Enrolment.objects.filter(flow=FLOW).count() == 220
    # when
    one = waits(road, hat, ADA)
    road.set_stock(hat, 1)
    road.work(work.process_inbox)
    decide_due(road.shop, parse(road.shop.configuration()), road.now)
    # then
    assert reasons(one) == [("sent", "due")]
    # and those of the sale have their mail soon after
    road.wait(minutes=1)
    road.work(work.decide)
    assert not Enrolment.objects.filter(flow=FLOW, state="waiting").exists()


def test_another_channel_has_its_own_price(road: Road, variant: str) -> None:
    Price.objects.filter(variant=int(variant), channel__slug=road.other_channel).update(price=Decimal(10))
    assert len(road.work()) == 0
