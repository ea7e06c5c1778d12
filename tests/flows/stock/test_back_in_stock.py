"""It is there again: who waits is told, in turn, no more of them than there are units, and nobody twice."""

from datetime import timedelta
from uuid import uuid4

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.stock.models import StockInterest, StockWatch
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails import outbox
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.decide import decide_due
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.withdraw import still_wanted
from saleor_crm_plugin.segments.models import LifetimeValue
from saleor_crm_plugin.shop.sandbox import models as sandbox
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from tests.flows.stock.waiting import reasons, switch_on, told, waits
from tests.road import Road

ADA, BOB, CLEO, DAN = (f"{name}@example.com" for name in ("ada", "bob", "cleo", "dan"))


@pytest.fixture
def variant(road: Road) -> str:
    """A shirt that is sold out."""
    switch_on(road)
    return road.make_product("Linen shirt", stock=0)[0]


def test_who_waits_is_told_once_when_it_is_there_again(road: Road, variant: str) -> None:
    # given
    asked = waits(road, variant, ADA)
    road.work()
    assert told(road) == []
    # when
    road.set_stock(variant, 3)
    (mail,) = road.work()
    road.wait(hours=7)
    road.work()
    # then
    assert told(road) == [ADA]
    assert "Linen shirt" in text_of(mail)
    assert reasons(asked) == [("sent", "due")]
    asked.refresh_from_db()
    assert asked.state == StockInterest.State.TOLD


def test_what_no_event_told_is_found_by_the_sweep(road: Road, variant: str) -> None:
    waits(road, variant, ADA)
    sandbox.Stock.objects.filter(variant=int(variant)).update(quantity=1)
    road.work(work.sweep_stock, work.decide, work.deliver)
    assert told(road) == [ADA]


def test_no_more_are_told_than_there_are_units_oldest_first(road: Road, variant: str) -> None:
    for email in (ADA, BOB, CLEO):
        waits(road, variant, email)
    road.set_stock(variant, 2)
    road.work()
    assert sorted(told(road)) == [ADA, BOB]


def test_what_is_not_sold_goes_to_the_next_wave(road: Road, variant: str) -> None:
    # given
    for email in (ADA, BOB, CLEO, DAN):
        waits(road, variant, email)
    road.set_stock(variant, 2)
    road.work()
    # when nobody buys for six hours
    road.wait(hours=5, minutes=59)
    road.work()
    assert sorted(told(road)) == [ADA, BOB]
    road.wait(minutes=2)
    road.work()
    # then
    assert sorted(told(road)) == [ADA, BOB, CLEO, DAN]


def test_units_that_come_on_top_are_told_of_at_once(road: Road, variant: str) -> None:
    for email in (ADA, BOB, CLEO):
        waits(road, variant, email)
    road.set_stock(variant, 1)
    road.work()
    road.set_stock(variant, 3)
    road.work()
    assert sorted(told(road)) == [ADA, BOB, CLEO]


def test_a_setting_says_how_many_are_told_of_each_unit(road: Road, variant: str) -> None:
    road.set(stock_per_unit="1.5")
    for email in (ADA, BOB, CLEO, DAN):
        waits(road, variant, email)
    road.set_stock(variant, 2)
    road.work()
    assert sorted(told(road)) == [ADA, BOB, CLEO]


def test_the_best_customers_may_be_first(road: Road, variant: str) -> None:
    road.set(stock_order="best")
    for email, worth in ((ADA, 10), (BOB, 300), (CLEO, 200)):
        asked = waits(road, variant, email)
        LifetimeValue.objects.create(
            contact_id=asked.contact_id, currency=road.currency, p_alive=1, expected_orders=1, expected_value=worth,
            computed_at=road.now,
        )  # fmt: skip
    road.set_stock(variant, 2)
    road.work()
    assert sorted(told(road)) == [BOB, CLEO]


def test_sold_out_again_stops_at_once_and_keeps_the_places(road: Road, variant: str) -> None:
    # given two who have their turn
    asked = [waits(road, variant, email) for email in (ADA, BOB)]
    road.set_stock(variant, 2)
    road.work(work.process_inbox)
    # when it is sold out before they are decided about
    road.set_stock(variant, 0)
    road.work()
    # then
    assert told(road) == []
    assert [reasons(one) for one in asked] == [[("skipped", "sold_out_again")]] * 2
    # and when one comes back, the older is told
    road.set_stock(variant, 1)
    road.work()
    assert told(road) == [ADA]


def test_a_mail_that_waits_for_the_server_is_not_said_when_it_is_sold_out_again(road: Road, variant: str) -> None:
    # given
    asked = waits(road, variant, ADA)
    road.set_stock(variant, 1)
    road.work(work.process_inbox, work.decide)
    assert Message.objects.count() == 1
    # when
    road.set_stock(variant, 0)
    road.work(work.deliver)
    # then
    assert told(road) == []
    assert reasons(asked)[-1] == ("withdrawn", "sold_out_again")
    road.set_stock(variant, 1)
    road.work()
    assert told(road) == [ADA]


