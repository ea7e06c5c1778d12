"""News of stock and prices."""

from collections.abc import Sequence
from datetime import datetime

from ...config import Settings
from ...flows.stock.react import react
from ...shop.port import Shop


def handle(shop: Shop, settings: Settings, ids: Sequence[str], now: datetime) -> None:
    """Look at these variants wherever somebody is interested in them, and act upon what moved."""
    react(shop, settings, now, ids)
