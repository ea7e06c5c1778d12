"""Reads the rules that a merchant sets: what makes no sense is named, field by field."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from graphql import GraphQLError

from ..recs.served.rules import MOST_BANS, MOST_PINS, SHOP, Kind, Place
from .ids import number_of

KINDS = {"Product": Kind.PRODUCT, "Category": Kind.CATEGORY, "Shop": Kind.SHOP}
_MOST = {"pins": MOST_PINS, "bans": MOST_BANS}


class RulesCode(StrEnum):
    """Why rules are not kept."""

    INVALID = "invalid"
    NOT_FOUND = "not_found"
    DUPLICATED_INPUT_ITEM = "duplicated_input_item"
    LIMIT_EXCEEDED = "limit_exceeded"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class RulesProblem:
    """What is wrong, and in which argument or field of the input."""

    field: str | None
    message: str
    code: RulesCode


class NotKeptError(Exception):
    """Rules that are not kept, and why."""

    def __init__(self, *problems: RulesProblem) -> None:
        self.problems = problems
        super().__init__(f"{len(problems)} problems")


@dataclass(frozen=True)
class NewRules:
    """Rules as they were read: ids as the port spells them."""

    place: Place
    pins: tuple[str, ...]
    bans: tuple[str, ...]


def place_of(text: str) -> Place:
    """The place that a global id names. Raises GraphQLError."""
    kind, key = number_of(text, *KINDS)
    return SHOP if kind == "Shop" else Place(KINDS[kind], str(key))


def read(text: str, rules: Mapping[str, Sequence[str]], there: Callable[[str, Sequence[int]], set[int]]) -> NewRules:
    """The place and its rules. ``there`` (Product or Category, keys): those that the shop has. Raises NotKeptError."""
    try:
        place = place_of(text)
    except GraphQLError as wrong:
        raise NotKeptError(RulesProblem("id", str(wrong), RulesCode.INVALID)) from None
    problems: list[RulesProblem] = []
    keys = {name: list(_keys(name, rules[name], problems)) for name in _MOST}
    problems += _senseless(place, keys)
    if not problems:
        problems += _missing(place, keys, there)
    if problems:
        raise NotKeptError(*problems)
    pins, bans = (tuple(str(key) for key in keys[name]) for name in _MOST)
    return NewRules(place, pins, bans)


def _keys(name: str, texts: Sequence[str], problems: list[RulesProblem]) -> Iterator[int]:
    if len(texts) > _MOST[name]:
        problems.append(RulesProblem(name, f"At most {_MOST[name]} products.", RulesCode.LIMIT_EXCEEDED))
        return
    for text in texts:
        try:
            yield number_of(text, "Product")[1]
        except GraphQLError as wrong:
            problems.append(RulesProblem(name, str(wrong), RulesCode.INVALID))


def _senseless(place: Place, keys: Mapping[str, Sequence[int]]) -> Iterator[RulesProblem]:
    pins, bans = keys["pins"], keys["bans"]
    for name, found in keys.items():
        if len(set(found)) < len(found):
            yield RulesProblem(name, "A product is there twice.", RulesCode.DUPLICATED_INPUT_ITEM)
    if set(pins).intersection(bans):
        yield RulesProblem("bans", "A product can't be pinned and banned.", RulesCode.DUPLICATED_INPUT_ITEM)
    if pins and place == SHOP:
        yield RulesProblem("pins", "The whole shop has no list to pin to.", RulesCode.INVALID)
    if place.kind == Kind.PRODUCT and int(place.object_id) in pins:
        yield RulesProblem("pins", "A product is not shown in its own lists.", RulesCode.INVALID)


def _missing(
    place: Place, keys: Mapping[str, Sequence[int]], there: Callable[[str, Sequence[int]], set[int]]
) -> Iterator[RulesProblem]:
    if place != SHOP:
        kind, key = place.kind.value.title(), int(place.object_id)
        if key not in there(kind, [key]):
            yield RulesProblem("id", f"The shop has no such {kind}.", RulesCode.NOT_FOUND)
    known = there("Product", [key for found in keys.values() for key in found])
    for name, found in keys.items():
        if not known.issuperset(found):
            yield RulesProblem(name, "The shop does not have all of these products.", RulesCode.NOT_FOUND)
