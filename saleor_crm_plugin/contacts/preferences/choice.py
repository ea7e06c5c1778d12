"""What a customer chose, and choosing anew: kinds, frequency and language; no mail at all, and mail again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .. import consent
from ..models import ConsentRecord, Contact, Suppression
from ..suppression import lift, suppress, suppressed
from .models import MailKind, Preference


class Frequency(StrEnum):
    """How often a customer wants to hear from the shop."""

    ALL = "all"
    WEEKLY = "weekly"
    NONE = "none"


@dataclass(frozen=True)
class Choice:
    """What holds for a contact, or what a contact says.

    ``frequency`` is None of who neither agreed to mail nor unsubscribed; said, it leaves what holds. ``blocked``: the
    address gets no mail whatever is chosen, since it bounced, complained, or the shop wants that.
    """

    wanted: frozenset[MailKind]
    frequency: Frequency | None
    language: str = ""
    blocked: bool = False


@dataclass(frozen=True)
class Evidence:
    """Where and to which wording something was said."""

    source: ConsentRecord.Source
    reference: str
    wording: str


def kinds(names: Iterable[str]) -> frozenset[MailKind]:
    """Those of the names that are kinds."""
    known = set(MailKind)
    return frozenset(MailKind(name) for name in names if name in known)


def chosen(contact: Contact) -> Choice:
    """What holds now. Three queries."""
    told = Preference.objects.filter(contact=contact).first() or Preference()
    why = suppressed([contact.email or ""]).get(contact.email or "")
    frequency = None if not contact.consented else Frequency.WEEKLY if told.weekly else Frequency.ALL
    if why:
        frequency = Frequency.NONE
    wanted = frozenset(MailKind) - kinds(told.unwanted)
    return Choice(wanted, frequency, told.language, blocked=why not in (None, Suppression.Reason.UNSUBSCRIBED))


def choose(contact: Contact, choice: Choice, evidence: Evidence, now: datetime) -> Choice:
    """Store what a contact chose, and return what holds then. In a transaction that holds the contact.

    No mail at all is unsubscribing, also of who never agreed: what was asked for by name comes no more. Saying nothing
    of how often is neither. Mail again is a consent of its own, with the wording that was read; it lifts what the same
    person said before, and nothing else.
    """
    before = chosen(contact)
    gets_mail = before.frequency not in (None, Frequency.NONE)
    wants_mail = choice.frequency not in (None, Frequency.NONE)
    Preference.objects.update_or_create(
        contact=contact,
        defaults={
            "unwanted": sorted(set(MailKind) - choice.wanted),
            "weekly": choice.frequency == Frequency.WEEKLY or (not wants_mail and _weekly(contact)),
            "language": choice.language,
            "changed_at": now,
        },
    )
    if choice.frequency == Frequency.NONE:
        if contact.email:
            suppress(contact.email, Suppression.Reason.UNSUBSCRIBED, now)
        consent.withdraw(contact, evidence.source, now, evidence.reference)
    elif wants_mail and not gets_mail and not before.blocked:
        lift(contact.email or "")
        consent.grant(contact, evidence.source, now, evidence.reference, evidence.wording)
    return chosen(contact)


def _weekly(contact: Contact) -> bool:
    return Preference.objects.filter(contact=contact, weekly=True).exists()
