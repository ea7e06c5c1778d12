"""From stored content to what a template is filled with: checked, cleaned, with money and counts in words.

Here is what all mails share; what a mail says of its subject is read by ``cart_content.py``, ``stock_content.py`` or
``letter_content.py``.
Everything here was typed by customers and merchants, so nothing is trusted: control characters and line breaks become
spaces (a line break in a subject would start a new header), addresses that are not http or https are dropped, and a
first name that carries an address is not used (people sign up other people under such names to advertise in the
shop's mails).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from babel.dates import format_date
from django.utils.encoding import iri_to_uri

from .money import money, quantity

MAX_TILES = 20  # lines shown as tiles; the text part names all
_MOST_OF_NAME = 60  # characters, so that tiles side by side are about as high
_NAMES_IN_PREVIEW = 3
_LINE_BREAKING = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # left open, they turn around what follows
# One that is an address beyond doubt: what most are, and quickly seen.
_PLAIN_ADDRESS = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?::\d{1,5})?(?:/[\w.~/%?=&+:,;@!$'()*-]*)?", re.ASCII)
_NAME_WITH_ADDRESS = re.compile(r"://|@|\bwww\.|\w\.[a-z]{2}", re.IGNORECASE)


class ContentError(ValueError):
    """Content that no mail can be made of, and why."""


def clean(value: object) -> str:
    """Text on one line, without characters that control rather than say something."""
    text = _DIRECTION_CONTROLS.sub("", str(value))
    return _LINE_BREAKING.sub(" ", text).strip()


def shortened(name: str) -> str:
    """A name where there is room for so much only."""
    return name if len(name) <= _MOST_OF_NAME else f"{name[: _MOST_OF_NAME - 1].rstrip()}…"


def web_address(value: object) -> str:
    """The address in ASCII if a mail may link to it, else ""."""
    text = str(value).strip()
    if _PLAIN_ADDRESS.fullmatch(text):
        return text
    try:
        parts = urlsplit(text)
        good = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return ""
    if not good or _LINE_BREAKING.search(text):
        return ""
    return str(iri_to_uri(text))


def amount(value: object) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ContentError(f"{str(value)[:40]!r} is not an amount of money.") from None
    if not number.is_finite() or abs(number) >= 10**15:
        raise ContentError(f"{str(value)[:40]!r} is not an amount of money.")
    return number


def letter(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """What every mail names, whatever it is about. Raises ContentError or KeyError for what is wrong or missing."""
    first_name = clean(content["first_name"])
    return {
        "first_name": "" if _NAME_WITH_ADDRESS.search(first_name) else first_name[:50],
        "shop_name": clean(content["shop_name"]),
        "storefront_url": web_address(content["storefront_url"]),
        "home_url": web_address(content.get("home_url") or content["storefront_url"]),
        "sender_address": clean(content["sender_address"]),
        "view_url": web_address(content.get("view_url", "")),
        "unsubscribe_url": needed_address(content, "unsubscribe_url"),
        "preferences_url": web_address(content.get("preferences_url", "")),
        "follow": content.get("follow"),  # a function (``tracking/links.py``), so never of stored content
        "pixel_url": web_address(content.get("pixel_url", "")),
        "blocks": {slot: _block(slot, shown, locale) for slot, shown in content.get("blocks", {}).items()},
    }


def needed_address(content: Mapping[str, Any], name: str) -> str:
    """A link without which a mail is none."""
    link = web_address(content[name])
    if not link:
        raise ContentError(f"{name} is not a web address.")
    return link


def listed(lines: Sequence[Mapping[str, Any]], locale: Locale) -> dict[str, Any]:
    """The lines of what a mail is about: all of them, those shown as tiles, and how many more there are."""
    return {
        "lines": lines,
        "tiles": lines[:MAX_TILES],
        "more_count": len(lines) - MAX_TILES if len(lines) > MAX_TILES else 0,
        "more": quantity(len(lines) - MAX_TILES, locale),
    }


def named(names: Sequence[str]) -> str:
    """The first few of some names, for a subject or the line below it in the inbox."""
    return ", ".join(name[:60] for name in names[:_NAMES_IN_PREVIEW]) + (", …" if names[_NAMES_IN_PREVIEW:] else "")


def prices(price: object, undiscounted: object, currency: str, locale: Locale) -> dict[str, str]:
    """A price in words, and the regular one where that is higher."""
    now, regular = amount(price), amount(undiscounted)
    return {
        "price": money(now, currency, locale),
        "regular_price": money(regular, currency, locale) if regular > now else "",
    }


def currency_code(value: object) -> str:
    """A currency (ISO 4217)."""
    if not re.fullmatch("[A-Z]{3}", str(value)):
        raise ContentError(f"{str(value)[:40]!r} is not a currency.")
    return str(value)


def written_day(value: object, locale: Locale) -> str:
    """A day (ISO 8601) as its readers write it; "" where it is none: then nothing is promised."""
    try:
        return format_date(date.fromisoformat(str(value)), "long", locale=locale)
    except ValueError:
        return ""


def _block(slot: str, products: Sequence[Mapping[str, Any]], locale: Locale) -> dict[str, Any] | None:
    """A block of products (``products.py``): one after another, and two by two. The last row may have a None."""
    tiles = [tile for tile in (_tile(product, locale) for product in products) if tile["url"] and tile["name"]]
    if not tiles:
        return None
    places = [*tiles, *[None] * (len(tiles) % 2)]
    rule = str(products[0].get("rule", slot))  # the blocks of mails that were decided before have but one name
    return {"kind": rule, "tiles": tiles, "rows": [places[start : start + 2] for start in range(0, len(places), 2)]}


def _tile(product: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    name, currency = clean(product["name"]), currency_code(product["currency"])
    return prices(product["price"], product["undiscounted_price"], currency, locale) | {
        "name": name,
        "short_name": shortened(name),
        "initial": name[:1].upper(),
        "prices_differ": bool(product["prices_differ"]),
        "image_url": web_address(product["image_url"]),
        "url": web_address(product["url"]),
    }
