"""Reading a list of orders: which column is what, how dates and amounts are written, and what can't be read."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from . import amounts, dates

# How shops call their columns, in small letters without spaces and underscores.
_NAMES = {
    "customer": "customer customerid customeremail email emailaddress userid user client clientid kunde kundennummer",
    "date": "date orderdate invoicedate datetime createdat created placedat purchasedate timestamp datum",
    "amount": "amount total ordertotal totalamount totalprice price value revenue grandtotal sales betrag summe",
    "currency": "currency currencycode waehrung währung",
    "order": "order orderid ordernumber orderno invoice invoiceno invoicenumber number bestellung bestellnummer",
}
_KNOWN = {role: tuple(names.split()) for role, names in _NAMES.items()}
_NEEDED = ("customer", "date", "amount")
_LONGEST_NAME = 200
_DELIMITERS = ",;\t|"


class FileProblem(ValueError):  # noqa: N818 - a message to people
    """The file as a whole can't be read. The message says what to do."""


@dataclass(frozen=True)
class Asked:
    """What the caller says about the file; empty where it is to be found out. ``columns`` maps a role to a name."""

    columns: dict[str, str] = field(default_factory=dict)
    delimiter: str = ""
    date_format: str = ""
    decimal_point: str = ""
    currency: str = ""


@dataclass(frozen=True)
class FileOrder:
    """One order: what was paid (gross), and how much of it went back."""

    customer: str
    placed_at: datetime
    currency: str
    total: Decimal
    refunded: Decimal


@dataclass(frozen=True)
class OrdersFile:
    """A list of orders, oldest first, and how it was read. ``refused`` are rows by line number, with the reason."""

    orders: Sequence[FileOrder]
    refused: Sequence[tuple[int, str]]
    rows: int
    columns: dict[str, str]
    delimiter: str
    date_format: str
    decimal_point: str


@dataclass
class _Row:
    line: int
    customer: str
    currency: str
    order: str
    moment: datetime
    amount: Decimal


def read_orders(path: Path, asked: Asked) -> OrdersFile:
    """Read a CSV file of orders, or of order lines with an order number (these are added up).

    Negative amounts are money that went back for the order of the same number. Raises FileProblem.
    """
    text = _text(path)
    delimiter = asked.delimiter or _delimiter(text)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    refused: list[tuple[int, str]] = []
    try:
        header = [name.strip() for name in next(table, [])]
        columns = _columns(header, asked.columns)
        lines = [(table.line_num, row) for row in table if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise FileProblem(f"Line {table.line_num} is no CSV: {error}.") from error
    place = {role: header.index(name) for role, name in columns.items()}

    def cells(role: str) -> list[str]:
        return [row[place[role]] for _, row in lines if len(row) > place[role]]

    date_format = asked.date_format or _date_format(cells("date"), columns["date"])
    point = asked.decimal_point or amounts.detect_point(cells("amount"))
    rows = list(_rows(lines, place, date_format, point, asked.currency, refused))
    orders = _orders(rows, refused)
    if not orders:
        raise FileProblem(f"None of the {len(lines)} rows could be read as an order.{_first(refused)}")
    refused.sort()
    return OrdersFile(orders, refused, len(lines), columns, delimiter, date_format, point)


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileProblem(f"{path} can't be read: {error.strerror}.") from error
    for encoding in ("utf-8-sig", "utf-16") if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise FileProblem(f"{path} is no text.")


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max(_DELIMITERS, key=first.count)


def _columns(header: Sequence[str], asked: dict[str, str]) -> dict[str, str]:
    plain = {re.sub(r"[\s_.-]", "", name).lower(): name for name in reversed(header)}
    found: dict[str, str] = {}
    for role, names in _KNOWN.items():
        if role in asked:
            if asked[role] not in header:
                raise FileProblem(f"There is no column “{asked[role]}”. The columns are: {', '.join(header)}.")
            found[role] = asked[role]
        elif name := next((plain[known] for known in names if known in plain), ""):
            found[role] = name
    missing = [role for role in _NEEDED if role not in found]
    if missing:
        raise FileProblem(
            f"Which column is the {' and which the '.join(missing)}? Say it with "
            f"{' '.join(f'--{role} NAME' for role in missing)}. The columns are: {', '.join(header) or 'none'}."
        )
    return found


def _date_format(texts: Sequence[str], column: str) -> str:
    try:
        return dates.detect(texts)
    except dates.AmbiguousDatesError as error:
        choices = " or ".join(f"--date-format '{form}'" for form in error.formats)
        raise FileProblem(f"The column “{column}” could be read in two ways. Say which: {choices}.") from error
    except ValueError:
        raise FileProblem(
            f"The dates of the column “{column}” can't be read. Say how: --date-format '%d.%m.%Y'."
        ) from None


def _rows(
    lines: Sequence[tuple[int, Sequence[str]]],
    place: dict[str, int],
    date_format: str,
    point: str,
    currency: str,
    refused: list[tuple[int, str]],
) -> Iterator[_Row]:
    for number, cells in lines:

        def cell(role: str, cells: Sequence[str] = cells) -> str:
            return cells[place[role]].strip() if role in place and place[role] < len(cells) else ""

        money = (cell("currency") or currency).upper()
        try:
            moment = dates.read_date(cell("date"), date_format)
        except (ValueError, OverflowError):
            refused.append((number, f"“{cell('date')[:40]}” is not a date"))
            continue
        try:
            amount = amounts.read_amount(cell("amount"), point)
        except ValueError:
            refused.append((number, f"“{cell('amount')[:40]}” is not an amount"))
            continue
        if not cell("customer") or len(cell("customer")) > _LONGEST_NAME:
            refused.append((number, "no customer"))
        elif money and not re.fullmatch("[A-Z]{3}", money):
            refused.append((number, f"“{money[:10]}” is not a currency such as EUR"))
        else:
            yield _Row(number, cell("customer"), money, cell("order"), moment, amount)


def _orders(rows: Sequence[_Row], refused: list[tuple[int, str]]) -> list[FileOrder]:
    """Add up the rows of each order. Rows without an order number are an order each."""
    groups: dict[tuple[str, ...], list[_Row]] = {}
    for row in rows:
        key = (row.order, row.customer, row.currency) if row.order else (f"line {row.line}",)
        groups.setdefault(key, []).append(row)
    orders = []
    for group in groups.values():
        total = sum((row.amount for row in group if row.amount > 0), Decimal(0))
        back = -sum((row.amount for row in group if row.amount < 0), Decimal(0))
        if back > total:
            refused += [(row.line, "more went back than was paid for this order") for row in group]
            continue
        first = min(group, key=lambda row: row.moment)
        orders.append(FileOrder(first.customer, first.moment, first.currency, total, back))
    return sorted(orders, key=lambda order: (order.placed_at, order.customer))


def _first(refused: Sequence[tuple[int, str]]) -> str:
    return f" The first: line {refused[0][0]}, {refused[0][1]}." if refused else ""
