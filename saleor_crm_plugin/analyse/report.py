"""The report of an analysis: one page that needs nothing else, to be opened in a browser or sent to somebody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.template import Context, Engine

from . import pictures
from .figures import STAGES, Cell, Cohort, CurrencyFigures, Figures, Month

TEMPLATES = Path(__file__).parent / "templates"
LIBRARIES = {"analysis": "saleor_crm_plugin.analyse.tags"}
_ENGINE = Engine(dirs=[str(TEMPLATES)], libraries=LIBRARIES)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Shaded:
    """A cell of a picture made of cells: what it says, and how dark it is (percent)."""

    text: str
    title: str
    shade: int


@dataclass(frozen=True)
class Row:
    """One row of such a picture."""

    label: str
    cells: Sequence[Shaded]


def customer_context(figures: Figures) -> dict[str, Any]:
    """What ``customers.html`` shows: the chapter on customers, here and in the demo's page."""
    counts = [(stage.label, stage.value, figures.stages[stage.value]) for stage in STAGES]
    most = max((count for *_, count in counts), default=0) or 1
    return {
        "figures": figures,
        "stages": [
            {"label": label, "key": key, "count": count, "width": 100 * count / most} for label, key, count in counts
        ],
        "currencies": [
            {"one": one, "map": _map(one), "widest": max((g.revenue_share for g in one.groups), default=0) or 1}
            for one in figures.currencies
        ],
        "cohorts": _cohort_rows(figures.cohorts),
        "ages": range(max((len(cohort.rates) for cohort in figures.cohorts), default=0)),
    }


def write_report(path: Path, title: str, figures: Figures, months: Sequence[Month], reading: dict[str, Any]) -> None:
    """Write the page. ``reading`` tells how the file was read and which rows were refused."""
    context = {
        **customer_context(figures),
        "title": title,
        "reading": reading,
        "bands": pictures.stacked([(stage.value, [m.stages[stage.value] for m in months]) for stage in STAGES]),
        "ticks": pictures.ticks([f"{_shown(month.end):%b %Y}" for month in months]),
        "names": [(stage.value, stage.label) for stage in STAGES],
        "size": (pictures.WIDTH, pictures.HEIGHT),
        "several_months": len(months) > 1,
    }
    path.write_text(_ENGINE.get_template("analysis.html").render(Context(context)), encoding="utf-8")


def _shown(end: datetime) -> datetime:
    """The month that ends: the first moment of the next one is named after it."""
    return end.replace(day=1) if end.day > 1 else (end.replace(day=1) - _DAY)


def _map(one: CurrencyFigures) -> list[Row]:
    """The RFM map: recency downwards, the best on top; worth to the right."""
    by_place = {(cell.recency, cell.worth): cell for cell in one.cells}
    most = max((cell.customers for cell in one.cells), default=0)
    return [
        Row(f"R {recency}", [_cell(by_place.get((recency, worth)), most) for worth in range(1, 6)])
        for recency in range(5, 0, -1)
    ]


def _cell(cell: Cell | None, most: int) -> Shaded:
    if cell is None:
        return Shaded("", "nobody", 0)
    title = f"{cell.group}: {cell.customers} customers, {cell.revenue:.2f}"
    return Shaded(f"{cell.customers:,}", title, pictures.shade(cell.customers, most))


def _cohort_rows(cohorts: Sequence[Cohort]) -> list[Row]:
    later = [rate for cohort in cohorts for rate in cohort.rates[1:]]
    most = max(later, default=0.0)
    return [
        Row(
            f"{cohort.month:%b %Y} · {cohort.customers:,}",
            [
                Shaded(
                    f"{rate:.0%}" if rate else "",
                    f"month {age}: {rate:.1%} of {cohort.customers}",
                    100 if age == 0 else pictures.shade(rate, most),
                )
                for age, rate in enumerate(cohort.rates)
            ],
        )
        for cohort in cohorts
    ]
