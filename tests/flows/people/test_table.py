"""The flows about customers, row by row: what starts each, after how long it writes, what ends it."""

from datetime import timedelta

import pytest
from django.db.models import F

from saleor_crm_plugin import work
from saleor_crm_plugin.activity import interactions, views
from saleor_crm_plugin.activity.models import Purchase, View
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.models import Decision, Enrolment, Reorder
from saleor_crm_plugin.flows.replay.rehearse import Event
from saleor_crm_plugin.flows.replay.run import replay
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from tests.road import AGREED, Road

ADA = "ada@example.com"
# What each row of the table says: the delay, and what of this ends the run.
DELAYS = {
    "browse_abandonment": timedelta(hours=6),
    "welcome": timedelta(days=1),
    "second_purchase": timedelta(days=21),
    "replenishment": timedelta(0),
    "cross_sell": timedelta(days=7),
    "win_back_at_risk": timedelta(0),
    "win_back_lapsed": timedelta(days=30),
}
# What the mail of each says, and no other's: in its subject and in its text.
SAYS = {
    "browse_abandonment": ("Überlegen Sie noch? Linen shirt", "Es eilt nicht"),
    "welcome": ("Danke und willkommen bei", "Schön, dass Sie"),
    "second_purchase": ("Wie gefällt Ihnen Ihre Bestellung", "zum ersten Mal"),
    "replenishment": ("Zeit für Nachschub? Linen shirt", "aufgebraucht"),
    "cross_sell": ("Wie gefällt Ihnen Ihre Bestellung", "schon eine Weile bei Ihnen"),
    "win_back_at_risk": ("Wir haben Sie länger nicht gesehen", "schon eine Weile her"),
    "win_back_lapsed": ("Sie sind bei Morgentau jederzeit willkommen", "schon länger her"),
}
ENDED_BY_AN_ORDER = [key for key in DELAYS if key not in ("welcome", "replenishment")]


@pytest.fixture
def shop(road: Road) -> Road:
    """Only flows about customers write, each only when it is switched on."""
    road.set(abandoned_cart_enabled=False)
    return road


def on(road: Road, key: str) -> None:
    """Switch one flow on, with its own delay."""
    road.set(flows=f"{key} = on")


def buys(road: Road, *variants: str, email: str = ADA) -> str:
    """Somebody who agreed to mail orders; what is there is handed over at once."""
    cart = road.cart(*variants, email=email, metadata=AGREED)
    road.work(work.process_inbox)
    order = road.place_order(cart)
    road.fulfil_order(order)
    road.work(work.process_inbox)
    return order


def starts(road: Road, key: str) -> str:
    """What starts the flow happens to Ada, who had bought once. Returns the variant that it is about."""
    variant = road.make_product("Linen shirt")[0]
    if key in ("welcome", "second_purchase", "cross_sell"):
        on(road, key)
        buys(road, variant)
        return variant
    buys(road, variant)
    road.wait(days=40)
    on(road, key)
    contact = Contact.objects.get(email=ADA)
    product = road.shop.availability([variant], road.channel)[variant].product_id
    if key == "browse_abandonment":
        interactions.make_room([road.now], views.TABLE)
        for number in range(2):
            View.objects.create(
                event_id=f"look-{number}", at=road.now, kind="product_view", contact=contact, product_id=product
            )
    elif key == "replenishment":
        Reorder.objects.create(product_id=product, gap=timedelta(days=40))
        road.wait(minutes=5)
    else:
        Membership.objects.filter(contact=contact, kind="lifecycle").delete()
        Membership.objects.create(
            contact=contact, kind="lifecycle", segment=key.removeprefix("win_back_"), entered_at=road.now, cause="time"
        )
    return variant


def starts_looking(road: Road) -> None:
    """Ada, who is known, looks at a shirt twice, and the time until a mail about it passes."""
    on(road, "browse_abandonment")
    shirt = road.make_product("Linen shirt")[0]
    product = road.shop.availability([shirt], road.channel)[shirt].product_id
    interactions.make_room([road.now], views.TABLE)
    for number in range(2):
        View.objects.create(
            event_id=f"look-{number}", at=road.now, kind="product_view", contact=Contact.objects.get(email=ADA),
            product_id=product,
        )  # fmt: skip
    road.work()
    road.wait(hours=7)
    road.work()


