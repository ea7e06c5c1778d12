"""Ids as the port writes them, and as Saleor's keys want them. What is no id is left out, so that it is not found."""

from collections.abc import Iterable
from uuid import UUID

_LARGEST_INTEGER_KEY = 2**31 - 1


def uuids(ids: Iterable[str]) -> list[UUID]:
    """Keys of checkouts and orders."""
    return [key for text in ids if (key := uuid_or_none(text)) is not None]


def integers(ids: Iterable[str]) -> list[int]:
    """Keys of users, products and variants."""
    return [
        int(text)
        for text in ids
        if text.isascii() and text.isdigit() and int(text) <= _LARGEST_INTEGER_KEY and str(int(text)) == text
    ]


def uuid_or_none(text: str) -> UUID | None:
    """The key that this text spells in hyphenated lower case, the only spelling in which we give ids out."""
    try:
        key = UUID(text)
    except ValueError:
        return None
    return key if str(key) == text else None
