"""Conditions in the shop as it is now."""

from typing import Any

from ...config import Settings
from ...segments.models import Lifecycle
from ...shop.port import Shop
from .conditions import Audience, Known, read
from .goods import check


def meant(told: Any, shop: Shop, settings: Settings) -> Audience:
    """The audience that JSON tells of (``conditions.read``), if the shop and its owner know all that it names. Raises
    AudienceError."""
    groups = tuple(dict.fromkeys(group.name for group in settings.rfm.groups))
    audience = read(told, Known(stages=tuple(Lifecycle.Stage), groups=groups, channels=tuple(shop.channels())))
    check(audience, shop)
    return audience
