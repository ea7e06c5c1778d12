"""The history: every order that the shop has becomes facts, whether or not anything ever told of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import connection, transaction

from ..activity import interactions, purchases
from ..contacts import changes, crowd, locks
from ..flows import recovery
from ..shop.port import BEFORE_ALL, Shop
from . import batch
from .models import SweepCursor
from .told import tell

Result = TypeVar("Result")
BATCH = 20_000
# What is computed from the facts next is planned by statistics; of so many new rows there are none yet.
_ANALYZE = "ANALYZE crm_contact, crm_purchase, crm_purchase_line, crm_interaction"
_CURSOR = "backfill"  # how far the backfill has come; no row: it is not under way


def backfill(
    shop: Shop,
    clock: Callable[[], datetime],
    tell: Callable[[int], None] = lambda done: None,
    size: int | None = None,
) -> int:
    """Take over all orders of the shop, the newest first. Returns how many were looked at.

    Each batch is a transaction of its own, and the next run goes on after the last one. What is known already and
    right is not written, so that a second run changes nothing. ``tell`` is called with the number done so far.

    The newest first: what matters most is there within a minute, whoever is met for the first time is met in his
    newest language, and orders that were placed one after the other lie beside each other on the disk.
    """
    done = 0

    def next_batch() -> int:
        return _next_batch(shop, clock(), size or BATCH, begun=done > 0)

    while count := _with_room(next_batch):
        done += count
        tell(done)
    SweepCursor.objects.filter(pk=_CURSOR).delete()
    with connection.cursor() as cursor:
        cursor.execute(_ANALYZE)
    return done


def take(shop: Shop, orders: Sequence[str], now: datetime) -> None:
    """Store these orders as the shop has them now."""

    def write() -> None:
        locks.alone()
        _store(shop, batch.read_orders(shop, orders), now)

    _with_room(write)


def _next_batch(shop: Shop, now: datetime, size: int, *, begun: bool) -> int:
    # Before the shop is read: what an event finds out meanwhile is newer, and must not be overwritten.
    locks.alone()
    cursor = SweepCursor.objects.filter(pk=_CURSOR).first()
    if begun and cursor is None:
        return 0  # another run, beside this one, has come to the end
    after = {"placed_at": cursor.changed_at, "order_id": cursor.object_id} if cursor else BEFORE_ALL
    orders = batch.read_page(shop, after, size)
    if orders.size:
        _store(shop, orders, now)
        last = batch.last()
        SweepCursor.objects.update_or_create(
            name=_CURSOR, defaults={"object_id": last["order_id"], "changed_at": last["placed_at"]}
        )
    return orders.size


def _store(shop: Shop, orders: batch.Batch, now: datetime) -> None:
    interactions.need(batch.months())  # before anything is written that would have to be written again
    odd = crowd.meet(orders.facts.orders, orders.owners, now)
    changes.note(sorted(purchases.record(orders.facts, orders.new, orders.known, now)))
    tell(batch.countries(odd), new=())
    if unnoted := recovery.unnoted(orders.facts.orders):
        recovery.note(list(shop.orders(unnoted).values()), now)


def _with_room(write: Callable[[], Result]) -> Result:
    """Write in a transaction. If months of interactions are missing, they are made, and it is written again: meanwhile
    another run may have gone on, to orders of other months."""
    while True:
        try:
            with transaction.atomic():
                return write()
        except interactions.NoRoomError as missing:
            moments = missing.moments
        with transaction.atomic():
            locks.alone()
            interactions.make_room(moments)
