"""What words consist of, once they are read (``read.py``): checked, so that whoever writes them out trusts it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from .names import Name


@dataclass(frozen=True)
class Text:
    """As it is shown, not escaped. It has no curly brackets."""

    text: str


@dataclass(frozen=True)
class Value:
    """A value of the mail, through filters: (name, argument or "")."""

    place: str
    filters: Sequence[tuple[str, str | int]] = ()


@dataclass(frozen=True)
class Link:
    """Where something leads: an address, or a place of one."""

    address: str = ""
    place: str = ""


@dataclass(frozen=True)
class Term:
    """A part of a condition: ``place``, compared with ``other`` where ``operator`` is not ""."""

    place: str
    negated: bool = False
    operator: str = ""
    other: str | int = ""


@dataclass(frozen=True)
class Condition:
    """Terms with "and" or "or" before each but the first."""

    terms: Sequence[tuple[str, Term]]


@dataclass
class If:
    """Branches with their conditions; None is *else*."""

    branches: list[tuple[Condition | None, list["Node"]]]


@dataclass
class For:
    """Said again for each entry of a list. ``entry`` is what the entry is called when it is filled in."""

    each: Name
    entry: str
    inside: list["Node"] = field(default_factory=list)


@dataclass
class Element:
    """An HTML element with what we let through of its attributes."""

    name: str
    align: str = ""
    link: Link | None = None
    inside: list["Node"] = field(default_factory=list)


@dataclass(frozen=True)
class Block:
    """A part that we lay out: ``products``, ``button``, ``image``, ``voucher``, ``lines``, ``divider``.

    ``words``: the title, the text, the alt text, or which lines (``names.LINES``).
    """

    kind: str
    words: str = ""
    link: Link | None = None
    picture: Link | None = None
    products: Any = None  # a ``blocks.Block``


Node = Text | Value | If | For | Element | Block
