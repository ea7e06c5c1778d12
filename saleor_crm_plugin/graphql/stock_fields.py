"""Our fields about stock, on the shop's own types. ``field`` makes one of the shop's kind."""

from collections.abc import Callable
from typing import Any

import graphene

from .demand import CrmLostDemandCountableConnection, demand_arguments, resolve_demand
from .permissions import FOR_MERCHANDISERS, FOR_OWNER
from .stock import (
    CrmStockNotificationCancel,
    CrmStockNotificationRequest,
    channel_argument,
    goods_arguments,
    person_arguments,
    resolve_cancel,
    resolve_request,
    resolve_requested,
)


def of_variant(field: Callable[..., Any]) -> dict[str, Any]:
    """On the type ProductVariant."""
    return {
        "stock_notification_requested": field(
            graphene.NonNull(graphene.Boolean),
            description="Whether the customer who is logged in is told when the variant is in stock again. False for"
            " everybody else.",
            resolver=resolve_requested,
            **channel_argument(),
        )
    }


def of_query(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root."""
    return {
        "crm_lost_demand": field(
            CrmLostDemandCountableConnection,
            description="What customers wait for, and what that is worth. What most wait for comes first, then what"
            " most had in a cart or looked at. Null while the plugin is switched off." + FOR_MERCHANDISERS,
            resolver=resolve_demand,
            **demand_arguments(),
        )
    }


def of_mutation(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root of mutations."""
    return {
        "stock_notification_request": field(
            CrmStockNotificationRequest,
            description="Asks to be told by mail when a variant is in stock again. The answer to a guest does not tell"
            " whether the address is known.",
            resolver=resolve_request,
            **goods_arguments(),
            **person_arguments(),
        ),
        "stock_notification_cancel": field(
            CrmStockNotificationCancel,
            description="Takes back a request to be told when a variant is in stock again. Guests do it by the link in"
            " their mail." + FOR_OWNER,
            resolver=resolve_cancel,
            **goods_arguments(),
        ),
    }
