"""How the owner's settings are read, one kind of value each: from what was typed to a typed value.

Each function raises ValueError with the end of a plain sentence that began with the field's label.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.core.validators import validate_email


@dataclass(frozen=True)
class QuietHours:
    """From ``start`` to ``end`` (which may be the next morning) no mail leaves. Equal ends: none are quiet."""

    start: time
    end: time


# Control characters, those that turn the direction of text around, halves of characters.
_NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(value: Any) -> str:
    """Text that may stand in a header."""
    text = str(value).strip()
    if len(text.splitlines()) > 1:
        raise ValueError("must be on one line.")
    if _NO_TEXT.search(text):
        raise ValueError("has characters that can't be seen. Please type it anew.")
    return text


def flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in ("true", "yes", "on", "1"):
        return True
    if text in ("false", "no", "off", "0", ""):
        return False
    raise ValueError("must be yes or no.")


def mailbox(text: str) -> str:
    """An address as mail servers spell it (IDNA). Raises ValueError for what no mail should go to.

    Quoted local parts and bare IP addresses are allowed by RFC 5321; nobody has them but those who try things out.
    """
    local, _, domain = text.strip().rpartition("@")
    text = f"{local}@{domain.encode('idna').decode()}"
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError from error
    if not local.isascii() or '"' in local or domain.startswith("[") or len(text) > 254:
        raise ValueError
    return text


def address(value: Any) -> str:
    text = one_line(value)
    try:
        return mailbox(text) if text else ""
    except ValueError:
        raise ValueError("is not an email address, such as shop@example.com.") from None


def secret(value: Any) -> str:
    text = str(value)
    if not text.isascii() or not text.isprintable():
        raise ValueError("must be of plain letters, digits and signs: mail servers know no others.")
    return text


def user(value: Any) -> str:
    return secret(one_line(value))


_HOST = r"[a-z0-9_.-]+|[0-9a-f:.]*:[0-9a-f:.]*"  # a name or an IPv6 address


def host(value: Any) -> str:
    text = one_line(value)
    if text:
        try:
            text = text.encode("idna").decode().lower()
        except UnicodeError:
            text = "?"
        if not re.fullmatch(_HOST, text):
            raise ValueError("must be the name of a server only, such as smtp.example.com.")
    return text


def port(value: Any) -> int:
    text = one_line(value)
    if not text.isascii() or not text.isdigit() or len(text) > 5 or not 1 <= int(text) <= 65535:
        raise ValueError("must be a number from 1 to 65535, such as 587.")
    return int(text)


def percent(value: Any) -> int:
    text = one_line(value).removesuffix("%").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 3 or int(text) > 50:
        raise ValueError("must be a whole number from 0 to 50.")
    return int(text)


_UNITS = {"m": "minutes", "min": "minutes", "minutes": "minutes", "h": "hours", "hours": "hours", "hour": "hours"}
_UNITS |= {"d": "days", "days": "days", "day": "days"}


def delay(value: Any) -> timedelta:
    match = re.fullmatch(r"([0-9]{1,4})\s*([a-z]+)", one_line(value).lower())
    if not match or match[2] not in _UNITS:
        raise ValueError("must be a number with a unit, such as 30 min, 4 h or 2 d.")
    wait = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not timedelta(minutes=5) <= wait <= timedelta(days=30):
        raise ValueError("must be between 5 min and 30 d.")
    return wait


def quiet_hours(value: Any) -> QuietHours:
    text = one_line(value)
    if not text:
        return QuietHours(time(0), time(0))
    match = re.fullmatch(r"(\d{1,2})(?::(\d{2}))?\s*[-–]\s*(\d{1,2})(?::(\d{2}))?", text, re.ASCII)
    try:
        if not match:
            raise ValueError
        return QuietHours(time(int(match[1]), int(match[2] or 0)), time(int(match[3]), int(match[4] or 0)))
    except ValueError:
        raise ValueError("must be two times of day, such as 21-8 or 20:30-07:30, or empty.") from None


def time_zone(value: Any) -> ZoneInfo:
    text = one_line(value)
    if text not in _time_zones():
        raise ValueError("must be the name of a time zone, such as Europe/Berlin or UTC.")
    return ZoneInfo(text)


@cache
def _time_zones() -> set[str]:
    # Reading the names takes longer than all the rest of ``parse``.
    return available_timezones()


def storefront_url(value: Any) -> str:
    """Scheme, host (IDNA), port and path, without a slash at its end; "" where empty."""
    text = one_line(value).rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        name, port_number = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        name, port_number = "", None
    # What browsers read otherwise than we do is refused: backslashes, log-ins, and what would swallow the path.
    if not re.fullmatch(_HOST, name) or parts.scheme not in ("http", "https") or re.search(r"[\s\\@?#{}<>\"]", text):
        raise ValueError("must be a web address, such as https://shop.example.com.")
    place = f"[{name}]" if ":" in name else name
    return f"{parts.scheme}://{place}{'' if port_number is None else f':{port_number}'}{parts.path}"


def path(*placeholders: str, one_of: tuple[str, ...]) -> Callable[[Any], str]:
    names = ", ".join(f"{{{name}}}" for name in placeholders)

    def parse(value: Any) -> str:
        text = one_line(value)
        if not text.startswith("/") or text.startswith("//"):
            raise ValueError("must start with one slash.")
        if re.search(r"[\s\\<>\"]", text):
            raise ValueError("must be the path of a page, without spaces, quotes and backslashes.")
        used = set(re.findall(r"\{([^{}]*)\}", text))
        stray = re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text))
        if stray or not used <= set(placeholders) or not used & set(one_of):
            raise ValueError(
                f"must contain {' or '.join(f'{{{name}}}' for name in one_of)}; the placeholders are {names}."
            )
        return text

    return parse


def metadata_key(value: Any) -> str:
    text = one_line(value)
    if not re.fullmatch(r"[\w.:-]{1,64}", text):
        raise ValueError("must be a name of letters, digits, dots and dashes.")
    return text


def allow_list(value: Any) -> tuple[str, ...]:
    entries = []
    for entry in re.split(r"[\s,;]+", str(value).lower()):
        try:
            if entry.startswith("@"):
                entries.append(mailbox(f"anybody{entry}").removeprefix("anybody"))
            elif entry:
                entries.append(mailbox(entry))
        except ValueError:
            raise ValueError(f"“{entry[:80]}” is neither an email address nor a domain such as @example.com.") from None
    return tuple(entries)
