"""The inbox: hints become one row, rows are claimed once, nothing is lost."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Lock

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.webhooks import hooks, inbox
from saleor_crm_plugin.webhooks.models import InboxItem

Kind = InboxItem.Kind
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def clock() -> datetime:
    return NOW


class Handled:
    """A handler that remembers, and fails on ids that begin with "bad"."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.lock = Lock()

    def __call__(self, ids: Sequence[str], now: datetime) -> None:
        if any(object_id.startswith("bad") for object_id in ids):
            raise ValueError("anna@example.com is not a cart")
        with self.lock:
            self.ids += ids


@pytest.mark.django_db
def test_many_hints_about_one_object_are_one_row() -> None:
    for _ in range(5):
        inbox.hint(Kind.CART, ["a"], NOW)
    inbox.hint(Kind.ORDER, ["a"], NOW)

    rows = sorted(InboxItem.objects.values_list("kind", "object_id", "version"))
    assert rows == [("cart", "a", 5), ("order", "a", 1)]


@pytest.mark.django_db
def test_a_hint_is_one_statement_however_many_objects() -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        inbox.hint(Kind.ORDER, [str(n) for n in range(500)], NOW)

    assert len(queries) == 1
    assert InboxItem.objects.count() == 500


@pytest.mark.django_db(transaction=True)
def test_a_hook_in_a_transaction_that_is_rolled_back_tells_nothing() -> None:
    with transaction.atomic():
        hooks.tell(Kind.CART, ["a"])
        transaction.set_rollback(True)

    assert not InboxItem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_hook_that_cannot_write_leaves_the_shops_transaction_alone(caplog: pytest.LogCaptureFixture) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_inbox RENAME TO crm_inbox_away")
    try:
        with transaction.atomic():
            hooks.tell(Kind.CART, ["a"])
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
                assert cursor.fetchone() == (1,)
        hooks.tell(Kind.CART, ["a"])
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE crm_inbox_away RENAME TO crm_inbox")

    assert "a hint was lost" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("nonsense", [None, [], [None], [object()], ["x" * 10_000], 7])
def test_a_hook_never_raises(nonsense: object) -> None:
    hooks.tell(Kind.CART, nonsense)  # type: ignore[arg-type]


@pytest.mark.django_db(transaction=True)
def test_what_was_handled_is_gone() -> None:
    inbox.hint(Kind.CART, ["a", "b"], NOW)
    handled = Handled()

    inbox.process({Kind.CART: handled}, clock)

    assert handled.ids == ["a", "b"]
    assert not InboxItem.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_hint_during_the_work_is_not_lost() -> None:
    inbox.hint(Kind.CART, ["a"], NOW)

    inbox.process({Kind.CART: lambda ids, now: inbox.hint(Kind.CART, ids, NOW)}, clock)

    assert InboxItem.objects.get().due_at == NOW


@pytest.mark.django_db(transaction=True)
def test_one_bad_object_does_not_hold_up_the_others() -> None:
    inbox.hint(Kind.CART, ["a", "bad", "c"], NOW)
    handled = Handled()

    inbox.process({Kind.CART: handled}, clock)

    assert handled.ids == ["a", "c"]
    assert list(InboxItem.objects.values_list("object_id", "attempts", "due_at")) == [
        ("bad", 1, NOW + timedelta(minutes=1))
    ]


@pytest.mark.django_db(transaction=True)
def test_what_fails_again_and_again_is_parked_with_its_error_and_without_addresses() -> None:
    inbox.hint(Kind.CART, ["bad"], NOW)
    moment = NOW
    for _ in range(inbox.ATTEMPTS):
        inbox.process({Kind.CART: Handled()}, lambda: moment)  # noqa: B023 - called at once
        moment += timedelta(hours=3)

    (item,) = inbox.parked()

    assert item.error == "ValueError: <address> is not a cart"
    assert inbox.process({Kind.CART: Handled()}, lambda: moment) == 0


@pytest.mark.django_db(transaction=True)
def test_a_new_hint_and_a_person_bring_parked_rows_back() -> None:
    inbox.hint(Kind.CART, ["a", "b"], NOW)
    InboxItem.objects.update(parked_at=NOW, attempts=8)
    handled = Handled()

    inbox.hint(Kind.CART, ["a"], NOW)
    inbox.process({Kind.CART: handled}, clock)
    inbox.retry_parked(NOW)
    inbox.process({Kind.CART: handled}, clock)

    assert handled.ids == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_died_leaves_its_rows_to_others_after_the_lease() -> None:
    inbox.hint(Kind.CART, ["a"], NOW)
    inbox.claim(NOW, 10)

    assert inbox.claim(NOW + inbox.LEASE - timedelta(seconds=1), 10) == []
    assert [c.object_id for c in inbox.claim(NOW + inbox.LEASE, 10)] == ["a"]


@pytest.mark.django_db(transaction=True)
def test_no_hook_waits_for_a_worker() -> None:
    inbox.hint(Kind.CART, ["a"], NOW)

    def hint_meanwhile(ids: Sequence[str], now: datetime) -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_in_thread, lambda: inbox.hint(Kind.CART, ["a"], NOW)).result(timeout=30)

    inbox.process({Kind.CART: hint_meanwhile}, clock)

    assert InboxItem.objects.get().version == 2


@pytest.mark.django_db(transaction=True)
def test_two_workers_share_the_rows_and_none_is_handled_twice() -> None:
    inbox.hint(Kind.CART, [f"{n:04}" for n in range(2000)], NOW)
    handled, start = Handled(), Barrier(2)

    def work() -> None:
        start.wait()
        while inbox.process({Kind.CART: handled}, clock, limit=37):
            pass

    with ThreadPoolExecutor(2) as pool:
        for job in [pool.submit(_in_thread, work) for _ in range(2)]:
            job.result(timeout=60)

    assert sorted(handled.ids) == [f"{n:04}" for n in range(2000)]


@pytest.mark.django_db(transaction=True)
def test_facts_of_one_object_are_written_by_one_worker_at_a_time() -> None:
    busy, seen_together = Lock(), []

    def handle(ids: Sequence[str], now: datetime) -> None:
        seen_together.append(not busy.acquire(blocking=False))
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
        if busy.locked():
            busy.release()

    def work(_: int) -> None:
        inbox.hint(Kind.CART, ["a"], NOW)
        inbox.process({Kind.CART: handle}, clock)

    with ThreadPoolExecutor(4) as pool:
        for job in [pool.submit(_in_thread, lambda n=n: work(n)) for n in range(8)]:
            job.result(timeout=30)

    assert seen_together.count(True) == 0


def _in_thread(act: object) -> None:
    try:
        act()  # type: ignore[operator]
    finally:
        connection.close()
