"""A newsletter as a file (TOML), to be written with any editor."""

import tomllib
from dataclasses import fields
from typing import Any

from ...emails.own.words import Words
from .draft import CampaignError, Text, Told

_FIELDS = {one.name for one in fields(Told)} - {"texts", "clear"}
# Without them there is no newsletter: where a file leaves them out, they stay as they are.
_ALWAYS_THERE = {"name", "channels", "texts"}
_WORDS = ("name", "language", "test_by", "unclear")
_TEXT = {"language", "version", "subject", "preview", "body"}


def read(written: str) -> Told:
    """What a file tells. What it leaves out is as usual, also where it was told before. Raises CampaignError.

    Its names are those of ``Told``; each ``[[texts]]`` has language, subject, body, and maybe preview and version.
    """
    try:
        told = tomllib.loads(written)
    except tomllib.TOMLDecodeError as error:
        raise CampaignError({"file": f"is no TOML: {error}"}) from None
    if strange := sorted(set(told) - _FIELDS - {"texts"}):
        raise CampaignError({name: f"is not known; there are {', '.join(sorted(_FIELDS))}, texts." for name in strange})
    if wrong := {name: "is a text in quotes." for name in _WORDS if not isinstance(told.get(name, ""), str)}:
        raise CampaignError(wrong)
    channels = told.get("channels", [])
    if not isinstance(channels, list) or not all(isinstance(one, str) for one in channels):
        raise CampaignError({"channels": 'is a list of slugs, such as ["default-channel"].'})
    texts = told.pop("texts", None)
    if texts is not None and not isinstance(texts, list):
        raise CampaignError({"texts": "is written [[texts]], once for each language and version."})
    return Told(
        **told,
        texts=None if texts is None else [_text(number, one) for number, one in enumerate(texts)],
        clear=sorted(_FIELDS - _ALWAYS_THERE - set(told) - (set() if texts else {"language"})),
    )


def _text(number: int, one: Any) -> Text:
    place = f"texts.{number}"
    if not isinstance(one, dict) or not all(isinstance(value, str) for value in one.values()):
        raise CampaignError({place: "has texts only."})
    if not {"language", "subject", "body"} <= set(one) <= _TEXT:
        raise CampaignError({place: "has language, subject and body, and may have preview and version."})
    words = Words(one["subject"].strip(), one.get("preview", "").strip(), one["body"].strip())
    return Text(one["language"], words, one.get("version", "a"))
