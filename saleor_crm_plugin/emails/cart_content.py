"""What a mail about a cart says of it."""

from collections.abc import Mapping
from typing import Any

from babel import Locale

from .content import ContentError, amount, clean, currency_code, listed, named, needed_address, prices, web_address
from .money import money, quantity


def cart_values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """What the cart's templates name. Raises ContentError or KeyError for what is wrong or missing."""
    currency = currency_code(content["currency"])
    restore_url = needed_address(content, "restore_url")
    lines = [_line(line, currency, locale, restore_url) for line in content["lines"]]
    if not lines:
        raise ContentError("The cart has no lines.")
    item_count = sum(int(line["quantity"]) for line in content["lines"])
    names = [line["product_name"] for line in lines if line["available"]] or [lines[0]["product_name"]]
    return listed(lines, locale) | {
        "restore_url": restore_url,
        "total": money(amount(content["total"]), currency, locale),
        "item_count": item_count,
        "names": named(names),
        "count": quantity(item_count, locale),
    }


def _line(line: Mapping[str, Any], currency: str, locale: Locale, restore_url: str) -> dict[str, Any]:
    name, url = clean(line["product_name"]), web_address(line["url"])
    return prices(line["unit_price"], line["undiscounted_unit_price"], currency, locale) | {
        "product_name": name,
        "variant_name": clean(line["variant_name"]),
        "initial": name[:1].upper(),  # stands where there is no picture
        "quantity": quantity(int(line["quantity"]), locale),
        "several": int(line["quantity"]) > 1,
        "total": money(amount(line["total"]), currency, locale),
        "image_url": web_address(line["image_url"]),
        "url": url,
        "link": url or restore_url,
        "available": bool(line["available"]),
    }
