"""It is not there: who wanted it, and agreed to mail, is shown what is."""

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity import interactions, views
from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.stock.enter import asked
from saleor_crm_plugin.shop.sandbox.mail_sink import text_of
from saleor_crm_plugin.shop.sandbox.models import Checkout
from tests.flows.stock.waiting import agrees, reasons, switch_on, told, waits
from tests.road import Road

ADA, BOB = "ada@example.com", "bob@example.com"
FLOW = "out_of_stock"


@pytest.fixture
def variant(road: Road) -> str:
    """A shirt that is sold out."""
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    return road.make_product("Linen shirt", stock=0)[0]


def asks(road: Road, variant: str, email: str) -> StockInterest:
    """Somebody asks to be told, as the mutation has it."""
    one = waits(road, variant, email)
    asked([one], parse(road.shop.configuration()), road.now)
    return one


def test_who_asked_and_agreed_to_mail_is_shown_something_else_after_a_quarter_of_an_hour(
    road: Road, variant: str
) -> None:
    one = asks(road, variant, ADA)
    agrees(ADA)
    road.work()
    assert told(road) == []
    road.wait(minutes=15)
    (mail,) = road.work()
    assert "Linen shirt" in text_of(mail)
    assert reasons(one, FLOW) == [("sent", "due")]
    one.refresh_from_db()
    assert one.state == StockInterest.State.WAITING


def test_without_consent_there_is_no_such_mail(road: Road, variant: str) -> None:
    one = asks(road, variant, ADA)
    road.wait(minutes=20)
    road.work()
    assert told(road) == []
    assert reasons(one, FLOW) == [("skipped", "no_consent")]


def test_back_in_stock_meanwhile_is_told_instead(road: Road, variant: str) -> None:
    one = asks(road, variant, ADA)
    agrees(ADA)
    road.set_stock(variant, 1)
    (mail,) = road.work()
    road.wait(minutes=20)
    road.work()
    assert told(road) == [ADA]
    assert "Linen shirt" in text_of(mail)
    assert reasons(one, FLOW) == [("skipped", "no_interest")]


def test_a_line_of_a_cart_that_sells_out_is_interest(road: Road) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt, hat = (road.make_product(name, stock=3)[0] for name in ("Linen shirt", "Hat"))
    road.cart(shirt, hat, email=ADA)
    road.cart(hat, email=BOB)
    road.work()
    # when
    road.set_stock(shirt, 0)
    road.work()
    road.wait(minutes=15)
    (mail,) = road.work()
    # then
    assert told(road) == [ADA]
    assert "Linen shirt" in text_of(mail)
    (one,) = StockInterest.objects.all()
    assert (one.kind, one.state) == ("cart", "told")


def test_a_line_that_sells_out_while_there_is_no_room_for_a_mail_is_told_of_later(road: Road) -> None:
    # given a first mail about the cart
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=3)[0]
    road.cart(shirt, email=ADA)
    road.work()
    road.wait(hours=4, minutes=5)
    (first,) = road.work()
    # when it sells out
    road.set_stock(shirt, 0)
    road.work()
    road.wait(minutes=20)
    assert road.work() == []
    later = []
    for _ in range(30):
        road.wait(hours=1)
        later += road.work()
    # then
    assert [mail["Feedback-ID"].split(":")[0] for mail in (first, *later)] == ["abandoned_cart", FLOW]
    (one,) = StockInterest.objects.all()
    assert reasons(one, FLOW) == [("moved", "capped"), ("sent", "due")]


def test_what_comes_and_goes_is_answered_once(road: Road) -> None:
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=3)[0]
    road.cart(shirt, email=ADA)
    road.work()
    for _ in range(3):
        road.set_stock(shirt, 0)
        road.work()
        road.wait(days=1)
        road.work()
        road.set_stock(shirt, 1)
        road.work()
    assert told(road) == [ADA]


def test_what_was_taken_out_of_the_cart_is_not_written_about(road: Road) -> None:
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt, hat = (road.make_product(name, stock=3)[0] for name in ("Linen shirt", "Hat"))
    cart = road.cart(shirt, hat, email=ADA)
    road.work()
    road.set_stock(shirt, 0)
    road.work()
    road.remove_line(cart, shirt)
    road.wait(minutes=15)
    road.work()
    assert told(road) == []


def test_a_cart_that_the_shop_has_deleted_is_not_written_about(road: Road) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=3)[0]
    cart = road.cart(shirt, email=ADA)
    road.work()
    # when it is cleared away, and what lay in it sells out later
    road.wait(days=60)
    Checkout.objects.filter(pk=cart).delete()
    road.set_stock(shirt, 0)
    road.work()
    road.wait(minutes=16)
    road.work()
    # then
    assert told(road) == []
    (one,) = StockInterest.objects.all()
    assert reasons(one, FLOW) == [("skipped", "no_interest")]


def test_a_customer_who_comes_back_to_what_is_sold_out_is_interested(road: Road, variant: str) -> None:
    # given two who looked, one of them twice; both once had a cart here
    there = road.make_product("Hat")[0]
    for email in (ADA, BOB):
        road.cart(there, email=email)
    road.work()
    product = road.shop.availability([variant], road.channel)[variant].product_id
    for email in (ADA, BOB):
        _looks(road, Contact.objects.get(email=email), product, f"{email}-first")
    road.work()
    road.wait(hours=5)
    _looks(road, Contact.objects.get(email=ADA), product, "again")
    # when
    road.work()
    road.wait(minutes=15)
    road.work()
    # then
    assert told(road) == [ADA]
    road.wait(days=2)
    road.work()
    assert told(road) == [ADA]


