"""Where the buttons of mails lead: only into the shop's own storefront."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ..config import Settings
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


def campaign(message: Message) -> str:
    """How a mail's links name what it belongs to: its flow, or its newsletter."""
    return str(message.content.get("utm_campaign") or message.flow)


def _fill(settings: Settings, path: str, values: dict[str, str], campaign: str) -> str:
    return _filled(settings.storefront_url + path, tuple(values.items()), settings.links.utm, campaign)


def _filled(page: str, values: Pairs, utm: Pairs, campaign: str, block: str = "") -> str:
    for name, value in values:
        page = page.replace(f"{{{name}}}", quote(value, safe=""))
    parts = urlsplit(page)
    told = {"flow": campaign, "block": block, "channel": "", "language": ""} | dict(values)
    query = parse_qsl(parts.query, keep_blank_values=True)
    for name, value in utm:
        if filled := re.sub(r"\{(\w+)\}", lambda place: told[place[1]], value):
            query.append((name, filled))
    return urlunsplit(parts._replace(query=urlencode(query)))


# A newsletter shows the same products to many: this was a quarter of the time of its decisions.
_kept = lru_cache(maxsize=10_000)(_filled)
