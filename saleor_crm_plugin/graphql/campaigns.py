"""``crmCampaigns`` and ``crmCampaign``: the shop's newsletters."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import graphene

from ..flows.campaigns.models import Campaign, CampaignWords
from ..flows.campaigns.report import report
from ..shop.port import get_shop
from . import cursors
from .campaign_report import CrmCampaignReport, Reported
from .connections import CountableConnection, arguments, page, window
from .enums import CampaignState, CampaignTestBy, CampaignUnclear, CampaignVersion, CampaignWinner
from .ids import global_id, number_of
from .loaders import load
from .moments import moment
from .permissions import check_staff
from .switch import settings_in_use

CAMPAIGN = "CrmCampaign"


class CrmCampaignWords(graphene.ObjectType):
    """What a newsletter says in one version and one language."""

    version = graphene.Field(CampaignVersion, required=True, description="Which version.")
    language = graphene.String(required=True, description="Code of the language.")
    subject = graphene.String(required=True, description="The subject.")
    preview = graphene.String(required=True, description="The line below it in the inbox.")
    body = graphene.String(required=True, description="The body: simple HTML with tags.")


class CrmCampaign(graphene.ObjectType):
    """A newsletter."""

    id = graphene.ID(required=True, description="The ID of the newsletter.")
    name = graphene.String(required=True, description="What staff calls it.")
    state = graphene.Field(CampaignState, required=True, description="Where it is on its way.")
    problem = graphene.String(description="Why it was paused without anybody's doing. Null where it was not.")
    channels = graphene.List(
        graphene.NonNull(graphene.String), required=True, description="Slugs of the channels whose customers get it."
    )
    audience = graphene.String(required=True, description="Whom it is for, as JSON. IDs are the shop's numbers.")
    language = graphene.String(
        required=True, description="In which language those get it who speak none of the others."
    )
    texts = graphene.List(graphene.NonNull(CrmCampaignWords), required=True, description="What it says.")
    holdout_percent = graphene.Int(required=True, description="How many of a hundred get nothing, to be compared with.")
    rate = graphene.Int(description="At most so many mails a second. Null: as fast as the mail server takes them.")
    window_mails = graphene.Int(description="At most so many mails in the window. Null: no such limit.")
    window_minutes = graphene.Int(description="How long the window is.")
    test_percent = graphene.Int(required=True, description="How many of a hundred test two versions. 0: no test.")
    test_by = graphene.Field(CampaignTestBy, required=True, description="By what the better version is found.")
    test_minutes = graphene.Int(required=True, description="How long the test takes at most.")
    unclear = graphene.Field(CampaignUnclear, required=True, description="What the others get if neither is better.")
    winner = graphene.Field(CampaignWinner, description="What the others get. Null while that is not known.")
    scheduled_at = moment("When it is, or was, to start.")
    started_at = moment("When its recipients were written down.")
    ended_at = moment("When all was done, or it was cancelled.")
    changed_at = moment("When staff last changed it.")
    changed_by = graphene.ID(description="ID of the User or the App that did. Null where it was done by command.")
    report = graphene.Field(CrmCampaignReport, description="What became of it. Null before it started.")

    @staticmethod
    def resolve_id(root: Campaign, info: Any) -> str:
        return global_id(CAMPAIGN, root.pk)

    @staticmethod
    def resolve_problem(root: Campaign, info: Any) -> str | None:
        return root.problem or None

    @staticmethod
    def resolve_audience(root: Campaign, info: Any) -> str:
        return json.dumps(root.audience, ensure_ascii=False, sort_keys=True)

    @staticmethod
    def resolve_texts(root: Campaign, info: Any) -> Any:
        return load(info.context, _texts, root.pk)

    @staticmethod
    def resolve_winner(root: Campaign, info: Any) -> str | None:
        return root.winner or None

    @staticmethod
    def resolve_changed_by(root: Campaign, info: Any) -> str | None:
        kind, _, key = root.changed_by.partition(":")
        return global_id(kind.title(), key) if key else None

    @staticmethod
    def resolve_report(root: Campaign, info: Any) -> Reported | None:
        if root.started_at is None:
            return None
        with get_shop().writing():
            return Reported(root, report(root, datetime.now(UTC)))


def _texts(campaigns: Sequence[int]) -> list[list[CampaignWords]]:
    """What each of these newsletters says. One query."""
    found: dict[int, list[CampaignWords]] = {key: [] for key in campaigns}
    for one in CampaignWords.objects.filter(campaign__in=found).order_by("version", "language"):
        found[one.campaign_id].append(one)
    return list(found.values())


class CrmCampaignCountableConnection(CountableConnection):
    """Newsletters, newest first."""

    class Meta:
        node = CrmCampaign


def campaigns_arguments() -> dict[str, Any]:
    """Of the list."""
    return {
        **arguments(),
        "state": graphene.Argument(CampaignState, description="Only those in this state."),
    }


def resolve_campaigns(
    root: Any, info: Any, *, state: str | None = None, first: int | None = None, after: str | None = None
) -> CountableConnection | None:
    """A page of newsletters; None while the plugin is switched off."""
    check_staff(info.context)
    wanted = window(info, first, after, cursors.number)
    rows = Campaign.objects.order_by("-pk")
    if state:
        rows = rows.filter(state=state)
    items: Sequence[Campaign] = []
    with get_shop().writing():
        if settings_in_use() is None:
            return None
        if wanted:
            older = rows.filter(pk__lt=wanted.after) if wanted.after is not None else rows
            items = list(older[: wanted.first + 1])

    def count() -> int:
        with get_shop().writing():
            return rows.count()

    return page(CrmCampaignCountableConnection, wanted, items, lambda one: [one.pk], count)


def resolve_campaign(root: Any, info: Any, *, id: str) -> Campaign | None:
    """One newsletter; None where there is none of this id, and while the plugin is switched off."""
    check_staff(info.context)
    _, key = number_of(id, CAMPAIGN)
    with get_shop().writing():
        return None if settings_in_use() is None else Campaign.objects.filter(pk=key).first()
