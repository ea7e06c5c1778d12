"""What a flow is worth: what its people spent after the mail, beside those who would have got it and were held out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from math import ceil
from typing import Any

import numpy as np
from django.db import connection

from ..catalogue import FLOWS, NEWSLETTER
from ..models import Enrolment
from .interval import LEAST_PEOPLE, Difference, Group, difference, people_needed
from .queries import BY_CLICK, BY_CODE, OUTCOMES

# So long after a person's first mail in the flow, or the moment at which it would have gone, orders count.
COUNTS_FOR = timedelta(days=30)
# So long after a click an order is told of beside it.
CLICK_HOLDS = timedelta(days=7)
# New people of so many weeks say how many come in a week.
LATELY = timedelta(weeks=8)
MOST_WEEKS = 104
_WEEK = timedelta(weeks=1)
_TREATED, _HELD_OUT = Enrolment.Arm.TREATED, Enrolment.Arm.HOLDOUT
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Arm:
    """The people of one group, and how many of them still have time to order."""

    people: int
    running: int


@dataclass(frozen=True)
class Spent:
    """What a group spent in one currency: gross, less refunds."""

    buyers: int
    orders: int
    revenue: Decimal
    per_1000: Decimal  # revenue per 1,000 people of the group, also those who bought nothing


@dataclass(frozen=True)
class Compared:
    """Both groups in one currency. ``difference``, ``low`` and ``high`` are revenue per 1,000 people, with 95 %.

    They are None where there are too few people or orders to say anything. ``weeks``: after how many more this
    difference, if it stays, is proven in four cases of five, at the rate at which people come now; None: after more
    than two years, or never. ``once``: it is a newsletter, to which nobody comes any more.
    """

    currency: str
    treated: Spent
    held_out: Spent
    difference: Decimal | None
    low: Decimal | None
    high: Decimal | None
    conclusive: bool
    weeks: int | None
    once: bool = False


@dataclass(frozen=True)
class Credited:
    """Orders that used a code of the flow's mails, or came after a click in one. Some would have been placed anyway."""

    currency: str
    orders: int
    revenue: Decimal


@dataclass(frozen=True)
class Uplift:
    """What a flow is worth, as of now. ``currencies`` is empty where nobody bought anything.

    ``newsletters``: so many are compared together, each with those who were held out of it, and averaged by their size.
    Everybody counts once in each, and so does what was bought in the days of several. 0: it is something else.
    """

    treated: Arm
    held_out: Arm
    currencies: Sequence[Compared]
    by_code: Sequence[Credited]
    by_last_click: Sequence[Credited]
    newsletters: int = 0


def uplift(flow: str, now: datetime, campaign: int | None = None) -> Uplift | None:
    """What a flow is worth, or one newsletter; None for a flow that holds nobody out, because its mails were asked for.
    Three queries."""
    if not FLOWS[flow].holdout:
        return None
    values: dict[str, Any] = {
        "flow": flow,
        "campaign": campaign,
        "now": now,
        "counts_for": COUNTS_FOR,
        "lately": LATELY,
        "click_holds": CLICK_HOLDS,
    }
    with connection.cursor() as cursor:
        cursor.execute(OUTCOMES, values)
        rows = [_Row(*row) for row in cursor.fetchall()]
        cursor.execute(BY_CODE, values)
        by_code = [Credited(*row) for row in cursor.fetchall()]
        cursor.execute(BY_CLICK, values)
        by_click = [Credited(*row) for row in cursor.fetchall()]
    rounds = _rounds(rows)
    currencies = [
        _compare(currency, rounds, _rate(rows, now) if campaign is None else 0.0)
        for currency in sorted({row.currency for one in rounds for row in one.rows if row.currency})
    ]
    if campaign is not None:
        currencies = [replace(one, once=True) for one in currencies]
    return Uplift(
        _sum(one.treated for one in rounds),
        _sum(one.held_out for one in rounds),
        currencies,
        by_code,
        by_click,
        newsletters=len(rounds) if flow == NEWSLETTER.key and campaign is None else 0,
    )


