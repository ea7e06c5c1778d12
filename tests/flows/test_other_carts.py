"""A person with more than one cart: what becomes of the first by what is done with another."""

from collections.abc import Callable

from django.db import transaction

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Cart
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.catalogue import ABANDONED_CART, FLOWS
from saleor_crm_plugin.flows.enrol import abandoned_carts
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.over import over
from saleor_crm_plugin.flows.replay.rehearse import ENDED, Event
from saleor_crm_plugin.flows.replay.run import replay
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.webhooks.handlers.cart import handle
from tests.contacts.test_two_workers import at_once
from tests.road import NOON, Road


def rehearsed(road: Road) -> list[tuple[str, str, str]]:
    """What a rehearsal of the test's time decides about carts: cart, outcome, reason."""
    events: list[Event] = []
    replay([FLOWS[ABANDONED_CART.key]], parse(road.shop.configuration()), NOON, road.now, events.append)
    return [(one.subject_id, str(one.what), str(one.reason)) for one in events]


def live(road: Road) -> list[str]:
    """The carts whose runs wait."""
    return list(Enrolment.objects.filter(state="waiting").order_by("id").values_list("subject_id", flat=True))


def test_an_order_from_another_cart_ends_the_waiting(road: Road) -> None:
    # given the phone's cart, and the same bought on another device
    (shirt,) = road.make_product("Linen shirt")
    left = road.cart(shirt)
    road.work()
    bought = road.cart(shirt, metadata={})
    road.set_changed_at(bought, road.now.replace(hour=9))
    # when
    road.place_order(bought)
    road.work()
    road.wait(hours=4, minutes=5)
    # then
    assert road.work() == []
    assert road.reasons(left) == [("skipped", "ordered")]
    assert (left, "skipped", "ordered") in rehearsed(road)


def test_an_order_that_the_shop_still_has_to_confirm_ends_the_waiting(road: Road) -> None:
    # given
    (shirt,) = road.make_product("Linen shirt")
    left = road.cart(shirt)
    road.work()
    # when
    road.place_order(road.cart(shirt, metadata={}), confirmed=False)
    road.work()
    road.wait(hours=4, minutes=5)
    # then
    assert road.work() == []
    assert road.reasons(left) == [("skipped", "ordered")]


def test_an_order_from_another_cart_between_the_decision_and_the_sending_withdraws_the_mail(road: Road) -> None:
    # given
    (shirt,) = road.make_product("Linen shirt")
    left = road.cart(shirt)
    road.work()
    road.wait(hours=4, minutes=5)
    road.work(work.decide)
    # when
    bought = road.cart(shirt)
    road.place_order(bought)
    road.work(work.process_inbox)
    # then
    assert road.work(work.deliver) == []
    assert road.reasons(left)[-1] == ("withdrawn", "ordered")


def test_an_order_before_the_cart_was_left_ends_nothing(road: Road) -> None:
    (shirt,) = road.make_product("Linen shirt")
    road.place_order(road.cart(shirt))
    road.wait(minutes=5)
    road.cart(shirt)
    road.work()
    road.wait(hours=4, minutes=5)
    assert len(road.work()) == 1


def test_the_newest_cart_takes_over_and_the_other_says_why(road: Road) -> None:
    # given
    older = road.cart(*road.make_product("Hat"))
    road.work()
    road.wait(hours=1)
    newer = road.cart(*road.make_product("Linen shirt"))
    # when
    road.work()
    # then
    assert live(road) == [newer]
    assert (road.run_of(older).state, road.run_of(older).ended_by) == ("finished", "newer_cart")
    road.wait(hours=4, minutes=5)
    (mail,) = road.work()
    assert "Linen shirt" in text_of(mail)
    assert (older, ENDED, "newer_cart") in rehearsed(road)


def test_two_carts_that_are_noticed_at_once_make_one_live_run(road: Road) -> None:
    road.cart(*road.make_product("Hat"))
    road.wait(hours=1)
    newer = road.cart(*road.make_product("Linen shirt"))
    road.work()
    assert live(road) == [newer]


def test_news_of_the_older_cart_that_comes_last_does_not_take_over(road: Road) -> None:
    # given the newer cart's news is dealt with first
    older = road.cart(*road.make_product("Hat"))
    road.wait(hours=1)
    newer = road.cart(*road.make_product("Linen shirt"))
    road.work()
    Enrolment.objects.filter(subject_id=older).delete()
    # when
    with transaction.atomic():
        abandoned_carts(parse(road.shop.configuration()), list(Cart.objects.filter(pk=older)), road.now)
    # then
    assert live(road) == [newer]


def test_a_cart_that_is_touched_again_takes_over_again(road: Road) -> None:
    first = road.cart(*road.make_product("Hat"))
    road.wait(hours=1)
    second = road.cart(*road.make_product("Linen shirt"))
    road.work()
    road.add_line(first, *road.make_product("Scarf"))
    road.work()
    assert live(road) == [first]
    assert road.run_of(second).ended_by == "newer_cart"


def test_a_cart_about_which_all_was_said_does_not_silence_another(road: Road) -> None:
    # given both mails about the first
    first = road.cart(*road.make_product("Hat"))
    road.work()
    for _ in range(2):
        road.wait(hours=21)
        assert len(road.work()) == 1
    second = road.cart(*road.make_product("Linen shirt"))
    road.work()
    # when
    road.wait(minutes=5)
    road.add_line(first, *road.make_product("Scarf"))
    road.work()
    # then
    assert live(road) == [second]


def test_carts_that_come_to_be_of_one_person_are_written_about_once(road: Road) -> None:
    # given two people who turn out to be one
    older = road.cart(*road.make_product("Hat"), email="bob@example.com")
    road.wait(minutes=10)
    newer = road.cart(*road.make_product("Linen shirt"))
    road.work()
    assert sorted(live(road)) == sorted([older, newer])
    Enrolment.objects.update(contact=Contact.objects.get(email="ada@example.com"))
    # when
    ended = over(list(Enrolment.objects.all()), road.now)
    # then
    assert ended == {road.run_of(older).pk: "newer_cart"}


def test_two_workers_that_meet_two_carts_of_one_person_leave_one_live_run(road: Road) -> None:
    # given
    (shirt,) = road.make_product("Linen shirt")
    emails = [f"customer{number}@example.com" for number in range(8)]
    older = [road.cart(shirt, email=email) for email in emails]
    road.wait(hours=1)
    newer = [road.cart(shirt, email=email) for email in emails]
    settings = parse(road.shop.configuration())

    def worker(carts: list[str]) -> Callable[[], None]:
        def notices() -> None:
            for cart in carts:
                with transaction.atomic():
                    handle(road.shop, settings, [cart], road.now)

        return notices

    # when
    at_once([worker(older), worker(newer)])
    # then
    assert sorted(live(road)) == sorted(newer)
    assert {road.run_of(cart).ended_by for cart in older} == {"newer_cart"}
