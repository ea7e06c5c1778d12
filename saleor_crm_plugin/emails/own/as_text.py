"""Writes a tree as the text part of a mail: what a reader without HTML gets, addresses written out."""

import re
from collections.abc import Sequence

from . import written
from .as_html import quoted
from .tree import Block, Element, For, If, Link, Node, Text, Value

_LINES = {"cart": "cart", "items": "items", "items_missing": "items"}
_SPACES = re.compile(r"\s+")


def paragraphs(nodes: Sequence[Node]) -> str:
    """What stands between paragraphs, with an empty line between any two."""
    return "".join(_paragraph(node) for node in nodes)


def line(nodes: Sequence[Node]) -> str:
    """What stands in a paragraph, or a subject."""
    return "".join(_inline(node) for node in nodes)


def _paragraph(node: Node) -> str:
    if isinstance(node, If):
        return written.branching(node, paragraphs)
    if isinstance(node, For):
        return written.loop(node, paragraphs)
    if isinstance(node, Block):
        return _block(node)
    if isinstance(node, Element) and node.name in ("ul", "ol"):
        return f"{_entries(node.inside)}\n"
    if isinstance(node, Element) and node.name == "blockquote":
        return paragraphs(node.inside)
    return f"{line([node]).strip()}\n\n"


def _entries(nodes: Sequence[Node]) -> str:
    said = ""
    for node in nodes:
        if isinstance(node, If):
            said += written.branching(node, _entries)
        elif isinstance(node, For):
            said += written.loop(node, _entries)
        else:
            said += f"* {line([node]).strip()}\n"
    return said


def _inline(node: Node) -> str:
    if isinstance(node, Text):
        return _SPACES.sub(" ", node.text)
    if isinstance(node, Value):
        return written.value(node, html=False)
    if isinstance(node, If):
        return written.branching(node, line)
    if isinstance(node, For):
        return written.loop(node, line)
    if isinstance(node, Element):
        if node.name == "br":
            return "\n"
        said = line(node.inside)
        if not node.link or said.strip() == node.link.address:
            return said
        return written.where_it_leads(node.link, f"{said} ({_address(node.link)})")
    raise AssertionError(f"{node} stands between paragraphs")


def _block(block: Block) -> str:
    if block.kind == "products":
        title = f" title={quoted(block.words)}" if block.words else ""
        return f"{{% products {block.products.written}{title} %}}\n"
    if block.kind == "button" and block.link:
        there = f"{block.words}\n{_address(block.link)}\n\n"
        return written.where_it_leads(block.link, there)
    if block.kind == "image":
        said = f"{block.words}\n\n" if block.words else ""
        if not block.link:
            return said
        linked = "\n".join(part for part in (block.words, _address(block.link)) if part)
        return written.where_it_leads(block.link, f"{linked}\n\n", otherwise=said)
    if block.kind == "voucher":
        return '{% if voucher %}{% include "saleor_crm/voucher.txt" %}\n\n{% endif %}'
    if block.kind == "lines":
        return f'{{% include "saleor_crm/{_LINES[block.words]}.txt" %}}\n'
    return "----\n\n"


def _address(link: Link) -> str:
    return f"{{{{ {link.place} }}}}" if link.place else link.address
