"""The blocks of products that a template asks for: ``{% products "cart" limit=4 %}``, several in one mail.

What stands in them is chosen when the mail is decided (``products.py``) and frozen with it in ``content["blocks"]``:
the products of each kind. A block for which nothing was found leaves no trace in the mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.template import Context, Node, NodeList, Template, TemplateSyntaxError

from .languages import SOURCE, best
from .source import second_pass, translated

USUAL, MOST = 4, 12  # products in a block
FEWEST = 2  # a row of one is none


class Kind(StrEnum):
    """By which rule a block is filled."""

    RECOMMENDED = "recommended"  # what the customer may like
    POPULAR = "popular"  # what sells now
    RELATED = "related"  # like the products that the mail is about
    CART = "cart"  # what goes well with them together


@dataclass(frozen=True)
class Block:
    """A block as a template asks for it."""

    kind: Kind
    limit: int = USUAL

    @classmethod
    def of(cls, kind: str, limit: int) -> "Block":
        """As it is written in a template. Raises TemplateSyntaxError, in words for whoever wrote it."""
        if kind not in list(Kind):
            raise TemplateSyntaxError(f"There are no products of the kind {kind!r}; there are {', '.join(Kind)}.")
        if not FEWEST <= limit <= MOST:
            raise TemplateSyntaxError(f"A block shows {FEWEST} to {MOST} products, not {limit}.")
        return cls(Kind(kind), limit)


class Shown(Node):
    """The place of a block in a compiled template: shown if there is anything in it."""

    def __init__(self, block: Block, nodelist: NodeList) -> None:
        self.block, self.nodelist = block, nodelist

    def render(self, context: Context) -> str:
        """The block's part of the mail, in which it is named ``block``."""
        filled = (context.get("blocks") or {}).get(self.block.kind)
        if not filled:
            return ""
        with context.push(block=filled):
            return str(self.nodelist.render(context))


def asked(part: Template) -> Sequence[Block]:
    """The blocks of a compiled part of a mail, in their order. Raises TemplateSyntaxError for two of a kind."""
    found = [node.block for node in part.nodelist.get_nodes_by_type(Shown) if isinstance(node, Shown)]
    if len({block.kind for block in found}) < len(found):
        raise TemplateSyntaxError("A mail has one block of products of each kind.")
    return found


@cache
def wanted(template: str) -> Sequence[Block]:
    """The blocks that a mail asks for: those of its text, which are those of its HTML (``compile.compile_mail``)."""
    return asked(second_pass(False).from_string(translated(f"{template}.txt", best(SOURCE))))
