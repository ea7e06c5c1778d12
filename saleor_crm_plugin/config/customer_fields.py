"""The settings of customers: how they are ranked, scored and rewarded."""

from . import customers
from .field import Field, Kind

# The usual names over a grid of recency and of worth, the mean of frequency and money (each 1 to 5).
RFM_GROUPS = """\
Champions = 5, 4-5
Loyal = 3-4, 4-5
Potential loyalist = 4-5, 2-3
New = 5, 1
Promising = 4, 1
Needs attention = 3, 3
About to sleep = 3, 1-2
Can't lose = 1, 5
At risk = 1-2, 3-5
Hibernating = 2, 1-2
Lost = 1, 1-2"""
SCORE_POINTS = """\
order = 10
value = 0.1
cart = 1
return = -5"""

CUSTOMER_FIELDS: tuple[Field, ...] = (
    Field(
        "rfm_period",
        Kind.TEXT,
        "RFM: orders of the last",
        "How far back orders count when customers are ranked by recency, frequency and money, such as 2 years.",
        "2 years",
        customers.period,
    ),
    Field(
        "rfm_bins",
        Kind.TEXT,
        "RFM: ranks",
        "Into how many ranks customers are put. 5 is usual.",
        "5",
        customers.bins,
    ),
    Field(
        "season",
        Kind.TEXT,
        "Season",
        "How long a season lasts in your shop. Who comes back within one is active. Such as 6 months for fashion.",
        "6 months",
        customers.period,
    ),
    Field(
        "score_half_life",
        Kind.TEXT,
        "Score: half-life",
        "After this time an action is worth half its points.",
        "90 d",
        customers.period,
    ),
    Field(
        "score_tier_a",
        Kind.TEXT,
        "Score: points for tier A",
        "From so many points a customer is in tier A, the best one.",
        "60",
        customers.points,
    ),
    Field(
        "score_tier_b",
        Kind.TEXT,
        "Score: points for tier B",
        "From so many points a customer is in tier B.",
        "30",
        customers.points,
    ),
    Field(
        "loyalty_since",
        Kind.TEXT,
        "Loyalty points: from",
        "Orders from this day on earn points, such as 2026-01-31. Empty: no loyalty points.",
        "",
        customers.since,
    ),
    Field(
        "loyalty_rates",
        Kind.TEXT,
        "Loyalty points: per unit of money",
        "How many points one unit of money earns, such as 1, or by currency: EUR 1, PLN 0.25. Tax, shipping and gift cards earn none.",
        "1",
        customers.rates,
    ),
    Field(
        "loyalty_return_window",
        Kind.TEXT,
        "Loyalty points: return window",
        "How long after delivery points stay pending, because goods may come back.",
        "30 d",
        customers.period,
    ),
    Field(
        "loyalty_lifetime",
        Kind.TEXT,
        "Loyalty points: expire after",
        "How long earned points can be used, such as 12 months. Empty: for ever.",
        "1 year",
        customers.period_or_never,
    ),
    Field(
        "rfm_groups",
        Kind.MULTILINE,
        "RFM: groups",
        "One group a line: its name = recency rank, rank of frequency and money together. 5 is best. The first line that fits holds.",
        RFM_GROUPS,
        customers.groups,
    ),
    Field(
        "score_points",
        Kind.MULTILINE,
        "Score: points",
        "One action a line: order, value (each unit of money; value EUR for one currency), cart, return, view, click.",
        SCORE_POINTS,
        customers.action_points,
    ),
    Field(
        "loyalty_tiers",
        Kind.MULTILINE,
        "Loyalty points: tiers",
        "One tier a line: its name = points earned in 12 months, how often each new point counts. Such as Silver = 500, 1.25.",
        "",
        customers.tiers,
    ),
)
