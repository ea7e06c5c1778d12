"""``saleor-crm clv``: fits the value models to a file of customers and says what they mean."""

import json
import math
import sys
from argparse import ArgumentParser, Namespace
from time import perf_counter

from .answer import Answer, as_json, as_text
from .forecast import expected_orders_of_new
from .overview import YEAR, overview
from .purchase_models import Model, fit
from .spend_model import fit_spend
from .summary import Summary, SummaryProblem, compress, read_summary

DESCRIPTION = (
    "Reads a file with one line per customer and says who is still there, how often they will order in the next 12"
    " months, and what they will spend. The first line names the columns: “frequency” (orders after the first),"
    " “recency” (time from the first order to the last), “T” (time from the first order to today) and, if you have it,"
    " “monetary_value” (mean spend on the orders after the first). Lines that can't be right are listed and left out."
    " Exit status: 0; 1 where a model found no answer in these customers; 2 where the file can't be used."
)
_LISTED = 100  # refused lines; a file that is wrong throughout need not scroll by


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = DESCRIPTION
    parser.add_argument("file", metavar="SUMMARY.csv", help="with commas, semicolons or tabs between the columns")
    parser.add_argument(
        "--model",
        choices=[model.value for model in Model],
        default=Model.BGNBD.value,
        help="bgnbd: customers may leave after every order but the first; mbgnbd: after the first too (default: bgnbd)",
    )
    parser.add_argument(
        "--unit", choices=list(YEAR), default="weeks", help="what recency and T are counted in (default: weeks)"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, for programs")


def run(options: Namespace) -> int:
    """Do what was asked for, print it, and return the exit status."""
    try:
        # What is no UTF-8 makes its own line no number; the others can still be used.
        with open(options.file, newline="", encoding="utf-8-sig", errors="replace") as file:
            summary = read_summary(file)
    except OSError as error:
        return _unusable(f"{options.file}: {error.strerror or error}.")
    except SummaryProblem as problem:
        return _unusable(f"{options.file}: {problem}")
    for line, reason in summary.refused[:_LISTED]:
        sys.stderr.write(f"line {line} {reason}\n")
    if len(summary.refused) > _LISTED:
        sys.stderr.write(f"... and {len(summary.refused) - _LISTED:,} more lines\n")
    if not len(summary.frequency):
        return _unusable(f"{options.file}: No line of the file can be used.")
    answer = _ask(summary, Model(options.model), options.unit)
    said = [json.dumps(as_json(answer), allow_nan=False)] if options.json else as_text(answer)
    sys.stdout.writelines(f"{line}\n" for line in said)
    return 0 if answer.fit.converged and (answer.spend is None or answer.spend.converged) else 1


def _ask(summary: Summary, model: Model, unit: str) -> Answer:
    start = perf_counter()
    rows = compress(summary.frequency, summary.recency, summary.age)
    fitted = fit(model, rows.frequency, rows.recency, rows.age, rows.weight)
    seconds = perf_counter() - start
    spend = None if summary.value is None else fit_spend(summary.frequency, summary.value)
    known = math.isfinite(fitted.r)
    return Answer(
        fit=fitted,
        seconds=seconds,
        spend=spend,
        groups=overview(fitted, spend, summary, rows, YEAR[unit]) if known else [],
        new=float(expected_orders_of_new(fitted, YEAR[unit])) if known else math.nan,
        rows=len(rows.frequency),
        bought_again=int((summary.frequency > 0).sum()),
        refused=len(summary.refused),
        unit=unit,
    )


def _unusable(why: str) -> int:
    sys.stderr.write(f"{why}\n")
    return 2
