"""Where the buttons of mails lead: only into the shop's own storefront; and which parameters links into it carry."""

import re
from collections.abc import Collection
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..config import Settings
from ..config.links import host_of
from ..shop.port import Cart
from .models import Message

Pairs = tuple[tuple[str, str], ...]


def cart(settings: Settings, cart: Cart, reference: str, campaign: str) -> str:
    """The storefront's page of a cart, restored by its id. It logs nobody in."""
    return _fill(
        settings,
        settings.cart_path,
        {"id": reference, "token": cart.id, "channel": cart.channel, "language": cart.language},
        campaign,
    )


def product(settings: Settings, slug: str, channel: str, language: str, campaign: str, block: str = "") -> str:
    """The storefront's page of a product. ``block`` is the block of products in which it stands."""
    place = (("slug", slug), ("channel", channel), ("language", language))
    return _kept(settings.storefront_url + settings.product_path, place, settings.links.utm, campaign, block)


def shop(settings: Settings, campaign: str) -> str:
    """The storefront."""
    return _kept(settings.storefront_url + "/", (), settings.links.utm, campaign)


def frame(settings: Settings, message: Message) -> dict[str, Any]:
    """What a mail is rendered with besides its content: where its head leads, and what becomes of the addresses that
    are written out in its words (``tags.followed``)."""
    of = campaign(message)

    def follow(url: str) -> str:
        return _marked(url, settings.storefront_url, settings.links.utm, of, message.channel, message.language)

    return {"home_url": shop(settings, of) if settings.storefront_url else "", "follow": follow}


def campaign(message: Message) -> str:
    """How a mail's links name what it belongs to: its flow, or its newsletter."""
    return str(message.content.get("utm_campaign") or message.flow)


def _fill(settings: Settings, path: str, values: dict[str, str], campaign: str) -> str:
    return _filled(settings.storefront_url + path, tuple(values.items()), settings.links.utm, campaign)


def _filled(page: str, values: Pairs, utm: Pairs, campaign: str, block: str = "") -> str:
    for name, value in values:
        page = page.replace(f"{{{name}}}", quote(value, safe=""))
    parts = urlsplit(page)
    told = {"block": block, "channel": "", "language": ""} | dict(values)
    query = parse_qsl(parts.query, keep_blank_values=True)
    query += _missing(utm, told | {"flow": campaign}, {name for name, _ in query})
    return urlunsplit(parts._replace(query=urlencode(query)))


def _missing(utm: Pairs, told: dict[str, str], there: Collection[str]) -> list[tuple[str, str]]:
    """The parameters that are not there yet: what the owner wrote into an address stays."""
    filled = [(name, re.sub(r"\{(\w+)\}", lambda place: told[place[1]], value)) for name, value in utm]
    return [(name, value) for name, value in filled if value and name not in there]


# A newsletter shows the same products to many: this was a quarter of the time of its decisions.
_kept = lru_cache(maxsize=10_000)(_filled)


@lru_cache(maxsize=10_000)
def _marked(url: str, storefront: str, utm: Pairs, campaign: str, channel: str, language: str) -> str:
    """An address that somebody wrote, with our parameters where it leads into the storefront; else as it is."""
    try:
        if host_of(url) != host_of(storefront):
            return url
    except ValueError:  # a port that is none
        return url
    parts = urlsplit(url)
    there = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    told = {"flow": campaign, "block": "", "channel": channel, "language": language}
    added = urlencode(_missing(utm, told, there))
    if not added:
        return url
    return urlunsplit(parts._replace(query=f"{parts.query}&{added}" if parts.query else added))
