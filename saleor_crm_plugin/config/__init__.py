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
from .customer_fields import CUSTOMER_FIELDS
from .customers import LoyaltyRules, RfmRules, ScoreRules
from .field import Field, Kind
from .mail_fields import MAIL_FIELDS
from .recommendation_fields import RECOMMENDATION_FIELDS
from .recommendations import GuardRules
from .tracking import TrackingRules
from .tracking_fields import TRACKING_FIELDS

__all__ = [
    "BY_NAME", "FIELDS", "MAIL_DISTANCE", "PLUGIN_ID", "ConfigError", "Field", "GuardRules", "Kind",
    "LoyaltyRules", "RfmRules", "ScoreRules", "Settings", "Smtp", "TrackingRules", "parse",
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
    rfm: RfmRules
    season: timedelta
    score: ScoreRules
    loyalty: LoyaltyRules
    tracking: TrackingRules
    guards: GuardRules
    trust_unconfirmed: bool

    def may_receive(self, email: str) -> bool:
        """Whether the staging allow-list lets a mail to this address out. An empty list lets all out."""
        domain = email.rpartition("@")[2]
        return not self.allow_list or email in self.allow_list or f"@{domain}" in self.allow_list


FIELDS: tuple[Field, ...] = (*MAIL_FIELDS, *CUSTOMER_FIELDS, *TRACKING_FIELDS, *RECOMMENDATION_FIELDS)
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
    rfm = RfmRules(**{name: parsed.pop(f"rfm_{name}") for name in ("period", "bins", "groups")})
    score = ScoreRules(**{name: parsed.pop(f"score_{name}") for name in ("points", "half_life", "tier_a", "tier_b")})
    loyalty_names = ("since", "rates", "return_window", "lifetime", "tiers")
    loyalty = LoyaltyRules(**{name: parsed.pop(f"loyalty_{name}") for name in loyalty_names})
    tracking = TrackingRules(**{name: parsed.pop(f"views_{name}") for name in ("kept", "a_minute")})
    guards = GuardRules(**{name: parsed.pop(f"recommendations_{name}") for name in ("sizes", "genders")})
    return Settings(
        smtp=Smtp(**smtp), rfm=rfm, score=score, loyalty=loyalty, tracking=tracking, guards=guards, **parsed
    )


def _contradictions(parsed: Mapping[str, Any]) -> dict[str, str]:
    problems = {}
    if parsed["smtp_starttls"] and parsed["smtp_ssl"]:
        problems["smtp_ssl"] = "choose TLS or SSL, not both."
    if parsed["abandoned_cart_second_delay"] < parsed["abandoned_cart_delay"] + MAIL_DISTANCE:
        problems["abandoned_cart_second_delay"] = (
            "must be at least 16 hours longer than the first mail's: nobody gets two mails in that time."
        )
    if parsed["score_tier_a"] <= parsed["score_tier_b"]:
        problems["score_tier_a"] = "must be more than the points of tier B."
    if parsed["abandoned_cart_enabled"]:
        if not parsed["storefront_url"]:
            problems["storefront_url"] = "is needed before mails can be sent: their button leads there."
        if not parsed["sender_address"]:
            problems["sender_address"] = "is needed before mails can be sent."
    return problems