def test_who_looked_twice_while_it_was_there_is_not_told_when_it_sells_out_later(road: Road) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=1)[0]
    road.cart(road.make_product("Hat")[0], email=ADA)
    road.work()
    product = road.shop.availability([shirt], road.channel)[shirt].product_id
    for number in range(2):
        _looks(road, Contact.objects.get(email=ADA), product, f"{number}")
        road.work()
    # when
    road.wait(hours=5)
    road.set_stock(shirt, 0)
    for _ in range(2):
        road.work()
        road.wait(minutes=16)
    # then
    assert told(road) == []
    # and when she comes back to it she misses it
    _looks(road, Contact.objects.get(email=ADA), product, "again")
    road.work()
    road.wait(minutes=16)
    road.work()
    assert told(road) == [ADA]


@pytest.mark.parametrize("gone", [0, 1])
def test_of_several_variants_the_one_that_was_looked_at_more_than_once_is_missed(road: Road, gone: int) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    both = road.make_product("Linen shirt", variants=["S", "M"], stock=5)
    missing, there = both[gone], both[1 - gone]
    road.cart(road.make_product("Hat")[0], email=ADA)
    road.set_stock(missing, 0)
    road.work()
    product = road.shop.availability([missing], road.channel)[missing].product_id
    # when
    _looks(road, Contact.objects.get(email=ADA), product, "first", missing)
    road.work()
    for variant in (missing, there):
        _looks(road, Contact.objects.get(email=ADA), product, variant, variant)
    road.work()
    # then
    assert list(StockInterest.objects.values_list("variant_id", flat=True)) == [missing]


def test_who_looked_twice_and_bought_the_last_one_is_not_told_that_it_is_gone(road: Road) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=1)[0]
    road.cart(road.make_product("Hat")[0], email=ADA)
    road.work()
    product = road.shop.availability([shirt], road.channel)[shirt].product_id
    for number in range(2):
        _looks(road, Contact.objects.get(email=ADA), product, f"{number}")
    # when she buys it, and looks at it once more
    road.place_order(road.cart(shirt, email=ADA))
    road.work()
    for number in range(2, 4):
        _looks(road, Contact.objects.get(email=ADA), product, f"{number}")
        road.work()
    road.wait(minutes=16)
    road.work()
    # then
    assert told(road) == []
    assert not StockInterest.objects.exists()


@pytest.mark.parametrize("at_once", [True, False])
def test_who_bought_the_last_one_by_another_cart_is_not_told_that_it_is_gone(road: Road, at_once: bool) -> None:
    # given a cart on the telephone, and another one at the desk
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=1)[0]
    road.cart(shirt, email=ADA)
    road.work()
    road.wait(minutes=30)
    road.place_order(road.cart(shirt, email=ADA))
    road.wait(seconds=20)
    # when it is seen to be gone: after the order is known, or before
    road.work(*(() if at_once else (work.sweep_stock, work.process_inbox)))
    road.wait(minutes=16)
    road.work()
    # then
    assert told(road) == []


def test_one_mail_says_all_that_is_missing_of_a_product(road: Road) -> None:
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    small, large = road.make_product("Linen shirt", variants=["S", "L"], stock=2)
    road.cart(small, large, email=ADA)
    road.work()
    for one in (small, large):
        road.set_stock(one, 0)
    road.work()
    road.wait(minutes=16)
    road.work()
    assert told(road) == [ADA]
    assert set(StockInterest.objects.values_list("state", flat=True)) == {"told"}


def test_who_asked_for_what_sold_out_in_the_cart_sees_it_once(road: Road) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=1)[0]
    road.cart(shirt, email=ADA)
    road.work()
    road.set_stock(shirt, 0)
    road.work()
    asks(road, shirt, ADA)
    # when
    road.wait(minutes=16)
    assert len(road.work()) == 1
    # then
    (message,) = Message.objects.all()
    assert [item["variant_id"] for item in message.content["items"]] == [shirt]
    assert set(StockInterest.objects.values_list("kind", "state")) == {("cart", "told"), ("request", "waiting")}


def test_while_it_is_switched_off_carts_are_not_watched(road: Road) -> None:
    switch_on(road)
    shirt = road.make_product("Linen shirt", stock=3)[0]
    road.cart(shirt, email=ADA)
    road.work()
    road.set_stock(shirt, 0)
    road.work(work.process_inbox, work.sweep_stock)
    assert not StockInterest.objects.exists()


def test_who_holds_the_last_units_himself_is_not_told_that_they_are_gone(road: Road) -> None:
    # given
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    shirt = road.make_product("Linen shirt", stock=1)[0]
    hers, his = (road.cart(shirt, email=email) for email in (ADA, BOB))
    road.work()
    # when
    road.begin_payment(hers)
    road.work()
    road.wait(minutes=16)
    road.work()
    # then
    assert told(road) == [BOB]
    assert his != hers
    # and when her payment failed and somebody else takes it, she is told as well
    road.fail_payment(hers)
    road.set_stock(shirt, 0)
    road.wait(hours=3)
    road.work()
    assert told(road) == [BOB, ADA]
    (hers_run,) = [one for one in StockInterest.objects.all() if one.contact.email == ADA]
    assert reasons(hers_run, FLOW) == [("moved", "reserved"), ("sent", "due")]


def _looks(road: Road, contact: Contact, product: str, event: str, variant: str | None = None) -> None:
    """And a moment passes."""
    interactions.make_room([road.now], views.TABLE)
    View.objects.create(
        event_id=event.replace("@", "-"),
        at=road.now,
        kind="product_view",
        contact=contact,
        product_id=product,
        variant_id=variant,
    )
    road.wait(seconds=1)
