"""Reading a list of events, one a row: who, what, when, and if known what kind, how much and in which order."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from .interactions import Interactions, Kind, interactions

_NEEDED = ("user", "item", "timestamp")
_KNOWN = (*_NEEDED, "type", "weight", "order")
# What shops and their logs call these kinds.
_KINDS = {
    "": Kind.PURCHASE,
    "purchase": Kind.PURCHASE,
    "transaction": Kind.PURCHASE,
    "order": Kind.PURCHASE,
    "buy": Kind.PURCHASE,
    "view": Kind.VIEW,
    "click": Kind.VIEW,
    "cart": Kind.CART,
    "addtocart": Kind.CART,
    "interest": Kind.INTEREST,
    "wishlist": Kind.INTEREST,
    "return": Kind.RETURN,
    "refund": Kind.RETURN,
}
# Larger numbers are milliseconds: as seconds they would be in the year 5138.
_MOST_SECONDS = 100_000_000_000


class EventsProblem(ValueError):  # noqa: N818 - a message to people
    """The file as a whole can't be read. The message says what to do."""


@dataclass(frozen=True)
class EventsFile:
    """The events, and the rows that can't be read by line number, with the reason."""

    events: Interactions
    refused: Sequence[tuple[int, str]]
    rows: int


@dataclass(frozen=True)
class _Event:
    user: str
    item: str
    moment: int
    kind: int
    weight: float
    order: str


def read_events(path: Path) -> EventsFile:
    """Read a CSV file, or a parquet file where pyarrow is installed. Raises EventsProblem.

    The columns are ``user``, ``item`` and ``timestamp`` (ISO, UTC where no zone is given, or seconds or milliseconds
    since 1970), and optionally ``type``, ``weight`` and ``order``, in any order and in small or capital letters.
    """
    refused: list[tuple[int, str]] = []
    found: list[_Event] = []
    rows = 0
    for line, cells in _parquet(path) if path.suffix.lower() in (".parquet", ".pq") else _csv(path):
        rows += 1
        try:
            found.append(_event(cells))
        except ValueError as problem:
            refused.append((line, str(problem)))
    if not found:
        first = f" The first: line {refused[0][0]}, {refused[0][1]}." if refused else ""
        raise EventsProblem(f"None of the {rows} rows of {path} could be read as an event.{first}")
    events = interactions(
        [event.user for event in found],
        [event.item for event in found],
        np.array([event.moment for event in found], dtype=np.int64),
        np.array([event.kind for event in found], dtype=np.int8),
        np.array([event.weight for event in found], dtype=np.float32),
        [event.order for event in found],
    )
    return EventsFile(events, refused, rows)


def _event(cells: dict[str, str]) -> _Event:
    user, item = cells.get("user", ""), cells.get("item", "")
    if not user or not item:
        raise ValueError(f"no {'user' if not user else 'item'}")
    kind = _KINDS.get(cells.get("type", "").lower().replace("_", "").replace("-", "").replace(" ", ""))
    if kind is None:
        raise ValueError(f"“{cells['type'][:40]}” is not a type such as purchase, cart or view")
    weight = _weight(cells.get("weight", ""))
    return _Event(user, item, _moment(cells.get("timestamp", "")), kind, weight, cells.get("order", ""))


def _moment(text: str) -> int:
    try:
        number = float(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
            return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
        except (ValueError, OverflowError):
            raise ValueError(f"“{text[:40]}” is not a time such as 2026-01-31 17:00 or 1769878800") from None
    if not 0 <= number < 1000 * _MOST_SECONDS:
        raise ValueError(f"“{text[:40]}” is not a time since 1970")
    return int(number / 1000 if number >= _MOST_SECONDS else number)


def _weight(text: str) -> float:
    try:
        weight = float(text) if text else 1.0
    except ValueError:
        weight = np.nan
    if not (np.isfinite(weight) and 0 < weight < 1e6):
        raise ValueError(f"“{text[:40]}” is not a weight above 0")
    return weight


def _csv(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            table = csv.reader(file)
            names = _names(next(table, []), path)
            for cells in table:
                if any(cell.strip() for cell in cells):
                    yield table.line_num, {name: cell.strip() for name, cell in zip(names, cells, strict=False)}
    except OSError as error:
        raise EventsProblem(f"{path} can't be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise EventsProblem(f"{path} is no CSV in UTF-8: {error}.") from error


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    if not find_spec("pyarrow"):
        raise EventsProblem("Reading parquet needs pyarrow: pip install pyarrow. CSV is read without it.")
    pyarrow = import_module("pyarrow")
    try:
        file = import_module("pyarrow.parquet").ParquetFile(path)
        names = _names(file.schema_arrow.names, path)
        line = 1
        for batch in file.iter_batches():
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                line += 1
                yield line, {name: "" if cell is None else str(cell) for name, cell in zip(names, cells, strict=True)}
    except (OSError, pyarrow.ArrowException) as error:
        raise EventsProblem(f"{path} is no parquet file: {error}.") from error


def _names(header: Sequence[str], path: Path) -> list[str]:
    names = [name.strip().lower() for name in header]
    missing = [name for name in _NEEDED if name not in names]
    if missing:
        raise EventsProblem(
            f"{path} has no column {' and no column '.join(f'“{name}”' for name in missing)}. "
            f"Columns that are read: {', '.join(_KNOWN)}. The file has: {', '.join(header) or 'none'}."
        )
    return names
