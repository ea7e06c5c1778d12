"""The visitor id that storefronts make and leave in the metadata of a checkout."""

import re

KEY = "crm-visitor"
# Long enough that nobody guesses another's: a UUID, or something like it.
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")


def is_visitor_id(text: str) -> bool:
    """Whether this may be one."""
    return bool(_ID.fullmatch(text))


def visitor(metadata: object) -> str:
    """The visitor id in a checkout's metadata, "" where there is none that can be one."""
    value = metadata.get(KEY) if isinstance(metadata, dict) else None
    return value if isinstance(value, str) and is_visitor_id(value) else ""
