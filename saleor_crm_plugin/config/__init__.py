"""The owner's settings: declared once, parsed once into one typed object.

The declarations (``*_fields.py``) carry label and help text; ``plugin.py`` shows them in the
Saleor Dashboard, whose fields are only text, tick boxes and secrets, so that numbers, durations and hours are read from
text (``values.py``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..values import QuietHours
from .bounce_fields import BOUNCE_FIELDS
from .bounces import BounceRules
from .customer_fields import CUSTOMER_FIELDS
from .customers import LoyaltyRules, RfmRules, ScoreRules
from .field import Field, Kind
from .flow_fields import FLOW_FIELDS
from .flow_lines import FlowLine
from .link_fields import LINK_FIELDS
from .links import LinkRules, host_of
from .look import Look
from .look_fields import LOOK_FIELDS
from .mail_fields import MAIL_FIELDS
from .newsletter_fields import NEWSLETTER_FIELDS
from .recommendation_fields import RECOMMENDATION_FIELDS
from .recommendations import GuardRules
from .sending import Sender, SendingRules
from .sending_fields import SENDING_FIELDS
from .stock import StockRules, Turn
from .stock_fields import STOCK_FIELDS
from .sunset import SunsetRules
from .tracking import TrackingRules
from .tracking_fields import TRACKING_FIELDS
from .voucher_fields import VOUCHER_FIELDS
from .vouchers import POINTS, VoucherRules, VoucherTier

__all__ = [
    "BY_NAME", "FIELDS", "MAIL_DISTANCE", "PLUGIN_ID", "POINTS", "SENDING", "BounceRules", "ConfigError", "Field",
    "FlowLine", "GuardRules", "Kind", "LinkRules", "Look", "LoyaltyRules", "RfmRules", "ScoreRules", "Sender",
    "SendingRules", "Settings", "Smtp", "StockRules", "SunsetRules", "TrackingRules", "Turn", "VoucherRules",
    "VoucherTier", "parse",
]  # fmt: skip

# How Saleor and the addresses below /plugins/ name us.
PLUGIN_ID = "saleor_crm"
# Nobody gets two marketing mails within this time (flows/caps.py).
MAIL_DISTANCE = timedelta(hours=16)


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
    sending: SendingRules
    storefront_url: str
    look: Mapping[str, Look]
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
    rfm: RfmRules
    season: timedelta
    score: ScoreRules
    loyalty: LoyaltyRules
    tracking: TrackingRules
    links: LinkRules
    sunset: SunsetRules
    bounces: BounceRules
    guards: GuardRules
    trust_unconfirmed: bool
    flows: Mapping[str, FlowLine]
    stock: StockRules
    vouchers: VoucherRules
    out_of_stock_delay: timedelta
    back_in_stock_enabled: bool
    out_of_stock_enabled: bool
    price_drop_enabled: bool
    newsletter_enabled: bool
    newsletter_confirm: bool

    @property
    def sends(self) -> bool:
        """Whether any mail leaves."""
        return any(getattr(self, name) for name in SENDING) or any(line.on for line in self.flows.values())

    def look_of(self, channel: str) -> Look:
        """How the mails of a channel look."""
        return self.look.get(channel) or self.look[""]

    def sender(self, channel: str) -> Sender:
        """Who mails about a channel come from, as far as the owner says."""
        own = self.sending.senders.get(channel, Sender("", "", ""))
        return Sender(own.name or self.sender_name, own.address or self.sender_address, own.reply_to or self.reply_to)

    def may_receive(self, email: str) -> bool:
        """Whether the staging allow-list lets a mail to this address out. An empty list lets all out."""
        domain = email.rpartition("@")[2]
        return not self.allow_list or email in self.allow_list or f"@{domain}" in self.allow_list


FIELDS: tuple[Field, ...] = (
    *MAIL_FIELDS,
    *LINK_FIELDS,
    *NEWSLETTER_FIELDS,
    *BOUNCE_FIELDS,
    *SENDING_FIELDS,
    *LOOK_FIELDS,
    *CUSTOMER_FIELDS,
    *FLOW_FIELDS,
    *VOUCHER_FIELDS,
    *STOCK_FIELDS,
    *TRACKING_FIELDS,
    *RECOMMENDATION_FIELDS,
)
BY_NAME = {field.name: field for field in FIELDS}
# Each of these makes mails leave.
SENDING = (
    "abandoned_cart_enabled",
    "back_in_stock_enabled",
    "out_of_stock_enabled",
    "price_drop_enabled",
    "newsletter_enabled",
)


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
    sending_names = ("connections", "renew_after", "rate", "senders")
    sending = {name: parsed.pop(f"sending_{name}") for name in sending_names}
    rfm = RfmRules(**{name: parsed.pop(f"rfm_{name}") for name in ("period", "bins", "groups")})
    score = ScoreRules(**{name: parsed.pop(f"score_{name}") for name in ("points", "half_life", "tier_a", "tier_b")})
    loyalty_names = ("since", "rates", "return_window", "lifetime", "tiers")
    loyalty = LoyaltyRules(**{name: parsed.pop(f"loyalty_{name}") for name in loyalty_names})
    tracking = TrackingRules(**{name: parsed.pop(f"views_{name}") for name in ("kept", "a_minute")})
    bounce_names = ("host", "port", "user", "password", "folder", "ssl", "soft")
    bounces = BounceRules(**{name: parsed.pop(f"bounce_{name}") for name in bounce_names})
    links = {name: parsed.pop(f"link_{name}") for name in ("clicks", "opens", "hosts", "utm")}
    if parsed["storefront_url"]:
        links["hosts"] = (host_of(parsed["storefront_url"]), *links["hosts"])
    guards = GuardRules(**{name: parsed.pop(f"recommendations_{name}") for name in ("sizes", "genders")})
    stock_names = ("confirm", "kept", "order", "per_unit", "wave", "restock_key", "drop_percent")
    stock = StockRules(**{name: parsed.pop(f"stock_{name}") for name in stock_names})
    voucher_names = ("tiers", "prefix", "points", "points_valid")
    vouchers = VoucherRules(**{name: parsed.pop(f"voucher_{name}") for name in voucher_names})
    return Settings(
        smtp=Smtp(**smtp),
        sending=SendingRules(**sending),
        rfm=rfm,
        score=score,
        loyalty=loyalty,
        tracking=tracking,
        links=LinkRules(**links),
        bounces=bounces,
        guards=guards,
        stock=stock,
        vouchers=vouchers,
        **parsed,
    )


def _contradictions(parsed: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    if parsed["smtp_starttls"] and parsed["smtp_ssl"]:
        problems["smtp_ssl"] = "choose TLS or SSL, not both."
    if parsed["abandoned_cart_second_delay"] < parsed["abandoned_cart_delay"] + MAIL_DISTANCE:
        problems["abandoned_cart_second_delay"] = (
            "must be at least 16 hours longer than the first mail's: nobody gets two mails in that time."
        )
    if parsed["sunset"].ends and not parsed["link_clicks"]:
        problems["sunset"] = "needs “Links: count clicks”: else nobody could answer."
    if parsed["score_tier_a"] <= parsed["score_tier_b"]:
        problems["score_tier_a"] = "must be more than the points of tier B."
    if any(parsed[name] for name in SENDING) or any(line.on for line in parsed["flows"].values()):
        if not parsed["storefront_url"]:
            problems["storefront_url"] = "is needed before mails can be sent: their button leads there."
        if not parsed["sender_address"]:
            problems["sender_address"] = "is needed before mails can be sent."
    return problems
