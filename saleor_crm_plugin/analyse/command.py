# ruff: noqa: T201 - it speaks to whoever runs it
"""``saleor-crm analyse``: what kinds of customers a list of orders tells of."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tqdm import tqdm

from .. import config
from .orders_file import Asked, FileProblem, OrdersFile, read_orders
from .scratch import scratch_database

_ROLES = ("customer", "date", "amount", "currency", "order")
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "file", type=Path, metavar="ORDERS.csv", help="a list of orders, one a row, with a first line of names"
    )
    parser.add_argument(
        "--html", type=Path, metavar="FILE", help="where to write the report with pictures (ORDERS-customers.html)"
    )
    parser.add_argument(
        "--json", action="store_true", help="print JSON for programs; the report is written only with --html"
    )
    parser.add_argument(
        "--as-of", metavar="DAY", help="look at the customers as of this day (the day after the last order)"
    )
    names = parser.add_argument_group("the file, where it is not understood by itself")
    for role in _ROLES:
        names.add_argument(f"--{role}", metavar="NAME", help=f"the column with the {role}")
    names.add_argument("--in-currency", default="", metavar="EUR", help="the currency, where there is no column for it")
    names.add_argument("--delimiter", default="", help="the sign between columns")
    names.add_argument("--date-format", default="", metavar="'%d.%m.%Y'", help="how dates are written")
    names.add_argument("--decimal-point", default="", choices=[".", ","], help="the sign before the cents")
    rules = parser.add_argument_group("the rules, as in the plugin's settings")
    for name in ("rfm_period", "rfm_bins", "season"):
        field = config.BY_NAME[name]
        rules.add_argument(
            f"--{name.replace('_', '-')}",
            default=field.default,
            help=f"{field.help} ({field.default})".replace("%", "%%"),
        )


def run(options: argparse.Namespace) -> int:
    """Analyse a file. Returns the exit status: 0, or 2 where the file or an argument can't be used."""
    try:
        settings = config.parse({name: getattr(options, name) for name in ("rfm_period", "rfm_bins", "season")})
        file = read_orders(options.file, _asked(options))
        as_of = _as_of(options.as_of, file)
    except (FileProblem, config.ConfigError) as problem:
        print(problem, file=sys.stderr)
        return 2
    _list_refused(file)
    with scratch_database():
        from . import replay, words
        from .figures import read_figures
        from .report import write_report

        names = replay.load(file.orders)
        months = replay.replay(settings, file.orders[0].placed_at, as_of, _bar if sys.stderr.isatty() else _silent)
        figures = read_figures(settings, as_of)
        if options.json:
            print(words.as_json(figures, months, file))
        else:
            print("\n".join(words.as_text(figures, file)))
        page = options.html or (None if options.json else Path(f"{options.file.stem}-customers.html"))
        if page:
            write_report(page, f"The customers of {options.file.name}", figures, months, _reading(file))
            print(f"\nLook at {page}", file=sys.stderr if options.json else sys.stdout)
    return 0 if names else 2


def _asked(options: argparse.Namespace) -> Asked:
    columns = {role: getattr(options, role) for role in _ROLES if getattr(options, role)}
    return Asked(columns, options.delimiter, options.date_format, options.decimal_point, options.in_currency)


def _as_of(text: str | None, file: OrdersFile) -> datetime:
    """The moment of the analysis: midnight (UTC) after the day that was asked for, or after that of the last order."""
    day = file.orders[-1].placed_at
    if text:
        try:
            day = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            raise FileProblem(f"“{text}” is not a day such as 2026-01-31.") from None
        if day < file.orders[0].placed_at:
            raise FileProblem(f"There are no orders before {text}.")
    return day.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _list_refused(file: OrdersFile) -> None:
    if file.refused:
        print(f"{len(file.refused)} of {file.rows} rows can't be read:", file=sys.stderr)
        for line, why in file.refused[:_SHOWN]:
            print(f"  line {line}: {why}", file=sys.stderr)
        if len(file.refused) > _SHOWN:
            print(f"  and {len(file.refused) - _SHOWN} more, listed in the report and with --json", file=sys.stderr)


def _reading(file: OrdersFile) -> dict[str, object]:
    return {
        "rows": file.rows,
        "columns": ", ".join(f"{role} from “{name}”" for role, name in file.columns.items()),
        "date_format": file.date_format,
        "decimal_point": file.decimal_point,
        "refused": file.refused[:1000],
        "refused_count": len(file.refused),
    }


def _bar(stage: str, moments: Sequence[datetime]) -> Iterable[datetime]:
    return tqdm(moments, desc=stage, file=sys.stderr)


def _silent(stage: str, moments: Sequence[datetime]) -> Iterable[datetime]:
    return moments
