"""Our choices as GraphQL writes them: in upper case, and with a type that ends in Enum, as Saleor's do."""

from enum import Enum
from typing import Any

import graphene

from ..activity.models import View
from ..recs.served.suggest import Reason
from ..segments.loyalty.models import Entry
from ..segments.models import Lifecycle, Membership
from .events import EventType
from .rule_input import RulesCode
from .told import Code


def _enum(name: str, choices: type[Enum], description: str) -> Any:
    """An enumeration in the schema. Resolvers return what is stored."""
    members = [(str(choice.value).upper(), choice.value) for choice in choices]
    return graphene.Enum(name, members, description=lambda value: description if value is None else None)


LoyaltyEntryKind = _enum("CrmLoyaltyEntryKindEnum", Entry.Kind, "How points moved.")
SegmentKind = _enum("CrmSegmentKindEnum", Membership.Kind, "By what customers are told apart.")
LifecycleStage = _enum("CrmLifecycleStageEnum", Lifecycle.Stage, "Where a customer stands.")
TimelineEventType = _enum("CrmTimelineEventTypeEnum", EventType, "What happened.")
EventKind = _enum("CrmEventKindEnum", View.Kind, "What a visitor did.")
EventsErrorCode = _enum("CrmEventsErrorCode", Code, "Why events are not taken.")
RecommendationReason = _enum("CrmRecommendationReasonEnum", Reason, "Why a product is shown.")
RulesErrorCode = _enum("CrmRecommendationRulesErrorCode", RulesCode, "Why rules are not kept.")
