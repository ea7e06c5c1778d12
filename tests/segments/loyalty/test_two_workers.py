"""Workers that move the same points at the same moment: no point from nothing, none lost, nobody waits for ever."""

import random
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event
from time import sleep

import pytest
from django.db import transaction

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.ledger import holding
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.orders import post_orders
from saleor_crm_plugin.segments.loyalty.rebuild import prove, repair
from saleor_crm_plugin.segments.loyalty.refusals import Refusal
from saleor_crm_plugin.segments.loyalty.spend import redeem, take_back
from tests.contacts.test_two_workers import at_once
from tests.segments.loyalty.ledgers import DAY, NOW, OFF, RULES, customer, earned, has, movements, order

WORKERS = 4
pytestmark = pytest.mark.django_db(transaction=True)


def asks(act: Callable[..., object], *words: object) -> bool:
    """Do something that may be refused. Returns whether it was done."""
    try:
        act(*words)
    except Refusal:
        return False
    return True


def spend_at_random(seed: int, contacts: Sequence[int]) -> None:
    dice = random.Random(seed)
    for n in range(8):
        name = f"v{contacts[0]}-{seed}-{n}"
        if asks(redeem, dice.choice(contacts), 70, name, NOW) and dice.random() < 0.4:
            take_back(name, NOW)


def post_at_random(seed: int, orders: Sequence[str]) -> None:
    dice = random.Random(seed)
    for _ in range(6):
        post_orders(dice.sample(orders, 9), RULES, NOW)
        mature(RULES, NOW, limit=3)


def spend(contacts: Sequence[int]) -> None:
    for n in range(10):
        for contact in contacts:
            asks(redeem, contact, 10, f"v{contact}-{n}", NOW)


def meet(*people: Person) -> list[int]:
    with transaction.atomic():
        found = resolve(people, NOW)
    return [found[person].pk for person in people]


def test_workers_that_see_the_same_orders_give_points_once() -> None:
    contacts = [customer(f"customer{n}@example.com") for n in range(10)]
    orders = [order(contact, 100, rules=OFF) for contact in contacts for _ in range(3)]

    at_once([partial(post_orders, orders, RULES, NOW)] * WORKERS)

    assert movements() == [("accrue", 100)] * 30


def test_workers_that_see_the_same_refund_take_points_once() -> None:
    orders = [earned(customer(f"customer{n}@example.com"), 100) for n in range(10)]
    Purchase.objects.update(refunded=30)

    at_once([partial(post_orders, orders, RULES, NOW)] * WORKERS)

    assert movements(kind="reverse") == [("reverse", -30)] * 10


def test_workers_that_spend_under_one_name_spend_once() -> None:
    ada = customer()
    earned(ada, 100)

    at_once([partial(redeem, ada, 40, "v1", NOW)] * WORKERS)

    assert has(ada).balance == 60


def test_workers_that_spend_the_same_points_get_them_once() -> None:
    ada = customer()
    for _ in range(3):
        earned(ada, 20)

    at_once([partial(asks, redeem, ada, 40, f"v{n}", NOW) for n in range(WORKERS)])

    assert has(ada).balance == 20


def test_workers_that_take_back_give_back_once() -> None:
    ada = customer()
    earned(ada, 100)
    redeem(ada, 40, "v1", NOW)

    at_once([partial(take_back, "v1", NOW)] * WORKERS)

    assert has(ada).balance == 100


def test_workers_that_adjust_under_one_name_do_so_once() -> None:
    ada = customer()

    at_once([partial(adjust, ada, 50, "Sorry", "7", "a1", NOW, RULES)] * WORKERS)

    assert has(ada).balance == 50


def test_workers_that_let_time_pass_do_so_once() -> None:
    for n in range(40):
        order(customer(f"customer{n}@example.com"), 100, fulfilled_at=NOW - 31 * DAY)

    def work() -> None:
        while mature(RULES, NOW, limit=7):
            pass

    at_once([work] * WORKERS)

    assert movements(kind="confirm") == [("confirm", 0)] * 40


