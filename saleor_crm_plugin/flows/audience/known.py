"""Conditions in the shop as it is now."""

from typing import Any

from ...config import Settings
from ...segments.members import names
from ...segments.models import Membership
from ...shop.port import Shop
from .conditions import Audience, Known, read
from .goods import check


def meant(told: Any, shop: Shop, settings: Settings) -> Audience:
    """The audience that JSON tells of (``conditions.read``), if the shop and its owner know all that it names. Raises
    AudienceError."""
    stages, groups = names(Membership.Kind.LIFECYCLE, settings), names(Membership.Kind.RFM, settings)
    audience = read(told, Known(stages=stages, groups=groups, channels=tuple(shop.channels())))
    check(audience, shop)
    return audience
