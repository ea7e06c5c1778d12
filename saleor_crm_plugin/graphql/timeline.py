"""``crmCustomer { timeline }``: what happened with a customer, newest first."""

from typing import Any

import graphene

from ..shop.port import get_shop
from . import cursors, events
from .amounts import Amount
from .connections import CountableConnection, page, window
from .enums import TimelineEventType
from .events import Event, EventType
from .host import get_host
from .ids import global_id
from .moments import moment

_OBJECTS = {
    EventType.ORDER: "Order",
    EventType.RETURN: "Order",
    EventType.CART: "Checkout",
    EventType.STOCK: "ProductVariant",
}


class CrmTimelineEvent(graphene.ObjectType):
    """One thing that happened. What does not belong to its type is null."""

    id = graphene.ID(required=True, description="The ID of the event.")
    at = moment(required=True, description="When it happened.")
    type = graphene.Field(TimelineEventType, required=True, description="What happened.")
    name = graphene.String(
        description="Which of its type: the order is paid, open or refunded; the mail's template; the segment that was"
        " entered; where consent was said; how points moved; what became of a request to be told of a variant: asked,"
        " told, cancelled, expired."
    )
    object_id = graphene.ID(description="The ID of the order, the checkout (which may be gone), the product variant.")
    amount = graphene.Field(
        lambda: get_host().money, description="What the order is worth, gross less refunds; what was in the cart."
    )
    points = graphene.Int(description="By how much loyalty points moved.")
    granted = graphene.Boolean(description="Whether the customer agreed to marketing mail, or said no.")

    @staticmethod
    def resolve_id(root: Event, info: Any) -> str:
        return global_id("CrmTimelineEvent", root.key)

    @staticmethod
    def resolve_object_id(root: Event, info: Any) -> str | None:
        return global_id(_OBJECTS[root.type], root.object_id) if root.object_id else None

    @staticmethod
    def resolve_amount(root: Event, info: Any) -> Amount | None:
        return None if root.amount is None or root.currency is None else Amount(root.amount, root.currency)


class CrmTimelineEventCountableConnection(CountableConnection):
    """What happened with a customer, newest first."""

    class Meta:
        node = CrmTimelineEvent


def resolve_timeline(contact_id: int, info: Any, first: int | None, after: str | None) -> CountableConnection:
    """A page of a contact's events."""
    wanted = window(info, first, after, cursors.moment_and_text)

    def count() -> int:
        with get_shop().writing():
            return events.count(contact_id)

    with get_shop().writing():
        items = events.events(contact_id, wanted) if wanted else []
    return page(CrmTimelineEventCountableConnection, wanted, items, lambda event: (event.at, event.key), count)
