"""The blocks of products that a template asks for: ``{% products "cart" limit=4 %}``, several in one mail.

What stands in them is chosen when the mail is decided (``products.py``) and frozen with it in ``content["blocks"]``:
the products of each block by its slot. A block for which nothing was found leaves no trace in the mail.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Any

from django.template import Context, Node, NodeList, Template, TemplateSyntaxError

from .languages import SOURCE, best
from .source import second_pass, translated

USUAL, MOST = 4, 12  # products in a block
FEWEST = 2  # a row of one is none
MOST_NAMED = 20  # products that a block pins or bans
_SLUG = re.compile(r"[\w-]{1,255}")


class Kind(StrEnum):
    """By which rule a block is filled."""

    RECOMMENDED = "recommended"  # what the customer may like
    POPULAR = "popular"  # what sells now
    RELATED = "related"  # like the products that the mail is about
    BOUGHT_TOGETHER = "bought_together"  # what is bought with each of them
    CART = "cart"  # what goes well with them together
    ALTERNATIVES = "alternatives"  # what can be had instead of them
    BACK_IN_STOCK = "back_in_stock"  # what was sold out and is there again


@dataclass(frozen=True)
class Block:
    """A block as a template asks for it.

    ``category`` and ``collection`` (slugs, "" for any) and the prices (in the channel's currency) narrow it. ``pin``
    (slugs) comes first, in this order, wherever the channel sells it; ``ban`` never. Where too little is found,
    ``fallback`` fills it ("" for nothing: the block is left out). ``place`` counts the blocks of a kind in one mail.
    """

    kind: Kind
    limit: int = USUAL
    category: str = ""
    collection: str = ""
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    pin: tuple[str, ...] = ()
    ban: tuple[str, ...] = ()
    fallback: Kind | None = None
    place: int = 1

    @classmethod
    def of(
        cls,
        kind: str,
        limit: int = USUAL,
        *,
        category: str = "",
        collection: str = "",
        price_min: Decimal | float | str | None = None,
        price_max: Decimal | float | str | None = None,
        pin: str = "",
        ban: str = "",
        fallback: str = "",
        place: int = 1,
    ) -> "Block":
        """As it is written in a template. Raises TemplateSyntaxError, in words for whoever wrote it."""
        if not FEWEST <= limit <= MOST:
            raise TemplateSyntaxError(f"A block shows {FEWEST} to {MOST} products, not {limit}.")
        least, most = (None if price is None else Decimal(str(price)) for price in (price_min, price_max))
        if least is not None and most is not None and least > most:
            raise TemplateSyntaxError(f"No product costs at least {least} and at most {most}.")
        return cls(
            _kind(kind),
            limit,
            _slug(category) if category else "",
            _slug(collection) if collection else "",
            least,
            most,
            _slugs(pin),
            _slugs(ban),
            _kind(fallback) if fallback else None,
            place,
        )

    @property
    def slot(self) -> str:
        """Under which name its products are kept with the mail."""
        return self.kind if self.place == 1 else f"{self.kind}_{self.place}"

    @property
    def priced(self) -> bool:
        """Whether it matters what a product costs."""
        return self.price_min is not None or self.price_max is not None

    @property
    def narrow(self) -> bool:
        """Whether not every product of its kind may stand in it."""
        return bool(self.category or self.collection or self.priced or self.ban)

    @property
    def written(self) -> str:
        """Its arguments as a template says them, without ``place``."""
        said = f'"{self.kind}" limit={self.limit}'
        for name in ("category", "collection"):
            said += f' {name}="{getattr(self, name)}"' if getattr(self, name) else ""
        for name in ("price_min", "price_max"):
            said += f' {name}="{getattr(self, name)}"' if getattr(self, name) is not None else ""
        for name in ("pin", "ban"):
            said += f' {name}="{",".join(getattr(self, name))}"' if getattr(self, name) else ""
        return said + (f' fallback="{self.fallback}"' if self.fallback else "")


def _kind(kind: str) -> Kind:
    if kind not in list(Kind):
        raise TemplateSyntaxError(f"There are no products of the kind {kind!r}; there are {', '.join(Kind)}.")
    return Kind(kind)


def _slug(slug: str) -> str:
    if not _SLUG.fullmatch(slug):
        raise TemplateSyntaxError(f"{slug[:40]!r} is no slug: the last part of an address in the shop.")
    return slug


def _slugs(written: str) -> tuple[str, ...]:
    slugs = tuple(dict.fromkeys(_slug(slug.strip()) for slug in written.split(",") if slug.strip()))
    if len(slugs) > MOST_NAMED:
        raise TemplateSyntaxError(f"A block names at most {MOST_NAMED} products.")
    return slugs


class Shown(Node):
    """The place of a block in a compiled template: shown if there is anything in it."""

    def __init__(self, block: Block, nodelist: NodeList) -> None:
        self.block, self.nodelist = block, nodelist

    def filled(self, context: Context | Mapping[str, Any]) -> Any:
        """What stands in it; nothing where nothing was found."""
        return (context.get("blocks") or {}).get(self.block.slot)

    def render(self, context: Context) -> str:
        """The block's part of the mail, in which it is named ``block``."""
        filled = self.filled(context)
        if not filled:
            return ""
        with context.push(block=filled):
            return str(self.nodelist.render(context))


def asked(part: Template) -> Sequence[Block]:
    """The blocks of a compiled part of a mail, in their order."""
    return [node.block for node in part.nodelist.get_nodes_by_type(Shown) if isinstance(node, Shown)]


@cache
def wanted(template: str) -> Sequence[Block]:
    """The blocks that a mail asks for: those of its text, which are those of its HTML (``compile.compile_mail``)."""
    return asked(second_pass(False).from_string(translated(f"{template}.txt", best(SOURCE))))
