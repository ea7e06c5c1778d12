"""What must not get into logs."""

import re


def masked(text: str) -> str:
    """A text for logs and error columns: without the addresses that a database or mail server quoted in it."""
    return re.sub(r"[^\s@<>()\"]+@[^\s@<>()\"']+", "<address>", text)
