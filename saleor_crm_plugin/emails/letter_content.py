"""What a letter to a customer says: products that it is about, a voucher, and the way into the shop."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from babel import Locale

from .content import (
    ContentError,
    amount,
    clean,
    currency_code,
    listed,
    named,
    needed_address,
    prices,
    web_address,
    written_day,
)  # fmt: skip
from .money import money, percentage

MAX_CODE = 64  # characters of a voucher's code


def letter_values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """What all letters name. Raises ContentError or KeyError for what is wrong or missing."""
    shop_url = web_address(content["shop_url"])
    home = shop_url or web_address(content["storefront_url"])
    items = [_item(item, home, locale) for item in content["items"]]
    return listed(items, locale) | {
        "names": named([item["product_name"] for item in items]),
        "several": len(items) > 1,
        "shop_url": shop_url,
        "button_url": items[0]["link"] if len(items) == 1 else shop_url,
        "voucher": _voucher(content["voucher"], locale) if content.get("voucher") else None,
        "priced": bool(items) or any(content.get("blocks", {}).values()),
        "owned": True,  # what goes with the mail's products goes with what its reader has, not with a cart
    }


def letter_about_products(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The same, of a letter that says nothing without its products."""
    if not content["items"]:
        raise ContentError("There are no items.")
    return letter_values(content, locale)


def letter_with_voucher(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The same, of a letter that brings a voucher."""
    if not content.get("voucher"):
        raise ContentError("There is no voucher.")
    return letter_values(content, locale)


def newsletter_values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The same, of a letter about nothing: what goes with a cart in it goes with the reader's cart."""
    return letter_values(content, locale) | {"owned": False}


def newsletter_confirmation_values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """What the mail names whose only sense is its button."""
    link = needed_address(content, "confirm_url")
    return listed([], locale) | {"confirm_url": link, "button_url": link, "shop_url": "", "voucher": None}


def _item(item: Mapping[str, Any], home: str, locale: Locale) -> dict[str, Any]:
    name, url = clean(item["name"]), web_address(item["url"])
    if not url and not home:
        raise ContentError("An item can not be linked to.")
    return prices(item["price"], item["undiscounted_price"], currency_code(item["currency"]), locale) | {
        "product_name": name,
        "initial": name[:1].upper(),  # stands where there is no picture
        "prices_differ": bool(item["prices_differ"]),
        "image_url": web_address(item["image_url"]),
        "url": url,
        "link": url or home,
    }


def _voucher(voucher: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """A voucher in words. A code that could not be copied as it is, or a day that is none, makes no letter."""
    code = str(voucher["code"])
    if not code or len(code) > MAX_CODE or clean(code) != code:
        raise ContentError("The voucher's code can not be shown.")
    expires_on = written_day(voucher["expires_on"], locale)
    if not expires_on:
        raise ContentError(f"{str(voucher['expires_on'])[:40]!r} is not a day.")
    return {
        "code": code,
        "value": _value(voucher, locale),
        "min_spent": _min_spent(voucher, locale),
        "expires_on": expires_on,
    }


def _value(voucher: Mapping[str, Any], locale: Locale) -> str:
    """What it takes off: "15 %", "10,00 €"."""
    off = amount(voucher.get("percent") or voucher.get("amount"))
    if off <= 0 or (voucher.get("percent") and off > 100):
        raise ContentError(f"A voucher does not take {off} off.")
    if voucher.get("percent"):
        return percentage(off, locale)
    return money(off, currency_code(voucher["currency"]), locale)


def _min_spent(voucher: Mapping[str, Any], locale: Locale) -> str:
    least = amount(voucher["min_spent"] or Decimal(0))
    return money(least, currency_code(voucher["currency"]), locale) if least > 0 else ""
