"""Cursors: where a page of a long list begins. Base64 of a JSON list of texts, as Saleor's are.

They are opaque to clients and only say where to go on. Whose list it is stands in the query itself, so that a cursor
that somebody made up leads nowhere else.
"""

import binascii
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from graphql import GraphQLError

P = TypeVar("P")
Reader = Callable[[list[str]], P]  # raises ValueError for what is no position

_LONGEST = 500
_LARGEST_KEY = 2**63 - 1


def write(values: Sequence[object]) -> str:
    """The cursor of a position."""
    texts = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return b64encode(json.dumps(texts).encode()).decode()


def read(cursor: str, reader: Reader[P]) -> P:
    """The position that a cursor tells. Raises GraphQLError, in Saleor's words, for one that none of ours can be."""
    try:
        if len(cursor) > _LONGEST:
            raise ValueError
        values = json.loads(b64decode(cursor, validate=True))
        if not isinstance(values, list) or not all(isinstance(value, str) and value.isascii() for value in values):
            raise ValueError
        return reader(values)
    except (binascii.Error, ValueError, OverflowError, RecursionError):
        raise GraphQLError("Received cursor is invalid.") from None


def number(values: list[str]) -> int:
    """A key."""
    (text,) = values
    if not text.isdigit() or len(text) > len(str(_LARGEST_KEY)) or int(text) > _LARGEST_KEY:
        raise ValueError
    return int(text)


def moment_and_number(values: list[str]) -> tuple[datetime, int]:
    """A moment, and the key among those of that moment."""
    at, key = values
    return _moment(at), number([key])


def moment_and_text(values: list[str]) -> tuple[datetime, str]:
    """A moment, and the name among those of that moment."""
    at, key = values
    if not key.isprintable():
        raise ValueError
    return _moment(at), key


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError
    return at.astimezone(UTC)
