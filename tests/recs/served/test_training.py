"""Training: what it leaves, and that what is shown stays whole whatever becomes of it."""

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Thread

import numpy as np
import pytest
from django.db import connection, transaction

from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.recs.model import Ranked
from saleor_crm_plugin.recs.served import engine, suggest, training
from saleor_crm_plugin.recs.served.engine import Order, Trained
from saleor_crm_plugin.recs.served.lists import Lists
from saleor_crm_plugin.recs.served.models import ContactList, ProductList, TrainingRun
from saleor_crm_plugin.recs.served.reasons import BY_CODE, Reason
from saleor_crm_plugin.shop.sandbox.models import Category, Channel

from .shop import (
    CHANNEL,
    NOW,
    OTHER_CHANNEL,
    Broken,
    Shop,
    buy,
    make_goods,
    make_past,
    make_product,
    person,
    settings,
    train,
)


def reasons_of(kind: ProductList.Kind | ContactList.Kind) -> set[Reason]:
    """The reasons in all lists of a kind."""
    model = ProductList if isinstance(kind, ProductList.Kind) else ContactList
    return {
        BY_CODE[code] for codes in model.objects.filter(kind=kind).values_list("reasons", flat=True) for code in codes
    }


@pytest.mark.parametrize("orders", [0, 30])
def test_a_shop_with_few_orders_gets_what_is_alike_and_no_lists_of_customers(db: None, orders: int) -> None:
    shop = make_goods()
    for number in range(orders):
        buy(person(), shop.products["tea"][number % 3 : number % 3 + 2], number + 1)

    train(shop)

    assert reasons_of(ProductList.Kind.RELATED) == {Reason.SIMILAR}
    assert not ContactList.objects.exists()
    assert not ProductList.objects.exclude(kind="related").exists()


def test_a_shop_without_products_is_trained_all_the_same(db: None) -> None:
    shop = Shop()

    assert not train(shop).busy
    assert suggest.popular(shop.port, [None], CHANNEL, 5, NOW) == {None: []}


def test_the_engine_is_chosen_by_a_setting(settings: pytest.FixtureRequest) -> None:
    settings.CRM_RECS_ENGINE = f"{Broken.__module__}.Broken"  # type: ignore[attr-defined]
    engine.get_engine.cache_clear()
    try:
        assert engine.get_engine().name == "broken"
    finally:
        engine.get_engine.cache_clear()


@contextmanager
def training_elsewhere() -> Iterator[None]:
    """A training in another connection that has not ended yet."""
    began, may_end = Event(), Event()

    class Waiting:
        name = "waiting"

        def train(self, order: Order) -> Trained:
            began.set()
            may_end.wait(30)
            return Trained(1, 1, 1, 30.0)

    def hold() -> None:
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(training, "get_engine", Waiting)
                training.train(Shop().port, settings(), NOW)
        finally:
            connection.close()

    worker = Thread(target=hold)
    worker.start()
    began.wait(30)
    try:
        yield
    finally:
        may_end.set()
        worker.join()


def test_a_training_that_was_overtaken_is_not_shown(db: None) -> None:
    # given a pool of connections that lets two train at once
    shop = make_goods()

    class Overtaken:
        name = "overtaken"

        def train(self, order: Order) -> Trained:
            TrainingRun.objects.create(engine="other", started_at=NOW)
            return Trained(1, 1, 1, 30.0)

    with pytest.raises(RuntimeError, match="meanwhile"):
        training.train(shop.port, settings(), NOW, engine=Overtaken())

    assert not TrainingRun.objects.filter(current=True).exists()


def test_what_is_new_is_shown_beside_its_like_in_a_channel_that_sold_nothing_yet(db: None) -> None:
    # given goods that another channel alone sells, of which nobody bought any
    shop = make_goods()
    for number in range(5):
        buy(person(), [shop.products["tea"][number]], number + 1)
    for product in shop.products["cups"]:
        shop.unlist(product)
    # when
    train(shop)
    # then
    first = shop.products["cups"][0]
    shown = suggest.related(shop.port, [first], OTHER_CHANNEL, 60, NOW)[first]
    assert {one.product_id for one in shown if one.reason == Reason.SIMILAR} & set(shop.products["cups"])


def test_two_at_once_are_impossible(transactional_db: None) -> None:
    shop = make_goods()

    with training_elsewhere():
        assert train(shop).busy
        assert not TrainingRun.objects.filter(current=True).exists()

    assert TrainingRun.objects.filter(current=True).count() == 1
    assert not train(shop).busy


