"""Global ids: base64 of ``Type:key``, as Saleor gives them out (saleor/graphql/core/utils)."""

import binascii
from base64 import b64decode

_LARGEST_KEY = 2**63 - 1


def read(text: str) -> tuple[str, str]:
    """The type and the key in a global id; two empty texts where it is none."""
    try:
        kind, _, key = b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return kind, key


def number_of(text: object, kind: str) -> int | None:
    """The key in a global id of this type, whose keys are numbers. None where it is anything else."""
    if not isinstance(text, str):
        return None
    found, key = read(text)
    return as_number(key) if found == kind else None


def as_number(key: str) -> int | None:
    """A key that is a number of a database's column; None where it is not."""
    if not (key.isascii() and key.isdigit()) or len(key) > 19 or int(key) > _LARGEST_KEY:
        return None
    return int(key)
