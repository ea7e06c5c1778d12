"""The one statement that says who belongs to an audience: whatever counts, samples or fills in takes it.

Each condition is a set of contacts, read once, so that millions are counted in seconds. Sets are joined as PostgreSQL
joins best (IN for those who belong, NOT EXISTS for those who do not): nothing is looked up per contact but the place
where somebody buys and the language in which they read, and those only where they are asked for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ...config import Settings
from ...contacts.address import pads
from ...contacts.preferences.models import MailKind
from ...segments.models import SegmentState
from ...segments.scoring import remaining
from ...shop.port import Shop
from ..places import language_of, last_place
from ..wishes import unanswered_by
from .conditions import Audience, Bought, Conditions
from .goods import in_categories

# Everybody of an audience who has an address, where each buys, and why who may not be written to may not be. Whoever
# never bought anything and never had a cart is written to as customers of the first channel are.
EVERYBODY = """
SELECT contact.id, contact.key, contact.email, {channel} AS channel,
    CASE
        WHEN suppression.address_hash IS NOT NULL THEN 'suppressed'
        WHEN NOT contact.consented THEN 'no_consent'
        WHEN NOT ({allowed}) THEN 'not_on_allow_list'
        WHEN NOT ({reached}) THEN 'other_channel'
        WHEN %(kind)s = ANY(preference.unwanted) THEN 'kind_unwanted'
        WHEN {ended} THEN 'unanswered'
        ELSE ''
    END AS excluded
