"""Fields that say when something was or will be, of the type that the shop's schema lends."""

from typing import Any

import graphene

from .host import get_host


def moment(description: str, *, required: bool = False) -> Any:
    """Such a field."""
    return graphene.Field(lambda: get_host().date_time, required=required, description=description)
