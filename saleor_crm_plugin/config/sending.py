"""What the owner says of sending: over how many connections, how fast, and who each channel's mails come from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ..values import address, one_line

_UNITS = {"": 1, "s": 1, "second": 1, "min": 60, "minute": 60, "h": 3600, "hour": 3600}
_SENDER = re.compile(r"([^<>]*)<([^<>]+)>(?:\s*,\s*(\S+))?")


@dataclass(frozen=True)
class Sender:
    """Who mails come from, and where answers go. Empty: as in all other channels."""

    name: str
    address: str
    reply_to: str


@dataclass(frozen=True)
class SendingRules:
    """How mails are handed over.

    ``renew_after``: a connection carries so many mails; 0: any number. ``rate``: one mail in this time, of all workers
    together; 0: as fast as it goes. ``senders`` are those of channels that have their own, by the channel's slug.
    """

    connections: int
    renew_after: int
    rate: timedelta
    senders: Mapping[str, Sender]


def connections(value: Any) -> int:
    text = one_line(value)
    if not re.fullmatch(r"[0-9]{1,2}", text) or not 1 <= int(text) <= 32:
        raise ValueError("must be a whole number from 1 to 32.")
    return int(text)


def renew_after(value: Any) -> int:
    text = one_line(value)
    if text and (not re.fullmatch(r"[0-9]{1,6}", text) or int(text) == 0):
        raise ValueError("must be a whole number from 1 to 999999, or empty.")
    return int(text or 0)


def rate(value: Any) -> timedelta:
    """From "14 / s" the time between two mails; none where empty."""
    text = one_line(value)
    if not text:
        return timedelta(0)
    match = re.fullmatch(r"([0-9]{1,6})\s*(?:/|per|an?)?\s*([a-z]*)", text.lower())
    if not match or match[2] not in _UNITS or int(match[1]) == 0:
        raise ValueError(
            "must be so many mails a second, minute or hour, such as 14 / s, 100 / min or 500 / h, or empty."
        )
    return timedelta(seconds=_UNITS[match[2]]) / int(match[1])


def senders(value: Any) -> dict[str, Sender]:
    found: dict[str, Sender] = {}
    for line in filter(None, map(str.strip, str(value).splitlines())):
        channel, _, rest = (part.strip() for part in one_line(line).partition("="))
        match = _SENDER.fullmatch(rest)
        if not match or not re.fullmatch(r"[-\w]+", channel):
            raise ValueError(f"“{line[:80]}” is not like: poland = Morgentau <hello@example.pl>, help@example.pl.")
        if channel in found:
            raise ValueError(f"has two lines for “{channel}”.")
        found[channel] = Sender(match[1].strip().strip('"'), address(match[2]), address(match[3] or ""))
    return found
