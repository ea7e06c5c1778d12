"""The history: all orders become facts, by the same numbers as by events, beside live events, and only once."""

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.core.management import call_command
from django.db import connection

from saleor_crm_plugin import config, work
from saleor_crm_plugin.activity.models import Cart, Interaction, Purchase
from saleor_crm_plugin.contacts.models import Contact, ContactChange
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.shop import port
from saleor_crm_plugin.shop.facts import read_orders
from saleor_crm_plugin.shop.port import OrderFacts
from saleor_crm_plugin.shop.sandbox import storefront
from saleor_crm_plugin.shop.sandbox.generate import generate
from saleor_crm_plugin.shop.sandbox.models import Order
from saleor_crm_plugin.shop.sandbox.progress import quiet
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from saleor_crm_plugin.webhooks import history, inbox
from saleor_crm_plugin.webhooks.handlers import order as order_handler
from saleor_crm_plugin.webhooks.models import InboxItem
from saleor_crm_plugin.webhooks.verify import verify
from tests.histories import Lives, facts, forget, versions
from tests.road import Road
from tests.sandbox.driver import SandboxDriver
from tests.seeded import seeded

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = SandboxShop()


def clock() -> datetime:
    return NOW


def differences() -> list[object]:
    InboxItem.objects.all().delete()  # what the shop's hooks told of would be no difference
    found: list[object] = []
    verify(SHOP, clock, found.append)
    return found


def by_event(*orders: str, shop: SandboxShop = SHOP) -> None:
    """Handle news of these orders, or of all in the order in which they were placed, one by one."""
    ids = orders or [str(pk) for pk in Order.objects.order_by("placed_at", "id").values_list("pk", flat=True)]
    for order_id in ids:
        inbox.hint(InboxItem.Kind.ORDER, [order_id], NOW)
        inbox.process(
            {InboxItem.Kind.ORDER: lambda ids, now: order_handler.handle(shop, config.parse({}), ids, now)}, clock
        )


@pytest.fixture
def shop(transactional_db: None) -> SandboxDriver:
    return SandboxDriver()


def an_order(shop: SandboxDriver, *, email: str = "ada@example.com", **cart: object) -> str:
    cart_id = shop.make_cart(email=email, **cart)  # type: ignore[arg-type]
    shop.add_line(cart_id, shop.make_product()[0], 2)
    return shop.place_order(cart_id)


def test_two_years_of_a_shop_are_the_same_by_backfill_and_by_events(transactional_db: None) -> None:
    generate(NOW, products=40, customers=120, progress=quiet)
    by_event()
    expected = facts()
    forget()

    history.backfill(SHOP, clock, size=50)

    assert facts() == expected
    assert len(expected["purchases"]) == Order.objects.count() > 200
    assert len(expected["returns"]) > 5
    assert differences() == []


@seeded(8)
def test_random_lives_are_the_same_by_event_by_sweep_and_by_backfill(transactional_db: None, seed: int) -> None:
    call_command("flush", interactive=False, verbosity=0)
    lives = Lives(SandboxDriver(), random.Random(seed))
    for order_id in lives.live(12):
        by_event(order_id)
    told = facts()
    assert differences() == []

    forget()
    by_event()
    swept = facts()
    forget()
    history.backfill(SHOP, clock, size=5)

    assert swept == told
    assert facts() == told
    assert differences() == []


def test_a_second_run_writes_nothing(transactional_db: None) -> None:
    generate(NOW, products=20, customers=60, progress=quiet)
    history.backfill(SHOP, clock, size=40)
    before = versions()

    assert history.backfill(SHOP, clock, size=30) == Order.objects.count()

    assert versions() == before


def test_a_run_that_was_stopped_goes_on_where_it_was(transactional_db: None) -> None:
    generate(NOW, products=20, customers=60, progress=quiet)
    everything = Order.objects.count()
    done: list[int] = []

    def stop(so_far: int) -> None:
        done.append(so_far)
        if so_far >= 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        history.backfill(SHOP, clock, stop, size=30)
    assert Purchase.objects.count() == 60
    rest = history.backfill(SHOP, clock, size=30)

    assert done == [30, 60]
    assert (rest, Purchase.objects.count()) == (everything - 60, everything)
    assert history.backfill(SHOP, clock) == everything


def test_the_newest_orders_come_first(shop: SandboxDriver) -> None:
    orders = [an_order(shop) for _ in range(3)]
    seen: list[set[str]] = []

    history.backfill(SHOP, clock, lambda done: seen.append(set(Purchase.objects.values_list("pk", flat=True))), size=1)

    assert seen == [{orders[2]}, {orders[2], orders[1]}, set(orders)]


