"""Our choices as GraphQL writes them: in upper case, and with a type that ends in Enum, as Saleor's do."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

import graphene

from ..activity.models import View
from ..contacts.preferences.choice import Frequency
from ..contacts.preferences.models import MailKind
from ..flows.campaigns.models import Campaign, CampaignWords
from ..flows.models import Decision
from ..recs.served.suggest import Reason
from ..segments.loyalty.models import Entry
from ..segments.models import Lifecycle, Membership
from ..vouchers.models import Grant
from .campaign_problems import CampaignCode
from .events import EventType
from .flow_problems import FlowCode
from .mail_problems import MailCode
from .rule_input import RulesCode
from .template_problems import TemplateCode
from .told import Code
from .waiting import StockCode


def _enum(name: str, choices: Iterable[Enum], description: str) -> Any:
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
StockErrorCode = _enum("CrmStockNotificationErrorCode", StockCode, "Why nobody waits for a variant.")
DecisionOutcome = _enum("CrmDecisionOutcomeEnum", Decision.Outcome, "What was decided about a mail.")
FlowErrorCode = _enum("CrmFlowErrorCode", FlowCode, "Why a flow stays as it is.")
CampaignState = _enum("CrmCampaignStateEnum", Campaign.State, "Where a newsletter is on its way.")
CampaignTestBy = _enum("CrmCampaignTestByEnum", Campaign.TestBy, "By what the better version is found.")
CampaignUnclear = _enum("CrmCampaignUnclearEnum", Campaign.Unclear, "What others get if neither version is better.")
CampaignVersion = _enum("CrmCampaignVersionEnum", CampaignWords.Version, "A version of a newsletter.")
CampaignWinner = _enum(
    "CrmCampaignWinnerEnum", [one for one in Campaign.Winner if one], "What those get who tested no version."
)
CampaignErrorCode = _enum("CrmCampaignErrorCode", CampaignCode, "Why nothing was done with a newsletter.")
CodeState = _enum("CrmGrantedCodeStateEnum", Grant.State, "What became of a voucher code.")
MailKindEnum = _enum("CrmMailKindEnum", MailKind, "Kinds of marketing mail.")
MailFrequency = _enum("CrmMailFrequencyEnum", Frequency, "How often a customer wants mail.")
MailErrorCode = _enum("CrmMailErrorCode", MailCode, "Why nothing was stored.")
TemplateErrorCode = _enum("CrmTemplateErrorCode", TemplateCode, "Why nothing was done with the words of a mail.")
