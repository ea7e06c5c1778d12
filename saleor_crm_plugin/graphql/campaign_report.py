"""``crmCampaign { report }``: what became of a newsletter."""

from dataclasses import dataclass
from typing import Any

import graphene

from ..flows.campaigns.models import Campaign
from ..flows.campaigns.report import Report, Revenue, Tested
from .amounts import Amount
from .audience import CrmExcluded
from .enums import CampaignVersion
from .flows import CrmFlowDecisions
from .host import get_host
from .uplift import CrmUplift


@dataclass(frozen=True)
class Reported:
    """A newsletter with its numbers."""

    campaign: Campaign
    report: Report


class CrmCampaignMails(graphene.ObjectType):
    """Mails by what became of them."""

    state = graphene.String(required=True, description="queued, sending, sent, failed or held.")
    count = graphene.Int(required=True, description="How many.")

    @staticmethod
    def resolve_state(root: tuple[str, int], info: Any) -> str:
        return root[0]

    @staticmethod
    def resolve_count(root: tuple[str, int], info: Any) -> int:
        return root[1]


class CrmCampaignRevenue(graphene.ObjectType):
    """What those who got one version bought within 30 days, in one currency: paid orders, less refunds."""

    currency = graphene.String(required=True, description="The currency.")
    orders = graphene.Int(required=True, description="How many orders.")
    revenue = graphene.Field(lambda: get_host().money, required=True, description="What they are worth.")

    @staticmethod
    def resolve_revenue(root: Revenue, info: Any) -> Amount:
        return Amount(root.revenue, root.currency)


class CrmCampaignVersion(graphene.ObjectType):
    """One version of a newsletter."""

    version = graphene.Field(CampaignVersion, required=True, description="Which one.")
    sent = graphene.Int(required=True, description="How many mails of it the mail server took.")
    clicked = graphene.Int(required=True, description="In how many of them a person clicked.")
    bought = graphene.List(
        graphene.NonNull(CrmCampaignRevenue), required=True, description="What was bought afterwards, by currency."
    )


class CrmCampaignArm(graphene.ObjectType):
    """One version in the test."""

    people = graphene.Int(required=True, description="How many people were drawn for it.")
    successes = graphene.Int(required=True, description="How many of them clicked, or bought.")


class CrmCampaignTest(graphene.ObjectType):
    """The test of two versions."""

    a = graphene.Field(CrmCampaignArm, required=True, description="Version a.")
    b = graphene.Field(CrmCampaignArm, required=True, description="Version b.")
    evidence = graphene.Float(
        required=True,
        description="How strongly it says that they differ. Chance alone makes 20 of it in one of twenty tests or less,"
        " however often one looks: then it is clear.",
    )


class CrmCampaignReport(graphene.ObjectType):
    """A newsletter's numbers as they are now."""

    recipients = graphene.Int(required=True, description="How many people it was to go to when it started.")
    excluded = graphene.List(
        graphene.NonNull(CrmExcluded), required=True, description="How many of the audience were no recipients."
    )
    waiting = graphene.Int(required=True, description="How many of the recipients were not decided about yet.")
    sent = graphene.Int(required=True, description="How many mails the mail server took.")
    clicked = graphene.Int(required=True, description="In how many of them a person clicked.")
    mails = graphene.List(graphene.NonNull(CrmCampaignMails), required=True, description="All mails, by state.")
    decisions = graphene.List(
        graphene.NonNull(CrmFlowDecisions),
        required=True,
        description="Recipients by what was decided last about each, the most frequent first.",
    )
    versions = graphene.List(graphene.NonNull(CrmCampaignVersion), required=True, description="Each version.")
    test = graphene.Field(CrmCampaignTest, description="The test of versions. Null where there is none.")
    uplift = graphene.Field(CrmUplift, required=True, description="What it is worth, beside those held out.")

    @staticmethod
    def resolve_recipients(root: Reported, info: Any) -> int:
        return root.campaign.recipients

    @staticmethod
    def resolve_excluded(root: Reported, info: Any) -> list[tuple[str, int]]:
        return list(root.campaign.excluded.items())

    @staticmethod
    def resolve_waiting(root: Reported, info: Any) -> int:
        return root.report.waiting

    @staticmethod
    def resolve_sent(root: Reported, info: Any) -> int:
        return root.report.sent

    @staticmethod
    def resolve_clicked(root: Reported, info: Any) -> int:
        return root.report.clicked

    @staticmethod
    def resolve_mails(root: Reported, info: Any) -> list[tuple[str, int]]:
        return sorted(root.report.mails.items())

    @staticmethod
    def resolve_decisions(root: Reported, info: Any) -> list[tuple[str, str, int]]:
        return [(outcome, reason, number) for (outcome, reason), number in root.report.decisions.items()]

    @staticmethod
    def resolve_versions(root: Reported, info: Any) -> Any:
        return root.report.versions

    @staticmethod
    def resolve_test(root: Reported, info: Any) -> Tested | None:
        return root.report.test

    @staticmethod
    def resolve_uplift(root: Reported, info: Any) -> Any:
        return root.report.uplift
