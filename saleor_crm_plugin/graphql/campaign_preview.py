"""``crmCampaignPreview`` and ``crmCampaignTestSend``: a newsletter as somebody would get it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..config import Settings
from ..contacts.models import Contact
from ..emails.own.words import Problem
from ..emails.render import Rendered
from ..flows.campaigns.draft import CampaignError
from ..flows.campaigns.models import Campaign
from ..flows.campaigns.preview import wanted
from ..flows.preview import Wanted, preview, send_test
from ..shop.port import get_shop
from .audience import CrmCampaignError
from .campaign_problems import INACTIVE, NOT_FOUND, CampaignCode, CampaignProblem, invalid
from .campaigns import CAMPAIGN
from .enums import CampaignVersion
from .ids import contact_named, number_of
from .permissions import check_staff
from .switch import settings_in_use
from .template_types import CrmRenderedMail

_NOBODY = CampaignProblem("customer", "Nobody with this ID is known.", CampaignCode.NOT_FOUND)


@dataclass(frozen=True)
class Outcome:
    """What became of one request."""

    mail: Rendered | None = None
    sent: bool = False
    errors: Sequence[CampaignProblem] = ()


class CrmCampaignPreview(graphene.ObjectType):
    """How a newsletter would read."""

    mail = graphene.Field(CrmRenderedMail, description="The mail. Null where it can't be made.")
    errors = graphene.List(graphene.NonNull(CrmCampaignError), required=True, description="Why it can't be made.")


class CrmCampaignTestSend(graphene.ObjectType):
    """Sends a newsletter to try it out."""

    sent = graphene.Boolean(required=True, description="Whether the mail server took it.")
    errors = graphene.List(graphene.NonNull(CrmCampaignError), required=True, description="Why it was not sent.")


def preview_arguments() -> dict[str, Any]:
    """As whom, and which version."""
    as_whom = "ID of a User, or of a customer in the CRM, who would get it. An example customer where it is not given."
    return {
        "version": graphene.Argument(CampaignVersion, description="Version a where it is not given."),
        "language": graphene.Argument(graphene.String, description="Code of the language. Else that of the customer."),
        "customer": graphene.Argument(graphene.ID, description=as_whom),
    }


def to_argument() -> dict[str, Any]:
    """To whom."""
    return {"to": graphene.Argument(graphene.String, required=True, description="The email address that gets it.")}


def resolve_preview(root: Any, info: Any, *, id: str, **asked: Any) -> Outcome:
    """The mail as a customer would get it."""
    return _do(info, id, asked, lambda settings, one, now: Outcome(preview(get_shop(), settings, one, now)))


def resolve_test_send(root: Any, info: Any, *, id: str, to: str, **asked: Any) -> Outcome:
    """The same, sent to somebody."""

    def send(settings: Settings, one: Wanted, now: datetime) -> Outcome:
        send_test(get_shop(), settings, one, to, now)
        return Outcome(sent=True)

    return _do(info, id, asked, send)


def _do(info: Any, key: str, asked: dict[str, Any], what: Callable[[Settings, Wanted, datetime], Outcome]) -> Outcome:
    check_staff(info.context)
    with get_shop().writing():
        settings = settings_in_use()
        if settings is None:
            return Outcome(errors=[INACTIVE])
        campaign = Campaign.objects.filter(pk=number_of(key, CAMPAIGN)[1]).first()
        if campaign is None:
            return Outcome(errors=[NOT_FOUND])
        contact = None
        if asked.get("customer"):
            contact = Contact.objects.filter(**contact_named(asked["customer"])).first()
            if contact is None:
                return Outcome(errors=[_NOBODY])
        try:
            one = wanted(campaign, asked.get("version") or "", asked.get("language") or "", contact)
            return what(settings, one, datetime.now(UTC))
        except CampaignError as wrong:
            return Outcome(errors=invalid(wrong.problems))
        except Problem as problem:
            return Outcome(errors=[CampaignProblem(None, str(problem), CampaignCode.INVALID)])
