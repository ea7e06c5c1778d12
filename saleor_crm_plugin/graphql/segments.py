"""``crmSegments``: what kinds of customers there are, how many of each, and what they bring."""

from typing import Any

import graphene

from ..shop.port import get_shop
from . import expected
from .host import get_host
from .permissions import check_staff
from .switch import settings_in_use


class CrmSegments(graphene.ObjectType):
    """The kinds of customers."""

    as_of = graphene.Field(lambda: get_host().date_time, description="As of when all of this holds.")
    customers = graphene.Int(required=True, description="How many customers there are: the sample.")


def resolve_segments(root: Any, info: Any) -> Any:
    """All segments; None while the plugin is off."""
    check_staff(info.context)
    with get_shop().writing():
        return None if settings_in_use() is None else expected.overview()
