"""Words of owners, kept under their keys: mails that wait to be sent name them (``content["words"]``).

The table is imported where it is asked: who renders our own templates needs no database.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from ..blocks import Block, wanted
from .build import blocks_in
from .words import Problem, Words


def keep(words: Collection[Words], now: datetime) -> None:
    """Keep words, which were checked, under their keys. One statement."""
    from .models import OwnWords

    OwnWords.objects.bulk_create(
        [
            OwnWords(key=one.key, subject=one.subject, preview=one.preview, body=one.body, kept_at=now)
            for one in set(words)
        ],
        ignore_conflicts=True,
    )


@lru_cache(maxsize=1000)
def load(key: str) -> Words:
    """The words of a key, from memory after the first time in a process. Raises Problem where there are none."""
    from .models import OwnWords

    row = OwnWords.objects.filter(pk=key).first()
    if row is None:
        raise Problem("The words of this mail are not there any more.")
    return Words.of(row)


def words_of(content: Mapping[str, Any]) -> Words | None:
    """The owner's words of a mail's content; None where the mail is ours."""
    return load(str(content["words"])) if content.get("words") else None


def blocks_of(template: str, content: Mapping[str, Any]) -> Sequence[Block]:
    """The blocks of products that a mail asks for, in whoever's words it is. Raises Problem."""
    words = words_of(content)
    return blocks_in(words, template) if words else wanted(template)
