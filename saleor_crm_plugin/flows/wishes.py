"""What customers want of our mails, as decisions read it; and the sunset: who never answers gets less, then nothing.

One function reads it for many people, one says what it forbids: flows and newsletters ask both.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from ..among import Among
from ..config import Settings
from ..contacts.preferences.models import MailKind, Preference
from .caps import ASKED_FOR
from .reasons import Reason

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Wishes:
    """Of one contact. ``unanswered``: so many marketing mails were sent since the last click, order or choice."""

    unwanted: frozenset[str] = frozenset()
    weekly: bool = False
    language: str = ""
    unanswered: int = 0


NONE = Wishes()

# How many mails a contact got since the last sign of life: a click of a person, an order, a consent, a choice. Counted
# no further than the owner's rule asks, and only since the shop counts clicks, before which nobody could answer. Served
# by crm_message_caps and the contact's indexes of the others.
_UNANSWERED = """(
    SELECT count(*) FROM (
        SELECT FROM (SELECT (SELECT at FROM crm_mail_response WHERE kind = 'click' ORDER BY id LIMIT 1) AS at) counting
        CROSS JOIN LATERAL (
            SELECT greatest(
                counting.at,
                (SELECT max(at) FROM crm_mail_response response
                    WHERE response.contact_id = {contact}.id AND response.kind = 'click'
                        AND response."by" <> 'machine'),
                (SELECT max(placed_at) FROM crm_purchase purchase WHERE purchase.contact_id = {contact}.id),
                (SELECT max(at) FROM crm_consent_record record
                    WHERE record.contact_id = {contact}.id AND record.granted),
                (SELECT max(changed_at) FROM crm_preference chosen WHERE chosen.contact_id = {contact}.id)
            ) AS at
        ) life
        JOIN crm_message mail ON mail.contact_id = {contact}.id AND mail.created_at > life.at
            AND mail.state = 'sent' AND mail.flow <> ALL(%(asked_for)s)
        WHERE counting.at IS NOT NULL
        LIMIT %(most)s
    ) unanswered
)"""
_OF_CONTACTS = "SELECT contact.id, {unanswered} FROM crm_contact contact WHERE contact.id = ANY(%(contacts)s)"


@dataclass(frozen=True)
class Unanswered:
    """An expression of SQL, and its values: how many mails a contact left unanswered."""

    sql: str
    values: Mapping[str, Any]


def unanswered_by(contact: str, settings: Settings) -> Unanswered | None:
    """The same for statements, of the contact of this alias; None where the owner has no sunset rule."""
    if not settings.sunset.ends:
        return None
    return Unanswered(_UNANSWERED.format(contact=contact), {"asked_for": ASKED_FOR, "most": settings.sunset.ends})


def wishes(contacts: Collection[int], settings: Settings) -> Mapping[int, Wishes]:
    """What each of these contacts wants; ``NONE`` for those who are missing. One query, and another where the owner has
    a sunset rule."""
    unanswered: dict[int, int] = {}
    if contacts and (told := unanswered_by("contact", settings)):
        with connection.cursor() as cursor:
            cursor.execute(_OF_CONTACTS.format(unanswered=told.sql), {**told.values, "contacts": list(contacts)})
            unanswered = {contact: count for contact, count in cursor.fetchall() if count}
    said = {row.contact_id: row for row in Preference.objects.filter(Among("contact", contacts))}
    return {
        contact: Wishes(
            unwanted=frozenset(said[contact].unwanted) if contact in said else frozenset(),
            weekly=contact in said and said[contact].weekly,
            language=said[contact].language if contact in said else "",
            unanswered=unanswered.get(contact, 0),
        )
        for contact in {*said, *unanswered}
    }


def unwanted(kind: MailKind, told: Wishes, settings: Settings) -> Reason | None:
    """Why a person gets no marketing mail of a kind, at whatever time."""
    if kind in told.unwanted:
        return Reason.KIND_UNWANTED
    if settings.sunset.ends and told.unanswered >= settings.sunset.ends:
        return Reason.UNANSWERED
    return None


def too_often(told: Wishes, mails: Sequence[datetime], settings: Settings, now: datetime) -> Reason | None:
    """Why a person gets no marketing mail just now, after the mails of these moments (``caps.recent_mails``)."""
    if not any(at > now - WEEK for at in mails):
        return None
    if told.weekly:
        return Reason.WEEKLY
    fewer = settings.sunset.fewer
    return Reason.UNANSWERED_WEEKLY if fewer and told.unanswered >= fewer else None
