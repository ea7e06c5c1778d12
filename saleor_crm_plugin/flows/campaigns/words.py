"""What a newsletter says to whom: the version of the test, in the language nearest to the recipient's."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from ...config import Settings
from ...emails.brand import brand_of
from ...emails.compile import CompileError
from ...emails.languages import best, normalised, widened
from ...emails.own.build import built
from ...emails.own.there import missing
from ...emails.own.words import Problem, Words
from ...shop.port import Shop
from ..catalogue import NEWSLETTER
from .models import Campaign, CampaignWords


@dataclass(frozen=True)
class Wording:
    """The words for one recipient. ``language`` is the one in which they are written."""

    words: CampaignWords

    @property
    def language(self) -> str:
        return self.words.language

    @property
    def version(self) -> str:
        return self.words.version

    @cached_property
    def key(self) -> str:
        """By which a mail names them (``emails/own/kept.py``)."""
        return Words.of(self.words).key


@dataclass(frozen=True)
class Wordings:
    """All words of one newsletter."""

    by_place: Mapping[tuple[str, str], Wording]  # version, language in lower case

    def nearest(self, version: str, language: str, others: str) -> Wording:
        """The words of a version in a language, in the one that it is a variety of, or in another variety of that;
        those of version a, where only that one speaks it: what people can read goes before what is tested. Else in the
        language of all others."""
        found = self._spoken(version, language) or self._spoken("a", language)
        return found or self.by_place[version, normalised(others)]

    def differ(self, language: str) -> bool:
        """Whether who reads this language can get either version."""
        return bool(self._spoken("b", language)) or not self._spoken("a", language)

    def _spoken(self, version: str, language: str) -> Wording | None:
        for wanted in widened(language):
            if found := self.by_place.get((version, wanted)):
                return found
            if varieties := [
                place for place in self.by_place if place[0] == version and place[1].startswith(f"{wanted}-")
            ]:
                return self.by_place[min(varieties)]
        return None


def wordings(campaigns: Collection[Campaign]) -> dict[int, Wordings]:
    """The words of newsletters, by campaign. One query."""
    found: dict[int, dict[tuple[str, str], Wording]] = {campaign.pk: {} for campaign in campaigns}
    for words in CampaignWords.objects.filter(campaign__in=found):
        found[words.campaign_id][words.version, normalised(words.language)] = Wording(words)
    return {key: Wordings(by_place) for key, by_place in found.items()}


def problems_of(campaigns: Collection[Campaign], settings: Settings) -> dict[int, str]:
    """Why newsletters can't say their words (any more, after an update of ours or a change of the look), by campaign;
    without those that can. One query: what was compiled once is kept in memory."""
    found: dict[int, str] = {}
    channels = {campaign.pk: campaign.channels for campaign in campaigns}
    for words in CampaignWords.objects.filter(campaign__in=channels).order_by("version", "language"):
        for channel in channels[words.campaign_id]:
            try:
                built(Words.of(words), NEWSLETTER.key, best(words.language), brand_of(settings.look_of(channel)))
            except (Problem, CompileError) as problem:
                found.setdefault(words.campaign_id, f"version {words.version} in {words.language}: {problem}")
    return found


def missing_goods(campaign: Campaign, shop: Shop) -> dict[str, str]:
    """What its words name that the shop does not have (any more), by version, as ``CampaignError`` tells it."""
    found: dict[str, list[str]] = {}
    for words in campaign.words.order_by("version", "language"):
        if wrong := missing(shop, Words.of(words), NEWSLETTER.key):
            found.setdefault(f"texts.{words.version}", []).append(f"In {words.language}: {' '.join(wrong)}")
    return {place: " ".join(said) for place, said in found.items()}


def spoken(recipients: str, written: str) -> str:
    """The language of a mail: the recipient's variety of that in which it is written, which tells how numbers look."""
    ours, theirs = normalised(written).partition("-")[0], normalised(recipients).partition("-")[0]
    return recipients if ours == theirs else written
