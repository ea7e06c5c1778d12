"""What ends by itself: waiting that took too long, watching what nobody waits for."""

from datetime import datetime

from django.db import transaction

from ...activity.stock import interest, watch
from ...contacts import locks
from ...shop.port import Shop


def expire(now: datetime) -> int:
    """End what was waited for long enough. Returns how many."""
    done = 0
    while count := interest.expire(now):
        done += count
    return done


def tidy(shop: Shop, now: datetime) -> int:
    """Stop watching what nobody is interested in any more, and watch all that somebody waits for: whoever asked while
    it was being forgotten. Returns how many variants were forgotten."""
    with transaction.atomic():
        locks.hold("saleor_crm_stock", ["look"])
        forgotten = watch.forget(now)
        watch.watch(shop.stock_facts(), watch.unwatched(), now)
    return forgotten
