"""Points come by themselves: an order in the shop, a look at it, and time."""

from collections.abc import Callable
from decimal import Decimal
from math import floor

import pytest
from django.db import OperationalError, connection, transaction

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.loyalty.account import account
from saleor_crm_plugin.segments.loyalty.ledger import Others
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Lot
from saleor_crm_plugin.segments.loyalty.orders import post_orders
from saleor_crm_plugin.webhooks import inbox
from tests.contacts.test_two_workers import at_once
from tests.road import Road
from tests.segments.loyalty.ledgers import DAY, NOW, RULES, customer, order


def buy(road: Road) -> str:
    """A paid order of 40, looked at. What the facts say of it is what the shop says, or ours where it says nothing."""
    placed = road.place_order(road.cart(*road.make_product(price=Decimal(40))))
    road.work()
    Purchase.objects.filter(pk=placed, goods_net=0).update(goods_net=40)
    look_again(road, placed)
    return placed


def look_again(road: Road, order_id: str) -> None:
    inbox.hint(inbox.InboxItem.Kind.ORDER, [order_id], road.now)
    road.work()


def points(order_id: str) -> int:
    """What the facts make of an order."""
    facts = Purchase.objects.get(pk=order_id)
    return floor(floor(facts.goods_net) * facts.kept / facts.total)


def impatient(work: Callable[[], object]) -> Callable[[], None]:
    """The same for a worker that gives up where it would wait for ever."""

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '10s'")
        work()

    return run


def test_an_order_in_the_shop_brings_points_and_its_refund_takes_them(road: Road) -> None:
    road.set(loyalty_since="2026-01-01")
    placed = buy(road)
    whole = Lot.objects.get().points

    road.refund_order(placed, Decimal("10.50"))
    road.work()

    assert whole == floor(Purchase.objects.get(pk=placed).goods_net) > 0
    assert 0 < Lot.objects.get().points == points(placed) < whole


def test_a_cancelled_order_keeps_no_points(road: Road) -> None:
    road.set(loyalty_since="2026-01-01")
    placed = buy(road)

    road.cancel_order(placed)
    road.work()

    assert Lot.objects.get().points == 0


def test_an_order_in_a_shop_without_a_programme_brings_nothing(road: Road) -> None:
    buy(road)

    assert not Lot.objects.exists()


def test_points_become_earned_by_the_jobs_alone(road: Road) -> None:
    road.set(loyalty_since="2026-01-01", loyalty_return_window="14 d")
    placed = buy(road)
    Purchase.objects.filter(pk=placed).update(fulfilled_at=road.now)
    post_orders([placed], RULES, road.now)

    road.wait(days=31)
    road.work()

    contact = Contact.objects.get()
    assert account([contact.pk], RULES, road.now)[contact.pk].available == points(placed) > 0


def test_a_worker_that_holds_people_does_not_wait_for_points(transactional_db: None) -> None:
    bought = order(customer(), 100)
    Purchase.objects.update(refunded=50)

    def in_a_handler() -> None:
        with pytest.raises(OperationalError, match="could not obtain lock"):
            post_orders([bought], RULES, NOW, Others.FAIL)

    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get()
        at_once([impatient(in_a_handler)])
    post_orders([bought], RULES, NOW, Others.FAIL)

    assert Lot.objects.get().points == 50


def test_an_order_that_could_not_be_posted_just_then_is_posted_later(road: Road) -> None:
    road.set(loyalty_since="2026-01-01")
    placed = buy(road)
    # Whose contact the handler does not hold itself: the order is said to be somebody else's by now.
    other = Contact.objects.create(email="bea@example.com", created_at=NOW)
    Lot.objects.update(contact=other)
    road.refund_order(placed, Decimal(10))

    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=other.pk)
        at_once([impatient(road.work)])
    busy, error = Lot.objects.get().contact_id, inbox.InboxItem.objects.get().error
    road.wait(minutes=5)
    road.work()

    assert busy == other.pk
    assert "could not obtain lock" in error
    assert Lot.objects.get().contact_id != other.pk
    assert Lot.objects.get().points == points(placed)


def test_time_leaves_people_alone_that_another_worker_holds(transactional_db: None) -> None:
    ada, bea = customer(), customer("bea@example.com")
    for contact in (ada, bea):
        order(contact, 100, fulfilled_at=NOW - 31 * DAY)
    done: list[int] = []

    with transaction.atomic():
        Contact.objects.select_for_update(no_key=True).get(pk=ada)
        at_once([impatient(lambda: done.append(mature(RULES, NOW)))])
    connection.close()

    assert done == [1]
    assert mature(RULES, NOW) == 1
