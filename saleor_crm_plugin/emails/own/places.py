"""Where owners' words take the place of ours: a mail, in a channel or all, in a language or all. The nearest speaks."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Max, QuerySet

from ...shop.port import Shop
from ..languages import SOURCE, is_code, normalised, widened
from ..models import Message
from .build import blocks_in
from .check import check
from .kept import keep, load
from .models import OwnTemplate
from .there import missing
from .words import Problem, Words

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Which mails: ``channel`` is a slug, ``language`` a code such as ``de`` or ``de-at``; "" stands for all."""

    template: str
    channel: str = ""
    language: str = ""

    @classmethod
    def of(cls, template: str, channel: str = "", language: str = "") -> "Place":
        """A place as it is written by people. There is none with a NUL, which PostgreSQL can't be asked for."""
        return cls(
            template.strip(), channel.strip().replace("\0", "\ufffd"), normalised(language).replace("\0", "\ufffd")
        )


def save(shop: Shop, place: Place, words: Words, by: str, now: datetime, restored: int | None = None) -> OwnTemplate:
    """Make words the current version of a place. Raises Problem where they can't be used, or name what the shop has
    not, and keeps nothing then."""
    if place.language and not is_code(place.language):
        raise Problem(f"“{place.language[:40]}” is no code of a language, such as de or de-at.")
    if wrong := check(words, place.template, place.language or SOURCE) or missing(shop, words, place.template):
        raise Problem(" ".join(wrong))
    with transaction.atomic():
        _lock(place)
        keep([words], now)
        versions = _versions(place)
        last = versions.aggregate(last=Max("version"))["last"] or 0
        versions.filter(current=True).update(current=False)
        return OwnTemplate.objects.create(
            template=place.template,
            channel=place.channel,
            language=place.language,
            version=last + 1,
            words_id=words.key,
            restored=restored,
            saved_at=now,
            saved_by=by,
        )


def restore(shop: Shop, place: Place, number: int, by: str, now: datetime) -> OwnTemplate:
    """Let a place say again what it said in a version: as a new one. Raises Problem, as ``save``."""
    old = version(place, number).words
    return save(shop, place, Words.of(old), by, now, restored=number)


def version(place: Place, number: int) -> OwnTemplate:
    """A version of a place. Raises Problem where there is none."""
    found = _versions(place).select_related("words").filter(version=number).first()
    if found is None:
        raise Problem(f"There is no version {number} of {place.template} for this channel and language.")
    return found


def reset(place: Place) -> bool:
    """Let the next wider place speak again. The versions stay. Returns whether there was anything to take back."""
    with transaction.atomic():
        _lock(place)
        return bool(_versions(place).filter(current=True).update(current=False))


def versions(place: Place) -> list[OwnTemplate]:
    """All versions of a place with their words, the newest first. One query."""
    return list(_versions(place).select_related("words").order_by("-version"))


def current(template: str = "") -> list[OwnTemplate]:
    """What is said instead of ours now, with its words, of one mail or of all. One query."""
    found = OwnTemplate.objects.filter(current=True).select_related("words")
    found = found.filter(template=template) if template else found
    return list(found.order_by("template", "channel", "language"))


def speaking(template: str, channel: str, language: str) -> OwnTemplate | None:
    """Whose words a mail is in now, if not in ours. One query."""
    said = {Place(one.template, one.channel, one.language): one for one in current(template)}
    place = nearest(said, template, channel, language)
    return said[place] if place else None


def use(messages: Collection[Message]) -> None:
    """Give mails that are yet to be stored the words of the nearest place, where there are any.

    Words that were good when they were kept may not be any more, after an update of ours: the next wider place speaks
    then, and at last our own template. One query, and in each process one for each new version.
    """
    rows = OwnTemplate.objects.filter(current=True, template__in={message.template for message in messages})
    said = {
        Place(template, channel, language): key
        for template, channel, language, key in rows.values_list("template", "channel", "language", "words_id")
    }
    for message in messages if said else ():
        while "words" not in message.content and (
            place := nearest(said, message.template, message.channel, message.language)
        ):
            if problem := _problem(place, said[place]):
                where = f"{place.channel or 'all channels'}, {place.language or 'all languages'}"
                logger.error("CRM: the words of %s (%s) can't be used any more: %s", place.template, where, problem)
                del said[place]
            else:
                message.content |= {"words": said[place], "written_in": place.language}


def _problem(place: Place, key: str) -> str:
    """Why kept words can't be read; "" where they can."""
    try:
        blocks_in(load(key), place.template)
    except Problem as problem:
        return str(problem)
    return ""


def nearest(said: Mapping[Place, object], template: str, channel: str, language: str) -> Place | None:
    """The place that speaks for a mail: channel and language, then the channel, then the language, then all."""
    codes = widened(language)
    wider = (
        *(Place(template, channel, one) for one in codes),
        Place(template, channel),
        *(Place(template, "", one) for one in codes),
        Place(template),
    )
    return next((place for place in wider if place in said), None)


def _versions(place: Place) -> QuerySet[OwnTemplate]:
    return OwnTemplate.objects.filter(template=place.template, channel=place.channel, language=place.language)


def _lock(place: Place) -> None:
    """One change of a place at a time."""
    with connection.cursor() as cursor:
        said = f"{place.template}/{place.channel}/{place.language}"
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('saleor_crm own'), hashtext(%s))", [said])
