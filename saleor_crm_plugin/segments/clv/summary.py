"""A file with one line per customer (frequency, recency, T, mean spend) as arrays, and customers who are alike as one.

Such files come from shops' exports and from other tools, so that little is taken for granted: columns in any order and
spelling, commas, semicolons or tabs between them, quotes, decimal commas. A line that can't be meant is refused and
named, never guessed at.
"""

import csv
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import prod

import numpy as np
from numpy.typing import NDArray

COLUMNS = ("frequency", "recency", "t")
MONEY = "monetary_value"
LARGEST = 1e12  # beyond, a number is a slip: a trillion orders, or weeks, or the total of a country


class SummaryProblem(ValueError):  # noqa: N818 - a message to staff
    """The file as a whole can't be read."""


@dataclass(frozen=True)
class Summary:
    """The customers of a file, and the lines (by number) that were refused, with the reason.

    ``value`` is the mean spend on a repeat order, in the file's currency, 0 where the file does not say; None where it
    has no such column. ``recency`` and ``age`` are in the file's unit.
    """

    frequency: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]
    value: NDArray[np.float64] | None
    refused: list[tuple[int, str]]


@dataclass(frozen=True)
class Rows:
    """Customers with the same frequency, recency and age as one row; ``weight`` is how many they are."""

    frequency: NDArray[np.float64]
    recency: NDArray[np.float64]
    age: NDArray[np.float64]
    weight: NDArray[np.float64]


def compress(frequency: NDArray[np.float64], recency: NDArray[np.float64], age: NDArray[np.float64]) -> Rows:
    """A million customers counted in whole weeks are some 70,000 rows, and a likelihood costs as much as its rows."""
    columns = [_ranked(column) for column in (frequency, recency, age)]
    sizes = [len(values) for values, _ in columns]
    if not 0 < prod(sizes) < 2**62:  # nobody, or so many different times that hardly two customers are alike
        return Rows(frequency, recency, age, np.ones_like(frequency))
    # The three ranks in one whole number, so that one sort of numbers finds those who are alike.
    packed = (columns[0][1] * sizes[1] + columns[1][1]) * sizes[2] + columns[2][1]
    rows, weight = np.unique(packed, return_counts=True)
    rows, age_rank = np.divmod(rows, sizes[2])
    ranks = (*np.divmod(rows, sizes[1]), age_rank)
    found = [values[rank] for (values, _), rank in zip(columns, ranks, strict=True)]
    return Rows(found[0], found[1], found[2], weight.astype(np.float64))


def _ranked(column: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Values in order, and for each customer which of them is theirs."""
    most = column.max(initial=0)
    if most < 1e6 and (column == np.floor(column)).all() and column.min(initial=0) >= 0:
        # Whole numbers are their own ranks: twenty times faster than to sort for them.
        return np.arange(most + 1), column.astype(np.int64)
    values, rank = np.unique(column, return_inverse=True)
    return values, rank.astype(np.int64, copy=False)


def read_summary(file: Iterable[str]) -> Summary:
    """Read lines, the first of which names the columns. Raises SummaryProblem where they are no such file."""
    lines = iter(file)
    above, delimiter, names = _header(lines)
    wanted = [*COLUMNS, *([MONEY] if MONEY in names else [])]
    places = [names.index(name) for name in wanted]
    if delimiter == ";":  # spreadsheets put it where the comma is the decimal sign
        lines = (line.replace(",", ".") for line in lines)
    numbers, at = array("d"), array("q")
    refused: list[tuple[int, str]] = []
    for first, last, cells in _records(lines, delimiter, above):
        if last > first:
            # Quotes that never close take in customers. Nothing that belongs into these columns has two lines.
            refused += [(line, f"is within quotes that open on line {first}") for line in range(first, last + 1)]
        elif len(cells) > len(names) and any(cells[len(names) :]):
            refused.append((first, "has more cells than the first line has columns"))
        else:
            try:
                numbers.extend([float(cells[place]) for place in places])
                at.append(first)
            except (ValueError, IndexError):
                found = [_number(cells, place, name == MONEY) for place, name in zip(places, wanted, strict=True)]
                if None in found:
                    refused.append((first, f"has no number for {_shown(wanted[found.index(None)])}"))
                else:
                    numbers.extend([number for number in found if number is not None])
                    at.append(first)
    return _checked(
        np.frombuffer(numbers, dtype=np.float64).reshape(-1, len(wanted)), np.frombuffer(at, dtype=np.int64), refused
    )


def _header(lines: Iterator[str]) -> tuple[int, str, list[str]]:
    """How many lines the header ends at, what stands between cells, and the columns' names in small letters."""
    for above, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        for delimiter in ",;\t":
            names = [name.strip().lower() for name in _cells(line.lstrip("\ufeff"), delimiter)]
            if set(COLUMNS) <= set(names):
                twice = [_shown(name) for name in (*COLUMNS, MONEY) if names.count(name) > 1]
                if twice:
                    raise SummaryProblem(f"The file has two columns “{twice[0]}”.")
                return above, delimiter, names
        break
    raise SummaryProblem(
        "The file needs a first line that names its columns, among them “frequency”, “recency” and “T”, with commas,"
        " semicolons or tabs between them."
    )


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error:
        return []


def _records(lines: Iterator[str], delimiter: str, above: int) -> Iterator[tuple[int, int, list[str]]]:
    """Records with the numbers of their first and last line, as an editor shows them. Blank lines are none."""
    rows = csv.reader(lines, delimiter=delimiter)
    last = above
    try:
        for cells in rows:
            first, last = last + 1, above + rows.line_num
            if cells:
                yield first, last, cells
    except csv.Error as error:
        raise SummaryProblem(f"Line {last + 1} is no CSV: {error}.") from error


def _number(cells: list[str], place: int, may_be_empty: bool) -> float | None:
    cell = cells[place].strip() if place < len(cells) else ""
    if not cell and may_be_empty:
        return 0.0
    try:
        return float(cell)
    except ValueError:
        return None


def _checked(table: NDArray[np.float64], line: NDArray[np.int64], refused: list[tuple[int, str]]) -> Summary:
    """Sort out what can't be, the first reason of each line."""
    frequency, recency, age = table[:, 0], table[:, 1], table[:, 2]
    usable = np.ones(len(table), dtype=np.bool_)
    for wrong, reason in (
        (~np.isfinite(table).all(axis=1), "has a number that is not finite"),
        ((table < 0).any(axis=1), "has a negative number"),
        ((table > LARGEST).any(axis=1), "has a number too large to be meant"),
        (np.floor(frequency) != frequency, "has a frequency that is not a whole number"),
        (recency > age, "has a recency longer than T"),
        ((frequency == 0) & (recency > 0), "has a recency although nothing was bought again (frequency 0)"),
    ):
        refused += [(int(number), reason) for number in line[usable & wrong]]
        usable &= ~wrong
    columns = [np.ascontiguousarray(column) for column in table[usable].T]
    return Summary(columns[0], columns[1], columns[2], columns[3] if len(columns) > 3 else None, sorted(refused))


def _shown(name: str) -> str:
    return "T" if name == "t" else name
