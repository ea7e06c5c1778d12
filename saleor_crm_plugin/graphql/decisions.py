"""``crmCustomer { decisions }``: why each mail to a customer was or was not sent, newest first."""

from datetime import datetime
from typing import Any

import graphene

from ..flows.catalogue import title_of
from ..flows.decisions import Decided, decided, how_many
from ..flows.reasons import SENTENCES, Reason
from ..shop.port import get_shop
from . import cursors
from .connections import CountableConnection, page, window
from .enums import DecisionOutcome
from .ids import global_id
from .moments import moment


class CrmDecision(graphene.ObjectType):
    """One decision about one mail of a flow."""

    id = graphene.ID(required=True, description="The ID of the decision.")
    at = moment(required=True, description="When it was made.")
    flow = graphene.String(required=True, description="Key of the flow.")
    title = graphene.String(required=True, description="What the flow is called.")
    about = graphene.String(required=True, description="What it is about: the cart, the variant and its channel, ….")
    mail = graphene.Int(required=True, description="Which mail of the flow, from 1.")
    outcome = graphene.Field(DecisionOutcome, required=True, description="What was decided.")
    reason = graphene.String(required=True, description="Why, as a code.")
    sentence = graphene.String(required=True, description="Why, in a sentence.")

    @staticmethod
    def resolve_id(root: Decided, info: Any) -> str:
        return global_id("CrmDecision", root.decision.pk)

    @staticmethod
    def resolve_at(root: Decided, info: Any) -> datetime:
        return root.decision.at

    @staticmethod
    def resolve_title(root: Decided, info: Any) -> str:
        return title_of(root.flow)

    @staticmethod
    def resolve_mail(root: Decided, info: Any) -> int:
        return root.decision.step + 1

    @staticmethod
    def resolve_outcome(root: Decided, info: Any) -> str:
        return root.decision.outcome

    @staticmethod
    def resolve_reason(root: Decided, info: Any) -> str:
        return root.decision.reason

    @staticmethod
    def resolve_sentence(root: Decided, info: Any) -> str:
        return SENTENCES[Reason(root.decision.reason)]


class CrmDecisionCountableConnection(CountableConnection):
    """What was decided about a customer, newest first."""

    class Meta:
        node = CrmDecision


def resolve_decisions(contact_id: int, info: Any, first: int | None, after: str | None) -> CountableConnection:
    """A page of the decisions about a contact."""
    wanted = window(info, first, after, cursors.moment_and_number)

    def count() -> int:
        with get_shop().writing():
            return how_many(contact_id)

    with get_shop().writing():
        items = decided(contact_id, wanted.after, wanted.first + 1) if wanted else []
    return page(CrmDecisionCountableConnection, wanted, items, lambda one: (one.decision.at, one.decision.pk), count)
