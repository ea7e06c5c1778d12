"""What a mail about variants says of them: that they are there again, or not, or cost less."""

from collections.abc import Mapping
from typing import Any

from babel import Locale

from .content import (
    ContentError,
    clean,
    currency_code,
    listed,
    named,
    needed_address,
    prices,
    shortened,
    web_address,
    written_day,
)  # fmt: skip


def stock_values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """What the templates of stock name. Raises ContentError or KeyError for what is wrong or missing."""
    items = [_item(item, web_address(content["storefront_url"]), locale) for item in content["items"]]
    if not items:
        raise ContentError("There are no items.")
    return listed(items, locale) | {
        "names": named(list(dict.fromkeys(item["product_name"] for item in items))),  # variants share a name
        "product_name": shortened(items[0]["product_name"]),
        "link": items[0]["link"],
        "several": len(items) > 1,
        "ask_url": web_address(content.get("ask_url", "")),
        "cancel_url": web_address(content.get("cancel_url", "")),
    }


def confirmation_values(content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The same, of the mail whose only sense is its button."""
    return stock_values(content, locale) | {"confirm_url": needed_address(content, "confirm_url")}


def _item(item: Mapping[str, Any], storefront_url: str, locale: Locale) -> dict[str, Any]:
    name, url = clean(item["product_name"]), web_address(item["url"])
    if not url and not storefront_url:
        raise ContentError("An item can not be linked to.")
    return prices(item["price"], item["undiscounted_price"], currency_code(item["currency"]), locale) | {
        "product_name": name,
        "variant_name": clean(item["variant_name"]),
        "initial": name[:1].upper(),  # stands where there is no picture
        "image_url": web_address(item["image_url"]),
        "url": url,
        "link": url or storefront_url,
        "expected_on": written_day(item.get("expected_on", ""), locale),
    }
