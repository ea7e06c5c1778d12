"""Interactions: each once, in the month it belongs to, made when it is needed, by two workers as by one."""

from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from saleor_crm_plugin import config
from saleor_crm_plugin.activity.interactions import make_room, months_between
from saleor_crm_plugin.activity.models import Interaction
from saleor_crm_plugin.contacts import locks
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.webhooks import inbox
from saleor_crm_plugin.webhooks.handlers import order as order_handler
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.contacts.people import NOW, meet
from tests.contacts.test_two_workers import at_once
from tests.sandbox.driver import SandboxDriver


def months() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'crm_interaction'::regclass")
        return {name for (name,) in cursor.fetchall()}


@pytest.fixture
def no_months(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        for name in months():
            cursor.execute(f"DROP TABLE {name}")


def an_interaction(at: datetime, source: str = "view:1", **more: object) -> Interaction:
    values: dict[str, object] = {"kind": "view", "visitor_id": "v1", "quantity": 1, **more}
    return Interaction.objects.create(source=source, at=at, **values)


def test_a_month_begins_and_ends_at_midnight_utc(no_months: None) -> None:
    berlin = datetime.fromisoformat("2026-04-01T01:30:00+02:00")  # still March in UTC

    make_room([berlin, datetime(2025, 12, 31, 23, 59, tzinfo=UTC)])

    assert months() == {"crm_interaction_2026_03", "crm_interaction_2025_12"}
    an_interaction(datetime(2026, 3, 1, tzinfo=UTC))
    an_interaction(datetime(2026, 3, 31, 23, 59, 59, 999999, tzinfo=UTC))
    with pytest.raises(IntegrityError):
        an_interaction(datetime(2026, 4, 1, tzinfo=UTC))


def test_a_month_is_made_once(no_months: None) -> None:
    for _ in range(2):
        make_room([NOW, NOW + timedelta(days=1)])

    assert months() == {"crm_interaction_2026_03"}


def test_all_months_between_two_moments() -> None:
    first, last = datetime(2025, 11, 30, 12, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert [f"{month:%Y-%m-%d %H}" for month in months_between(first, last)] == [
        "2025-11-01 00", "2025-12-01 00", "2026-01-01 00", "2026-02-01 00",
    ]  # fmt: skip
    assert months_between(last, first) == []


def test_workers_that_need_the_same_months_make_each_once(no_months: None) -> None:
    moments = [NOW + timedelta(days=20 * n) for n in range(12)]

    def work() -> None:
        with transaction.atomic():
            locks.alone()
            make_room(moments)

    at_once([work] * 4)

    assert len(months()) == len({f"{moment:%Y-%m}" for moment in moments})


def test_the_same_interaction_told_twice_is_refused(db: None) -> None:
    make_room([NOW])
    an_interaction(NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        an_interaction(NOW)
    assert Interaction.objects.count() == 1


def test_an_interaction_is_somebodys(db: None) -> None:
    make_room([NOW])
    with pytest.raises(IntegrityError):
        an_interaction(NOW, visitor_id="")


def test_with_a_person_the_interactions_go(db: None) -> None:
    make_room([NOW])
    contact = meet("ada@example.com")
    an_interaction(NOW, contact=contact, visitor_id="")

    erase([contact], NOW)

    assert not Interaction.objects.exists()


def test_the_database_itself_deletes_them_too(db: None) -> None:
    make_room([NOW])
    contact = meet("ada@example.com")
    an_interaction(NOW, contact=contact, visitor_id="")

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM crm_contact WHERE id = %s", [contact.pk])

    assert not Interaction.objects.exists()


def test_workers_that_meet_a_month_that_is_not_there_make_it_and_lose_nothing(no_months: None) -> None:
    # given returns of two orders, of which two workers hear at the same moment
    shop = SandboxDriver()
    (shirt,) = shop.make_product()
    orders = []
    for email in ("ada@example.com", "bea@example.com"):
        cart_id = shop.make_cart(email=email)
        shop.add_line(cart_id, shirt)
        orders.append(shop.place_order(cart_id))
        shop.fulfil_order(orders[-1])
        shop.return_lines(orders[-1], {shirt: 1})
    InboxItem.objects.all().delete()
    inbox.hint(InboxItem.Kind.ORDER, orders, NOW)
    together = Barrier(2)

    def handle(ids: list[str], now: datetime) -> None:
        order_handler.handle(shop.shop, config.parse({}), ids, now)

    def work() -> None:
        together.wait(timeout=60)
        inbox.process({InboxItem.Kind.ORDER: handle}, lambda: NOW, limit=1)  # type: ignore[dict-item]

    # when
    at_once([work] * 2)
    # then
    assert set(Interaction.objects.values_list("order_id", flat=True)) == set(orders)
    assert not InboxItem.objects.exists()
    assert months() == {"crm_interaction_2026_03"}
