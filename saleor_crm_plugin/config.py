"""The owner's settings: declared once, parsed once into one typed object.

The declarations carry label and help text; ``plugin.py`` shows them in the Saleor Dashboard, whose
fields are only text, tick boxes and secrets, so that numbers, durations and hours are read from text
(``values.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from . import values
from .values import QuietHours

# How Saleor and the addresses below /plugins/ name us.
PLUGIN_ID = "saleor_crm"
# Nobody gets two marketing mails within this time (flows/caps.py).
MAIL_DISTANCE = timedelta(hours=16)


class Kind(StrEnum):
    """How a setting is shown."""

    TEXT = "text"
    MULTILINE = "multiline"
    FLAG = "flag"
    SECRET = "secret"  # noqa: S105 - the name of a kind


class ConfigError(ValueError):
    """Settings that can't be used. ``problems`` maps a field's name to one plain sentence."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(f"“{BY_NAME[name].label}” {text}" for name, text in problems.items()))


@dataclass(frozen=True)
class Smtp:
    """Where mails are handed over. ``host`` is "" where the shop's own EMAIL_URL is used."""

    host: str
    port: int
    user: str
    password: str
    starttls: bool
    ssl: bool


@dataclass(frozen=True)
class Settings:
    """All the owner's settings, valid."""

    sender_name: str
    sender_address: str
    reply_to: str
    unsubscribe_address: str
    smtp: Smtp
    storefront_url: str
    cart_path: str
    product_path: str
    abandoned_cart_enabled: bool
    abandoned_cart_delay: timedelta
    abandoned_cart_second_delay: timedelta
    holdout_percent: int
    quiet_hours: QuietHours
    time_zone: ZoneInfo
    consent_key: str
    allow_list: tuple[str, ...]

    def may_receive(self, email: str) -> bool:
        """Whether the staging allow-list lets a mail to this address out. An empty list lets all out."""
        domain = email.rpartition("@")[2]
        return not self.allow_list or email in self.allow_list or f"@{domain}" in self.allow_list


@dataclass(frozen=True)
class Field:
    """One setting: how it is shown, what it is at first, and how its value is read."""

    name: str
    kind: Kind
    label: str
    help: str
    default: str | bool
    parse: Callable[[Any], Any]


