"""What the owner says of mails that come back: where they come to, and how often one may."""

import re
from dataclasses import dataclass
from typing import Any

from ..values import one_line


@dataclass(frozen=True)
class BounceRules:
    """The mailbox to which reports come (IMAP); ``host`` is "" where there is none. An address is given up after
    ``soft`` refusals within 30 days."""

    host: str
    port: int
    user: str
    password: str
    folder: str
    ssl: bool
    soft: int


def folder(value: Any) -> str:
    text = one_line(value)
    if not 1 <= len(text) <= 200 or not text.isascii():
        raise ValueError("must be the name of a folder in plain letters, such as INBOX.")
    return text


def soft(value: Any) -> int:
    text = one_line(value)
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 2 <= int(text) <= 50:
        raise ValueError("must be a whole number from 2 to 50.")
    return int(text)