@dataclass(frozen=True)
class _Row:
    """A group, and what it spent in a currency. ``round``: the newsletter, 0 in other flows."""

    round: int
    arm: str
    people: int
    running: int
    lately: int
    first_at: datetime
    currency: str | None
    orders: int | None
    revenue: Decimal | None
    amounts: list[float] | None


@dataclass(frozen=True)
class _Round:
    """Two groups that were drawn together."""

    treated: Arm
    held_out: Arm
    rows: Sequence[_Row]

    @property
    def people(self) -> int:
        return self.treated.people + self.held_out.people

    def spent(self, arm: str, currency: str) -> _Row | None:
        """What a group spent in a currency; None: nothing."""
        return next((row for row in self.rows if (row.arm, row.currency) == (arm, currency)), None)

    def groups(self, currency: str) -> tuple[Group, Group]:
        """Both groups with what they spent."""
        return (
            _group(self.treated, self.spent(_TREATED, currency)),
            _group(self.held_out, self.spent(_HELD_OUT, currency)),
        )


def _rounds(rows: Sequence[_Row]) -> Sequence[_Round]:
    """The groups that can be compared; all, where none can."""
    found = []
    for _, some in groupby(rows, key=lambda row: row.round):
        mine = list(some)
        arms = {row.arm: Arm(row.people, row.running) for row in mine}
        found.append(_Round(arms.get(_TREATED, Arm(0, 0)), arms.get(_HELD_OUT, Arm(0, 0)), mine))
    return [one for one in found if min(one.treated.people, one.held_out.people) >= LEAST_PEOPLE] or found


def _sum(arms: Iterable[Arm]) -> Arm:
    told = list(arms)
    return Arm(sum(arm.people for arm in told), sum(arm.running for arm in told))


def _rate(rows: Sequence[_Row], now: datetime) -> float:
    """New people in a week."""
    groups = {(row.round, row.arm): row for row in rows}.values()
    if not groups:
        return 0.0
    since = min(LATELY, max(now - min(row.first_at for row in groups), _WEEK))
    return sum(row.lately for row in groups) / (since / _WEEK)


def _compare(currency: str, rounds: Sequence[_Round], rate: float) -> Compared:
    seen = difference(*(one.groups(currency) for one in rounds))
    people = sum(one.people for one in rounds)
    return Compared(
        currency=currency,
        treated=_spent([(one.people, one.treated, one.spent(_TREATED, currency)) for one in rounds]),
        held_out=_spent([(one.people, one.held_out, one.spent(_HELD_OUT, currency)) for one in rounds]),
        difference=_per_1000(seen.found) if seen else None,
        low=_per_1000(seen.low) if seen else None,
        high=_per_1000(seen.high) if seen else None,
        conclusive=bool(seen and seen.conclusive),
        weeks=_weeks(seen, people, rate) if seen else None,
    )


def _weeks(seen: Difference, people: int, rate: float) -> int | None:
    needed = None if seen.conclusive else people_needed(seen, people)
    if needed is None or not rate:
        return None
    weeks = max(ceil((needed - people) / rate), 1)
    return weeks if weeks <= MOST_WEEKS else None


def _group(arm: Arm, row: _Row | None) -> Group:
    return Group(arm.people, np.array(row.amounts if row else [], dtype=np.float64))


def _spent(rounds: Sequence[tuple[int, Arm, _Row | None]]) -> Spent:
    """What a group spent. Per person, each round weighs as many people as both of its groups have: the difference of
    two such figures is the one that is told."""
    rows = [row for _, _, row in rounds if row]
    weight = sum(people for people, arm, _ in rounds if arm.people)
    shares = (people * (row.revenue or Decimal(0)) / arm.people for people, arm, row in rounds if row and arm.people)
    per_person = sum(shares, Decimal(0))
    return Spent(
        buyers=sum(len(row.amounts or ()) for row in rows),
        orders=sum(row.orders or 0 for row in rows),
        revenue=sum((row.revenue or Decimal(0) for row in rows), Decimal(0)),
        per_1000=(1000 * per_person / weight).quantize(_CENT) if weight and rows else Decimal(0),
    )


def _per_1000(mean: float) -> Decimal:
    return Decimal(1000 * mean).quantize(_CENT)
