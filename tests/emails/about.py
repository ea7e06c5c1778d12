"""What a mail's content is about: the lines of a cart, variants of the shop's, or its products."""

from typing import Any

Content = dict[str, Any]


def part(content: Content) -> str:
    """The name of that part of the content."""
    return "lines" if "lines" in content else "items"


def lines(content: Content) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = content[part(content)]
    return found


def name_of(line: dict[str, Any]) -> str:
    """Under which key it has its name."""
    return "product_name" if "product_name" in line else "name"


def products(content: Content) -> list[dict[str, Any]]:
    """What stands in its blocks."""
    return [product for block in content.get("blocks", {}).values() for product in block]
