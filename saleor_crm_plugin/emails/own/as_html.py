"""Writes a tree as the rows of a mail's card: HTML for the first pass of our own templates (``emails/source.py``)."""

from collections.abc import Sequence
from html import escape

from . import written
from .tree import Block, Element, For, If, Link, Node, Text, Value

_CLASSES = {
    "h1": "title", "h2": "subtitle", "h3": "small-title", "p": "paragraph", "ul": "list", "ol": "list",
    "li": "list-entry", "blockquote": "quote", "a": "text-link",
}  # fmt: skip
_ROW = '<tr><td class="own-row">\n{}\n</td></tr>\n'


def rows(nodes: Sequence[Node]) -> str:
    """What stands between paragraphs: each of our blocks is a row, and so is what is written between two of them."""
    said, text = "", ""
    for node in nodes:
        if _is_text(node):
            text += _text(node)
            continue
        if text:
            said, text = said + _ROW.format(text), ""
        if isinstance(node, If):
            said += written.branching(node, rows)
        elif isinstance(node, For):
            said += written.loop(node, rows)
        elif isinstance(node, Block):
            said += _block(node)
    return said + (_ROW.format(text) if text else "")


def card(nodes: Sequence[Node]) -> str:
    """All rows of the card. A picture at the very top fills it from edge to edge."""
    first = nodes[0] if nodes else None
    if not isinstance(first, Block) or first.kind != "image":
        return f'<tr><td class="own-start"></td></tr>\n{rows(nodes)}<tr><td class="own-end"></td></tr>'
    top = _block(first).replace('class="picture"', 'class="picture picture-first"')
    return f'{top}{rows(nodes[1:])}<tr><td class="own-end"></td></tr>'


def line(nodes: Sequence[Node]) -> str:
    """A preview text."""
    return "".join(_text(node) for node in nodes)


def _is_text(node: Node) -> bool:
    if isinstance(node, If):
        return all(_is_text(one) for _, nodes in node.branches for one in nodes)
    if isinstance(node, For):
        return all(_is_text(one) for one in node.inside)
    return not isinstance(node, Block)


def _text(node: Node) -> str:
    if isinstance(node, Text):
        return escape(node.text, quote=False)
    if isinstance(node, Value):
        return written.value(node, html=True)
    if isinstance(node, If):
        return written.branching(node, line)
    if isinstance(node, For):
        return written.loop(node, line)
    if isinstance(node, Element):
        return _element(node)
    raise AssertionError(f"{node} is no text")


def _element(element: Element) -> str:
    if element.name == "br":
        return "<br>"
    attributes = f' class="{_CLASSES[element.name]}"' if element.name in _CLASSES else ""
    if element.align:
        attributes += f' align="{element.align}" style="text-align: {element.align};"'
    if element.link:
        attributes += f' href="{_address(element.link)}"'
    said = f"<{element.name}{attributes}>{line(element.inside)}</{element.name}>"
    return written.where_it_leads(element.link, said) if element.link else said


def _address(link: Link) -> str:
    return f"{{{{ {link.place} }}}}" if link.place else escape(link.address)


def _block(block: Block) -> str:
    if block.kind == "products":
        title = f" title={quoted(block.words)}" if block.words else ""
        return f"{{% products {block.products.written}{title} %}}\n"
    if block.kind == "button" and block.link:
        there = f'<tr><td class="own-action">{_BUTTON.format(_address(block.link), escape(block.words))}</td></tr>\n'
        return written.where_it_leads(block.link, there)
    if block.kind == "image" and block.picture:
        picture = f'<img class="picture" width="600" src="{_address(block.picture)}" alt="{escape(block.words)}">'
        if block.link:
            linked = f'<a href="{_address(block.link)}">{picture}</a>'
            picture = written.where_it_leads(block.link, linked, otherwise=picture)
        return f'<tr><td class="own-picture">{picture}</td></tr>\n'
    if block.kind == "voucher":
        there = '{% include "saleor_crm/voucher.html" %}<tr><td class="own-gap"></td></tr>'
        return f"{{% if voucher %}}{there}{{% endif %}}\n"
    if block.kind == "lines":
        inside = f'<tr><td class="cart">{{% include "saleor_crm/{block.words}.html" %}}</td></tr>'
        return f"{{% if tiles %}}{inside}{{% endif %}}\n"
    return '<tr><td class="own-divider"><div class="divider">&nbsp;</div></td></tr>\n'


_BUTTON = (
    '<table role="presentation" class="button" width="100%" cellpadding="0" cellspacing="0" border="0"><tbody><tr>'
    '<td class="button-ground"><a class="button-link" href="{}">{}</a></td></tr></tbody></table>'
)


def quoted(text: str) -> str:
    """A text as an argument of a tag; it has one kind of quotes at most (``tokens.py``)."""
    quote = "'" if '"' in text else '"'
    return f"{quote}{text}{quote}"
