"""What staff does with newsletters: ``crmCampaignCreate`` and its kin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import graphene

from ..config import Settings
from ..emails.own.words import Words
from ..flows.audience.conditions import AudienceError
from ..flows.campaigns import course, draft
from ..flows.campaigns.draft import CampaignError, Text, Told
from ..flows.campaigns.models import Campaign
from ..shop.port import get_shop
from .audience import CrmCampaignError
from .audience_input import CrmAudienceInput, with_keys
from .campaign_problems import INACTIVE, NOT_FOUND, CampaignProblem, invalid
from .campaigns import CAMPAIGN, CrmCampaign
from .enums import CampaignTestBy, CampaignUnclear, CampaignVersion, CampaignWinner
from .host import get_host
from .ids import number_of
from .permissions import check_staff
from .switch import settings_in_use

_CLEARED = ("rate", "window_mails", "window_minutes")
_TOLD = (
    "name", "channels", "language", "holdout_percent", "rate", "window_mails", "window_minutes", "test_percent",
    "test_by", "test_minutes", "unclear",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What became of one request."""

    campaign: Campaign | None = None
    errors: Sequence[CampaignProblem] = ()


class CrmCampaignTextInput(graphene.InputObjectType):
    """What a newsletter says in one version and one language."""

    language = graphene.String(required=True, description="Code of the language.")
    version = graphene.InputField(CampaignVersion, description="Version a where it is not given.")
    subject = graphene.String(required=True, description="The subject.")
    preview = graphene.String(description="The line below it in the inbox.")
    body = graphene.String(required=True, description="The body: simple HTML with tags.")


class CrmCampaignInput(graphene.InputObjectType):
    """A newsletter. What is not given stays as it is, or is as usual in a new one."""

    name = graphene.String(description="What staff calls it. A new one needs it.")
    channels = graphene.List(
        graphene.NonNull(graphene.String),
        description="Slugs of the channels whose customers get it. A new one needs them. Who never bought anything"
        " counts as a customer of the first.",
    )
    audience = graphene.InputField(CrmAudienceInput, description="Whom it is for. Everybody where nothing is given.")
    language = graphene.String(description="In which language those get it who speak none of the others.")
    texts = graphene.List(
        graphene.NonNull(CrmCampaignTextInput), description="What it says, instead of what it said before."
    )
    holdout_percent = graphene.Int(description="How many of a hundred get nothing, to be compared with.")
    rate = graphene.Int(description="At most so many mails a second. Null: as fast as the mail server takes them.")
    window_mails = graphene.Int(description="At most so many mails in the window. Null: no such limit.")
    window_minutes = graphene.Int(description="How long the window is.")
    test_percent = graphene.Int(description="How many of a hundred test versions a and b first. 0: no test.")
    test_by = graphene.InputField(CampaignTestBy, description="By what the better version is found.")
    test_minutes = graphene.Int(description="How long the test takes at most.")
    unclear = graphene.InputField(CampaignUnclear, description="What the others get if neither is better.")


def _answer(name: str, does: str) -> Any:
    attributes = {
        "__doc__": does,
        "campaign": graphene.Field(
            CrmCampaign, description="The newsletter as it is now. Null where nothing was done."
        ),
        "errors": graphene.List(graphene.NonNull(CrmCampaignError), required=True, description="Why nothing was done."),
    }
    return type(name, (graphene.ObjectType,), attributes)


CrmCampaignCreate = _answer("CrmCampaignCreate", "Keeps a new newsletter as a draft.")
CrmCampaignUpdate = _answer("CrmCampaignUpdate", "Changes a draft.")
CrmCampaignSchedule = _answer("CrmCampaignSchedule", "Has a newsletter sent.")
CrmCampaignUnschedule = _answer("CrmCampaignUnschedule", "Makes a newsletter that has not begun a draft again.")
CrmCampaignPause = _answer("CrmCampaignPause", "Lets nothing more of a newsletter leave.")
CrmCampaignResume = _answer("CrmCampaignResume", "Lets a newsletter go on.")
CrmCampaignCancel = _answer("CrmCampaignCancel", "Ends a newsletter for good.")
CrmCampaignChoose = _answer("CrmCampaignChoose", "Says which version the others get.")


def id_argument() -> dict[str, Any]:
    """Which newsletter."""
    return {"id": graphene.Argument(graphene.ID, required=True, description="ID of the newsletter.")}


def input_argument() -> dict[str, Any]:
    """What shall be kept of it."""
    return {"input": graphene.Argument(CrmCampaignInput, required=True, description="The newsletter.")}


def at_argument() -> dict[str, Any]:
    """When."""
    said = "When it starts. At once where it is not given, or has just passed."
    return {"at": graphene.Argument(lambda: get_host().date_time, description=said)}


def winner_argument() -> dict[str, Any]:
    """Which version."""
    return {"winner": graphene.Argument(CampaignWinner, required=True, description="What the others get.")}


def resolve_create(root: Any, info: Any, *, input: Mapping[str, Any]) -> Outcome:
    """Keep a draft."""
    return _do(info, lambda settings, by, now: draft.create(get_shop(), settings, _told(input), by, now))


def resolve_update(root: Any, info: Any, *, id: str, input: Mapping[str, Any]) -> Outcome:
    """Change a draft."""
    return _do(info, lambda settings, by, now: draft.update(get_shop(), settings, _key(id), _told(input), by, now))


def resolve_schedule(root: Any, info: Any, *, id: str, at: datetime | None = None) -> Outcome:
    """Have it sent."""
    return _do(info, lambda settings, by, now: course.schedule(get_shop(), settings, _key(id), at or now, by, now))


def resolve_choose(root: Any, info: Any, *, id: str, winner: str) -> Outcome:
    """Choose a version."""
    return _do(info, lambda settings, by, now: course.choose(_key(id), winner, by, now))


def step(does: Callable[[int, str, datetime], Campaign]) -> Callable[..., Outcome]:
    """The resolver of a step that needs nothing but the newsletter."""

    def resolve(root: Any, info: Any, *, id: str) -> Outcome:
        return _do(info, lambda settings, by, now: does(_key(id), by, now))

    return resolve


def _do(info: Any, what: Callable[[Settings, str, datetime], Campaign]) -> Outcome:
    check_staff(info.context)
    author = get_host().author(info.context)
    with get_shop().writing():
        settings = settings_in_use()
        if settings is None:
            return Outcome(errors=[INACTIVE])
        try:
            return Outcome(what(settings, author, datetime.now(UTC)))
        except CampaignError as wrong:
            return Outcome(errors=invalid(wrong.problems))
        except AudienceError as wrong:
            return Outcome(errors=invalid({f"audience.{place}": text for place, text in wrong.problems.items()}))
        except Campaign.DoesNotExist:
            return Outcome(errors=[NOT_FOUND])


def _key(text: str) -> int:
    return number_of(text, CAMPAIGN)[1]


def _told(given: Mapping[str, Any]) -> Told:
    texts = given.get("texts")
    return Told(
        **{name: given[name] for name in _TOLD if given.get(name) is not None},
        audience=with_keys(given["audience"]) if given.get("audience") is not None else None,
        texts=None if texts is None else [_text(one) for one in texts],
        clear=[name for name in _CLEARED if name in given and given[name] is None],
    )


def _text(one: Mapping[str, Any]) -> Text:
    words = Words(one["subject"], one.get("preview") or "", one["body"])
    return Text(one["language"], words, one.get("version") or "a")
