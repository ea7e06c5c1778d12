"""What people agreed to, with evidence."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Window
from django.db.models.functions import Left

from ..shop.consent import LONGEST_WORDING
from .models import ConsentRecord, Contact

_SAID_HERE = (ConsentRecord.Source.PREFERENCES, ConsentRecord.Source.NEWSLETTER)
_MOST_OF_A_PLACE = 20  # records of one checkout or account: whoever has it can change the metadata without end


@dataclass(frozen=True)
class Statement:
    """A contact's yes or no to marketing mail: given where (``source``, ``reference``), to which wording."""

    contact_id: int
    granted: bool
    source: ConsentRecord.Source
    reference: str
    wording: str


_Place = tuple[int, str, str]  # contact, source, reference


@dataclass(frozen=True)
class _Last:
    """What was said last in one place, and how many records there are of it."""

    pk: int
    said: tuple[bool, str]  # whether it was a yes, and how its wording begins
    kept: int


def record(statements: Iterable[Statement], now: datetime) -> set[int]:
    """Store what was said, and return the contacts whose answer became yes.

    A statement is news only if the last one from the same place (a checkout, an account) said otherwise:
    reading an old checkout again does not renew a consent that was withdrawn since. Where a place has said as much as
    is kept of one, its newest record gives way: what holds is always kept, and so is how it began. Constant number of
    queries. Call it in a transaction.
    """
    wanted: dict[_Place, Statement] = {(s.contact_id, str(s.source), s.reference): s for s in statements}
    if not wanted:
        return set()
    contacts = {
        contact.pk: contact
        for contact in Contact.objects.select_for_update(no_key=True)
        .filter(pk__in={s.contact_id for s in wanted.values()})
        .order_by("pk")
    }
    last = _last_of_places(contacts, {s.reference for s in wanted.values()})
    news = {
        place: s
        for place, s in wanted.items()
        if s.contact_id in contacts
        and (place not in last or last[place].said != (s.granted, s.wording[:LONGEST_WORDING]))
    }
    full = [last[place].pk for place in news if place in last and last[place].kept >= _MOST_OF_A_PLACE]
    ConsentRecord.objects.filter(pk__in=full).delete()
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            contact_id=s.contact_id,
            granted=s.granted,
            source=s.source,
            reference=s.reference,
            wording=s.wording,
            at=now,
        )
        for s in news.values()
    )
    return _repeat_newest({s.contact_id: contacts[s.contact_id] for s in news.values()})


def _last_of_places(contacts: Collection[int], references: Collection[str]) -> dict[_Place, _Last]:
    """What was said last in each of these places. One query, of one row for each of them."""
    return {
        (contact_id, source, reference): _Last(pk, (granted, begins), kept)
        for contact_id, source, reference, pk, granted, begins, kept in ConsentRecord.objects.filter(
            contact__in=contacts, reference__in=references
        )
        .annotate(
            begins=Left("wording", LONGEST_WORDING),
            kept=Window(Count("*"), partition_by=["contact", "source", "reference"]),
        )
        .order_by("contact", "source", "reference", "-at", "-id")
        .distinct("contact", "source", "reference")
        .values_list("contact_id", "source", "reference", "pk", "granted", "begins", "kept")
    }


def withdraw(contact: Contact, source: ConsentRecord.Source, now: datetime, reference: str = "") -> None:
    """Store that a contact wants no more marketing mail. Said again in the same way, it is no news."""
    newest = ConsentRecord.objects.filter(contact=contact).order_by("-at", "-id").first()
    if newest and not newest.granted and newest.source == source:
        return
    ConsentRecord.objects.create(contact=contact, granted=False, source=source, reference=reference, at=now)
    Contact.objects.filter(pk=contact.pk).update(consented=False)
    contact.consented = False


def grant(contact: Contact, source: ConsentRecord.Source, now: datetime, reference: str, wording: str) -> None:
    """Store that a contact wants marketing mail (again). Said again in the same way, it is no news."""
    newest = ConsentRecord.objects.filter(contact=contact).order_by("-at", "-id").first()
    if newest and newest.granted and (newest.source, newest.wording) == (source, wording):
        return
    ConsentRecord.objects.create(
        contact=contact, granted=True, source=source, reference=reference[:64], wording=wording, at=now
    )
    Contact.objects.filter(pk=contact.pk).update(consented=True)
    contact.consented = True


def agreed_after(contact: Contact, moment: datetime) -> bool:
    """Whether a contact agrees, and said so after this moment: on a page of ours. Of lists, checkouts and accounts only
    the time is known at which they were read."""
    newest = ConsentRecord.objects.filter(contact=contact).order_by("-at", "-id").first()
    return bool(newest and newest.granted and newest.at > moment and newest.source in _SAID_HERE)


def refresh(contact_ids: Collection[int]) -> None:
    """Bring ``consented`` up to the newest record, after records moved from one contact to another."""
    _repeat_newest({contact.pk: contact for contact in Contact.objects.filter(pk__in=contact_ids)})


def _repeat_newest(contacts: Mapping[int, Contact]) -> set[int]:
    newest = dict(
        ConsentRecord.objects.filter(contact__in=contacts)
        .order_by("contact", "-at", "-id")
        .distinct("contact")
        .values_list("contact_id", "granted")
    )
    changed = [contact for pk, contact in contacts.items() if contact.consented != newest.get(pk, False)]
    for contact in changed:
        contact.consented = newest.get(contact.pk, False)
    Contact.objects.bulk_update(changed, ["consented"])
    return {contact.pk for contact in changed if contact.consented}
