"""What is computed of a customer, as types: RFM, score, stage, lifetime value, memberships."""

from typing import Any

import graphene

from ..segments.models import Membership
from ..segments.overview import Forecast, Rfm
from .amounts import Amount
from .enums import LifecycleStage, SegmentKind
from .host import get_host
from .moments import moment


def _money(description: str) -> Any:
    return graphene.Field(lambda: get_host().money, required=True, description=description)


class CrmRfm(graphene.ObjectType):
    """What a customer bought in one currency, and how that ranks among all customers of the currency.

    Without an order in the RFM period there are no ranks and no group.
    """

    currency = graphene.String(required=True, description="Currency code.")
    group = graphene.String(description="The RFM group.")
    recency = graphene.Int(description="Rank of the last order's moment, 1 is worst.")
    frequency = graphene.Int(description="Rank of the number of orders in the period, 1 is worst.")
    monetary = graphene.Int(description="Rank of the amount in the period, 1 is worst.")
    sample = graphene.Int(required=True, description="Among how many customers this ranks.")
    orders = graphene.Int(required=True, description="Orders of all time.")
    amount = _money("What they are worth: gross, less refunds.")
    recent_orders = graphene.Int(required=True, description="Orders in the RFM period.")
    recent_amount = _money("What those are worth.")
    first_at = moment("The first order.", required=True)
    last_at = moment("The last order.", required=True)

    @staticmethod
    def resolve_group(root: Rfm, info: Any) -> str | None:
        return root.group or None

    @staticmethod
    def resolve_amount(root: Rfm, info: Any) -> Amount:
        return Amount(root.amount, root.currency)

    @staticmethod
    def resolve_recent_amount(root: Rfm, info: Any) -> Amount:
        return Amount(root.recent_amount, root.currency)


class CrmScore(graphene.ObjectType):
    """Points for what a customer did, which fade with time."""

    points = graphene.Float(required=True, description="What they are worth now.")
    tier = graphene.String(description="A or B; null below both.")


class CrmStage(graphene.ObjectType):
    """Where a customer stands in the lifecycle."""

    stage = graphene.Field(LifecycleStage, required=True, description="The stage.")
    since = moment("Since when.", required=True)
    until = moment("Until when, if nothing new happens. Null: for ever.")


class CrmLifetimeValue(graphene.ObjectType):
    """What a customer is expected to bring in one currency within 12 months."""

    currency = graphene.String(required=True, description="Currency code.")
    p_alive = graphene.Float(
        required=True, description="How probable it is that the customer still buys in this currency, 0 to 1."
    )
    expected_orders = graphene.Float(required=True, description="Orders to expect.")
    expected_value = _money("What those are worth, gross.")
    computed_at = moment("From when the 12 months count.", required=True)
    sample = graphene.Int(required=True, description="From how many customers the model was learnt.")

    @staticmethod
    def resolve_expected_value(root: Forecast, info: Any) -> Amount:
        return Amount(root.expected_value, root.currency)


class CrmMembership(graphene.ObjectType):
    """A customer belonged to a segment for a time."""

    kind = graphene.Field(SegmentKind, required=True, description="What kind of segment it is.")
    segment = graphene.String(required=True, description="The segment.")
    currency = graphene.String(description="Of an RFM group: the currency in which the customer was ranked.")
    entered_at = moment("When the customer came in.", required=True)
    left_at = moment("When the customer went. Null: still in.")
    cause = graphene.String(required=True, description="Why the customer came in.")

    @staticmethod
    def resolve_currency(root: Membership, info: Any) -> str | None:
        return root.currency or None
