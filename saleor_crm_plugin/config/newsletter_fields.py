"""The settings of signing up for the newsletter."""

from .. import values
from .field import Field, Kind

NEWSLETTER_FIELDS: tuple[Field, ...] = (
    Field(
        "newsletter_enabled",
        Kind.FLAG,
        "Newsletter: sign-up",
        "Your storefront may sign people up for the newsletter. Off: it gets an error.",
        False,
        values.flag,
    ),
    Field(
        "newsletter_confirm",
        Kind.FLAG,
        "Newsletter: confirm by mail",
        "Who signs up first confirms the address by a mail (double opt-in), as the law of many countries wants it. Customers who are logged in do not.",
        True,
        values.flag,
    ),
)
