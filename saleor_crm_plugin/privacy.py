"""What must not get into logs."""

import re

# With an end to what stands before the @, since a long text without blanks would take the square of its length.
_ADDRESS = re.compile(r"[^\s@<>()\"]{1,320}@[^\s@<>()\"']+")


def masked(text: str) -> str:
    """A text for logs and error columns: without the addresses that a database or mail server quoted in it."""
    return _ADDRESS.sub("<address>", text)
