"""What kinds of customers there are, and where one of them stands: for people who look."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection

from ..config import Settings
from .lifetime import RHYTHM
from .models import Lifecycle, LifetimeValue, Membership, ModelFit, Score, SegmentState
from .rhythm import MBGNBD
from .scoring import remaining


@dataclass(frozen=True)
class SegmentCount:
    """One segment of a kind, in one currency ("" where its customers bought nothing).

    ``orders`` and ``revenue`` (gross less refunds) are over the RFM period for RFM, over all time else. ``share`` is of
    the revenue of all customers in the currency, over the same time (None without any). ``sample`` is of how many
    customers in the currency that is said. Who bought in two currencies is counted in each.
    """

    kind: str
    currency: str
    segment: str
    customers: int
    orders: int
    revenue: Decimal
    share: float | None
    sample: int


@dataclass(frozen=True)
class Rfm:
    """What a customer bought in one currency, and how that ranks from 1 to the number of bins among ``sample``.

    ``orders`` and ``amount`` (gross less refunds) are over all time, ``recent_*`` over the RFM period. Without an order
    in the period there are no ranks, and ``group`` is "".
    """

    currency: str
    orders: int
    amount: Decimal
    recent_orders: int
    recent_amount: Decimal
    first_at: datetime
    last_at: datetime
    recency: int | None
    frequency: int | None
    monetary: int | None
    group: str
    sample: int


@dataclass(frozen=True)
class Forecast:
    """What a customer is expected to bring in one currency over 12 months, by models fitted to ``sample`` customers."""

    currency: str
    p_alive: float
    expected_orders: float
    expected_value: Decimal
    computed_at: datetime
    sample: int


@dataclass(frozen=True)
class CustomerView:
    """Where one customer stands at a moment. ``as_of`` is the last run, None before the first."""

    contact_id: int
    as_of: datetime | None
    rfm: tuple[Rfm, ...]
    score: float
    tier: str
    stage: str  # "" before the first run
    stage_since: datetime | None
    stage_until: datetime | None
    p_alive: float | None  # None where the model does not carry, or nothing was bought
    forecasts: tuple[Forecast, ...]
    memberships: tuple[Membership, ...]  # the newest first


# Customers who belong to a segment of a kind, with what they bought; those who bought nothing have no currency.
# RFM's memberships have one themselves.
_COUNTS = """
WITH belonging AS (
    SELECT m.kind, coalesce(v.currency, m.currency) AS currency, m.segment,
        coalesce(CASE m.kind WHEN 'rfm' THEN v.recent_orders ELSE v.orders END, 0) AS orders,
        coalesce(CASE m.kind WHEN 'rfm' THEN v.recent_amount ELSE v.amount END, 0) AS amount
    FROM crm_membership m LEFT JOIN crm_customer_value v
    ON v.contact_id = m.contact_id AND (m.kind <> 'rfm' OR v.currency = m.currency)
    WHERE m.left_at IS NULL
), whole AS (
    SELECT currency, count(*) AS customers, count(*) FILTER (WHERE recent_orders > 0) AS recent_customers,
        sum(amount) AS amount, sum(recent_amount) AS recent_amount
    FROM crm_customer_value WHERE contact_id IS NOT NULL GROUP BY currency
    UNION ALL
    SELECT '', count(*), 0, 0, 0 FROM crm_contact
    WHERE NOT EXISTS (SELECT FROM crm_customer_value v WHERE v.contact_id = crm_contact.id)
)
SELECT kind, currency, segment, count(*), sum(b.orders), sum(b.amount),
    (sum(b.amount) / nullif(CASE kind WHEN 'rfm' THEN min(w.recent_amount) ELSE min(w.amount) END, 0))::float8,
    CASE kind WHEN 'rfm' THEN min(w.recent_customers) ELSE min(w.customers) END
