"""Training: the lists of the night. The old ones are shown until the new ones are whole."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from ...config import Settings
from ...shop.port import Shop
from . import popular
from .engine import Engine, Order, Progress, Trained, get_engine
from .models import TrainingRun

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
_KEPT_RUNS = timedelta(days=90)  # how long it is known how good each was

# Held by the connection and not by a transaction, which would keep the database from tidying up for minutes: what is
# computed meanwhile is written in many. A process that dies loses it at once.
_LOCK = "SELECT pg_try_advisory_lock(hashtext('saleor_crm'), hashtext('recommendations'))"
_UNLOCK = "SELECT pg_advisory_unlock(hashtext('saleor_crm'), hashtext('recommendations'))"

# What goes with a contact that is being erased or merged is left to that, which deletes it, too: each waiting for the
# other is a deadlock.
_OTHERS = """
DELETE FROM {table} WHERE ctid IN (
    SELECT ctid FROM {table} WHERE run_id IS DISTINCT FROM (SELECT id FROM crm_recs_run WHERE current)
    FOR UPDATE SKIP LOCKED
)
"""
_LISTS = ("crm_recs_product", "crm_recs_contact", "crm_recs_wears")


@dataclass(frozen=True)
class Outcome:
    """What a training did. ``busy``: nothing, since another one is at it."""

    trained: Trained | None = None

    @property
    def busy(self) -> bool:
        return self.trained is None


def train(
    shop: Shop, settings: Settings, now: datetime, progress: Progress | None = None, engine: Engine | None = None
) -> Outcome:
    """Learn from what happened before ``now`` and show it. ``progress`` is told each step as it begins; ``engine`` is
    the one that is set, where none is given.

    Not in a transaction. What fails leaves the lists of the last training in use. Behind a pool that lends connections
    for single transactions, two could train at once: what was begun earlier then ends without being shown.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        if not cursor.fetchone()[0]:
            return Outcome()
    try:
        return Outcome(_train(shop, settings, now, progress or (lambda step: None), engine or get_engine()))
    finally:
        # A connection that is lost has lost the lock, too.
        with suppress(InterfaceError, OperationalError), connection.cursor() as cursor:
            cursor.execute(_UNLOCK)


def due(now: datetime) -> bool:
    """Whether the last training is a day ago, or there was none."""
    return not TrainingRun.objects.filter(started_at__gt=now - EVERY).exists()


def popular_half_life() -> float:
    """How fast what sells fades, in days, as the last training found it best."""
    run = TrainingRun.objects.filter(current=True).first()
    return (run and run.popular_half_life) or popular.HALF_LIFE


def _train(shop: Shop, settings: Settings, now: datetime, progress: Progress, engine: Engine) -> Trained:
    _sweep()
    run = TrainingRun.objects.create(engine=engine.name, started_at=now)
    trained = engine.train(Order(run.pk, shop, settings.guards, now, progress))
    progress("showing it")
    with transaction.atomic():
        if TrainingRun.objects.filter(pk__gt=run.pk).exists():
            raise RuntimeError("another training was begun meanwhile")
        TrainingRun.objects.filter(current=True).update(current=False)
        TrainingRun.objects.filter(pk=run.pk).update(
            current=True,
            finished_at=now,
            customers=trained.customers,
            products=trained.products,
            lines=trained.lines,
            popular_half_life=trained.popular_half_life,
            figures=trained.figures,
        )
        TrainingRun.objects.filter(current=False, started_at__lt=now - _KEPT_RUNS).delete()
    _sweep()
    return trained


def _sweep() -> None:
    """Take away the lists of trainings that are not shown: of former ones, and of those that did not come to an end."""
    with connection.cursor() as cursor:
        for table in _LISTS:
            cursor.execute(_OTHERS.format(table=table))
            cursor.execute(f"ANALYZE {table}")