def rehearsed_mails(road: Road, key: str) -> int:
    """How many mails of a flow a rehearsal of the last ten days tells of."""
    events: list[Event] = []
    since = road.now - timedelta(days=10)
    replay([FLOWS[key]], parse(road.shop.configuration()), since, road.now, events.append)
    return sum(event.what == "sent" for event in events)


def decided(key: str) -> list[tuple[str, str]]:
    """The decisions of a flow."""
    rows = Decision.objects.filter(enrolment__flow=key).order_by("at", "id")
    return list(rows.values_list("outcome", "reason"))


@pytest.mark.parametrize("key", DELAYS)
def test_each_flow_writes_once_after_its_delay(shop: Road, key: str) -> None:
    starts(shop, key)
    if DELAYS[key]:
        shop.work()
        shop.wait(seconds=(DELAYS[key] - timedelta(minutes=10)).total_seconds())
        assert shop.work() == []
        shop.wait(minutes=15)
    mails = shop.work()
    assert [mail["To"] for mail in mails] == [ADA], decided(key)
    subject, text = SAYS[key]
    assert subject in str(mails[0]["Subject"])
    assert text in " ".join(text_of(mails[0]).split())
    assert decided(key) == [("sent", "due")]
    shop.wait(days=1)
    assert shop.work() == []


@pytest.mark.parametrize("key", ENDED_BY_AN_ORDER)
def test_an_order_ends_what_waits_for_one(shop: Road, key: str) -> None:
    starts(shop, key)
    shop.work(work.enter_flows)
    shop.wait(seconds=DELAYS[key].total_seconds() / 2 + 1)
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(seconds=DELAYS[key].total_seconds() / 2 + 60)
    shop.work(work.decide, work.deliver)
    assert shop.sink.mails == []
    assert decided(key)[-1] == ("skipped", "ordered")


def test_a_welcome_follows_the_first_order_alone(shop: Road) -> None:
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=10)
    starts(shop, "welcome")
    shop.wait(days=2)
    shop.work()
    assert shop.sink.mails == []


def test_replenishment_is_ended_by_the_product_and_not_by_another(shop: Road) -> None:
    shirt = starts(shop, "replenishment")
    shop.work(work.enter_flows)
    buys(shop, shop.make_product("Hat")[0])
    buys(shop, shirt)
    shop.work(work.decide, work.deliver)
    assert shop.sink.mails == []
    assert decided("replenishment") == [("skipped", "bought")]


def test_what_was_ordered_before_the_run_began_and_is_known_after_ends_it(shop: Road) -> None:
    shop.place_order(shop.cart(starts(shop, "replenishment"), email=ADA))
    shop.work(work.enter_flows)
    shop.work(work.process_inbox, work.decide)
    assert decided("replenishment") == [("skipped", "bought")]


def test_a_cart_is_better_than_a_mail_about_looking(shop: Road) -> None:
    variant = starts(shop, "browse_abandonment")
    shop.work(work.enter_flows)
    shop.cart(variant, email=ADA)
    shop.wait(hours=7)
    shop.work()
    assert shop.sink.mails == []
    assert decided("browse_abandonment") == [("skipped", "has_cart")]


def test_whoever_has_something_in_an_older_cart_is_not_written_about_looking(shop: Road) -> None:
    # given a cart of two days
    shop.cart(shop.make_product("Hat")[0], email=ADA)
    shop.work()
    shop.wait(days=2)
    # when
    starts_looking(shop)
    # then
    assert decided("browse_abandonment") == []
    assert not Enrolment.objects.filter(flow="browse_abandonment").exists()
    assert rehearsed_mails(shop, "browse_abandonment") == 0


