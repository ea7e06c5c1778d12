"""What staff say of a newsletter: checked as a whole before it is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from ...config import Settings
from ...emails.languages import is_code, normalised, widened
from ...emails.own.check import check
from ...emails.own.there import missing
from ...emails.own.words import Words
from ...shop.port import Shop
from ..audience.conditions import Audience, AudienceError
from ..audience.known import meant
from .models import Campaign, CampaignWords

MOST_NAME = 120
MOST_TEXTS = 100
MOST_RATE, MOST_WINDOW_MAILS, MOST_WINDOW_MINUTES = 10_000, 100_000_000, 7 * 24 * 60
MOST_HOLDOUT, MOST_TEST, LEAST_TEST_MINUTES, MOST_TEST_MINUTES = 90, 90, 15, 7 * 24 * 60
_NO_LANGUAGE = "is a language code, such as de or pt-br."
_NO_CLICKS = "is clicks, which are not counted. Switch on “Links: count clicks”, or test by orders."
_CHANGED_FIELDS = (
    "name", "channels", "audience", "language", "holdout_percent", "rate", "window_mails", "window_minutes",
    "test_percent", "test_by", "test_minutes", "unclear", "changed_by", "changed_at",
)  # fmt: skip


class CampaignError(ValueError):
    """What can't be done with a newsletter, or kept of it. ``problems`` maps a field to one sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(f"{field}: {text}" for field, text in problems.items()))


@dataclass(frozen=True)
class Text:
    """What it says in one version ("a" or "b") and one language."""

    language: str
    words: Words
    version: str = "a"


@dataclass(frozen=True)
class Told:
    """A newsletter as staff tell of it (``Campaign`` says what each means). None takes what is usual, or was before."""

    name: str | None = None
    channels: Sequence[str] | None = None
    audience: Any = None  # for ``audience.conditions.read``
    language: str | None = None
    holdout_percent: int | None = None
    rate: int | None = None
    window_mails: int | None = None
    window_minutes: int | None = None
    test_percent: int | None = None
    test_by: str | None = None
    test_minutes: int | None = None
    unclear: str | None = None
    texts: Sequence[Text] | None = None
    clear: Sequence[str] = field(default_factory=tuple)  # fields that are as usual from now on


def create(shop: Shop, settings: Settings, told: Told, by: str, now: datetime) -> Campaign:
    """Keep a new draft. Raises CampaignError."""
    campaign = Campaign(holdout_percent=settings.holdout_percent, channels=[], created_at=now)
    return _keep(shop, settings, campaign, told, by, now)


def update(shop: Shop, settings: Settings, campaign_id: int, told: Told, by: str, now: datetime) -> Campaign:
    """Change a draft. What is scheduled or begun stays as it is. Raises CampaignError, Campaign.DoesNotExist."""
    with transaction.atomic():
        campaign = Campaign.objects.select_for_update().get(pk=campaign_id)
        if campaign.state != Campaign.State.DRAFT:
            raise CampaignError({"state": f"it is {campaign.state}: only a draft can be changed."})
        return _keep(shop, settings, campaign, told, by, now)


def _keep(shop: Shop, settings: Settings, campaign: Campaign, told: Told, by: str, now: datetime) -> Campaign:
    problems: dict[str, str] = {}
    for name in _CHANGED_FIELDS[:-2]:
        if (value := getattr(told, name)) is not None:
            setattr(campaign, name, value)
    usual = Campaign(holdout_percent=settings.holdout_percent)
    for name in told.clear:
        setattr(campaign, name, getattr(usual, name))
    campaign.name = " ".join(str(campaign.name).split())
    campaign.language = campaign.language or (told.texts[0].language if told.texts else "")
    campaign.channels = list(dict.fromkeys(campaign.channels))
    problems |= _numbers(campaign)
    if not campaign.name or len(campaign.name) > MOST_NAME:
        problems["name"] = f"has 1 to {MOST_NAME} characters."
    elif "\0" in campaign.name or any("\ud800" <= character <= "\udfff" for character in campaign.name):
        problems["name"] = "has characters that are no text."
    if campaign.language and not is_code(campaign.language):
        problems["language"] = _NO_LANGUAGE
    there = shop.channels()
    if not campaign.channels or not set(campaign.channels) <= set(there):
        problems["channels"] = f"names one or more of {', '.join(there)}."
    try:
        campaign.audience = meant(campaign.audience, shop, settings).plain()
    except AudienceError as wrong:
        problems |= {f"audience.{place}": text for place, text in wrong.problems.items()}
    if told.texts is not None:
        problems |= _texts(shop, told.texts)
    if problems:
        raise CampaignError(problems)
    campaign.changed_by, campaign.changed_at = by[:60], now
    with transaction.atomic():
        campaign.save()
        if told.texts is not None:
            campaign.words.all().delete()
            CampaignWords.objects.bulk_create(
                CampaignWords(
                    campaign=campaign, version=one.version, language=one.language,
                    subject=one.words.subject, preview=one.words.preview, body=one.words.body,
                )
                for one in told.texts
            )  # fmt: skip
    return campaign