def test_after_it_the_sweep_has_nothing_to_do(road: Road) -> None:
    for _ in range(3):
        storefront.place_order(road.cart(*road.make_product()), now=road.now, hook=storefront.lost)
    history.backfill(SHOP, work.now)
    InboxItem.objects.all().delete()

    work.sweep_shop(SHOP)

    assert not InboxItem.objects.filter(kind=InboxItem.Kind.ORDER).exists()


def test_a_guest_is_the_person_who_has_the_account_with_this_address(shop: SandboxDriver) -> None:
    user_id = shop.make_customer("ada@example.com")
    an_order(shop, email="Ada@Example.com")
    an_order(shop, email="", user_id=user_id)

    history.backfill(SHOP, clock)

    (contact,) = Contact.objects.all()
    assert (contact.email, contact.user_id, contact.purchases.count()) == ("ada@example.com", user_id, 2)


def test_a_person_speaks_the_language_of_the_newest_order(shop: SandboxDriver) -> None:
    for language in ("pl", "de", "fr"):
        an_order(shop, language=language)

    history.backfill(SHOP, clock, size=1)

    assert [contact.language for contact in Contact.objects.all()] == ["fr"]


def test_a_language_that_was_told_since_stays(shop: SandboxDriver) -> None:
    an_order(shop, language="de")
    Contact.objects.create(email="ada@example.com", language="fr", created_at=NOW)
    Contact.objects.create(email="bea@example.com", created_at=NOW)
    an_order(shop, email="bea@example.com", language="pl")

    history.backfill(SHOP, clock)

    assert dict(Contact.objects.values_list("email", "language")) == {"ada@example.com": "fr", "bea@example.com": "pl"}


def test_a_person_lives_where_the_newest_order_went(shop: SandboxDriver) -> None:
    for country in ("PL", "DE", "US"):
        an_order(shop, country=country)

    history.backfill(SHOP, clock, size=1)

    assert [contact.country for contact in Contact.objects.all()] == ["US"]


def test_a_country_that_was_told_since_stays(shop: SandboxDriver) -> None:
    Contact.objects.create(email="ada@example.com", country="FR", created_at=NOW)
    an_order(shop, country="US")

    history.backfill(SHOP, clock)

    assert Contact.objects.get().country == "FR"


@pytest.mark.parametrize("address", ["ada@example.com", "cleo@xn--bcher-kva.example"])
def test_who_was_known_without_a_country_gets_that_of_an_order(shop: SandboxDriver, address: str) -> None:
    Contact.objects.create(email=address, language="en", created_at=NOW)
    an_order(shop, email=address, country="US")

    history.backfill(SHOP, clock)

    assert Contact.objects.get().country == "US"


def test_news_of_an_old_order_leaves_the_country_of_the_newest(shop: SandboxDriver) -> None:
    old, _new = an_order(shop, country="US"), an_order(shop, country="DE")
    by_event()
    shop.refund_order(old, Decimal("1.00"))

    by_event(old)

    assert [contact.country for contact in Contact.objects.all()] == ["DE"]


def test_who_changed_the_address_keeps_the_orders_of_before(shop: SandboxDriver) -> None:
    from saleor_crm_plugin.shop.sandbox.models import User

    user_id = shop.make_customer("ada@example.com")
    an_order(shop, user_id=user_id, email="ada@example.com")
    User.objects.filter(pk=int(user_id)).update(email="ada@new.example")
    an_order(shop, user_id=user_id, email="ada@new.example")

    history.backfill(SHOP, clock)

    assert list(Contact.objects.values_list("email", "user_id")) == [("ada@new.example", user_id)]
    assert Purchase.objects.filter(contact=None).count() == 0


def test_an_erased_customer_does_not_come_back(road: Road) -> None:
    user_id = road.make_customer("ada@example.com")
    order_id = road.place_order(road.cart(*road.make_product(), user_id=user_id))
    road.work()
    road.delete_customer(user_id)
    road.work()

    history.backfill(SHOP, work.now)
    forget()
    history.backfill(SHOP, work.now)

    assert not Contact.objects.exists()
    assert Purchase.objects.get().order_id == order_id
    assert Purchase.objects.get().contact_id is None
    assert differences() == []


def test_those_whose_orders_are_new_are_noted_as_changed_once(shop: SandboxDriver) -> None:
    for address in ("ada@example.com", "bea@example.com"):
        an_order(shop, email=address)
        an_order(shop, email=address)

    history.backfill(SHOP, clock)

    noted = sorted(ContactChange.objects.values_list("contact_id", flat=True))
    assert noted == sorted(Contact.objects.values_list("pk", flat=True))