def test_whatever_happens_at_once_nothing_comes_from_nothing_and_nothing_is_lost() -> None:
    dice = random.Random(5)
    for turn in range(6):
        contacts = meet(*[Person(f"customer{turn}-{n}@example.com") for n in range(4)])
        orders = [earned(contact, 100) for contact in contacts for _ in range(3)]
        orders += [order(contact, 50, fulfilled_at=NOW - 31 * DAY) for contact in contacts]
        for bought in dice.sample(orders, 8):
            Purchase.objects.filter(pk=bought).update(refunded=dice.choice([10, 25, 50]))

        at_once(
            [partial(spend_at_random, seed, contacts) for seed in (1, 2)]
            + [partial(post_at_random, seed, orders) for seed in (3, 4)]
        )

        post_orders(orders, RULES, NOW)
        mature(RULES, NOW)
        worth = sum(facts.kept for facts in Purchase.objects.filter(pk__in=orders))
        spent = sum(n for kind, n in movements(lot__contact__in=contacts) if kind in ("redeem", "restore"))
        assert sum(has(contact).balance for contact in contacts) == worth + spent
        assert sum(n for kind, n in movements(lot__contact__in=contacts) if kind == "settle") == 0
        assert prove().differences == ()


def test_points_that_move_while_people_merge_all_arrive() -> None:
    for n in range(8):
        email = f"customer{n}@example.com"
        contacts = meet(Person(email), Person(user_id=str(n)))
        orders = [earned(contact, 100) for contact in contacts for _ in range(3)]
        Purchase.objects.filter(pk__in=orders).update(refunded=10)

        at_once(
            [
                partial(meet, Person(email, str(n))),
                partial(spend, contacts),
                *[partial(post_orders, ids, RULES, NOW) for ids in (orders, orders[::-1])],
            ]
        )

        (one,) = Contact.objects.filter(email=email)
        spent = sum(points for _, points in movements(kind="redeem", lot__contact=one))
        assert has(one.pk).balance == 6 * 90 + spent
        assert prove().differences == ()


def test_an_erasure_beside_workers_leaves_no_points() -> None:
    for n in range(8):
        ada = customer(f"customer{n}@example.com")
        orders = [earned(ada, 100) for _ in range(3)]
        Purchase.objects.filter(pk__in=orders).update(refunded=10)
        orders.append(order(ada, 50, rules=OFF))

        at_once(
            [
                partial(erase, [Contact.objects.get(pk=ada)], NOW),
                partial(post_orders, orders, RULES, NOW),
                partial(spend, [ada]),
            ]
        )

        assert not Lot.objects.exists()
        assert not Entry.objects.exists()


def test_a_repair_beside_workers_spoils_nothing() -> None:
    contacts = [customer(f"customer{n}@example.com") for n in range(5)]
    for contact in contacts:
        earned(contact, 1000)
    Lot.objects.filter(contact__in=contacts[:3]).update(points=77)

    at_once([partial(spend, contacts), repair])

    assert prove().differences == ()
    for contact in contacts:
        assert has(contact).balance == 1000 - 10 * len(movements(kind="redeem", lot__contact=contact))


def test_who_waited_for_a_person_that_was_merged_holds_the_one_who_remains() -> None:
    keep, drop = meet(Person("ada@example.com"), Person(user_id="1"))
    earned(drop, 100)
    merged, held = Event(), list[set[int]]()

    def merge() -> None:
        with transaction.atomic():
            resolve([Person("ada@example.com", "1")], NOW)
            merged.set()
            sleep(0.3)  # the other waits for the row meanwhile

    def wait() -> None:
        merged.wait()
        with holding(lambda: {lot.contact_id for lot in Lot.objects.all()}) as contacts:
            held.append(contacts)

    at_once([merge, wait])

    assert held == [{keep}]
