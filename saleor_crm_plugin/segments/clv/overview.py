"""What a fit means for the customers it was fitted to: who is still there, and what twelve months will bring."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .forecast import expected_orders, probability_alive
from .purchase_models import Fit
from .spend_model import SpendFit, lifetime_value
from .summary import Rows, Summary

# How long twelve months are in the unit of the times.
YEAR = {"weeks": 365.25 / 7, "days": 365.25}
_GROUPS = {"0": 0, "1": 1, "2": 2, "3 to 5": 3, "6 to 10": 6, "11 and more": 11}  # by the least of repeat orders


@dataclass(frozen=True)
class Group:
    """Customers by how often they bought again. All but ``customers`` are expected sums over them, for twelve months.

    ``value`` is in the file's currency; None where the file names no money.
    """

    name: str
    customers: int
    alive: float
    orders: float
    value: float | None


def overview(fit: Fit, spend: SpendFit | None, summary: Summary, rows: Rows, year: float) -> list[Group]:
    """The groups that have customers, and last all of them."""
    of_row = _group(rows.frequency)
    columns = [
        np.bincount(of_row, rows.weight, len(_GROUPS)),
        np.bincount(of_row, rows.weight * probability_alive(fit, rows.frequency, rows.recency, rows.age), len(_GROUPS)),
        np.bincount(
            of_row, rows.weight * expected_orders(fit, year, rows.frequency, rows.recency, rows.age), len(_GROUPS)
        ),
    ]
    if spend is not None and summary.value is not None:
        value = lifetime_value(fit, spend, year, summary.frequency, summary.recency, summary.age, summary.value)
        columns.append(np.bincount(_group(summary.frequency), value, len(_GROUPS)))
    table = np.stack(columns, axis=1)
    sums = [*zip(_GROUPS, table, strict=True), ("all", table.sum(axis=0))]
    return [
        Group(name, round(row[0]), float(row[1]), float(row[2]), float(row[3]) if len(row) > 3 else None)
        for name, row in sums
        if row[0]
    ]


def _group(frequency: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.searchsorted(list(_GROUPS.values()), frequency, side="right") - 1
