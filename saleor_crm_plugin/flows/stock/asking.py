"""What follows when somebody asks to be told, or confirms it: the variant is watched, mails are enrolled.

Call these in a transaction that holds the contact.
"""

from datetime import datetime

from ...activity.stock import interest
from ...activity.stock.interest import Wish
from ...activity.stock.models import StockInterest
from ...activity.stock.watch import watch
from ...config import Settings
from ...shop.port import Shop
from . import enter


def ask(
    shop: Shop, settings: Settings, contact_id: int, wish: Wish, language: str, *, known: bool, now: datetime
) -> StockInterest | None:
    """Let a contact wait for a wish. ``known`` is whether the contact owns the address for sure; who does not confirms
    it first where the owner wants that. None beyond the limits of an address (``interest.ask``)."""
    rules = settings.stock
    asked = interest.ask(contact_id, wish, language, known=known, confirm=rules.confirm, kept=rules.kept, now=now)
    return _follow(shop, settings, asked, now)


def confirm(shop: Shop, settings: Settings, interest_id: int, now: datetime) -> StockInterest | None:
    """Let a guest wait who owns the address. None where there was nothing to confirm any more."""
    return _follow(shop, settings, interest.confirm(interest_id, settings.stock.kept, now), now)


def _follow(shop: Shop, settings: Settings, asked: StockInterest | None, now: datetime) -> StockInterest | None:
    if asked:
        watch(shop.stock_facts(), [(asked.variant_id, asked.channel)], now)
        if interest.is_news(asked, now):
            enter.asked([asked], settings, now)
    return asked