def test_when_units_are_sold_before_the_decision_fewer_are_told(road: Road, variant: str) -> None:
    for email in (ADA, BOB, CLEO):
        waits(road, variant, email)
    road.set_stock(variant, 3)
    road.work(work.process_inbox)
    sandbox.Stock.objects.filter(variant=int(variant)).update(quantity=1)
    road.work(work.decide, work.deliver)
    assert told(road) == [ADA]


def test_several_variants_of_a_product_are_one_mail(road: Road) -> None:
    # given
    switch_on(road)
    small, large = road.make_product("Linen shirt", variants=["S", "L"], stock=0)
    asked = [waits(road, one, ADA) for one in (small, large)]
    # when
    for one in (small, large):
        road.set_stock(one, 1)
    (mail,) = road.work()
    # then
    assert "S" in text_of(mail)
    assert "L" in text_of(mail)
    assert sorted(reasons(one)[-1][1] for one in asked) == ["due", "said_together"]
    road.wait(hours=7)
    assert road.work() == []


def test_nobody_is_told_of_what_his_channel_does_not_sell(road: Road, variant: str) -> None:
    waits(road, variant, ADA)
    waits(road, variant, BOB, channel=road.other_channel)
    road.unlist(variant, road.channel)
    road.set_stock(variant, 5)
    road.work()
    assert told(road) == [BOB]


def test_who_no_longer_waits_or_has_bought_it_is_not_told(road: Road, variant: str) -> None:
    # given one who cancels, one who buys, one who is suppressed after the wave is opened
    gone, bought, silent = (waits(road, variant, email) for email in (ADA, BOB, CLEO))
    waits(road, variant, DAN)
    road.set_stock(variant, 4)
    road.work(work.process_inbox)
    StockInterest.objects.filter(pk=gone.pk).update(state="cancelled")
    road.place_order(road.cart(variant, email=BOB))
    suppress(CLEO, Suppression.Reason.UNSUBSCRIBED, road.now)
    # when
    road.work(work.process_inbox, work.decide, work.deliver)
    # then
    assert told(road) == [DAN]
    assert [reasons(one)[-1][1] for one in (gone, bought, silent)] == ["no_interest", "bought", "suppressed"]


def test_the_turn_of_who_is_suppressed_goes_to_the_next(road: Road, variant: str) -> None:
    waits(road, variant, ADA)
    waits(road, variant, BOB)
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, road.now)
    road.set_stock(variant, 1)
    road.work()
    road.wait(minutes=1)
    road.work()
    assert told(road) == [BOB]


def test_at_night_the_mail_waits_for_the_morning_and_the_place_is_kept(road: Road, variant: str) -> None:
    road.set(quiet_hours="21-8")
    waits(road, variant, ADA)
    road.wait(hours=10)
    road.set_stock(variant, 1)
    road.work()
    assert told(road) == []
    road.wait(hours=10)
    road.work()
    assert told(road) == [ADA]


def test_no_consent_is_needed_and_no_cap_counts_for_what_was_asked_for(road: Road, variant: str) -> None:
    hat = road.make_product("Hat", stock=0)[0]
    for one in (variant, hat):
        waits(road, one, ADA)
        road.set_stock(one, 1)
    road.work()
    assert told(road) == [ADA, ADA]


def test_while_it_is_switched_off_nobody_is_told(road: Road, variant: str) -> None:
    waits(road, variant, ADA)
    road.set(back_in_stock_enabled=False)
    road.set_stock(variant, 1)
    road.work()
    assert told(road) == []
    road.set(back_in_stock_enabled=True)
    road.work()
    assert told(road) == [ADA]


def test_who_asks_again_while_the_mail_waits_has_one_place(road: Road, variant: str) -> None:
    # given one who was told by a mail that waits for the server, and asks again
    waits(road, variant, ADA)
    road.set_stock(variant, 1)
    road.work(work.process_inbox, work.decide)
    again = waits(road, variant, ADA)
    # when it is sold out before the mail leaves
    road.set_stock(variant, 0)
    road.work(work.deliver)
    # then
    assert told(road) == []
    assert list(StockInterest.objects.filter(state="waiting")) == [again]


def test_what_is_waited_for_is_watched_though_it_was_forgotten(road: Road, variant: str) -> None:
    waits(road, variant, ADA)
    StockWatch.objects.all().delete()
    road.work(work.clean_up)
    road.set_stock(variant, 1)
    road.work()
    assert told(road) == [ADA]