def _numbers(campaign: Campaign) -> dict[str, str]:
    problems = {}
    for name, least, most in (
        ("holdout_percent", 0, MOST_HOLDOUT),
        ("rate", 1, MOST_RATE),
        ("window_mails", 1, MOST_WINDOW_MAILS),
        ("window_minutes", 1, MOST_WINDOW_MINUTES),
        ("test_percent", 0, MOST_TEST),
        ("test_minutes", LEAST_TEST_MINUTES, MOST_TEST_MINUTES),
    ):
        value = getattr(campaign, name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most):
            problems[name] = f"is a whole number between {least} and {most}."
    for name, choices in (("test_by", Campaign.TestBy), ("unclear", Campaign.Unclear)):
        if getattr(campaign, name) not in choices.values:
            problems[name] = f"is one of {', '.join(choices.values)}."
    if (campaign.window_mails is None) != (campaign.window_minutes is None):
        problems["window_minutes"] = "and the number of mails in it go together."
    return problems


def _texts(shop: Shop, texts: Sequence[Text]) -> dict[str, str]:
    if len(texts) > MOST_TEXTS:  # before each is tried: that takes a while
        return {"texts": f"There are at most {MOST_TEXTS}."}
    problems = {}
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(texts):
        place = f"texts.{number}"
        if one.version not in CampaignWords.Version.values:
            problems[f"{place}.version"] = "is a or b."
        elif not is_code(one.language):
            problems[f"{place}.language"] = _NO_LANGUAGE
        elif (one.version, normalised(one.language)) in seen:
            problems[place] = f"Version {one.version} in {one.language} is there twice."
        elif wrong := check(one.words, "newsletter", one.language) or missing(shop, one.words, "newsletter"):
            problems[place] = " ".join(wrong)
        seen.add((one.version, normalised(one.language)))
    return problems


def ready(campaign: Campaign, settings: Settings) -> None:
    """Raise CampaignError where a draft lacks what it needs before it can be sent."""
    there = {(version, normalised(language)) for version, language in campaign.words.values_list("version", "language")}
    wanted = ["a", "b"] if campaign.test_percent else ["a"]
    problems = {
        f"texts.{version}": f"Version {version} has no words in {campaign.language}, which all others get."
        for version in wanted
        if (version, normalised(campaign.language)) not in there
    }
    if campaign.test_percent:
        spoken = {language for version, language in there if version == "a"}
        for version, language in sorted(there):
            if version == "b" and spoken.isdisjoint(widened(language)):
                problems.setdefault("texts.a", f"Version a has no words in {language}, which version b has.")
        if campaign.test_by == Campaign.TestBy.CLICKS and not settings.links.clicks:
            problems["test_by"] = _NO_CLICKS
    if problems:
        raise CampaignError(problems)


def audience_of(campaign: Campaign, shop: Shop, settings: Settings) -> Audience:
    """To whom it goes. Raises CampaignError where the shop or its owner no longer know something that it names."""
    try:
        return meant(campaign.audience, shop, settings)
    except AudienceError as wrong:
        raise CampaignError({f"audience.{place}": text for place, text in wrong.problems.items()}) from None
