"""What the owner says of the links of mails: whether clicks and opens are counted, where they lead, what they carry."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..values import one_line, storefront_url

PLACES = ("flow", "block", "channel", "language")


@dataclass(frozen=True)
class LinkRules:
    """``hosts`` are those of the shop, each with its port where it has one of its own; links lead nowhere else by way
    of us. ``utm`` are the parameters that links into the storefront get: names, and values with places to be filled."""

    clicks: bool
    opens: bool
    hosts: tuple[str, ...]
    utm: tuple[tuple[str, str], ...]


def host_of(url: str) -> str:
    """The host of a web address, with its port where one is named."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""


def hosts(value: Any) -> tuple[str, ...]:
    """Names such as ``blog.example.com``, one a line or with commas between."""
    found = []
    for entry in re.split(r"[\s,;]+", str(value).lower()):
        if entry:
            try:
                url = storefront_url(f"https://{entry}")
            except ValueError:
                url = ""
            if not url or urlsplit(url).path:
                raise ValueError(f"“{entry[:80]}” is not the name of a host, such as blog.example.com.")
            found.append(host_of(url))
    return tuple(dict.fromkeys(found))


def utm(value: Any) -> tuple[tuple[str, str], ...]:
    """Parameters as an address has them, such as ``utm_source=crm&utm_campaign={flow}``; empty: none."""
    text = one_line(value).lstrip("?")
    pairs = parse_qsl(text, keep_blank_values=True)
    names = [name for name, _ in pairs]
    if text and (not pairs or len(text) > 300 or not all("=" in part for part in text.split("&"))):
        raise ValueError("must be parameters such as utm_source=crm&utm_campaign={flow}, or empty.")
    if not all(re.fullmatch(r"[A-Za-z][\w.-]{0,39}", name, re.ASCII) for name in names) or len(set(names)) < len(names):
        raise ValueError("must have a plain name before each “=”, and each only once.")
    for _, content in pairs:
        places = re.findall(r"\{([^{}]*)\}", content)
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", content)) or not set(places) <= set(PLACES):
            raise ValueError(
                f"has a place that nothing fills; there are {', '.join(f'{{{name}}}' for name in PLACES)}."
            )
    return tuple(pairs)
