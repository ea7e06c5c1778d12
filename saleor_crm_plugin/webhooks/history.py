"""The history: every order that the shop has becomes facts, whether or not anything ever told of it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from ..activity import interactions
from ..contacts import crowd, locks
from ..flows import recovery
from ..shop.port import Placed, Shop
from .models import SweepCursor
from .orders import store, tell_language

Result = TypeVar("Result")
BATCH = 20_000
_CURSOR = "backfill"  # how far the backfill has come; no row: it is not under way


def backfill(
    shop: Shop, clock: Callable[[], datetime], tell: Callable[[int], None] = lambda done: None, size: int = BATCH
) -> int:
    """Take over all orders of the shop, the newest first. Returns how many were looked at.

    Each batch is a transaction of its own, and the next run goes on after the last one. What is known already and
    right is not written, so that a second run changes nothing. ``tell`` is called with the number done so far.

    The newest first: what matters most is there within a minute, whoever is met for the first time is met in his
    newest language, and orders that were placed one after the other lie beside each other on the disk.
    """
    done = 0
    while count := _with_room(lambda: _next_batch(shop, clock(), size, begun=done > 0)):
        done += count
        tell(done)
    SweepCursor.objects.filter(pk=_CURSOR).delete()
    return done


def take(shop: Shop, orders: Sequence[str], now: datetime) -> None:
    """Store these orders as the shop has them now, in a transaction beside which nobody writes facts."""

    def write() -> None:
        locks.alone()
        _take(shop, orders, now)

    _with_room(write)


def _next_batch(shop: Shop, now: datetime, size: int, *, begun: bool) -> int:
    # Before the shop is read: what an event finds out meanwhile is newer, and must not be overwritten.
    locks.alone()
    cursor = SweepCursor.objects.filter(pk=_CURSOR).first()
    if begun and cursor is None:
        return 0  # another run, beside this one, has come to the end
    page = shop.placed_orders(Placed(cursor.object_id, cursor.changed_at) if cursor else None, size)
    if page:
        _take(shop, [order.id for order in page], now)
        last = {"object_id": page[-1].id, "changed_at": page[-1].placed_at}
        SweepCursor.objects.update_or_create(name=_CURSOR, defaults=last)
    return len(page)


def _take(shop: Shop, orders: Sequence[str], now: datetime) -> None:
    met = crowd.meet(shop.order_facts(), orders, now)
    store(shop, met.owners, now)
    tell_language(met.odd, new=())
    if unnoted := recovery.unnoted(orders):
        recovery.note(list(shop.orders(unnoted).values()), now)


def _with_room(write: Callable[[], Result]) -> Result:
    """Write in a transaction. If months of interactions are missing, they are made, and it is written again."""
    try:
        with transaction.atomic():
            return write()
    except interactions.NoRoomError as missing:
        moments = missing.moments
    with transaction.atomic():
        locks.alone()
        interactions.make_room(moments)
    with transaction.atomic():
        return write()
