# ruff: noqa: T201 - it speaks to whoever runs it
"""``saleor-crm recs evaluate``: how good recommendations would have been on a shop's own past."""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_DAY = 86_400
_SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their arguments."""
    verbs = parser.add_subparsers(dest="recs_verb", required=True, metavar="VERB")
    asked = verbs.add_parser(
        "evaluate",
        help="how good recommendations would have been on a list of events",
        description="Cuts the list of events, learns from what was before the cut, and looks how well each model knows"
        " what came after it. Columns: user, item, timestamp, and optionally type, weight, order.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    asked.add_argument("file", type=Path, metavar="EVENTS.csv", help="one event a row; or parquet")
    asked.add_argument("--test-days", type=_positive, default=28, metavar="N", help="how many last days are asked for")
    asked.add_argument("--json", action="store_true", help="print JSON for programs")
    asked.add_argument("--seconds", type=_positive, default=300, help="about how long candidates are compared")
    asked.add_argument("--memory", type=_positive, default=2000, metavar="MB", help="what a model may take")
    asked.add_argument("--cases", type=_positive, default=2000, help="the most customers or orders to ask about")


def run(options: argparse.Namespace) -> int:
    """Evaluate a file. Returns the exit status: 0, or 2 where the file can't be used."""
    # The numeric libraries take half a second to load, which the other verbs need not wait for.
    from .evaluate import evaluate
    from .events_file import EventsProblem, read_events
    from .factors import has_implicit
    from .recipes import Limits
    from .report import as_json, as_text

    try:
        file = read_events(options.file)
    except EventsProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    _list_refused(file.refused, file.rows)
    first, last = int(file.events.times[0]), int(file.events.times[-1])
    now = last + 1 - round(options.test_days * _DAY)
    limits = Limits(options.memory * 1e6, options.seconds)
    found = evaluate(file.events, now, options.test_days, limits, int(options.cases), _progress())
    if not found.rows:
        print(
            f"The events span {(last - first) / _DAY:.0f} days. Nobody bought both before and in the last"
            f" {options.test_days:g} days, so there is nothing to ask. Try other --test-days.",
            file=sys.stderr,
        )
        return 2
    print(as_json(found) if options.json else "\n".join(as_text(found)))
    if not has_implicit():
        print("The library implicit is not installed, so its models are missing: pip install implicit", file=sys.stderr)
    return 0


def _list_refused(refused: Sequence[tuple[int, str]], rows: int) -> None:
    if refused:
        print(f"{len(refused)} of {rows} rows can't be read:", file=sys.stderr)
        for line, why in refused[:_SHOWN]:
            print(f"  line {line}: {why}", file=sys.stderr)
        if len(refused) > _SHOWN:
            print(f"  and {len(refused) - _SHOWN} more", file=sys.stderr)


def _progress() -> Callable[[str], None]:
    if not sys.stderr.isatty():
        return lambda _: None
    return lambda name: print(f"\r{name:60}", end="", file=sys.stderr, flush=True)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError("must be above 0")
    return value
