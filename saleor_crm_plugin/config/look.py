"""What the owner says of how mails look: logo, colours, fonts, postal address, social links; for each channel."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..values import one_line
from .colours import READABLE, WHITE, colour, contrast

CARD = WHITE  # the ground of what is said
INK = "#1d1c1a"  # of text, where the owner says nothing
_CHANNEL = re.compile(r"([-\w]+)\s*:\s*(.*)")
_FONTS = re.compile(r"[\w -]+(?:\s*,\s*[\w -]+)*", re.ASCII)
_LINK = re.compile(r"https://[^\s<>\"'{}\\]+", re.ASCII)
_SOCIAL = {
    "bluesky": "Bluesky", "facebook": "Facebook", "instagram": "Instagram", "linkedin": "LinkedIn",
    "mastodon": "Mastodon", "pinterest": "Pinterest", "threads": "Threads", "tiktok": "TikTok", "x": "X",
    "youtube": "YouTube",
}  # fmt: skip
_OTHERS = ("logo", "logo width", "accent", "ground", "ink", "font", "headings", "address")


@dataclass(frozen=True)
class Look:
    """How mails look. "" is as we have it.

    ``logo_width`` in pixels; ``social`` are names and addresses in the owner's order.
    """

    logo: str = ""
    logo_width: int = 160
    accent: str = ""  # of buttons and links
    ground: str = ""  # around the card
    ink: str = ""
    font: str = ""
    headings: str = ""
    address: str = ""  # where letters reach the shop
    social: tuple[tuple[str, str], ...] = ()


def looks(value: Any) -> dict[str, Look]:
    """The look of all channels (""), and of those that have something of their own, by slug.

    One a line, ``name = value``, and with ``channel: `` in front of it for one channel only.
    """
    said: dict[str, dict[str, str]] = {"": {}}
    for line in filter(None, map(str.strip, str(value).splitlines())):
        if "{" in line or "}" in line:
            raise ValueError("can't have curly brackets.")
        name, equals, told = (part.strip() for part in one_line(line).partition("="))
        match = _CHANNEL.fullmatch(name)
        channel, name = (match[1], match[2].lower()) if match else ("", name.lower())
        if not equals or name not in {*_OTHERS, *_SOCIAL}:
            there = ", ".join((*_OTHERS, *_SOCIAL))
            raise ValueError(f"“{line[:60]}” is not like: accent = #174c40. There are {there}.")
        if name in said.setdefault(channel, {}):
            raise ValueError(f"has two lines for “{line.partition('=')[0].strip()}”.")
        said[channel][name] = told
    everywhere = _look(Look(), said.pop(""))
    return {"": everywhere} | {channel: _look(everywhere, own) for channel, own in said.items()}


def _look(others: Look, said: Mapping[str, str]) -> Look:
    social = dict(others.social) | {_SOCIAL[name]: _link(told) for name, told in said.items() if name in _SOCIAL}
    look = replace(
        others,
        logo=_link(said["logo"]) if said.get("logo") else others.logo,
        logo_width=_width(said["logo width"]) if "logo width" in said else others.logo_width,
        accent=colour(said["accent"]) if "accent" in said else others.accent,
        ground=colour(said["ground"]) if "ground" in said else others.ground,
        ink=colour(said["ink"]) if "ink" in said else others.ink,
        font=_fonts(said["font"]) if "font" in said else others.font,
        headings=_fonts(said["headings"]) if "headings" in said else others.headings,
        address=said.get("address", others.address)[:200],
        social=tuple(social.items()),
    )
    ink = look.ink or INK
    pairs = (("accent", look.accent or INK, CARD), ("ink", ink, CARD), ("ink", ink, look.ground or CARD))
    for name, text, ground in pairs:
        if contrast(text, ground) < READABLE:
            told = f"{contrast(text, ground):.1f}, and has to be at least {READABLE}"
            raise ValueError(f"{name} {text} can't be read on {ground}: the contrast is {told}.")
    return look


def _link(text: str) -> str:
    if not _LINK.fullmatch(text):
        raise ValueError(f"“{text[:60]}” is no address that begins with https://.")
    return text


def _width(text: str) -> int:
    if not re.fullmatch(r"[0-9]{2,3}", text) or not 40 <= int(text) <= 400:
        raise ValueError("logo width must be from 40 to 400 pixels.")
    return int(text)


def _fonts(text: str) -> str:
    if not _FONTS.fullmatch(text):
        raise ValueError(f"“{text[:60]}” are no fonts; such are written Inter, Arial, sans-serif, without quotes.")
    return text
