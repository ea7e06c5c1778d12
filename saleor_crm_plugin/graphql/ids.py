"""Global ids: base64 of ``Type:key``, as Saleor gives them out (saleor/graphql/core/utils)."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Sequence
from uuid import UUID

from graphql import GraphQLError

CONTACT = "CrmContact"
_LARGEST_KEY = 2**63 - 1


def global_id(kind: str, key: object) -> str:
    """As clients name an object."""
    return b64encode(f"{kind}:{key}".encode()).decode()


def number_of(text: str, *kinds: str) -> tuple[str, int]:
    """The kind and the key in a global id of one of these kinds, whose keys are numbers. Raises GraphQLError."""
    kind, key = _read(text)
    if kind not in kinds or not (key.isascii() and key.isdigit()) or len(key) > 19 or int(key) > _LARGEST_KEY:
        raise _invalid(text, kinds)
    return kind, int(key)


def uuid_of(text: str, kind: str) -> UUID:
    """The key in a global id of this kind, whose keys are UUIDs. Raises GraphQLError."""
    found, key = _read(text)
    try:
        if found == kind:
            return UUID(key)
    except ValueError:
        pass
    raise _invalid(text, [kind])


def _read(text: str) -> tuple[str, str]:
    try:
        kind, _, key = b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return kind, key


def _invalid(text: str, kinds: Sequence[str]) -> GraphQLError:
    return GraphQLError(f"Invalid ID: {text[:100]}. Expected: {' or '.join(kinds)}.")
