"""``crmCustomer { runs }``: the flows that a customer is or was in, the last that began first."""

from datetime import datetime
from typing import Any

import graphene

from ..flows.catalogue import title_of
from ..flows.models import Enrolment
from ..flows.standing import Standing, how_many, in_flows
from ..shop.port import get_shop
from . import cursors
from .connections import CountableConnection, page, window
from .ids import global_id
from .moments import moment


class CrmRun(graphene.ObjectType):
    """A flow that a customer is or was in, about one thing."""

    id = graphene.ID(required=True, description="The ID of the run.")
    flow = graphene.String(required=True, description="Key of the flow.")
    title = graphene.String(required=True, description="What the flow is called.")
    about = graphene.String(required=True, description="What it is about: the cart, the variant and its channel, ….")
    since = moment(required=True, description="When it began.")
    next_mail = graphene.Int(description="Which mail of the flow is decided next, from 1. Null if it is over.")
    next_at = moment(description="When that is. Null if it is over.")
    paused = graphene.Boolean(required=True, description="Whether its flow, or its newsletter, is paused.")
    sentence = graphene.String(required=True, description="How it stands, or why it is over, in a sentence.")

    @staticmethod
    def resolve_id(root: Standing, info: Any) -> str:
        return global_id("CrmRun", root.run.pk)

    @staticmethod
    def resolve_flow(root: Standing, info: Any) -> str:
        return root.run.flow

    @staticmethod
    def resolve_title(root: Standing, info: Any) -> str:
        return title_of(root.run.flow)

    @staticmethod
    def resolve_since(root: Standing, info: Any) -> datetime:
        return root.run.enrolled_at

    @staticmethod
    def resolve_next_mail(root: Standing, info: Any) -> int | None:
        return root.run.next_step + 1 if _waits(root) else None

    @staticmethod
    def resolve_next_at(root: Standing, info: Any) -> datetime | None:
        return root.run.due_at if _waits(root) else None

    @staticmethod
    def resolve_paused(root: Standing, info: Any) -> bool:
        return bool(root.rests)


class CrmRunCountableConnection(CountableConnection):
    """The flows that a customer is or was in, the last that began first."""

    class Meta:
        node = CrmRun


def resolve_runs(contact_id: int, info: Any, first: int | None, after: str | None) -> CountableConnection:
    """A page of the runs of a contact."""
    wanted = window(info, first, after, cursors.moment_and_number)

    def count() -> int:
        with get_shop().writing():
            return how_many(contact_id)

    with get_shop().writing():
        items = in_flows(contact_id, wanted.after, wanted.first + 1) if wanted else []
    return page(CrmRunCountableConnection, wanted, items, lambda one: (one.run.enrolled_at, one.run.pk), count)


def _waits(root: Standing) -> bool:
    return root.run.state == Enrolment.State.WAITING
