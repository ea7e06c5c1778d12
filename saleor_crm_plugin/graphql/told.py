"""Reads the events that a storefront tells: what is none is named, field by field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from graphql import GraphQLError

from ..activity.models import View
from ..activity.views import LATEST, Seen
from ..privacy import masked
from ..shop.visitor import is_visitor_id
from .ids import number_of

MOST_EVENTS = 50
_LONGEST_NAME = 64
_LONGEST_QUERY = 200
_IDS = {"product_id": "Product", "variant_id": "ProductVariant", "category_id": "Category"}
_NEEDED = {View.Kind.PRODUCT_VIEW: "product_id", View.Kind.CATEGORY_VIEW: "category_id", View.Kind.SEARCH: "query"}


class Code(StrEnum):
    """Why events are not taken."""

    INVALID = "invalid"
    REQUIRED = "required"
    TOO_MANY_EVENTS = "too_many_events"
    LIMIT_EXCEEDED = "limit_exceeded"


@dataclass(frozen=True)
class Problem:
    """What is wrong: in which argument or field of an event (in GraphQL's spelling), and with which event."""

    field: str | None
    message: str
    code: Code
    index: int | None = None


class NotTakenError(Exception):
    """Events that are not taken, and why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(f"{len(self.problems)} problems")


def read(visitor_id: str, user_id: str, events: Sequence[Mapping[str, Any]], now: datetime) -> list[Seen]:
    """The events, each once; those that come over a day late are left out. Raises NotTakenError: all or nothing."""
    problems = list(_wrong_request(visitor_id, user_id, events))
    seen: dict[str, Seen] = {}
    for index, event in enumerate(events[:MOST_EVENTS]):
        try:
            one = _read(event, now)
        except _WrongError as wrong:
            problems.append(Problem(wrong.field, str(wrong), wrong.code, index))
            continue
        if one.at >= now - LATEST:
            seen.setdefault(one.id, one)
    if problems:
        raise NotTakenError(problems)
    return list(seen.values())


class _WrongError(Exception):
    def __init__(self, field: str, message: str, code: Code = Code.INVALID) -> None:
        self.field, self.code = field, code
        super().__init__(message)


def _wrong_request(visitor_id: str, user_id: str, events: Sequence[Any]) -> Iterable[Problem]:
    if not visitor_id and not user_id:
        yield Problem("visitorId", "Needed from everybody who is not logged in.", Code.REQUIRED)
    if visitor_id and not is_visitor_id(visitor_id):
        yield Problem("visitorId", "Must be 16 to 64 letters, digits, - or _, such as a UUID.", Code.INVALID)
    if len(events) > MOST_EVENTS:
        yield Problem("events", f"At most {MOST_EVENTS} at a time.", Code.TOO_MANY_EVENTS)


def _read(event: Mapping[str, Any], now: datetime) -> Seen:
    kind = View.Kind(event["kind"])
    ids = {name: _key(name, event.get(name), shop_kind) for name, shop_kind in _IDS.items()}
    query = _query(event.get("query") or "")
    needed = _NEEDED[kind]
    if not {**ids, "query": query}[needed]:
        raise _WrongError(_spelled(needed), f"Needed for {kind.name}.", Code.REQUIRED)
    return Seen(id=_name(event["id"]), kind=kind, at=_moment(event.get("at"), now), query=query, **ids)


def _name(text: str) -> str:
    if (
        not 1 <= len(text) <= _LONGEST_NAME
        or not text.isascii()
        or not text.replace("-", "").replace("_", "").isalnum()
    ):
        raise _WrongError("id", f"Must be 1 to {_LONGEST_NAME} letters, digits, - or _, such as a UUID.")
    return text


def _key(name: str, text: str | None, shop_kind: str) -> str | None:
    if not text:
        return None
    try:
        return str(number_of(text, shop_kind)[1])
    except GraphQLError:
        raise _WrongError(_spelled(name), f"Must be the ID of a {shop_kind}.") from None


def _query(text: str) -> str:
    """Words on one line, without what looks like an address: people paste all sorts of things into a search box."""
    seen = "".join(letter for letter in " ".join(text[: 4 * _LONGEST_QUERY].split()) if letter.isprintable())
    return masked(seen)[:_LONGEST_QUERY].strip()


def _moment(at: datetime | None, now: datetime) -> datetime:
    """When it was. A clock that is ahead says now."""
    if at is None:
        return now
    try:
        return min(at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC), now)
    except (OverflowError, ValueError):
        raise _WrongError("at", "Must be a moment such as 2026-03-02T12:00:00Z.") from None


def _spelled(name: str) -> str:
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
