"""From stored content to what a template is filled with: checked, cleaned, with money and counts in words.

Everything here was typed by customers and merchants, so nothing is trusted: control characters and line breaks become
spaces (a line break in a subject would start a new header), addresses that are not http or https are dropped, and a
first name that carries an address is not used (people sign up other people under such names to advertise in the
shop's mails).
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from babel import Locale
from django.utils.encoding import iri_to_uri

from .money import money, quantity

MAX_TILES = 20  # lines shown as tiles; the text part names all
_MOST_OF_NAME = 60  # characters, so that tiles side by side are about as high
_NAMES_IN_PREVIEW = 3
_LINE_BREAKING = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]+")
_DIRECTION_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")  # left open, they turn around what follows
_NAME_WITH_ADDRESS = re.compile(r"://|@|\bwww\.|\w\.[a-z]{2}", re.IGNORECASE)


class ContentError(ValueError):
    """Content that no mail can be made of, and why."""


def clean(value: object) -> str:
    """Text on one line, without characters that control rather than say something."""
    text = _DIRECTION_CONTROLS.sub("", str(value))
    return _LINE_BREAKING.sub(" ", text).strip()


def web_address(value: object) -> str:
    """The address in ASCII if a mail may link to it, else ""."""
    text = str(value).strip()
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


def fill_values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """What the cart templates name. Raises ContentError where something essential is missing or wrong."""
    try:
        return _values(content, locale)
    except KeyError as error:
        raise ContentError(f"The content has no {error}.") from None


def _values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    currency = _currency(content["currency"])
    links = {name: web_address(content[name]) for name in ("restore_url", "unsubscribe_url")}
    for name, link in links.items():
        if not link:
            raise ContentError(f"{name} is not a web address.")
    lines = [_line(line, currency, locale, links["restore_url"]) for line in content["lines"]]
    if not lines:
        raise ContentError("The cart has no lines.")
    first_name = clean(content["first_name"])
    item_count = sum(int(line["quantity"]) for line in content["lines"])
    names = [line["product_name"] for line in lines if line["available"]] or [lines[0]["product_name"]]
    return links | {
        "first_name": "" if _NAME_WITH_ADDRESS.search(first_name) else first_name[:50],
        "shop_name": clean(content["shop_name"]),
        "storefront_url": web_address(content["storefront_url"]),
        "sender_address": clean(content["sender_address"]),
        "total": money(amount(content["total"]), currency, locale),
        "lines": lines,
        "tiles": lines[:MAX_TILES],
        "more_count": len(lines) - MAX_TILES if len(lines) > MAX_TILES else 0,
        "more": quantity(len(lines) - MAX_TILES, locale),
        "item_count": item_count,
        "count": quantity(item_count, locale),
        "names": ", ".join(name[:60] for name in names[:_NAMES_IN_PREVIEW])
        + (", …" if names[_NAMES_IN_PREVIEW:] else ""),
        "blocks": {kind: _block(kind, shown, locale) for kind, shown in content.get("blocks", {}).items()},
    }


def _line(line: Mapping[str, Any], currency: str, locale: Locale, restore_url: str) -> dict[str, Any]:
    unit_price, undiscounted = amount(line["unit_price"]), amount(line["undiscounted_unit_price"])
    name, url = clean(line["product_name"]), web_address(line["url"])
    return {
        "product_name": name,
        "variant_name": clean(line["variant_name"]),
        "initial": name[:1].upper(),  # stands where there is no picture
        "quantity": quantity(int(line["quantity"]), locale),
        "several": int(line["quantity"]) > 1,
        "price": money(unit_price, currency, locale),
        "regular_price": money(undiscounted, currency, locale) if undiscounted > unit_price else "",
        "total": money(amount(line["total"]), currency, locale),
        "image_url": web_address(line["image_url"]),
        "url": url,
        "link": url or restore_url,
        "available": bool(line["available"]),
    }


def _block(kind: str, products: Sequence[Mapping[str, Any]], locale: Locale) -> dict[str, Any] | None:
    """A block of products (``products.py``): one after another, and in rows of two pairs, which phones put below each
    other. Where nothing is left to fill a pair with, it has None."""
    tiles = [tile for tile in (_tile(product, locale) for product in products) if tile["url"] and tile["name"]]
    if not tiles:
        return None
    places = [*tiles, *[None] * (-len(tiles) % 4)]
    pairs = [places[start : start + 2] for start in range(0, len(places), 2)]
    return {"kind": kind, "tiles": tiles, "rows": [pairs[start : start + 2] for start in range(0, len(pairs), 2)]}


def _tile(product: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    price, undiscounted = amount(product["price"]), amount(product["undiscounted_price"])
    name, currency = clean(product["name"]), _currency(product["currency"])
    return {
        "name": name,
        "short_name": name if len(name) <= _MOST_OF_NAME else f"{name[: _MOST_OF_NAME - 1].rstrip()}…",
        "initial": name[:1].upper(),
        "price": money(price, currency, locale),
        "regular_price": money(undiscounted, currency, locale) if undiscounted > price else "",
        "prices_differ": bool(product["prices_differ"]),
        "image_url": web_address(product["image_url"]),
        "url": web_address(product["url"]),
    }


def _currency(value: object) -> str:
    if not re.fullmatch("[A-Z]{3}", str(value)):
        raise ContentError(f"{str(value)[:40]!r} is not a currency.")
    return str(value)