def test_what_nobody_waits_for_is_watched_no_more(road: Road, variant: str) -> None:
    one = waits(road, variant, ADA)
    road.work(work.clean_up)
    assert StockWatch.objects.count() == 1
    StockInterest.objects.filter(pk=one.pk).update(state="expired", ended_at=road.now)
    road.work(work.clean_up)
    assert not StockWatch.objects.exists()


def test_a_mail_of_several_variants_is_made_anew_when_one_is_gone(road: Road) -> None:
    # given a mail of two that waits for the server
    switch_on(road)
    small, large = road.make_product("Linen shirt", variants=["Small", "Large"], stock=0)
    for one in (small, large):
        waits(road, one, ADA)
        road.set_stock(one, 1)
    road.work(work.process_inbox, work.sweep_stock, work.decide)
    # when one of them is sold out
    road.set_stock(large, 0)
    road.work(work.deliver)
    assert told(road) == []
    road.work()
    # then only the other is told of, and the place for it is kept
    assert told(road) == [ADA]
    assert "Large" not in text_of(road.sink.mails[0])
    assert StockInterest.objects.get(variant_id=large).state == "waiting"


def test_a_mail_of_several_variants_that_is_put_off_stays_one(road: Road) -> None:
    switch_on(road)
    small, large = road.make_product("Linen shirt", variants=["Small", "Large"], stock=0)
    for one in (small, large):
        waits(road, one, ADA)
        road.set_stock(one, 1)
    road.work(work.process_inbox, work.sweep_stock, work.decide)
    road.wait(hours=2)  # its prices are old by now
    road.work()
    road.work()
    assert told(road) == [ADA]
    assert "Small" in text_of(road.sink.mails[0])
    assert "Large" in text_of(road.sink.mails[0])


def test_a_mail_that_another_worker_has_sent_meanwhile_stays_told(road: Road, variant: str) -> None:
    # given a mail that a worker has reserved, and a second one sends when the first is slow
    one = waits(road, variant, ADA)
    road.set_stock(variant, 1)
    road.work(work.process_inbox, work.decide)
    mine = outbox.reserve(uuid4(), road.now, 10)
    road.wait(minutes=4)
    road.work(work.deliver)
    assert told(road) == [ADA]
    # when it is sold out and the first asks again
    road.set_stock(variant, 0)
    assert still_wanted(road.shop, parse(road.shop.configuration()), mine, road.now) == set()
    # then
    one.refresh_from_db()
    assert one.state == StockInterest.State.TOLD


def test_switching_off_and_on_keeps_the_order(road: Road, variant: str) -> None:
    for email in (ADA, BOB):
        waits(road, variant, email)
    road.set_stock(variant, 1)
    road.work(work.process_inbox)
    road.set(back_in_stock_enabled=False)
    road.work()
    road.set(back_in_stock_enabled=True)
    road.work()
    assert told(road) == [ADA]


def test_variants_of_one_person_are_one_mail_also_where_more_are_due_than_are_decided_at_once(road: Road) -> None:
    # given two people who wait for two sizes each, told in turn
    switch_on(road)
    small, large = road.make_product("Linen shirt", variants=["S", "L"], stock=0)
    for variant in (small, large):
        for email in ("ada@example.com", "bob@example.com"):
            waits(road, variant, email)
    for variant in (small, large):
        road.set_stock(variant, 2)
    road.work(work.process_inbox, work.sweep_stock)
    # when batches end in the middle of somebody
    shop_settings = parse(road.shop.configuration())
    while decide_due(road.shop, shop_settings, road.now, limit=1):
        pass
    road.work(work.deliver)
    # then
    assert sorted(told(road)) == ["ada@example.com", "bob@example.com"]


def test_who_is_just_being_decided_by_another_worker_is_left_whole(road: Road) -> None:
    # given one of a person's two sizes in another worker's hands
    switch_on(road)
    small, large = road.make_product("Linen shirt", variants=["S", "L"], stock=0)
    for variant in (small, large):
        waits(road, variant, "ada@example.com")
        road.set_stock(variant, 2)
    road.work(work.process_inbox, work.sweep_stock)
    run = Enrolment.objects.filter(flow="back_in_stock").order_by("pk")[0]
    Enrolment.objects.filter(pk=run.pk).update(leased_until=road.now + timedelta(minutes=1))
    road.work(work.decide, work.deliver)
    assert told(road) == []
    # when the other lets go
    road.wait(minutes=2)
    road.work(work.decide, work.deliver)
    # then
    assert told(road) == ["ada@example.com"]


def test_what_was_told_long_ago_is_watched_no_more(road: Road) -> None:
    switch_on(road)
    shirt = road.make_product("Linen shirt", stock=0)[0]
    waits(road, shirt, "ada@example.com")
    road.set_stock(shirt, 5)
    road.work()
    road.work(work.clean_up)
    assert StockWatch.objects.exists()
    road.wait(days=90)
    road.work(work.clean_up)
    assert not StockWatch.objects.exists()