def test_an_order_that_no_hook_told_of_ends_its_flow_and_counts_as_recovered(road: Road) -> None:
    cart_id = road.cart(*road.make_product())
    road.work()
    road.wait(hours=5)
    road.work()
    order_id = storefront.place_order(cart_id, now=road.now, hook=storefront.lost)

    history.backfill(SHOP, work.now)

    run = Enrolment.objects.get(subject_id=cart_id)
    assert (run.recovered_order_id, run.state) == (order_id, Enrolment.State.FINISHED)
    assert (Cart.objects.get().status, Cart.objects.get().order_id) == (Cart.Status.ORDERED, order_id)


def test_two_runs_at_once_share_the_work(transactional_db: None) -> None:
    generate(NOW, products=20, customers=80, progress=quiet)
    everything = Order.objects.count()

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(_in_thread, lambda: history.backfill(SHOP, clock, size=10)) for _ in range(2)]
        done = [job.result(timeout=120) for job in jobs]

    assert sum(done) == everything
    assert differences() == []


class SlowShop(SandboxShop):
    """A shop whose orders take a while to be read, as those of a large one do: as they were when it began."""

    seconds = 1.0

    def order_facts(self) -> OrderFacts:
        theirs = super().order_facts()
        slow = f"SELECT theirs.* FROM ({theirs.orders}) theirs CROSS JOIN (SELECT pg_sleep({self.seconds})) nap"
        return replace(theirs, orders=slow)

    def orders(self, ids: Sequence[str]) -> dict[str, port.Order]:
        return read_orders(self.order_facts(), ids)


def test_what_an_event_tells_meanwhile_is_not_overwritten_by_what_was_before(shop: SandboxDriver) -> None:
    # given an order that we know, and that has changed since
    order_id = an_order(shop)
    by_event(order_id)
    shop.refund_order(order_id, Decimal("1.00"))
    reading = Thread(target=_in_thread, args=[lambda: history.backfill(SlowShop(), clock)])
    # when it changes again while the backfill reads it, and an event tells of it
    reading.start()
    _wait_until(_somebody_naps)
    shop.refund_order(order_id, Decimal("2.00"))
    by_event(order_id)
    reading.join(timeout=30)
    # then
    assert Purchase.objects.get().refunded == Decimal("3.00")


def test_what_an_event_has_begun_to_read_is_written_before_the_backfill_looks(shop: SandboxDriver) -> None:
    # given a worker that is just reading whose an order is
    order_id = an_order(shop, email="ada@example.com")
    by_event(order_id)
    working = Thread(target=_in_thread, args=[lambda: by_event(order_id, shop=SlowShop())])
    working.start()
    _wait_until(_somebody_naps)
    # when it gets another owner, and the backfill finds that
    Order.objects.update(email="bea@example.com", changed_at=NOW)
    history.backfill(SHOP, clock)
    working.join(timeout=30)
    # then
    assert Purchase.objects.get().contact == Contact.objects.get(email="bea@example.com")


def test_beside_live_events_nothing_is_lost_or_left_old(transactional_db: None) -> None:
    generate(NOW, products=20, customers=60, progress=quiet)
    driver = SandboxDriver.__new__(SandboxDriver)
    driver.shop, driver.now = SHOP, NOW
    orders = [str(pk) for pk in Order.objects.filter(paid=True, refunded=0).values_list("pk", flat=True)]
    stop = Event()

    def events(seed: int) -> None:
        dice = random.Random(seed)
        while not stop.is_set():
            order_id = dice.choice(orders)
            try:
                storefront.refund_order(order_id, Decimal("0.01"), now=NOW)
            except storefront.NotPossible:
                continue
            by_event(order_id)

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(_in_thread, lambda seed=seed: events(seed)) for seed in range(2)]
        history.backfill(SHOP, clock, lambda done: sleep(0.01), size=10)
        stop.set()
        for job in jobs:
            job.result(timeout=30)

    assert Purchase.objects.count() == Order.objects.count()
    assert differences() == []


def test_months_of_returns_are_made_as_they_are_met(shop: SandboxDriver) -> None:
    (shirt,) = shop.make_product()
    for moment in (datetime(2024, 1, 31, 22, tzinfo=UTC), datetime(2025, 12, 31, 23, 30, tzinfo=UTC)):
        shop.now = moment
        cart_id = shop.make_cart(email="ada@example.com")
        shop.add_line(cart_id, shirt, 2)
        order_id = shop.place_order(cart_id)
        shop.fulfil_order(order_id)
        shop.return_lines(order_id, {shirt: 1})

    history.backfill(SHOP, clock, size=1)

    assert [one.at.year for one in Interaction.objects.order_by("at")] == [2024, 2025]


def _somebody_naps() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        return bool(cursor.fetchone()[0])


def _wait_until(true: Callable[[], bool]) -> None:
    end = monotonic() + 60
    while not true():
        assert monotonic() < end
        sleep(0.02)


def _in_thread(act: Callable[[], object]) -> object:
    try:
        return act()
    finally:
        connection.close()
