"""Reads HTML documents for comparison."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import unquote

from lxml import html

Shape = tuple[str, tuple[str, ...]]


def parse(document: str) -> html.HtmlElement:
    return html.document_fromstring(document.encode(), parser=html.HTMLParser(encoding="utf-8"))


def squeezed(text: str | None) -> str:
    return re.sub(r"[ \t\r\n]+", " ", text or "").strip()


def elements(document: str) -> Iterator[html.HtmlElement]:
    return (element for element in parse(document).iter() if isinstance(element.tag, str))


def shape(document: str) -> Counter[Shape]:
    """Which elements with which attributes the document has, however it is worded."""
    return Counter((str(element.tag), tuple(sorted(element.attrib))) for element in elements(document))


def normal(document: str) -> list[tuple[object, ...]]:
    """The document without what no reader sees: white space, order of attributes, way of escaping.

    Attributes are compared unquoted: older libxml2 quotes more characters than it has to when it writes addresses.
    """
    return [
        (
            str(element.tag),
            sorted((name, unquote(squeezed(value))) for name, value in element.attrib.items()),
            squeezed(element.text),
            squeezed(element.tail),
        )
        for element in parse(document).iter()
    ]
