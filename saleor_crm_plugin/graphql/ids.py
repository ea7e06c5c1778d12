"""Global ids: base64 of ``Type:key``, as Saleor gives them out (saleor/graphql/core/utils)."""

import binascii
from base64 import b64decode, b64encode

from graphql import GraphQLError

CONTACT = "CrmContact"
_LARGEST_KEY = 2**63 - 1


def global_id(kind: str, key: object) -> str:
    """As clients name an object."""
    return b64encode(f"{kind}:{key}".encode()).decode()


def number_of(text: str, *kinds: str) -> tuple[str, int]:
    """The kind and the key in a global id of one of these kinds, whose keys are numbers. Raises GraphQLError."""
    try:
        kind, _, key = b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        kind, key = "", ""
    if kind not in kinds or not (key.isascii() and key.isdigit()) or len(key) > 19 or int(key) > _LARGEST_KEY:
        raise GraphQLError(f"Invalid ID: {text[:100]}. Expected: {' or '.join(kinds)}.")
    return kind, int(key)