FIELDS: tuple[Field, ...] = (
    Field(
        "sender_name",
        Kind.TEXT,
        "Sender name",
        "The name customers see as the sender. Empty: the name of your shop.",
        "",
        values.one_line,
    ),
    Field(
        "sender_address",
        Kind.TEXT,
        "Sender address",
        "The address mails come from, such as hello@news.your-shop.com. Best not the one your receipts use.",
        "",
        values.address,
    ),
    Field(
        "reply_to",
        Kind.TEXT,
        "Reply-to address",
        "Where answers of customers go. Empty: to the sender address.",
        "",
        values.address,
    ),
    Field(
        "unsubscribe_address",
        Kind.TEXT,
        "Unsubscribe mailbox",
        "Optional. A mailbox that you read, for customers whose mail program unsubscribes by mail. The unsubscribe link works without it.",
        "",
        values.address,
    ),
    Field(
        "smtp_host",
        Kind.TEXT,
        "SMTP host",
        "Your mail server. Empty: the one Saleor itself uses (EMAIL_URL).",
        "",
        values.host,
    ),
    Field("smtp_port", Kind.TEXT, "SMTP port", "Usually 587 with TLS, 465 with SSL.", "587", values.port),
    Field("smtp_user", Kind.TEXT, "SMTP user", "The user name at the mail server. Empty: no log-in.", "", values.user),
    Field(
        "storefront_url",
        Kind.TEXT,
        "Storefront address",
        "Where your shop lives, such as https://shop.example.com. Buttons and product links lead only there.",
        "",
        values.storefront_url,
    ),
    Field(
        "cart_path",
        Kind.TEXT,
        "Cart page",
        "The page that shows a cart. {id} becomes the checkout's id, {token} its token, {channel} and {language} those of the cart.",
        "/cart?checkout={id}",
        values.path("id", "token", "channel", "language", one_of=("id", "token")),
    ),
    Field(
        "product_path",
        Kind.TEXT,
        "Product page",
        "The page of a product. {slug} becomes the product's slug, {channel} and {language} those of the cart.",
        "/products/{slug}",
        values.path("slug", "channel", "language", one_of=("slug",)),
    ),
    Field(
        "abandoned_cart_delay",
        Kind.TEXT,
        "Abandoned cart: first mail after",
        "How long a cart lies untouched before its owner is reminded, such as 30 min, 4 h or 2 d. From 5 min to 30 d.",
        "4 h",
        values.delay,
    ),
    Field(
        "abandoned_cart_second_delay",
        Kind.TEXT,
        "Abandoned cart: second mail after",
        "How long a cart lies untouched before the second and last reminder, such as 24 h. At least 16 h longer than the first.",
        "24 h",
        values.delay,
    ),
    Field(
        "holdout_percent",
        Kind.TEXT,
        "Holdout (percent)",
        "So many of 100 customers get no mail, so that you see what the mails are worth. 10 is usual, 0 switches it off, 50 is the most.",
        "10",
        values.percent,
    ),
    Field(
        "quiet_hours",
        Kind.TEXT,
        "Quiet hours",
        "In these hours of the customer's day no mail leaves; it waits for the morning. Such as 21-8 or 20:30-07:30. Empty: none.",
        "21-8",
        values.quiet_hours,
    ),
    Field(
        "time_zone",
        Kind.TEXT,
        "Time zone",
        "The time zone of customers whose country does not tell it, such as Europe/Berlin.",
        "UTC",
        values.time_zone,
    ),
    Field(
        "consent_key",
        Kind.TEXT,
        "Consent field",
        "The metadata field of the checkout or account in which your storefront stores that the customer wants mail (true or false).",
        "marketing-consent",
        values.metadata_key,
    ),
    Field(
        "allow_list",
        Kind.MULTILINE,
        "Only send to (for testing)",
        "Addresses or domains such as @your-company.com, one a line or with commas between. Empty: to all customers.",
        "",
        values.allow_list,
    ),
    Field(
        "abandoned_cart_enabled",
        Kind.FLAG,
        "Abandoned cart mails",
        "Remind customers who agreed to mail of the cart they left. Off: carts are noticed, no mail is sent.",
        False,
        values.flag,
    ),
    Field("smtp_starttls", Kind.FLAG, "SMTP with TLS", "Encrypt by STARTTLS, usually on port 587.", True, values.flag),
    Field(
        "smtp_ssl",
        Kind.FLAG,
        "SMTP with SSL",
        "Encrypt from the first byte, usually on port 465. Not together with TLS.",
        False,
        values.flag,
    ),
    Field("smtp_password", Kind.SECRET, "SMTP password", "The password at the mail server.", "", values.secret),
)
BY_NAME = {field.name: field for field in FIELDS}


def parse(raw: Mapping[str, object]) -> Settings:
    """Read the owner's settings.

    ``raw`` maps names to values as stored; a missing or null one takes its default, unknown names are
    ignored (an older version may have stored them). Raises ConfigError that names every bad field.
    """
    parsed: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in FIELDS:
        value = raw.get(field.name)
        try:
            parsed[field.name] = field.parse(field.default if value is None else value)
        except ValueError as error:
            problems[field.name] = str(error)
    if not problems:
        problems = _contradictions(parsed)
    if problems:
        raise ConfigError(problems)
    smtp = {name: parsed.pop(f"smtp_{name}") for name in ("host", "port", "user", "password", "starttls", "ssl")}
    return Settings(smtp=Smtp(**smtp), **parsed)


def _contradictions(parsed: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    if parsed["smtp_starttls"] and parsed["smtp_ssl"]:
        problems["smtp_ssl"] = "choose TLS or SSL, not both."
    if parsed["abandoned_cart_second_delay"] < parsed["abandoned_cart_delay"] + MAIL_DISTANCE:
        problems["abandoned_cart_second_delay"] = (
            "must be at least 16 hours longer than the first mail's: nobody gets two mails in that time."
        )
    if parsed["abandoned_cart_enabled"]:
        if not parsed["storefront_url"]:
            problems["storefront_url"] = "is needed before mails can be sent: their button leads there."
        if not parsed["sender_address"]:
            problems["sender_address"] = "is needed before mails can be sent."
    return problems