def test_a_cart_of_two_days_that_is_filled_again_ends_the_mail_about_looking(shop: Road) -> None:
    # given a run, and a cart that is older than the look
    starts(shop, "browse_abandonment")
    shop.work(work.enter_flows)
    cart = shop.cart(shop.make_product("Hat")[0], email=ADA)
    shop.set_changed_at(cart, shop.now - timedelta(days=2))
    shop.work(work.process_inbox)
    # when
    shop.wait(hours=7)
    shop.work()
    # then
    assert decided("browse_abandonment") == [("skipped", "has_cart")]


def test_a_cart_that_was_left_long_ago_is_forgotten(shop: Road) -> None:
    shop.cart(shop.make_product("Hat")[0], email=ADA)
    shop.work()
    starts(shop, "browse_abandonment")  # 40 days later
    shop.work()
    shop.wait(hours=7)
    assert len(shop.work()) == 1


def test_what_is_sold_out_is_not_written_about(shop: Road) -> None:
    variant = starts(shop, "replenishment")
    shop.sell_out(variant)
    shop.work()
    assert shop.sink.mails == []
    assert decided("replenishment") == [("skipped", "sold_out")]


@pytest.mark.parametrize("key", ["welcome", "second_purchase", "cross_sell"])
def test_an_order_that_comes_back_whole_is_not_written_about(shop: Road, key: str) -> None:
    starts(shop, key)
    shop.work(work.enter_flows)
    Purchase.objects.update(refunded=F("total"))
    shop.wait(seconds=DELAYS[key].total_seconds() + 60)
    shop.work(work.decide, work.deliver)
    assert shop.sink.mails == []
    assert decided(key)[-1] == ("skipped", "order_gone")


def test_looking_at_what_was_just_bought_is_no_wish(shop: Road) -> None:
    variant = starts(shop, "browse_abandonment")
    View.objects.update(at=F("at") - timedelta(hours=3))
    buys(shop, variant)
    shop.work(work.enter_flows)
    shop.wait(hours=7)
    shop.work()
    assert shop.sink.mails == []
    assert decided("browse_abandonment") == []


def test_without_consent_nobody_enters(shop: Road) -> None:
    on(shop, "welcome")
    shop.place_order(shop.cart(shop.make_product("Hat")[0], email=ADA, metadata={}))
    shop.work()
    shop.wait(days=2)
    shop.work()
    assert decided("welcome") == []


def test_who_was_in_a_flow_lately_does_not_enter_it_again(shop: Road) -> None:
    starts(shop, "cross_sell")
    shop.wait(days=8)
    assert len(shop.work()) == 1
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=8)
    assert shop.work() == []
    shop.wait(days=20)
    buys(shop, shop.make_product("Scarf")[0])
    shop.wait(days=8)
    assert len(shop.work()) == 1


def test_the_more_important_flow_is_decided_first(shop: Road) -> None:
    # given one customer to whom a welcome and a cross-sell are due at once
    shop.set(flows="welcome = on, 7 d\ncross_sell = on, 7 d")
    buys(shop, shop.make_product("Hat")[0])
    shop.work(work.enter_flows)
    shop.wait(days=7, minutes=1)
    # when
    (mail,) = shop.work()
    # then
    assert mail["Feedback-ID"].startswith("welcome:")
    assert decided("cross_sell") == [("skipped", "capped")]


def test_a_flow_that_is_switched_on_does_not_write_about_the_past(shop: Road) -> None:
    buys(shop, shop.make_product("Hat")[0])
    shop.wait(days=20)
    on(shop, "welcome")
    shop.work()
    assert decided("welcome") == []


@pytest.mark.parametrize("days", [1, 6])
def test_a_shorter_delay_holds_for_those_who_wait(shop: Road, days: int) -> None:
    # given somebody who was to be written to in ten days, and has waited for some
    shop.set(flows="welcome = on, 10 d")
    buys(shop, shop.make_product("Hat")[0])
    shop.work()
    shop.wait(days=days, minutes=10)
    # when
    shop.set(flows="welcome = on, 1 d")
    mails = shop.work()
    # then
    assert len(mails) == 1
