"""The figures of an analysis, read from the segments as they were computed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from ..config import Settings
from ..segments.models import Lifecycle, ModelFit
from . import queries

STAGES = tuple(stage for stage in Lifecycle.Stage if stage != Lifecycle.Stage.PROSPECT)
MONTHS = 24  # of cohorts and of the lifecycle over time


@dataclass(frozen=True)
class Cell:
    """One field of the RFM map: ranks from 1 to 5, customers, and what they bought in the RFM period."""

    recency: int
    worth: int
    group: str
    customers: int
    revenue: Decimal


@dataclass(frozen=True)
class GroupFigures:
    """One RFM group: ``share`` of the customers, ``revenue_share`` of the revenue of the RFM period."""

    name: str
    customers: int
    share: float
    revenue: Decimal
    revenue_share: float


@dataclass(frozen=True)
class Lifetime:
    """The next twelve months in one currency: money is gross and not discounted."""

    customers: int
    expected_orders: float
    expected_value: Decimal
    mean_p_alive: float
    best_tenth_share: float


@dataclass(frozen=True)
class CurrencyFigures:
    """All that is counted inside one currency. ``sample`` is how many customers are ranked in it."""

    currency: str
    orders: int
    revenue: Decimal
    customers: int
    sample: int
    cells: Sequence[Cell]
    groups: Sequence[GroupFigures]
    lifetime: Lifetime | None

    @property
    def average_order(self) -> Decimal:
        """Revenue per order."""
        return (self.revenue / self.orders).quantize(Decimal("0.01")) if self.orders else Decimal(0)


@dataclass(frozen=True)
class Cohort:
    """Who first bought in a month: how many, and which part of them bought in each month since (that one included)."""

    month: datetime
    customers: int
    rates: Sequence[float]


@dataclass(frozen=True)
class Month:
    """How many customers stood at each stage at the end of a month."""

    end: datetime
    stages: dict[str, int]


@dataclass(frozen=True)
class Figures:
    """What kinds of customers there are, as of a moment."""

    as_of: datetime
    customers: int
    orders: int
    repeat_customers: int
    first_at: datetime | None
    last_at: datetime | None
    stages: dict[str, int]
    currencies: Sequence[CurrencyFigures]
    cohorts: Sequence[Cohort]
    model: ModelFit | None

    @property
    def repeat_share(self) -> float:
        """The part of the customers who bought more than once."""
        return self.repeat_customers / self.customers if self.customers else 0.0

    @property
    def orders_per_customer(self) -> float:
        return self.orders / self.customers if self.customers else 0.0


def read_figures(settings: Settings, as_of: datetime) -> Figures:
    """Read all figures. A constant number of queries."""
    ((customers, repeat, orders, first_at, last_at),) = _rows(queries.CUSTOMERS)
    cells = _cells(settings)
    lifetimes = {
        currency: Lifetime(count, float(expected), value, float(alive), float(best / value) if value else 0.0)
        for currency, count, expected, value, alive, best in _rows(queries.LIFETIME)
    }
    return Figures(
        as_of=as_of,
        customers=customers,
        orders=int(orders),
        repeat_customers=repeat,
        first_at=first_at,
        last_at=last_at,
        stages=read_stages(),
        currencies=[
            _currency(currency, int(count), amount, buyers, cells.get(currency, []), lifetimes.get(currency))
            for currency, count, amount, buyers in _rows(queries.CURRENCIES)
        ],
        cohorts=_cohorts(as_of),
        model=ModelFit.objects.filter(model="mbgnbd").first(),
    )


def read_stages() -> dict[str, int]:
    """How many customers stand at each stage, in the order of a customer's life."""
    counts = dict(_rows(queries.STAGES))
    return {stage.value: counts.get(stage.value, 0) for stage in STAGES}


def _cells(settings: Settings) -> dict[str, list[Cell]]:
    cells: dict[str, list[Cell]] = {}
    for currency, recency, worth, customers, revenue in _rows(queries.RFM_MAP, bins=settings.rfm.bins):
        cell = Cell(recency, worth, settings.rfm.group_of(recency, worth), customers, revenue)
        cells.setdefault(currency, []).append(cell)
    return cells


def _currency(
    currency: str, orders: int, revenue: Decimal, customers: int, cells: Sequence[Cell], lifetime: Lifetime | None
) -> CurrencyFigures:
    sample, recent = sum(cell.customers for cell in cells), sum((cell.revenue for cell in cells), Decimal(0))
    members: dict[str, list[Cell]] = {}
    for cell in cells:
        members.setdefault(cell.group, []).append(cell)
    groups = [
        GroupFigures(
            name,
            count := sum(cell.customers for cell in own),
            count / sample,
            money := sum((cell.revenue for cell in own), Decimal(0)),
            float(money / recent) if recent else 0.0,
        )
        for name, own in members.items()
    ]
    groups.sort(key=lambda group: (-group.revenue, group.name))
    return CurrencyFigures(currency, orders, revenue, customers, sample, cells, groups, lifetime)


def _cohorts(as_of: datetime) -> list[Cohort]:
    """The cohorts of the last months that are over or run."""
    since = months_before(as_of, MONTHS - 1)
    counts: dict[datetime, dict[int, int]] = {}
    for month, age, count in _rows(queries.COHORTS, since=since):
        counts.setdefault(month, {})[int(age)] = count
    return [
        Cohort(
            month,
            ages[0],
            [ages.get(age, 0) / ages[0] for age in range(_age(month, as_of - timedelta(microseconds=1)) + 1)],
        )
        for month, ages in counts.items()
    ]


def months_before(moment: datetime, months: int) -> datetime:
    """The first moment of the month so many months before (UTC)."""
    number = moment.year * 12 + moment.month - 1 - months
    return moment.replace(year=number // 12, month=number % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


def _age(month: datetime, as_of: datetime) -> int:
    return (as_of.year - month.year) * 12 + as_of.month - month.month


def _rows(query: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
