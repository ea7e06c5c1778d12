"""An analysis as text for a terminal, and as JSON for programs."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from .figures import STAGES, CurrencyFigures, Figures, Month
from .orders_file import OrdersFile

_WIDTH = 24


def as_text(figures: Figures, file: OrdersFile) -> Iterator[str]:
    """The figures line by line."""
    first, last = figures.first_at, figures.last_at
    yield f"{figures.customers:,} customers, {figures.orders:,} orders" + (
        f" from {first:%Y-%m-%d} to {last:%Y-%m-%d}" if first and last else ""
    )
    yield f"{figures.repeat_share:.1%} bought more than once; {figures.orders_per_customer:.2f} orders per customer"
    yield ""
    yield f"Where they stand on {figures.as_of:%Y-%m-%d}"
    for stage in STAGES:
        count = figures.stages[stage.value]
        share = count / figures.customers if figures.customers else 0
        yield f"  {stage.label:<20}{count:>9,}{share:>8.1%}  {_bar(share)}".rstrip()
    yield f"  {_model(figures)}"
    for one in figures.currencies:
        yield from _currency(one)
    if file.refused:
        yield ""
        yield f"{len(file.refused):,} of {file.rows:,} rows could not be read and are not in these figures."


def as_json(figures: Figures, months: Sequence[Month], file: OrdersFile) -> str:
    """The figures as one JSON object. Money as decimal strings, moments in ISO 8601."""
    model = figures.model
    content: dict[str, Any] = {
        "as_of": figures.as_of,
        "customers": figures.customers,
        "orders": figures.orders,
        "repeat_share": figures.repeat_share,
        "orders_per_customer": figures.orders_per_customer,
        "lifecycle": figures.stages,
        "lifecycle_over_time": [{"end": month.end, **month.stages} for month in months],
        "currencies": [{**asdict(one), "average_order": one.average_order} for one in figures.currencies],
        "cohorts": [asdict(cohort) for cohort in figures.cohorts],
        "model": model
        and {
            "model": model.model,
            "params": model.params,
            "customers": model.customers,
            "converged": model.converged,
            "message": model.message,
        },
        "file": {
            "rows": file.rows,
            "refused": [{"line": line, "reason": why} for line, why in file.refused],
            "columns": file.columns,
            "delimiter": file.delimiter,
            "date_format": file.date_format,
            "decimal_point": file.decimal_point,
        },
    }
    return json.dumps(content, indent=2, default=_plain, ensure_ascii=False)


def _currency(one: CurrencyFigures) -> Iterator[str]:
    money = one.currency or "money"
    yield ""
    yield f"{money}: {one.revenue:,.2f} in {one.orders:,} orders, {one.average_order:,.2f} each; {one.sample:,} ranked"
    yield f"  {'RFM group':<20}{'customers':>9}{'share':>8}{'revenue':>14}{'of revenue':>12}"
    for group in one.groups:
        yield (
            f"  {group.name:<20}{group.customers:>9,}{group.share:>8.1%}{group.revenue:>14,.2f}"
            f"{group.revenue_share:>12.1%}  {_bar(group.revenue_share)}"
        ).rstrip()
    if one.lifetime:
        yield (
            f"  Next 12 months, from {one.lifetime.customers:,} customers: about {one.lifetime.expected_orders:,.0f}"
            f" orders, {one.lifetime.expected_value:,.0f} {one.currency}"
            f" ({one.lifetime.best_tenth_share:.0%} of it from the best tenth)"
        )


def _model(figures: Figures) -> str:
    model = figures.model
    if model is None or not model.converged:
        return "by the gaps between orders, or the season: too few came back for a model"
    params = ", ".join(f"{name} {model.params[name]:.3f}" for name in ("r", "alpha", "a", "b"))
    return f"by MBG/NBD of {model.customers:,} customers ({params})"


def _bar(share: float) -> str:
    return "█" * round(share * _WIDTH)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value))
