"""What an owner writes of a mail: subject, the line below it in the inbox, and the body."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

MOST_SUBJECT, MOST_PREVIEW, MOST_BODY = 200, 250, 30_000  # characters


class Problem(ValueError):  # noqa: N818 - what is told to whoever wrote the words
    """Why words can't be used: one sentence for whoever wrote them."""


class Written(Protocol):
    """Whatever holds words among other things."""

    subject: Any
    preview: Any
    body: Any


@dataclass(frozen=True)
class Words:
    """The words of one mail in one language. ``body`` is simple HTML with the tags of ``tags.py``.

    ``preview`` may be empty: the inbox then shows how the mail begins.
    """

    subject: str
    preview: str
    body: str

    @classmethod
    def of(cls, row: Written) -> "Words":
        """The words that a row of the database has."""
        return cls(row.subject, row.preview, row.body)

    @cached_property
    def key(self) -> str:
        """The same for the same words, wherever they are kept (32 hexadecimal digits)."""
        parts = (part.encode("utf-8", "surrogatepass") for part in (self.subject, self.preview, self.body))
        return sha256(b"\x00".join(sha256(part).digest() for part in parts)).hexdigest()[:32]
