"""What follows when stock or prices moved: who is told, who is shown something else."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from ...activity.stock import watch
from ...config import Settings
from ...contacts import locks
from ...shop.port import Shop
from ..catalogue import BACK_IN_STOCK
from ..pauses import takes_in
from . import queue
from .enter import price_drops, sold_out_in_carts


def react(shop: Shop, settings: Settings, now: datetime, variants: Collection[str] | None = None) -> int:
    """Look at all that is watched, or at these variants, and act upon what moved. Returns how many moved.

    What is there and was not told of by anybody is found by its state, not by its having moved: a lost event, a wave
    that is over and units that came on top are all found by the next look. A constant number of statements. Whoever
    looks waits for others who do, so that no unit is told of twice.
    """
    with transaction.atomic():
        locks.hold("saleor_crm_stock", ["look"])
        moved = watch.look(shop.stock_facts(), now, variants)
        queue.close(settings.stock, now)
        sold_out_in_carts([one for one in moved if one.was_there and not one.there], settings, now)
        price_drops(
            [one for one in moved if one.price != one.price_before or one.there != one.was_there], settings, now
        )
        if takes_in(BACK_IN_STOCK, settings):
            queue.open_waves(settings.stock, now)
    return len(moved)
