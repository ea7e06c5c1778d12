"""``crmFlows``: what the CRM says to whom and when, how often, and what that is worth."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import graphene

from ..config import Settings
from ..emails.tracking.figures import Responses, responses
from ..flows.catalogue import FLOWS
from ..flows.decisions import Counts, counts
from ..flows.flow import Flow, Step
from ..flows.models import Pause
from ..flows.pauses import pauses
from ..flows.reasons import SENTENCES, Reason
from ..flows.uplift.uplift import Uplift, uplift
from ..shop.port import get_shop
from .enums import DecisionOutcome
from .ids import global_id
from .moments import moment
from .permissions import check_staff
from .switch import settings_in_use
from .uplift import CrmUplift


@dataclass(frozen=True)
class Told:
    """A flow, as it is set, and its numbers."""

    flow: Flow
    settings: Settings
    numbers: Counts
    pause: Pause | None
    responses: Responses


class CrmFlowStep(graphene.ObjectType):
    """One mail of a flow."""

    template = graphene.String(required=True, description="Its template.")
    delay_minutes = graphene.Int(required=True, description="How long after what starts the flow it is due.")

    @staticmethod
    def resolve_template(root: tuple[Step, Settings], info: Any) -> str:
        return root[0].template

    @staticmethod
    def resolve_delay_minutes(root: tuple[Step, Settings], info: Any) -> int:
        step, settings = root
        return step.delay(settings) // timedelta(minutes=1)


class CrmFlowDecisions(graphene.ObjectType):
    """How often something was decided for one reason."""

    outcome = graphene.Field(DecisionOutcome, required=True, description="What was decided.")
    reason = graphene.String(required=True, description="Why, as a code.")
    sentence = graphene.String(required=True, description="Why, in a sentence.")
    count = graphene.Int(required=True, description="How often.")

    @staticmethod
    def resolve_outcome(root: tuple[str, str, int], info: Any) -> str:
        return root[0]

    @staticmethod
    def resolve_reason(root: tuple[str, str, int], info: Any) -> str:
        return root[1]

    @staticmethod
    def resolve_sentence(root: tuple[str, str, int], info: Any) -> str:
        return SENTENCES[Reason(root[1])]

    @staticmethod
    def resolve_count(root: tuple[str, str, int], info: Any) -> int:
        return root[2]


class CrmMailResponses(graphene.ObjectType):
    """What came of mails that were sent in the last 90 days: opens are kept no longer."""

    sent = graphene.Int(required=True, description="How many mails were sent.")
    clicked = graphene.Int(required=True, description="In how many of them a person clicked.")
    scanned = graphene.Int(required=True, description="Of how many of them a program followed links.")
    opened = graphene.Int(
        required=True,
        description="How many were opened. Unreliable: mail programs load pictures by themselves, or never. Compare"
        " nothing by it.",
    )


class CrmFlow(graphene.ObjectType):
    """A flow: mails that one thing starts and others end."""

    key = graphene.String(required=True, description="Its key, as settings and utm_campaign have it.")
    title = graphene.String(required=True, description="What it is called.")
    starts = graphene.String(required=True, description="What starts it.")
    ends = graphene.List(graphene.NonNull(graphene.String), required=True, description="What ends it early.")
    audience = graphene.String(required=True, description="Who gets its mails, of those for whom it starts.")
    limit = graphene.String(required=True, description="What becomes of a mail that is one too many for a customer.")
    enabled = graphene.Boolean(required=True, description="Whether the owner has it switched on.")
    paused = graphene.Boolean(required=True, description="Whether it rests: nobody enters it, nothing of it is sent.")
    paused_at = moment(description="Since when it rests. Null where it does not.")
    paused_by = graphene.ID(
        description="ID of the User or the App that paused it. Null where it was done by command, or it does not rest."
    )
    holdout_percent = graphene.Int(
        required=True, description="So many of a hundred customers get no mail of it, so that the others are compared."
    )
    asked_for = graphene.Boolean(
        required=True, description="Whether customers asked for just this: then nobody is held out."
    )
    steps = graphene.List(graphene.NonNull(CrmFlowStep), required=True, description="Its mails.")
    enrolled = graphene.Int(required=True, description="How many runs there ever were.")
    decisions = graphene.List(
        graphene.NonNull(CrmFlowDecisions), required=True, description="What was decided, the most frequent first."
    )
    responses = graphene.Field(
        CrmMailResponses,
        required=True,
        description="What came of its mails, as far as the shop counts clicks and opens.",
    )
    uplift = graphene.Field(CrmUplift, description="What its mails are worth. Null for mails that were asked for.")

    @staticmethod
    def resolve_key(root: Told, info: Any) -> str:
        return root.flow.key

    @staticmethod
    def resolve_title(root: Told, info: Any) -> str:
        return root.flow.title

    @staticmethod
    def resolve_starts(root: Told, info: Any) -> str:
        return root.flow.starts.sentence

    @staticmethod
    def resolve_ends(root: Told, info: Any) -> list[str]:
        return [end.sentence for end in root.flow.ends]

    @staticmethod
    def resolve_audience(root: Told, info: Any) -> str:
        return root.flow.audience.value

    @staticmethod
    def resolve_limit(root: Told, info: Any) -> str:
        return root.flow.caps.value

    @staticmethod
    def resolve_enabled(root: Told, info: Any) -> bool:
        return root.flow.enabled(root.settings)

    @staticmethod
    def resolve_paused(root: Told, info: Any) -> bool:
        return root.pause is not None

    @staticmethod
    def resolve_paused_at(root: Told, info: Any) -> datetime | None:
        return root.pause.since if root.pause else None

    @staticmethod
    def resolve_paused_by(root: Told, info: Any) -> str | None:
        kind, _, key = (root.pause.by if root.pause else "").partition(":")
        return global_id(kind.title(), key) if key else None

    @staticmethod
    def resolve_holdout_percent(root: Told, info: Any) -> int:
        return root.settings.holdout_percent if root.flow.holdout else 0

    @staticmethod
    def resolve_asked_for(root: Told, info: Any) -> bool:
        return root.flow.asked_for

    @staticmethod
    def resolve_steps(root: Told, info: Any) -> list[tuple[Step, Settings]]:
        return [(step, root.settings) for step in root.flow.steps]

    @staticmethod
    def resolve_enrolled(root: Told, info: Any) -> int:
        return root.numbers.enrolled

    @staticmethod
    def resolve_decisions(root: Told, info: Any) -> list[tuple[str, str, int]]:
        return root.numbers.decisions

    @staticmethod
    def resolve_uplift(root: Told, info: Any) -> Uplift | None:
        with get_shop().writing():
            return uplift(root.flow.key, datetime.now(UTC))


def resolve_flows(root: Any, info: Any, *, key: str | None = None) -> list[Told] | None:
    """The flows, or the one of a key; None while the plugin is off. Four queries, and three for each uplift."""
    check_staff(info.context)
    with get_shop().writing():
        settings = settings_in_use()
        return None if settings is None else told(settings, key)


def told(settings: Settings, key: str | None) -> list[Told]:
    """All flows, or the one of a key, with their numbers. Four queries. Call it under ``shop.writing()``."""
    numbers, resting, came = counts(), pauses(), responses(datetime.now(UTC))
    return [
        Told(flow, settings, numbers.get(flow.key, Counts()), resting.get(flow.key), came.get(flow.key, Responses()))
        for flow in FLOWS.values()
        if key in (None, flow.key)
    ]
