"""Makes a mail's links lead by way of us, where the owner wants to know of clicks, and gives it the pixel.

Only links into the shop's own hosts are rewritten, in the values that a mail is filled with: the finished HTML is never
searched. Each carries its target and its mail, signed (``signed.py``), so that following it needs no table.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.encoding import iri_to_uri

from ...config import PLUGIN_ID, LinkRules, Settings
from ...shop.port import Shop
from .. import links, signed
from ..models import Message
from .targets import allowed

CLICK, OPEN = "go", "seen"  # the purposes, as addresses spell them
VALID_FOR = timedelta(days=400)  # longer than anybody buys from a mail
LONGEST = 1_500  # bytes of a target: browsers and mail programs cut addresses off beyond some 2,000
# Pictures, and what is read in the text part.
_NO_LINKS = frozenset({"image_url", "logo_url", "storefront_url"})


class Tracker:
    """The links of one mail. ``doors`` are how the addresses of each purpose begin."""

    def __init__(self, message: Message, doors: Mapping[str, str], rules: LinkRules) -> None:
        self._doors, self._rules, self._mail = doors, rules, message.pk.bytes
        self._end = message.created_at + VALID_FOR

    def link(self, url: str) -> str:
        """The address that leads to ``url`` by way of us; ``url`` itself where it leads elsewhere."""
        if not self._rules.clicks:
            return url
        target = url if url.isascii() else str(iri_to_uri(url))
        if len(target) > LONGEST or not allowed(target, self._rules):
            return url
        return self._door(CLICK, self._mail + target.encode())

    def pixel(self) -> str:
        """The address of the picture that tells that the mail was opened; "" where the owner does not ask."""
        return self._door(OPEN, self._mail) if self._rules.opens else ""

    def content(self, content: Mapping[str, Any]) -> dict[str, Any]:
        """Content with its links rewritten. Everything named ``url`` or ``…_url`` is one, but pictures."""
        return {name: self._value(name, value) for name, value in content.items()}

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, str):
            return self.link(value) if value and name.endswith("url") and name not in _NO_LINKS else value
        if isinstance(value, list):
            return [self._value(name, one) for one in value]
        return self.content(value) if isinstance(value, dict) else value

    def _door(self, purpose: str, payload: bytes) -> str:
        return f"{self._doors[purpose]}{signed.sign(purpose, payload, self._end)}/"


class Tracking:
    """Makes the content of mails ready to be rendered when they leave: what is the same for all of a batch is asked
    once."""

    def __init__(self, shop: Shop, settings: Settings) -> None:
        self._settings, self._rules = settings, settings.links
        door = shop.public_url(f"/plugins/{PLUGIN_ID}/")
        self._doors = {purpose: f"{door}{purpose}/" for purpose in (CLICK, OPEN)}

    def of(self, message: Message) -> Tracker:
        """The links of a mail."""
        return Tracker(message, self._doors, self._rules)

    def content(self, message: Message) -> dict[str, Any]:
        """What a mail is rendered from. ``storefront_url`` stays as it is, since it is read in the text part; the link
        that leads there is ``home_url``."""
        frame = links.frame(self._settings, message)
        if not (self._rules.clicks or self._rules.opens):
            return {**message.content, **frame}
        tracker, follow = self.of(message), frame["follow"]
        return tracker.content(message.content) | {
            "home_url": tracker.link(frame["home_url"]),
            "pixel_url": tracker.pixel(),
            "follow": lambda url: tracker.link(follow(url)),
        }


def read_click(token: str, now: datetime) -> tuple[UUID, str] | None:
    """The mail and the target of a link; None where it is forged, or too old."""
    payload = signed.read(CLICK, token, now)
    if payload is None or len(payload) <= 16:
        return None
    return UUID(bytes=payload[:16]), payload[16:].decode()


def read_open(token: str, now: datetime) -> UUID | None:
    """The mail of a pixel; None where it is forged, or too old."""
    payload = signed.read(OPEN, token, now)
    return UUID(bytes=payload) if payload is not None and len(payload) == 16 else None


def path_of(url: str) -> str:
    """What is kept of a target: where in the shop it is."""
    return urlsplit(url).path[:200]
