"""What Celery sees: with a real worker, with tasks that run at once, and with nothing to do."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Thread
from time import monotonic, sleep

import pytest
from celery import Celery, current_app, signals
from celery.contrib.testing.worker import start_worker
from celery.schedules import crontab
from django.conf import settings
from django.db import connection

from saleor_crm_plugin import apps, tasks
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.models import Decision
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.mail_sink import MailSink
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.road import AGREED, Road

ROAD = ("sweep", "process_inbox", "decide", "deliver")  # in the order in which news becomes mail


def _leave_logging_alone(**rest: object) -> None:
    """A worker sets up the logging of its whole process, unless somebody says that this is done (as Saleor does)."""


@contextmanager
def celery(**conf: object) -> Iterator[Celery]:
    """A Celery application that has our tasks."""
    before = current_app._get_current_object()
    app = Celery("shop", broker="memory://", set_as_current=True)
    app.conf.update(conf)
    signals.setup_logging.connect(_leave_logging_alone)
    try:
        yield app
    finally:
        signals.setup_logging.disconnect(_leave_logging_alone)
        app.close()
        before.set_current()


@pytest.fixture
def eager() -> Iterator[Celery]:
    """Tasks run at once, as in a shop without a broker."""
    with celery(task_always_eager=True, task_eager_propagates=True) as app:
        yield app


@contextmanager
def started_tasks() -> Iterator[list[str]]:
    """The names of the tasks that start meanwhile."""
    names: list[str] = []

    def note(task: object, **rest: object) -> None:
        names.append(task.name)  # type: ignore[attr-defined]

    signals.task_prerun.connect(note)
    try:
        yield names
    finally:
        signals.task_prerun.disconnect(note)


def tick(app: Celery) -> None:
    """What beat would start."""
    for name in ROAD:
        app.tasks[f"saleor_crm.{name}"].delay()


class Unstopped:
    """In place of a moved clock: real time, which no test can move."""

    def move_to(self, moment: datetime) -> None:
        """Nothing moves."""


def test_beat_knows_every_task_and_drops_runs_that_are_late(eager: Celery) -> None:
    schedule = settings.CELERY_BEAT_SCHEDULE

    ours = {name: entry for name, entry in schedule.items() if name.startswith("saleor-crm-")}
    assert ours == tasks.BEAT
    assert {entry["task"] for entry in ours.values()} == {
        name for name in eager.tasks if name.startswith("saleor_crm.")
    }
    assert all(eager.tasks[name].expires == every.total_seconds() for name, every in tasks.EVERY.items())
    assert ours["saleor-crm-decide"]["schedule"] == timedelta(seconds=15)
    assert ours["saleor-crm-segments"]["schedule"] == crontab(hour="3", minute="0")


def test_an_entry_that_the_shop_has_set_itself_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"saleor-crm-sweep": {"task": "saleor_crm.sweep", "schedule": 3600}}
    monkeypatch.setattr(settings, "CELERY_BEAT_SCHEDULE", own)
    monkeypatch.setattr(apps, "_listen_to_sandbox", lambda: None)

    apps.apps.get_app_config("saleor_crm").ready()

    assert own["saleor-crm-sweep"]["schedule"] == 3600
    assert set(own) == set(tasks.BEAT)


def test_tasks_that_run_at_once_bring_a_cart_to_its_mail(road: Road, eager: Celery) -> None:
    road.cart(*road.make_product())
    tick(eager)
    road.wait(hours=5)

    with started_tasks() as names:
        tick(eager)

    assert names == [f"saleor_crm.{name}" for name in ROAD]
    assert [mail["To"] for mail in road.sink.mails] == ["ada@example.com"]


def test_a_hook_starts_no_task_and_leaves_one_row(road: Road, eager: Celery) -> None:
    with started_tasks() as names:
        road.cart(*road.make_product())

    assert names == []
    assert InboxItem.objects.count() == 1
    assert not Contact.objects.exists()


def test_a_hook_inside_a_task_is_looked_at_by_the_next_one(road: Road, eager: Celery) -> None:
    shirt, scarf = *road.make_product(), *road.make_product("Scarf")
    cart = road.cart(shirt)
    tick(eager)
    road.wait(hours=5)

    def add_scarf() -> None:
        road.add_line(cart, scarf)
        connection.close()

    def shopper_returns(mail: object) -> None:
        # While the task that sends is still running.
        shopper = Thread(target=add_scarf)
        shopper.start()
        shopper.join()

    road.sink.on_data = shopper_returns
    with started_tasks() as names:
        tick(eager)
    row = InboxItem.objects.get()
    road.sink.on_data = lambda mail: None
    tick(eager)

    assert names == [f"saleor_crm.{name}" for name in ROAD]
    assert (row.kind, row.object_id) == ("cart", cart)
    assert not InboxItem.objects.exists()
    assert len(road.run_of(cart).contact.carts.get().lines) == 2  # type: ignore[union-attr]


def test_a_real_worker_brings_a_cart_to_its_mail(transactional_db: None, sink: MailSink) -> None:
    road = Road(sink, Unstopped())  # type: ignore[arg-type]
    road.now = datetime.now(UTC) - timedelta(hours=5)
    cart = road.make_cart(email="ada@example.com", metadata=AGREED)
    road.add_line(cart, *road.make_product())

    with celery() as app, start_worker(app, perform_ping_check=False, shutdown_timeout=20):
        tick(app)
        patience = monotonic() + 60
        while not Message.objects.filter(state=Message.State.SENT).exists() and monotonic() < patience:
            sleep(0.05)

    assert [mail["To"] for mail in sink.mails] == ["ada@example.com"]
    assert road.reasons(cart) == [("sent", "due")]


def test_while_the_plugin_is_off_nothing_happens(road: Road, eager: Celery) -> None:
    own_settings.save_own("active", False)
    road.cart(*road.make_product())
    tick(eager)
    road.wait(hours=5)

    tick(eager)

    assert road.sink.mails == []
    assert not Contact.objects.exists()
    assert not Decision.objects.exists()


def test_when_it_is_switched_on_again_what_waits_is_looked_at(road: Road, eager: Celery) -> None:
    own_settings.save_own("active", False)
    road.cart(*road.make_product())
    tick(eager)
    own_settings.save_own("active", True)
    tick(eager)
    road.wait(hours=5)

    tick(eager)

    assert len(road.sink.mails) == 1


def test_settings_that_can_not_be_read_stop_everything_with_one_line_each(
    road: Road, eager: Celery, caplog: pytest.LogCaptureFixture
) -> None:
    road.cart(*road.make_product())
    tick(eager)
    road.wait(hours=5)
    road.set(smtp_port="many", allow_list="boss@@example.com")
    caplog.clear()

    tick(eager)

    lines = [record for record in caplog.records if record.name.startswith("saleor_crm_plugin")]
    assert [record.levelno for record in lines] == [logging.ERROR] * 3  # inbox, decision, delivery
    assert all("SMTP port" in record.getMessage() and record.exc_info is None for record in lines)
    assert "boss" not in caplog.text
    assert road.sink.mails == []

    road.set(smtp_port=str(road.sink.port), allow_list="")
    tick(eager)
    assert len(road.sink.mails) == 1


def test_old_things_are_cleaned_up_even_while_the_plugin_is_off(road: Road, eager: Celery) -> None:
    road.cart(*road.make_product())
    tick(eager)
    own_settings.save_own("active", False)
    road.wait(days=500)

    eager.tasks["saleor_crm.clean_up"].delay()

    assert not Contact.objects.get().carts.exists()
