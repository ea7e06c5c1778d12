"""Segments in real Saleor: what staff is told by GraphQL is what Saleor's own tables say."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from saleor.order.models import Order

from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL
from tests.saleor.worker import Worker

SEGMENTS = """{ crmSegments { asOf segments {
    kind name currency customers sample orders revenue { amount currency } revenueShare } } }"""
SCORE = "order = 10\nvalue = 0.1"  # carts have points, too, unless the owner says otherwise: Saleor forgets carts

# Whose each order is and what was kept of it, by Saleor's tables alone: whoever wrote the address, in whatever case.
_ORDERS = """
    SELECT lower(coalesce(nullif(o.user_email, ''), u.email)) AS person, o.currency, o.created_at AS at,
        o.total_gross_amount - coalesce(t.refunded, 0) AS kept
    FROM order_order o
    LEFT JOIN account_user u ON u.id = o.user_id
    LEFT JOIN (
        SELECT order_id, sum(refunded_value) AS refunded FROM payment_transactionitem GROUP BY order_id
    ) t ON t.order_id = o.id
    WHERE o.status NOT IN ('draft', 'expired', 'canceled')
        AND o.total_gross_amount > coalesce(t.refunded, 0)
"""
# RFM of the last two years in five ranks, as docs/settings.md and docs/segments.md tell the owner.
_RFM = f"""
WITH spent AS (
    SELECT currency, person, max(at) AS last, count(*) AS orders, sum(kept) AS amount
    FROM ({_ORDERS}) o WHERE at > now() - interval '730 days' GROUP BY currency, person
), ranked AS (
    SELECT *, count(*) OVER everybody AS n,
        rank() OVER (PARTITION BY currency ORDER BY last) - 1 AS earlier,
        rank() OVER (PARTITION BY currency ORDER BY orders) - 1 AS rarer,
        rank() OVER (PARTITION BY currency ORDER BY amount) - 1 AS poorer
    FROM spent WINDOW everybody AS (PARTITION BY currency)
), scored AS (
    SELECT *, CASE n WHEN 1 THEN 3 ELSE least(5, 1 + 5 * earlier / (n - 1)) END AS r,
        CASE n WHEN 1 THEN 3 ELSE least(5, 1 + 5 * rarer / (n - 1)) END AS f,
        CASE n WHEN 1 THEN 3 ELSE least(5, 1 + 5 * poorer / (n - 1)) END AS m
    FROM ranked
), named AS (
    SELECT *, CASE
        WHEN r = 5 AND w >= 4 THEN 'Champions'
        WHEN r >= 3 AND w >= 4 THEN 'Loyal'
        WHEN r >= 4 AND w >= 2 THEN 'Potential loyalist'
        WHEN r = 5 THEN 'New'
        WHEN r = 4 THEN 'Promising'
        WHEN r = 3 AND w = 3 THEN 'Needs attention'
        WHEN r = 3 THEN 'About to sleep'
        WHEN r = 1 AND w = 5 THEN 'Can''t lose'
        WHEN w >= 3 THEN 'At risk'
        WHEN r = 2 THEN 'Hibernating'
        ELSE 'Lost' END AS name
    FROM (SELECT *, (f + m + 1) / 2 AS w FROM scored) s
)
SELECT 'RFM', name, currency, count(*), max(n), sum(orders), sum(amount), sum(amount) / max(whole)
FROM (SELECT *, sum(amount) OVER (PARTITION BY currency) AS whole FROM named) n GROUP BY currency, name
"""
# Tiers by points that halve in 90 days, over all currencies; what those in a tier bought in each.
_SCORE = f"""
WITH orders AS ({_ORDERS}), tiers AS (
    SELECT person, CASE WHEN points >= 60 THEN 'A' ELSE 'B' END AS tier
    FROM (
        SELECT person, sum((10 + 0.1 * kept) * 0.5 ^ (extract(epoch FROM now() - at) / 86400 / 90)) AS points
        FROM orders GROUP BY person
    ) p WHERE points >= 30
), whole AS (
    SELECT currency, count(DISTINCT person) AS n, sum(kept) AS amount FROM orders GROUP BY currency
)
SELECT 'SCORE', tier, currency, count(DISTINCT person), max(n), count(*), sum(kept), sum(kept) / max(amount)
FROM orders JOIN tiers USING (person) JOIN whole USING (currency) GROUP BY tier, currency
"""
# Whoever bought is in one stage of the lifecycle, whichever it is.
_STAGES = f"""
SELECT currency, count(DISTINCT person), count(*), sum(kept) FROM ({_ORDERS}) o GROUP BY currency
"""


@dataclass(frozen=True)
class Buyer:
    """Somebody, with or without an account, and when (days ago) and for how much they ordered, in which channel."""

    name: str
    account: bool
    orders: tuple[tuple[int, str, str], ...]


USD, PLN = "default-channel", "channel-pln"
BUYERS = (
    Buyer("ada", True, ((1, "40.00", USD), (30, "25.50", USD), (200, "310.00", USD), (2, "99.00", PLN))),
    Buyer("grace", True, ((3, "12.00", USD), (400, "80.00", USD))),
    Buyer("Joan", False, ((10, "55.00", USD), (11, "5.00", USD))),
    Buyer("mary", False, ((700, "500.00", USD),)),
    Buyer("katherine", False, ((90, "20.00", USD), (60, "20.00", PLN))),
    Buyer("dorothy", True, ((800, "70.00", USD),)),  # before the RFM period
)


@pytest.fixture
def shop(driver: SaleorDriver, worker: Worker) -> SaleorDriver:
    """A shop with orders of all kinds, of which the CRM has heard, and segments computed."""
    driver.configure("score_points", SCORE)
    for buyer in BUYERS:
        user_id = driver.make_customer(f"{buyer.name}@example.com") if buyer.account else None
        for days, price, channel in buyer.orders:
            _order(driver, buyer.name, user_id, days, price, channel)
    # As a guest, in another case, somebody with an account; then what is no purchase, and what is less of one.
    _order(driver, "ADA", None, 5, "8.00", USD)
    driver.cancel_order(_order(driver, "grace", None, 4, "1000.00", USD))
    driver.refund_order(_order(driver, "Joan", None, 20, "60.00", USD), Decimal("45.00"))
    driver.refund_order(_order(driver, "mary", None, 6, "33.00", USD), Decimal("33.00"))
    _order(driver, "katherine", None, 7, "15.00", USD, paid=False)
    driver.make_customer("nobody@example.com")
    worker.run("saleor_crm.sweep")
    worker.run("saleor_crm.process_inbox")
    worker.run("saleor_crm.segments")
    return driver


def test_the_numbers_of_crm_segments_equal_a_plain_sql_over_saleors_own_tables(
    shop: SaleorDriver, staff: GraphQL
) -> None:
    # when
    told = staff(SEGMENTS)["segments"]
    # then, segment by segment
    for kind, sql in (("RFM", _RFM), ("SCORE", _SCORE)):
        expected = {(name, currency): numbers for _, name, currency, *numbers in _rows(sql)}
        assert len(expected) >= 3 if kind == "RFM" else expected
        assert {(one["name"], one["currency"]): _numbers(one) for one in told if one["kind"] == kind} == {
            where: [customers, sample, orders, Decimal(revenue), pytest.approx(float(share))]
            for where, (customers, sample, orders, revenue, share) in expected.items()
        }
    # and whoever bought is in one stage
    stages = [one for one in told if one["kind"] == "LIFECYCLE"]
    for currency, customers, orders, revenue in _rows(_STAGES):
        of_currency = [one for one in stages if one["currency"] == currency]
        assert sum(one["customers"] for one in of_currency) == customers
        assert {one["sample"] for one in of_currency} == {customers}
        assert sum(one["orders"] for one in of_currency) == orders
        assert sum(_numbers(one)[3] for one in of_currency) == revenue
        assert sum(one["revenueShare"] for one in of_currency) == pytest.approx(1)
    (prospects,) = [one for one in stages if one["currency"] is None]
    assert (prospects["name"], prospects["customers"], prospects["revenue"]) == ("prospect", 1, None)


def _numbers(one: dict[str, Any]) -> list[Any]:
    revenue = Decimal(str(one["revenue"]["amount"]))
    return [one["customers"], one["sample"], one["orders"], revenue, one["revenueShare"]]


def _order(
    driver: SaleorDriver, name: str, user_id: str | None, days: int, price: str, channel: str, *, paid: bool = True
) -> str:
    cart_id = driver.make_cart(email=f"{name}@example.com", user_id=user_id, channel=channel)
    driver.add_line(cart_id, driver.make_product(price=Decimal(price))[0])
    order_id = driver.place_order(cart_id, paid=paid)
    Order.objects.filter(pk=UUID(order_id)).update(created_at=timezone.now() - timedelta(days=days))
    return order_id


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()
