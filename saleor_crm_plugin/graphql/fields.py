"""Our fields on the shop's own types. ``field`` makes one of the shop's kind (graphene.Field, or one of its own)."""

from collections.abc import Callable
from typing import Any

import graphene

from .customer import CrmCustomer, resolve_customer
from .loyalty import CrmLoyalty, resolve_loyalty
from .permissions import FOR_OWNER_AND_STAFF, FOR_STAFF
from .segments import CrmSegments, resolve_segments
from .tracking import CrmEventsTrack, arguments, resolve_track


def of_user(field: Callable[..., Any]) -> dict[str, Any]:
    """On the type User."""
    return {
        "loyalty": field(
            CrmLoyalty,
            description="The customer's loyalty points. Null where the shop has no loyalty programme."
            + FOR_OWNER_AND_STAFF,
            resolver=resolve_loyalty,
        )
    }


def of_query(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root."""
    return {
        "crm_segments": field(
            CrmSegments,
            description="What kinds of customers the shop has, how many of each, and what they bring. Null while the"
            " plugin is switched off." + FOR_STAFF,
            resolver=resolve_segments,
        ),
        "crm_customer": field(
            CrmCustomer,
            id=graphene.Argument(
                graphene.ID, required=True, description="ID of a User, or of a customer in the CRM (guests)."
            ),
            description="All that is known of one customer. Null for who is not known." + FOR_STAFF,
            resolver=resolve_customer,
        ),
    }


def of_mutation(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root of mutations."""
    return {
        "crm_events_track": field(
            CrmEventsTrack,
            description="Tells what a visitor looked at and searched for, many events at once. Nothing is stored for"
            " visitors who do not want to be followed, nor while the plugin is switched off.",
            resolver=resolve_track,
            **arguments(),
        )
    }
