"""``crmAudience``: how many people some conditions mean, and some of them, before anything is kept or sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..flows.audience.conditions import AudienceError
from ..flows.audience.count import Counted, Person, count
from ..flows.audience.known import meant
from ..flows.campaigns.told import EXCLUDED
from ..shop.port import get_shop
from .audience_input import CrmAudienceInput, with_keys
from .campaign_problems import INACTIVE, CampaignProblem, invalid
from .enums import CampaignErrorCode
from .ids import CONTACT, global_id
from .permissions import check_staff
from .switch import settings_in_use

_MOST_SAMPLED = 50


@dataclass(frozen=True)
class Outcome:
    """What was counted, or why nothing was."""

    counted: Counted | None = None
    errors: Sequence[CampaignProblem] = ()


class CrmCampaignError(graphene.ObjectType):
    """Why something was not done."""

    field = graphene.String(description="Where in the arguments it is wrong, such as `audience.where.rfm`.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(CampaignErrorCode, required=True, description="The error code.")


class CrmExcluded(graphene.ObjectType):
    """How many of an audience are no recipients, for one reason."""

    reason = graphene.String(required=True, description="Why, as a code.")
    sentence = graphene.String(required=True, description="Why, in a sentence.")
    count = graphene.Int(required=True, description="How many.")

    @staticmethod
    def resolve_reason(root: tuple[str, int], info: Any) -> str:
        return root[0]

    @staticmethod
    def resolve_sentence(root: tuple[str, int], info: Any) -> str:
        return EXCLUDED[root[0]]

    @staticmethod
    def resolve_count(root: tuple[str, int], info: Any) -> int:
        return root[1]


class CrmAudiencePerson(graphene.ObjectType):
    """One of an audience."""

    id = graphene.ID(required=True, description="ID of the customer in the CRM, for `crmCustomer`.")
    email = graphene.String(required=True, description="The address.")
    channel = graphene.String(description="Slug of the channel that a mail would be about.")

    @staticmethod
    def resolve_id(root: Person, info: Any) -> str:
        return global_id(CONTACT, root.contact_id)

    @staticmethod
    def resolve_channel(root: Person, info: Any) -> str | None:
        return root.channel or None


class CrmAudienceCount(graphene.ObjectType):
    """An audience as it is now."""

    people = graphene.Int(required=True, description="How many people with an address are meant.")
    recipients = graphene.Int(required=True, description="How many of them may be written to.")
    excluded = graphene.List(
        graphene.NonNull(CrmExcluded), required=True, description="How many of them may not, by reason."
    )
    sample = graphene.List(
        graphene.NonNull(CrmAudiencePerson), required=True, description="Some of those who may, as if by lot."
    )

    @staticmethod
    def resolve_excluded(root: Counted, info: Any) -> list[tuple[str, int]]:
        return list(root.excluded.items())


class CrmAudience(graphene.ObjectType):
    """An audience, counted."""

    counted = graphene.Field(CrmAudienceCount, description="The numbers. Null where the conditions make no sense.")
    errors = graphene.List(graphene.NonNull(CrmCampaignError), required=True, description="What makes no sense.")


def audience_arguments() -> dict[str, Any]:
    """Of the field."""
    return {
        "audience": graphene.Argument(CrmAudienceInput, required=True, description="Whom is meant."),
        "channels": graphene.Argument(
            graphene.List(graphene.NonNull(graphene.String)),
            description="Slugs of channels: who buys elsewhere is excluded. Without them nobody is for that.",
        ),
        "sample": graphene.Argument(
            graphene.Int, default_value=10, description=f"How many people to name, at most {_MOST_SAMPLED}."
        ),
    }


def resolve_audience(
    root: Any, info: Any, *, audience: Mapping[str, Any], channels: Sequence[str] | None = None, sample: int = 10
) -> Outcome:
    """Count an audience. One statement reads people."""
    check_staff(info.context)
    shop = get_shop()
    with shop.writing():
        settings = settings_in_use()
        if settings is None:
            return Outcome(errors=[INACTIVE])
        if strange := sorted(set(channels or ()) - set(shop.channels())):
            return Outcome(errors=invalid({"channels": f"There is no channel {', '.join(strange)[:200]}."}))
        try:
            wanted = meant(with_keys(audience), shop, settings)
        except AudienceError as wrong:
            return Outcome(errors=invalid({f"audience.{place}": text for place, text in wrong.problems.items()}))
        most = max(0, min(sample, _MOST_SAMPLED))
        return Outcome(count(shop, wanted, tuple(channels or ()), settings, datetime.now(UTC), most))
