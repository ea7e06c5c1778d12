"""Global ids: base64 of ``Type:key``, as Saleor gives them out (saleor/graphql/core/utils)."""

from base64 import b64encode
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from graphql import GraphQLError

from ..shop import ids

CONTACT = "CrmContact"


def global_id(kind: str, key: object) -> str:
    """As clients name an object."""
    return b64encode(f"{kind}:{key}".encode()).decode()


def number_of(text: str, *kinds: str) -> tuple[str, int]:
    """The kind and the key in a global id of one of these kinds, whose keys are numbers. Raises GraphQLError."""
    kind, key = ids.read(text)
    number = ids.as_number(key)
    if kind not in kinds or number is None:
        raise _invalid(text, kinds)
    return kind, number


def contact_named(text: str) -> dict[str, Any]:
    """By what a contact is found whom the id of a User or of a CrmContact names. Raises GraphQLError."""
    kind, key = number_of(text, "User", CONTACT)
    return {"pk": key} if kind == CONTACT else {"user_id": str(key)}


def uuid_of(text: str, kind: str) -> UUID:
    """The key in a global id of this kind, whose keys are UUIDs. Raises GraphQLError."""
    found, key = ids.read(text)
    try:
        if found == kind:
            return UUID(key)
    except ValueError:
        pass
    raise _invalid(text, [kind])


def _invalid(text: str, kinds: Sequence[str]) -> GraphQLError:
    return GraphQLError(f"Invalid ID: {text[:100]}. Expected: {' or '.join(kinds)}.")