FROM belonging b JOIN whole w USING (currency) GROUP BY kind, currency, segment
ORDER BY kind, currency, sum(b.amount) DESC, segment
"""

# What one contact bought, and by how many cuts that is above.
_RFM = """
SELECT v.currency, v.orders, v.amount, v.recent_orders, v.recent_amount, v.first_at, v.last_at,
    count(c.id) FILTER (WHERE v.last_at > c.last_at),
    count(c.id) FILTER (WHERE v.recent_orders > c.recent_orders),
    count(c.id) FILTER (WHERE v.recent_amount > c.recent_amount), min(m.segment), min(c.customers)
FROM crm_customer_value v LEFT JOIN crm_rfm_cut c USING (currency) LEFT JOIN crm_membership m
ON m.contact_id = v.contact_id AND m.kind = 'rfm' AND m.currency = v.currency AND m.left_at IS NULL
WHERE v.contact_id = %(contact)s GROUP BY v.id ORDER BY v.currency
"""

_WEEK = timedelta(weeks=1)
_RHYTHM = RHYTHM.replace("contact_id IS NOT NULL", "contact_id = %(contact)s")


def overview() -> list[SegmentCount]:
    """All segments that somebody belongs to. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS)
        return [SegmentCount(*row) for row in cursor.fetchall()]


def customer(contact_id: int, settings: Settings, now: datetime) -> CustomerView:
    """Where one customer stands. A constant number of queries; for somebody unknown, nothing."""
    state = SegmentState.objects.first()
    score = Score.objects.filter(contact=contact_id).first()
    stage = Lifecycle.objects.filter(contact=contact_id).first()
    mbgnbd = ModelFit.objects.filter(model=MBGNBD, currency="").first()
    points = score.points * remaining(settings.score, now - state.score_reference) if score and state else 0.0
    return CustomerView(
        contact_id=contact_id,
        as_of=state.as_of if state else None,
        rfm=tuple(_rfm(contact_id, settings.rfm.bins)),
        score=points,
        tier=score.tier if score else "",
        stage=stage.stage if stage else "",
        stage_since=stage.since if stage else None,
        stage_until=stage.until if stage else None,
        p_alive=_p_alive(contact_id, mbgnbd, now),
        forecasts=tuple(
            Forecast(v.currency, v.p_alive, v.expected_orders, v.expected_value, v.computed_at, mbgnbd.customers)
            for v in LifetimeValue.objects.filter(contact=contact_id).order_by("currency")
            if mbgnbd
        ),
        memberships=tuple(Membership.objects.filter(contact=contact_id).order_by("-entered_at", "-id")),
    )


def _rfm(contact_id: int, bins: int) -> Iterable[Rfm]:
    with connection.cursor() as cursor:
        cursor.execute(_RFM, {"contact": contact_id})
        for row in cursor.fetchall():
            currency, orders, amount, recent_orders, recent_amount, first_at, last_at, *above, group, sample = row
            # Alone, without cuts, a customer is in the middle.
            places = [1 + cuts if sample else (bins + 2) // 2 for cuts in above]
            r, f, m = places if recent_orders else (None, None, None)
            yield Rfm(
                currency, orders, amount, recent_orders, recent_amount, first_at, last_at, r, f, m, group or "",
                sample or int(recent_orders > 0),
            )  # fmt: skip


def _p_alive(contact_id: int, model: ModelFit | None, now: datetime) -> float | None:
    """The chance that a customer will buy again (Batislam, Denizel and Filiztekin, 2007), at this very moment."""
    if model is None or not model.converged:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_RHYTHM, {"contact": contact_id})
        row = cursor.fetchone()
    if row is None:
        return None
    _, first_at, last_at, days = row
    r, alpha, a, b = (model.params[name] for name in ("r", "alpha", "a", "b"))
    age, recency = ((moment - first_at) / _WEEK for moment in (max(now, last_at), last_at))
    silence = (alpha + age) / (alpha + recency)
    return float(1 / (1 + a / (b + days - 1) * silence ** (r + days - 1)))
