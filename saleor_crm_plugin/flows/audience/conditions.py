"""What staff can say of the people whom they mean, and how it is kept: as plain JSON, checked before it is kept."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

MOST_VALUES = 200  # in one list
MOST_DAYS = 3650
_MOST_NUMBER = 10**9


class AudienceError(ValueError):
    """Conditions that make no sense. ``problems`` maps where they stand (``bought.0.products``) to one sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(f"{place}: {text}" for place, text in problems.items()))


@dataclass(frozen=True)
class Bought:
    """Something of these products, or of these categories and those below them, in the last days (None: ever).

    Ids as the shop's port spells them. What came back whole was not bought.
    """

    products: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    within_days: int | None = None


@dataclass(frozen=True)
class Conditions:
    """All of them have to hold; of a list one value is enough, except that everything of ``bought`` was bought.

    ``*_from`` holds from that number on, ``*_below`` below it. Who ordered within so many days, or ordered before but
    not for so many days. ``languages`` hold for their varieties, too (de: de-at). Countries are ISO 3166-1 alpha-2.
    """

    lifecycle: tuple[str, ...] = ()
    rfm: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    score_from: float | None = None
    score_below: float | None = None
    points_from: int | None = None
    points_below: int | None = None
    orders_from: int | None = None
    orders_below: int | None = None
    ordered_within_days: int | None = None
    not_ordered_for_days: int | None = None
    bought: tuple[Bought, ...] = ()
    never_bought: tuple[Bought, ...] = ()
    channels: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    consented: bool | None = None


@dataclass(frozen=True)
class Audience:
    """Those for whom ``where`` holds, without those for whom all of ``but_not`` does. Nothing said: everybody."""

    where: Conditions = field(default_factory=Conditions)
    but_not: Conditions | None = None

    def plain(self) -> dict[str, Any]:
        """As JSON, without what was not said: ``read`` makes the same of it again."""
        told = {"where": _plain(self.where), "but_not": _plain(self.but_not) if self.but_not else {}}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True)
class Known:
    """What the shop and its owner's settings know: other names are refused."""

    stages: Sequence[str]
    groups: Sequence[str]
    channels: Sequence[str]


def read(told: Any, known: Known) -> Audience:
    """The audience that JSON tells of: ``{"where": {...}, "but_not": {...}}``. Raises AudienceError."""
    problems: dict[str, str] = {}
    if not isinstance(told, Mapping) or not set(told) <= {"where", "but_not"}:
        raise AudienceError({"audience": "has “where” and “but_not” and nothing else."})
    where = _conditions(told.get("where") or {}, "where", known, problems)
    but_not = _conditions(told["but_not"], "but_not", known, problems) if told.get("but_not") else None
    if problems:
        raise AudienceError(problems)
    return Audience(where, but_not if but_not != Conditions() else None)


def _conditions(told: Any, place: str, known: Known, problems: dict[str, str]) -> Conditions:
    if not isinstance(told, Mapping):
        problems[place] = "has conditions by name."
        return Conditions()
    readers = _readers(known)
    found: dict[str, Any] = {}
    for name, value in told.items():
        if name not in readers:
            problems[f"{place}.{str(name)[:40]}"] = f"is not known; there are {', '.join(readers)}."
        elif value is not None:
            _read(readers[name], value, f"{place}.{name}", problems, found, name)
    for low, high in (("score_from", "score_below"), ("points_from", "points_below"), ("orders_from", "orders_below")):
        if low in found and high in found and found[low] >= found[high]:
            problems[f"{place}.{high}"] = "is not more than where it begins."
    return Conditions(**found)


def _read(
    reader: Callable[[Any], Any], value: Any, place: str, problems: dict[str, str], found: dict[str, Any], name: str
) -> None:
    try:
        found[name] = reader(value)
    except AudienceError as wrong:
        problems.update({f"{place}.{where}": text for where, text in wrong.problems.items()})
    except ValueError as wrong:
        problems[place] = str(wrong)


def _readers(known: Known) -> dict[str, Callable[[Any], Any]]:
    days, count = _whole(1, MOST_DAYS), _whole(0, _MOST_NUMBER)
    return {
        "lifecycle": _some_of(known.stages),
        "rfm": _some_of(known.groups),
        "tiers": _some_of(("A", "B")),
        "score_from": _number,
        "score_below": _number,
        "points_from": count,
        "points_below": count,
        "orders_from": count,
        "orders_below": count,
        "ordered_within_days": days,
        "not_ordered_for_days": days,
        "bought": _purchases,
        "never_bought": _purchases,
        "channels": _some_of(known.channels),
        "languages": _each(_language),
        "countries": _each(_country),
        "consented": _yes_or_no,
    }


def _each(reader: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    def read_all(value: Any) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ValueError("is a list.")
        if len(value) > MOST_VALUES:
            raise ValueError(f"has {len(value)} values; at most {MOST_VALUES}.")
        return tuple(dict.fromkeys(reader(one) for one in value))

    return read_all


def _some_of(names: Sequence[str]) -> Callable[[Any], tuple[str, ...]]:
    def reader(value: Any) -> str:
        if value not in names:
            raise ValueError(f"“{str(value)[:40]}” is not known; there are {', '.join(names) or 'none'}.")
        return str(value)

    return _each(reader)


def _whole(least: int, most: int) -> Callable[[Any], int]:
    def reader(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise ValueError(f"is a whole number between {least} and {most}.")
        return value

    return reader


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_NUMBER:
        raise ValueError(f"is a number between 0 and {_MOST_NUMBER}.")
    return float(value)


def _purchases(value: Any) -> tuple[Bought, ...]:
    if not isinstance(value, list | tuple):
        raise ValueError("is a list.")
    if len(value) > 10:
        raise ValueError(f"has {len(value)} entries; at most 10.")
    problems: dict[str, str] = {}
    found: list[dict[str, Any]] = [{} for _ in value]
    readers = {"products": _each(_id), "categories": _each(_id), "within_days": _whole(1, MOST_DAYS)}
    for number, one in enumerate(value):
        if not isinstance(one, Mapping) or not set(one) <= set(readers):
            problems[str(number)] = f"has {', '.join(readers)} and nothing else."
            continue
        for name, told in one.items():
            if told is not None:
                _read(readers[name], told, f"{number}.{name}", problems, found[number], name)
        if not problems and not (found[number].get("products") or found[number].get("categories")):
            problems[str(number)] = "names neither products nor categories."
    if problems:
        raise AudienceError(problems)
    return tuple(Bought(**one) for one in found)


def _id(value: Any) -> str:
    text = str(value)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**63:
        raise ValueError(f"“{text[:40]}” is not the id of anything.")
    return str(int(text))


def _language(value: Any) -> str:
    text = str(value).strip().lower().replace("_", "-")
    if not 2 <= len(text) <= 35 or not text.isascii() or not text.replace("-", "").isalnum():
        raise ValueError(f"“{text[:40]}” is not a language code, such as de or pt-br.")
    return text


def _country(value: Any) -> str:
    text = str(value).strip().upper()
    if len(text) != 2 or not text.isascii() or not text.isalpha():
        raise ValueError(f"“{text[:40]}” is not a country code, such as DE.")
    return text


def _yes_or_no(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is true or false.")
    return value


def _plain(conditions: Conditions) -> dict[str, Any]:
    told = {one.name: getattr(conditions, one.name) for one in fields(conditions)}
    for name in ("bought", "never_bought"):
        told[name] = [{key: _listed(value) for key, value in asdict(one).items() if value} for one in told[name]]
    return {name: _listed(value) for name, value in told.items() if value is not None and value not in ((), [])}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
