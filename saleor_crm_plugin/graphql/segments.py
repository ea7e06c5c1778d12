"""``crmSegments``: what kinds of customers there are, how many of each, and what they bring."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import graphene

from ..segments.models import SegmentState
from ..segments.overview import SegmentCount, overview
from ..shop.port import get_shop
from .amounts import Amount
from .enums import SegmentKind
from .host import get_host
from .moments import moment
from .permissions import check_staff
from .switch import settings_in_use


@dataclass(frozen=True)
class Segments:
    """All segments, as of the last run (None: there was none)."""

    as_of: datetime | None
    segments: list[SegmentCount]


class CrmSegment(graphene.ObjectType):
    """The customers of one kind in one currency. Who bought in two currencies is counted in each."""

    kind = graphene.Field(SegmentKind, required=True, description="By what customers are told apart.")
    name = graphene.String(required=True, description="The segment: the RFM group, the tier, or the stage.")
    currency = graphene.String(description="The currency in which they bought. Null for those who bought nothing.")
    customers = graphene.Int(required=True, description="How many customers there are in it.")
    sample = graphene.Int(required=True, description="Of how many customers in the currency.")
    orders = graphene.Int(
        required=True, description="What they ordered: in the RFM period for RFM, of all time for the other kinds."
    )
    revenue = graphene.Field(
        lambda: get_host().money,
        description="What that is worth, gross less refunds. Null for those who bought nothing.",
    )
    revenue_share = graphene.Float(
        description="Its share of the revenue of all customers in the currency over the same time, 0 to 1. Null where"
        " there is none."
    )

    @staticmethod
    def resolve_name(root: SegmentCount, info: Any) -> str:
        return root.segment

    @staticmethod
    def resolve_currency(root: SegmentCount, info: Any) -> str | None:
        return root.currency or None

    @staticmethod
    def resolve_revenue(root: SegmentCount, info: Any) -> Amount | None:
        return Amount(root.revenue, root.currency) if root.currency else None

    @staticmethod
    def resolve_revenue_share(root: SegmentCount, info: Any) -> float | None:
        return root.share


class CrmSegments(graphene.ObjectType):
    """The kinds of customers."""

    as_of = moment(description="When they were computed. Null before the first time.")
    segments = graphene.List(
        graphene.NonNull(CrmSegment), required=True, description="All segments that somebody belongs to."
    )


def resolve_segments(root: Any, info: Any) -> Segments | None:
    """All segments; None while the plugin is off. Two queries, and those that tell whether it is on."""
    check_staff(info.context)
    with get_shop().writing():
        if settings_in_use() is None:
            return None
        as_of = SegmentState.objects.values_list("as_of", flat=True).first()
        return Segments(as_of, overview())
