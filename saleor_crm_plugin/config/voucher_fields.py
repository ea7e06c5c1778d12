"""The settings of vouchers: tiers, how codes look, and what loyalty points are worth."""

from . import customers, vouchers
from .field import Field, Kind

VOUCHER_TIERS = """\
A = 20 %, valid 7 d
B = 15 %, valid 7 d"""

VOUCHER_FIELDS: tuple[Field, ...] = (
    Field(
        "voucher_prefix",
        Kind.TEXT,
        "Vouchers: codes begin with",
        "Up to 12 letters and digits before the dash, such as CRM; without 0, O, 1 and I, which look alike. Empty: none.",
        "CRM",
        vouchers.prefix,
    ),
    Field(
        "voucher_points",
        Kind.TEXT,
        "Loyalty points: price of a voucher",
        "How many points one unit of money costs, by currency, such as 100 EUR, 25 PLN. Empty: points can't be spent on vouchers.",
        "",
        vouchers.points,
    ),
    Field(
        "voucher_points_valid",
        Kind.TEXT,
        "Loyalty points: vouchers valid for",
        "How long a voucher for points can be used, such as 90 d. Then the points come back.",
        "90 d",
        customers.period,
    ),
    Field(
        "voucher_tiers",
        Kind.MULTILINE,
        "Vouchers: tiers",
        "One tier a line: its name = 20 % or 10 EUR / 45 PLN; then, as you like: min 50 EUR / 200 PLN, valid 7 d, channels eu / poland, budget 5000 EUR, counts 15 EUR (what a code with a percentage is reckoned to cost), at most 500.",
        VOUCHER_TIERS,
        vouchers.tiers,
    ),
)
