"""The table of flows in real Saleor, row by row: what starts each, after how long it writes, when it is left.

Customers and staff act by Saleor's own mutations; time is a clock that is moved (``moved.py``); mails are read where
they arrive, and every decision is read as ``crm explain`` tells it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.flows.reasons import SENTENCES, Reason
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.vouchers.models import Grant
from tests.saleor.askers import Askers
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import global_id
from tests.saleor.merchandise import products_of
from tests.saleor.moved import MAIL, NEWS, Moved, body
from tests.saleor.services import Sink

NOTHING, A_LITTLE, QUARTER = timedelta(), timedelta(minutes=10), timedelta(minutes=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
TRACK = """mutation($events: [CrmEventInput!]!) {
    crmEventsTrack(events: $events) { recorded errors { field message code index } } }"""
ASK = """mutation($variant: ID!, $channel: String!) {
    stockNotificationRequest(variantId: $variant, channel: $channel) {
        stockNotification { requested needsConfirmation } errors { field message code } } }"""
# What somebody did, or had; what they may do of it afterwards.
Thing = str
Act = Callable[[Moved, Thing], object]


def leaves_a_cart(shop: Moved) -> Thing:
    return shop.cart(shop.product())


def looks_twice(shop: Moved) -> Thing:
    shop.buys(shop.product("Hat"))
    shirt = shop.product()
    product = global_id("Product", products_of([shirt])[0])
    events = [{"id": str(uuid4()), "kind": "PRODUCT_VIEW", "productId": product} for _ in range(2)]
    assert shop.ada()(TRACK, events=events)["recorded"] == 2
    return shirt


def has_in_the_cart_what_sells_out(shop: Moved) -> Thing:
    shirt = shop.product(stock=2)
    shop.cart(shirt)
    shop.run(*NEWS)
    shop.driver.sell_out(shirt)
    shop.run(*NEWS)
    return shirt


def asks_for_what_is_sold_out(shop: Moved) -> Thing:
    shop.buys(shop.product("Hat"))
    shirt = shop.product(stock=0)
    shop.ada()(ASK, variant=global_id("ProductVariant", shirt), channel=shop.driver.channel)
    return shirt


def waits_for_what_comes_back(shop: Moved) -> Thing:
    shirt = shop.product(stock=0)
    shop.ada()(ASK, variant=global_id("ProductVariant", shirt), channel=shop.driver.channel)
    shop.run(*NEWS)
    shop.driver.set_stock(shirt, 1)
    return shirt


def orders_for_the_first_time(shop: Moved) -> Thing:
    return shop.buys(shop.product())


def gets_what_she_ordered(shop: Moved) -> Thing:
    order = shop.buys(shop.product())
    shop.fulfils(order)
    return order


def uses_up_what_all_buy_again(shop: Moved) -> Thing:
    coffee = shop.product("Coffee")
    for email in ("bob@example.com", "cleo@example.com", "ada@example.com"):
        for days in (59, 29):
            shop.buys(coffee, email=email, ago=timedelta(days=days), agreed=email.startswith("ada"))
    shop.run(work.refresh_segments)
    return coffee


def spends(price: int) -> Callable[[Moved], Thing]:
    def crosses(shop: Moved) -> Thing:
        order = shop.buys(shop.product("Coat", price=price))
        shop.run(work.refresh_segments)
        return order

    return crosses


def stays_away_until(stage: str) -> Callable[[Moved], Thing]:
    def becomes(shop: Moved) -> Thing:
        for days in (120, 80, 40):
            shop.buys(shop.product(), ago=timedelta(days=days))
        here = Membership.objects.filter(kind="lifecycle", segment=stage, left_at=None)
        shop.until(here.exists)
        return stage

    return becomes


def orders_it(shop: Moved, cart: Thing) -> None:
    shop.orders(cart)


def buys_it_from_another_cart(shop: Moved, cart: Thing) -> None:
    (line,) = shop.driver.shop.carts([cart])[cart].lines
    shop.orders(shop.cart(line.variant_id))


def leaves_another(shop: Moved, _: Thing) -> None:
    shop.cart(shop.product("Scarf"))


def empties_it(shop: Moved, cart: Thing) -> None:
    (line,) = shop.driver.shop.carts([cart])[cart].lines
    shop.driver.remove_line(cart, line.variant_id)


def adds_to_it(shop: Moved, cart: Thing) -> None:
    shop.driver.add_line(cart, shop.product("Hat"))
    shop.driver.set_changed_at(cart, shop.now())


def all_of_it_sells_out(shop: Moved, cart: Thing) -> None:
    (line,) = shop.driver.shop.carts([cart])[cart].lines
    shop.driver.sell_out(line.variant_id)


def puts_it_into_a_cart(shop: Moved, variant: Thing) -> None:
    shop.cart(variant)


def orders_something(shop: Moved, _: Thing) -> None:
    shop.buys(shop.product("Scarf"))


def buys_it(shop: Moved, variant: Thing) -> None:
    shop.buys(variant)


def it_comes_back(shop: Moved, variant: Thing) -> None:
    shop.driver.set_stock(variant, 5)


def it_sells_out(shop: Moved, variant: Thing) -> None:
    shop.driver.sell_out(variant)


def it_is_cancelled(shop: Moved, order: Thing) -> None:
    shop.driver.cancel_order(order)


@dataclass(frozen=True)
class Row:
    """One row: what switches it on, what starts it, after how long it writes what, and what is said when it is left.

    ``says`` stands in the mail (German, since Ada reads that): words of its own template alone, and what it is about.
    """

    on: Mapping[str, object]
    starts: Callable[[Moved], Thing]
    after: timedelta
    says: tuple[str, ...]
    leaves: Mapping[Act, str] = field(default_factory=dict)


def people(line: str) -> dict[str, object]:
    """Only one flow about customers is on."""
    return {"flows": f"{line} = on"}


CART = {"abandoned_cart_enabled": True}
STOCK = {"out_of_stock_enabled": True, "back_in_stock_enabled": True}
MISSING = ("Zurzeit nicht verfügbar: Linen shirt", "Leider ist er gerade nicht verfügbar")
THANKS = ("Ein Dankeschön für Ihre Treue", "haben wir hier einen Code nur für Sie", "CRM-")
TABLE = {
    "abandoned cart": Row(
        CART, leaves_a_cart, 4 * HOUR, ("Sie haben noch 1 Artikel im Warenkorb", "zurückgelassen", "Linen shirt"), {
            orders_it: "Ordered:", buys_it_from_another_cart: SENTENCES[Reason.ORDERED],
            empties_it: SENTENCES[Reason.CART_EMPTIED], adds_to_it: "mail 1 will be decided",
            leaves_another: SENTENCES[Reason.NEWER_CART],
        },
    ),
    "browse abandonment": Row(
        people("browse_abandonment"), looks_twice, 6 * HOUR, ("Überlegen Sie noch?", "Linen shirt", "Es eilt nicht"), {
            puts_it_into_a_cart: SENTENCES[Reason.HAS_CART], orders_something: SENTENCES[Reason.ORDERED],
        },
    ),
    "out of stock: in a cart": Row(
        {"out_of_stock_enabled": True}, has_in_the_cart_what_sells_out, QUARTER, MISSING, {
            it_comes_back: SENTENCES[Reason.IN_STOCK],
        },
    ),
    "out of stock: asked for": Row(
        STOCK, asks_for_what_is_sold_out, QUARTER, (*MISSING, "Sie stehen auf der Liste")
    ),
    "back in stock": Row(
        {"back_in_stock_enabled": True}, waits_for_what_comes_back, NOTHING,
        ("Wieder da: Linen shirt", "Jetzt ist es so weit"), {it_sells_out: SENTENCES[Reason.SOLD_OUT_AGAIN]},
    ),
    "welcome": Row(people("welcome"), orders_for_the_first_time, DAY, ("Danke und willkommen bei",), {
        it_is_cancelled: SENTENCES[Reason.ORDER_GONE],
    }),
    "second purchase": Row(
        people("second_purchase"), orders_for_the_first_time, 21 * DAY,
        ("Wie gefällt Ihnen Ihre Bestellung", "haben Sie zum ersten Mal bei"),
        {orders_something: SENTENCES[Reason.ORDERED]},
    ),
    "replenishment": Row(
        people("replenishment"), uses_up_what_all_buy_again, DAY, ("Zeit für Nachschub?", "aufgebraucht", "Coffee"),
        {buys_it: SENTENCES[Reason.BOUGHT]},
    ),
    "cross-sell": Row(
        people("cross_sell"), gets_what_she_ordered, 7 * DAY,
        ("Wie gefällt Ihnen Ihre Bestellung", "schon eine Weile bei Ihnen"),
        {orders_something: SENTENCES[Reason.ORDERED]},
    ),
    "loyal: A": Row(people("loyal_a"), spends(600), NOTHING, (*THANKS, "20")),
    "loyal: B": Row(people("loyal_b"), spends(250), NOTHING, (*THANKS, "15")),
    "win-back: at risk": Row(
        people("win_back_at_risk"), stays_away_until("at_risk"), NOTHING,
        ("Wir haben Sie länger nicht gesehen", "schon eine Weile her"), {orders_something: SENTENCES[Reason.ORDERED]},
    ),
    "win-back: lapsed": Row(
        people("win_back_lapsed"), stays_away_until("lapsed"), 30 * DAY,
        ("jederzeit willkommen", "schon länger her"), {orders_something: SENTENCES[Reason.ORDERED]},
    ),
}  # fmt: skip
LEAVING = [(name, act) for name, row in TABLE.items() for act in row.leaves]


@pytest.fixture
def shop(driver: SaleorDriver, askers: Askers, sink: Sink) -> Callable[[Row], Moved]:
    """Saleor with a row switched on and nothing else."""
    return lambda row: Moved(driver, askers, sink, **row.on)


@pytest.mark.parametrize("name", TABLE)
def test_it_writes_once_when_it_is_time_and_says_why(name: str, shop: Any) -> None:
    # given
    row = TABLE[name]
    here: Moved = shop(row)
    row.starts(here)
    if row.after:
        here.wait(row.after - A_LITTLE)
        assert here.run(*NEWS, *MAIL) == []
        here.wait(2 * A_LITTLE)
    # when
    mails = here.run(*NEWS, *MAIL)
    # then
    assert [mail["To"] for mail in mails] == ["ada@example.com"], here.told()
    said = f"{mails[0]['Subject']} {body(mails[0])}"
    assert [words for words in row.says if words not in said] == [], said
    assert SENTENCES[Reason.DUE] in here.told()
    here.wait(QUARTER)
    assert here.run(*NEWS, *MAIL) == []


@pytest.mark.parametrize(("name", "act"), LEAVING, ids=[f"{name}: {act.__name__}" for name, act in LEAVING])
def test_it_is_left_when_what_it_was_about_is_over(name: str, act: Act, shop: Any) -> None:
    # given
    row = TABLE[name]
    here: Moved = shop(row)
    thing = row.starts(here)
    here.wait(row.after + A_LITTLE)
    here.run(*NEWS)
    # when
    act(here, thing)
    # then
    assert here.run(work.process_inbox, *MAIL) == []
    assert row.leaves[act] in here.told()


def test_a_cart_that_was_changed_is_written_about_later_as_it_is_then(shop: Any) -> None:
    # given
    here: Moved = shop(TABLE["abandoned cart"])
    cart = leaves_a_cart(here)
    here.wait(3 * HOUR)
    adds_to_it(here, cart)
    # when
    here.wait(2 * HOUR)
    assert here.run(*NEWS, *MAIL) == []
    here.wait(2 * HOUR + QUARTER)
    (mail,) = here.run(*NEWS, *MAIL)
    # then
    assert "Hat" in body(mail)


def test_a_second_mail_about_a_cart_follows_a_day_after_and_no_third(shop: Any) -> None:
    here: Moved = shop(TABLE["abandoned cart"])
    leaves_a_cart(here)
    said = []
    for hours in (4.2, 20.2, 30, 60):
        here.wait(hours * HOUR)
        said.append([str(mail["Subject"]) for mail in here.run(*NEWS, *MAIL)])
    (first,), (second,), *rest = said
    assert first == "Sie haben noch 1 Artikel im Warenkorb"
    assert second.startswith("Letzte Erinnerung: Ihr Warenkorb")
    assert rest == [[], []]


@pytest.mark.parametrize("act", TABLE["abandoned cart"].leaves, ids=lambda act: act.__name__)
def test_what_ends_the_waiting_ends_it_before_the_second_mail_too(act: Act, shop: Any) -> None:
    # given the first mail
    here: Moved = shop(TABLE["abandoned cart"])
    cart = leaves_a_cart(here)
    here.wait(4 * HOUR + A_LITTLE)
    assert len(here.run(*NEWS, *MAIL)) == 1
    here.wait(20 * HOUR)
    # when
    act(here, cart)
    # then
    assert here.run(*NEWS, *MAIL) == []
    assert TABLE["abandoned cart"].leaves[act].replace("mail 1", "mail 2") in here.told()


def test_what_somebody_asked_for_and_comes_back_is_told_as_that_alone(shop: Any) -> None:
    # given
    here: Moved = shop(TABLE["out of stock: asked for"])
    shirt = asks_for_what_is_sold_out(here)
    # when
    it_comes_back(here, shirt)
    (mail,) = here.run(*NEWS, *MAIL)
    here.wait(QUARTER + A_LITTLE)
    # then
    assert mail["Subject"] == "Wieder da: Linen shirt"
    assert here.run(*NEWS, *MAIL) == []
    assert SENTENCES[Reason.NO_INTEREST] in here.told()


@pytest.mark.parametrize("hours", [0, 5])
def test_a_cart_that_sells_out_becomes_alternatives(hours: int, shop: Any) -> None:
    # given a cart, with or without its first mail
    here: Moved = shop(replace(TABLE["abandoned cart"], on=CART | {"back_in_stock_enabled": True}))
    cart = leaves_a_cart(here)
    here.wait(hours * HOUR)
    here.run(*NEWS, *MAIL)
    all_of_it_sells_out(here, cart)
    # when
    here.wait(DAY)
    (mail,) = here.run(*NEWS, *MAIL)
    here.wait(2 * DAY)
    # then
    assert mail["Subject"] == MISSING[0]
    assert "Unten finden Sie Ähnliches" in body(mail) or "Benachrichtigen, sobald verfügbar" in body(mail)
    assert here.run(*NEWS, *MAIL) == []


def test_a_code_is_taken_once_and_reminded_of_once_while_nobody_used_it(shop: Any) -> None:
    # given
    here: Moved = shop(TABLE["loyal: B"])
    spends(250)(here)
    (first,) = here.run(*NEWS, *MAIL)
    code = Grant.objects.get().code
    # when
    here.wait(5 * DAY + HOUR)
    (reminder,) = here.run(*NEWS, *MAIL)
    here.wait(5 * DAY)
    # then
    assert here.run(*NEWS, *MAIL) == []
    assert code in body(first)
    assert code in body(reminder)


def test_a_code_that_a_checkout_took_is_reminded_of_no_more_and_taken_from_nobody_else(shop: Any) -> None:
    # given
    here: Moved = shop(TABLE["loyal: A"])
    spends(600)(here)
    here.run(*NEWS, *MAIL)
    code = Grant.objects.get().code
    # when
    order = here.buys(here.product("Scarf"), code=code)
    here.wait(5 * DAY + HOUR)
    # then
    assert here.run(*NEWS, *MAIL) == []
    assert SENTENCES[Reason.CODE_USED] in here.told()
    assert (Grant.objects.get().state, Grant.objects.get().redeemed_order_id) == (Grant.State.REDEEMED, order)
    cart = here.cart(here.product("Hat"), email="bob@example.com")
    assert not here.driver.add_code(cart, code)


def test_whoever_comes_first_is_told_and_no_more_than_there_are_units(shop: Any, askers: Askers) -> None:
    # given
    here: Moved = shop(TABLE["back in stock"])
    shirt = here.product(stock=0)
    people = [here.user_id, *(here.driver.make_customer(f"{name}@example.com") for name in ("bob", "cleo"))]
    for user_id in people:
        askers.customer(user_id)(ASK, variant=global_id("ProductVariant", shirt), channel=here.driver.channel)
    here.driver.set_stock(shirt, 2)
    # when
    first = here.run(*NEWS, *MAIL)
    here.wait(DAY + HOUR)  # nobody bought: the next wave
    second = here.run(*NEWS, *MAIL)
    # then
    assert {mail["To"] for mail in first} == {"ada@example.com", "bob@example.com"}
    assert [mail["To"] for mail in second] == ["cleo@example.com"]
