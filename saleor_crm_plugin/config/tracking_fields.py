"""The settings of what storefronts tell: products and categories looked at, searches."""

from . import customers, tracking
from .field import Field, Kind

TRACKING_FIELDS: tuple[Field, ...] = (
    Field(
        "views_kept",
        Kind.TEXT,
        "Views: keep for",
        "How long it is kept what visitors looked at and searched for, such as 400 d or 1 year. Older months are deleted as a whole.",
        "400 d",
        customers.period,
    ),
    Field(
        "views_a_minute",
        Kind.TEXT,
        "Views: most in a minute",
        "So many views the shop takes in a minute, so that nobody can fill your disk. A million a day comes in about 2000 in its busiest minute.",
        "10000",
        tracking.a_minute,
    ),
)
