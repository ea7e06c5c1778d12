"""Reads what stands between curly brackets. Whatever is not just as described here is refused, in plain words.

``{{ name|filter:"text" }}``; conditions of names, texts and numbers with ``and``, ``or``, ``not`` and comparisons; and
the tags that we lay out. Texts have no backslashes and no curly brackets, so that they can be written out again as
they are.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from django.template import TemplateSyntaxError
from django.utils.text import smart_split

from ..blocks import USUAL
from ..blocks import Block as Products
from ..content import web_address
from .names import Name, Names, Type
from .tree import Block, Condition, Link, Term, Value
from .words import Problem

_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*", re.ASCII)
_TEXT = re.compile(r"\"[^\"\\{}\n]*\"|'[^'\\{}\n]*'")
_FILTERED = re.compile(rf"\s*\|\s*([a-z]+)(?::({_TEXT.pattern}|\d{{1,4}}))?", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_OPERATORS = ("==", "!=", "<", ">", "<=", ">=")
_MOST_TERMS = 8
# Each filter, and what it takes.
_NOTHING, _A_TEXT, _A_NUMBER = "nothing", 'a text: |default:"…"', "a number: |truncatechars:40"
_FILTERS: Mapping[str, str] = {
    "default": _A_TEXT, "upper": _NOTHING, "lower": _NOTHING, "capfirst": _NOTHING, "truncatechars": _A_NUMBER,
}  # fmt: skip
_OPTIONS = {"title", "limit", "category", "collection", "price_min", "price_max", "pin", "ban", "fallback"}


def find(names: Names, written: str, *types: Type) -> Name:
    """The value of a name. Raises Problem where there is none, or none of these types."""
    if written.partition(".")[0] == "voucher" and "voucher" not in names:
        raise Problem(f"This mail brings no voucher: “{written}” stands only in mails that do.")
    if not _NAME.fullmatch(written) or written not in names:
        raise Problem(f"There is no “{written}” in this mail; there are {', '.join(sorted(names))}.")
    if types and names[written].type not in types:
        raise Problem(f"“{written}” is a {names[written].type}, which can not stand there.")
    return names[written]


def read_value(written: str, names: Names) -> Value:
    """What stands between ``{{`` and ``}}``."""
    match = _NAME.match(written)
    if not match:
        raise Problem(f"“{written[:60]}” is no name of a value.")
    name, filters, at = find(names, match[0], Type.TEXT, Type.NUMBER), [], match.end()
    while at < len(written):
        part = _FILTERED.match(written, at)
        if not part:
            raise Problem(f"“{written[:60]}” can't be read behind “{written[:at]}”.")
        filters.append(_filter(part[1], part[2]))
        at = part.end()
    return Value(name.place, tuple(filters))


def _filter(name: str, argument: str | None) -> tuple[str, str | int]:
    if name not in _FILTERS:
        raise Problem(f"There is no filter “{name}”; there are {', '.join(_FILTERS)}.")
    given = _NOTHING if argument is None else _A_TEXT if argument[0] in "\"'" else _A_NUMBER
    if given != _FILTERS[name]:
        raise Problem(f"The filter “{name}” takes {_FILTERS[name]}.")
    if argument is None:
        return name, ""
    return name, argument[1:-1] if given == _A_TEXT else int(argument)


def read_condition(written: Sequence[str], names: Names) -> Condition:
    """What stands behind ``if`` and ``elif``."""
    bits, terms, joint = list(written), [], ""
    while True:
        term, bits = _term(bits, names)
        terms.append((joint, term))
        if not bits:
            break
        joint = bits.pop(0)
        if joint not in ("and", "or"):
            raise Problem(f"“{joint[:40]}” is not understood in a condition: terms are joined by “and” or “or”.")
    if len(terms) > _MOST_TERMS:
        raise Problem(f"A condition has at most {_MOST_TERMS} terms.")
    return Condition(tuple(terms))


def _term(bits: list[str], names: Names) -> tuple[Term, list[str]]:
    negated = bits[:1] == ["not"]
    bits = bits[1:] if negated else bits
    if not bits:
        raise Problem("A condition ends where a name is expected.")
    name, bits = find(names, bits[0]), bits[1:]
    if not bits or bits[0] not in _OPERATORS:
        return Term(name.place, negated), bits
    operator, bits = bits[0], bits[1:]
    if not bits:
        raise Problem("A comparison has nothing on its right side.")
    other: str | int
    if name.type == Type.NUMBER and _NUMBER.fullmatch(bits[0]):
        other = int(bits[0])
    elif name.type == Type.TEXT and operator in ("==", "!=") and _TEXT.fullmatch(bits[0]):
        other = bits[0][1:-1]
    else:
        raise Problem(f"“{bits[0][:40]}” can't be compared so: numbers with numbers, texts by == and != with texts.")
    return Term(name.place, negated, operator, other), bits[1:]


def read_block(kind: str, written: str, names: Names) -> Block:
    """One of our tags: ``written`` is what stands behind its name."""
    texts: list[str] = []
    options: dict[str, str] = {}
    for bit in smart_split(written):
        key, equals, value = bit.partition("=")
        if equals and key.isidentifier():
            if key in options:
                raise Problem(f"“{key}” is said twice.")
            options[key] = value
        elif options:
            raise Problem(f"“{bit[:60]}” has to stand before the options.")
        else:
            texts.append(bit)
    if kind == "products":
        return _products(texts, options)
    if kind == "button":
        _allow(options)
        if len(texts) != 2:
            raise Problem('A button has a text and a link: {% button "See more" shop.url %}.')
        words = _quoted(texts[0])
        if not words.strip():
            raise Problem("A button has a text.")
        return Block(kind, words, link=link(texts[1], names))
    if kind == "image":
        _allow(options, "alt", "link")
        if len(texts) != 1 or "alt" not in options:
            raise Problem('A picture has an address and an alt text: {% image "https://…" alt="…" %}.')
        return Block(
            kind,
            _quoted(options["alt"]),
            link=link(options["link"], names) if "link" in options else None,
            picture=link(texts[0], names),
        )
    if kind == "voucher":
        find(names, "voucher")
    if texts or options:
        raise Problem(f"“{kind}” says nothing more.")
    return Block(kind)


def _products(texts: Sequence[str], options: dict[str, str]) -> Block:
    if len(texts) != 1:
        raise Problem('Products have a kind: {% products "recommended" limit=4 %}.')
    _allow(options, *_OPTIONS)
    try:
        block = Products.of(
            _quoted(texts[0]),
            _number(options["limit"]) if "limit" in options else USUAL,
            category=_quoted(options.get("category", '""')),
            collection=_quoted(options.get("collection", '""')),
            price_min=_money(options.get("price_min")),
            price_max=_money(options.get("price_max")),
            pin=_quoted(options.get("pin", '""')),
            ban=_quoted(options.get("ban", '""')),
            fallback=_quoted(options.get("fallback", '""')),
        )
    except TemplateSyntaxError as error:
        raise Problem(str(error)) from None
    return Block("products", _quoted(options.get("title", '""')).strip(), products=block)


def _allow(options: Mapping[str, str], *allowed: str) -> None:
    for key in options:
        if key not in allowed:
            raise Problem(
                f"There is no option “{key}”{'; there are ' + ', '.join(sorted(allowed)) if allowed else ''}."
            )


def link(written: str, names: Names) -> Link:
    """A link as an argument: an address in quotes, or the name of one."""
    if _TEXT.fullmatch(written):
        return Link(address=web(written[1:-1]))
    return Link(place=find(names, written, Type.LINK).place)


def web(address: str) -> str:
    """The address as it may stand in a mail. Raises Problem for what is none."""
    good = web_address(address)
    if not good:
        raise Problem(f"“{address[:80]}” is no web address; such begin with https://.")
    return good


def _quoted(written: str) -> str:
    if not _TEXT.fullmatch(written):
        raise Problem(f"“{written[:60]}” has to stand in quotes, without backslashes and curly brackets.")
    return written[1:-1]


def _number(written: str) -> int:
    if not _NUMBER.fullmatch(written):
        raise Problem(f"“{written[:40]}” is no number.")
    return int(written)


def _money(written: str | None) -> Decimal | None:
    if written is None:
        return None
    try:
        amount = Decimal(written)
    except InvalidOperation:
        raise Problem(f"“{written[:40]}” is no amount of money, such as 49.90.") from None
    if not amount.is_finite() or not 0 <= amount < 10**9 or "e" in written.lower():
        raise Problem(f"“{written[:40]}” is no amount of money, such as 49.90.")
    return amount