FROM crm_contact contact
LEFT JOIN crm_suppression suppression ON suppression.address_hash = encode(
    sha256(%(opad)s::bytea || sha256(%(ipad)s::bytea || convert_to(contact.email, 'UTF8'))), 'hex'
)
LEFT JOIN crm_preference preference ON preference.contact_id = contact.id
{place}
WHERE contact.email IS NOT NULL AND {holds}
"""
_ALLOWED = "contact.email = ANY(%(allowed)s) OR '@' || split_part(contact.email, '@', 2) = ANY(%(allowed)s)"
_CHANNEL = f"(SELECT channel FROM ({last_place('{contact}.id')}) place)"


@dataclass(frozen=True)
class Statement:
    """A SELECT and its values: id, key, email, channel and excluded ("" or why) of everybody in an audience."""

    sql: str
    values: dict[str, Any]


def everybody(
    shop: Shop, audience: Audience, channels: tuple[str, ...], settings: Settings, now: datetime
) -> Statement:
    """Who belongs to an audience. With ``channels``, who buys elsewhere is excluded. Two queries to prepare it, and
    four for each condition that names categories."""
    builder = _Builder(shop, settings, now)
    opad, ipad = pads()
    values: dict[str, Any] = {"opad": opad, "ipad": ipad, "allowed": list(settings.allow_list)}
    values["kind"] = MailKind.NEWSLETTER
    ended = "false"
    if told := unanswered_by("contact", settings):
        ended = f"{told.sql} >= {builder.value(settings.sunset.ends)}"
        values |= told.values
    holds = builder.all_of(audience.where, "contact")
    if audience.but_not:
        others = builder.all_of(audience.but_not, "other")
        holds += f" AND NOT EXISTS (SELECT FROM crm_contact other WHERE other.id = contact.id AND {others})"
    channel, reached, place = "''", "true", ""
    if channels:
        first, all_of_them = builder.value(channels[0]), builder.value(list(channels))
        place = f"LEFT JOIN LATERAL ({last_place('contact.id')}) place ON true"
        channel = f"coalesce(place.channel, {first})"
        reached = f"{channel} = ANY({all_of_them})"
    sql = EVERYBODY.format(
        channel=channel,
        allowed=_ALLOWED if settings.allow_list else "true",
        reached=reached,
        ended=ended,
        place=place,
        holds=holds,
    )
    return Statement(sql, values | builder.values)


class _Builder:
    """Conditions as SQL, and the values that they name."""

    def __init__(self, shop: Shop, settings: Settings, now: datetime) -> None:
        self._shop, self._settings, self._now = shop, settings, now
        self.values: dict[str, Any] = {}

    def value(self, value: Any) -> str:
        """The place of a value in the statement."""
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"%({name})s"

    def all_of(self, told: Conditions, contact: str) -> str:
        """What holds where all of the conditions do, of the contact of this alias."""
        return " AND ".join([f"{contact}.id IS NOT NULL", *self._each(told, contact)])

    def _each(self, told: Conditions, contact: str) -> Iterator[str]:
        if told.consented is not None:
            yield f"{contact}.consented = {self.value(told.consented)}"
        if told.countries:
            yield f"{contact}.country = ANY({self.value(list(told.countries))})"
        if told.languages:
            # As the mail will speak. Each with its varieties: de, de-at. A code has letters, digits and dashes, nothing
            # that LIKE reads.
            alike = [form for language in told.languages for form in (language, f"{language}-%")]
            spoken = f"lower(replace({language_of(contact)}, '_', '-'))"
            yield f"{spoken} LIKE ANY({self.value(alike)})"
        if told.lifecycle:
            yield self._among(contact, f"crm_lifecycle WHERE stage = ANY({self.value(list(told.lifecycle))})")
        if told.rfm:
            groups = self.value(list(told.rfm))
            member = f"crm_membership WHERE kind = 'rfm' AND left_at IS NULL AND segment = ANY({groups})"
            yield self._among(contact, member)
        if told.tiers:
            yield self._among(contact, f"crm_score WHERE tier = ANY({self.value(list(told.tiers))})")
        yield from self._numbers(told, contact)
        yield from self._orders(told, contact)
        if told.channels:
            yield f"{_CHANNEL.format(contact=contact)} = ANY({self.value(list(told.channels))})"

    def _numbers(self, told: Conditions, contact: str) -> Iterator[str]:
        if told.score_from:
            yield self._among(contact, f"crm_score WHERE points >= {self._then(told.score_from)}")
        if told.score_below is not None:
            yield self._not_among(contact, f"crm_score WHERE points >= {self._then(told.score_below)}")
        if told.points_from:
            yield self._among(contact, self._points(told.points_from))
        if told.points_below is not None:
            yield self._not_among(contact, self._points(told.points_below))
        if told.orders_from:
            yield self._among(contact, self._ordered_times(told.orders_from))
        if told.orders_below is not None:
            yield self._not_among(contact, self._ordered_times(told.orders_below))

    def _orders(self, told: Conditions, contact: str) -> Iterator[str]:
        if told.ordered_within_days is not None:
            yield self._among(contact, self._ordered(">=", told.ordered_within_days))
        if told.not_ordered_for_days is not None:
            yield self._among(contact, self._ordered("<", told.not_ordered_for_days))
            yield self._not_among(contact, self._ordered(">=", told.not_ordered_for_days))
        for bought in told.bought:
            yield self._among(contact, self._bought(bought))
        for bought in told.never_bought:
            yield self._not_among(contact, self._bought(bought))

    def _among(self, contact: str, of: str) -> str:
        return f"{contact}.id IN (SELECT contact_id FROM {of})"

    def _not_among(self, contact: str, of: str) -> str:
        # The set has a name of its own, so that PostgreSQL reads it once and leaves those in it out of a join.
        return f"NOT EXISTS (SELECT FROM (SELECT contact_id FROM {of}) those WHERE those.contact_id = {contact}.id)"

    def _then(self, points: float) -> str:
        """Points of today as they are stored: as of the moment to which scores refer."""
        state = SegmentState.objects.filter(pk=1).first()
        passed = self._now - state.score_reference if state else timedelta(0)
        return f"{self.value(points / max(remaining(self._settings.score, passed), 1e-300))}::float8"

    def _points(self, least: int) -> str:
        # As segments/loyalty/account.py counts what can be spent.
        now = self.value(self._now)
        return (
            "crm_loyalty_lot WHERE points < 0 OR earned_at IS NOT NULL AND points > 0"
            f" AND (due_at IS NULL OR due_at > {now}) GROUP BY contact_id"
            f" HAVING greatest(sum(points), 0) >= {self.value(least)}"
        )

    def _ordered_times(self, least: int) -> str:
        return (
            "crm_purchase WHERE counts AND contact_id IS NOT NULL GROUP BY contact_id"
            f" HAVING count(*) >= {self.value(least)}"
        )

    def _ordered(self, operator: str, days: int) -> str:
        return f"crm_purchase WHERE counts AND placed_at {operator} {self.value(self._now - timedelta(days=days))}"

    def _bought(self, told: Bought) -> str:
        goods = set(told.products)
        if told.categories:
            goods |= in_categories(self._shop, told.categories)
        since = ""
        if told.within_days is not None:
            since = f" AND purchase.placed_at >= {self.value(self._now - timedelta(days=told.within_days))}"
        return (
            "crm_purchase purchase JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id"
            f" WHERE purchase.counts AND line.quantity > line.returned"
            f" AND line.product_id = ANY({self.value(sorted(goods))}){since}"
        )