def test_a_training_that_is_killed_keeps_nobody_from_the_next(transactional_db: None) -> None:
    # given a process that is killed in the middle of it
    shop = make_goods()
    make_past(shop)
    connection.close()
    child = os.fork()
    if not child:

        class Killed:
            name = "killed"

            def train(self, order: Order) -> Trained:
                os.kill(os.getpid(), signal.SIGKILL)
                raise AssertionError

        training.get_engine = Killed  # type: ignore[assignment]
        train(shop)
        os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    # then
    assert not TrainingRun.objects.filter(current=True).exists()
    assert not train(shop).busy
    assert TrainingRun.objects.get(current=True).lines == 1812


def test_nothing_is_kept_of_somebody_who_was_erased_meanwhile(
    transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    shop = make_goods()
    make_past(shop)
    gone = shop.contacts["tea"][0]
    read = training.get_engine().train

    class Erasing:
        name = "erasing"

        def train(self, order: Order) -> Trained:
            def tell(step: str) -> None:
                if step == "related products":  # what customers did is read by then
                    erase(Contact.objects.filter(pk=gone), NOW)

            return read(Order(order.run_id, order.shop, order.rules, order.now, tell))

    monkeypatch.setattr(training, "get_engine", Erasing)
    # when
    train(shop)
    # then
    assert ContactList.objects.filter(contact_id=shop.contacts["tea"][1]).exists()
    assert not ContactList.objects.filter(contact_id=gone).exists()


@contextmanager
def meanwhile(work: Callable[[Event, Event], None]) -> Iterator[None]:
    """Something in a transaction on another connection: it says when it has begun, and goes on when it is let."""
    began, may_go_on = Event(), Event()

    def run() -> None:
        try:
            with transaction.atomic():
                work(began, may_go_on)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(run)
        assert began.wait(30)
        try:
            yield
        finally:
            may_go_on.set()
            done.result(timeout=30)


@contextmanager
def nobody_waits() -> Iterator[None]:
    """What waits for a lock fails."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        try:
            yield
        finally:
            cursor.execute("RESET lock_timeout")


def test_lists_do_not_wait_for_people_who_are_being_merged(transactional_db: None) -> None:
    # given a merge that has the second of two customers, and would want the first one next
    first, second = person(), person()

    def merge(began: Event, may_go_on: Event) -> None:
        list(Contact.objects.select_for_update().filter(pk=second))
        began.set()
        may_go_on.wait(30)
        list(Contact.objects.select_for_update().filter(pk=first))

    # when
    ranked = Ranked(np.zeros((2, 1), dtype=np.int32), np.ones((2, 1), dtype=np.float32))
    with meanwhile(merge), nobody_waits():
        lists = Lists(1, np.array([5]))
        lists.of_contacts(ContactList.Kind.PERSONAL, np.array([first, second]), ranked, np.ones((2, 1), dtype=np.int16))
    # then
    assert list(ContactList.objects.values_list("contact_id", flat=True)) == [first]


def test_old_lists_of_people_who_are_being_erased_are_left_to_that(transactional_db: None) -> None:
    # given lists of a former training, of which an erasure has some
    shop = make_goods()
    first, second = person(), person()
    for contact in (first, second):
        ContactList.objects.create(contact_id=contact, kind="personal", run_id=0, items=[1], scores=[1.0], reasons=[1])

    def erasure(began: Event, may_go_on: Event) -> None:
        Contact.objects.get(pk=second).delete()
        began.set()
        may_go_on.wait(30)

    # when
    with meanwhile(erasure), nobody_waits():
        assert not train(shop).busy
    # then
    assert not ContactList.objects.exists()


def test_nobody_learns_from_a_rare_product_what_its_only_buyer_bought_else(transactional_db: None) -> None:
    # given a product that one customer bought, and what else that customer bought, in the same order and another one
    shop = make_goods()
    make_past(shop)
    rare, beside, later = (
        make_product("A thing", Category.objects.first(), list(Channel.objects.all())) for _ in range(3)
    )
    alone = person()
    buy(alone, [rare, beside], 10)
    buy(alone, [later, shop.products["tea"][0]], 5)
    # when
    train(shop)
    # then
    found = ProductList.objects.filter(product_id=int(rare)).values_list("reasons", flat=True)
    assert {BY_CODE[code] for codes in found for code in codes} == {Reason.SIMILAR}
