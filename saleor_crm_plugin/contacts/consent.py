"""What people agreed to, with evidence."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .models import ConsentRecord, Contact

_SAID_HERE = (ConsentRecord.Source.PREFERENCES, ConsentRecord.Source.NEWSLETTER)


@dataclass(frozen=True)
class Statement:
    """A contact's yes or no to marketing mail: given where (``source``, ``reference``), to which wording."""

    contact_id: int
    granted: bool
    source: ConsentRecord.Source
    reference: str
    wording: str


def record(statements: Iterable[Statement], now: datetime) -> set[int]:
    """Store what was said, and return the contacts whose answer became yes.

    A statement is news only if the last one from the same place (a checkout, an account) said otherwise:
    reading an old checkout again does not renew a consent that was withdrawn since. Constant number of
    queries. Call it in a transaction.
    """
    wanted = {(s.contact_id, s.source, s.reference): s for s in statements}
    if not wanted:
        return set()
    contacts = {
        contact.pk: contact
        for contact in Contact.objects.select_for_update(no_key=True)
        .filter(pk__in={s.contact_id for s in wanted.values()})
        .order_by("pk")
    }
    last: dict[tuple[int, str, str], tuple[bool, str]] = {
        (row.contact_id, row.source, row.reference): (row.granted, row.wording)
        for row in ConsentRecord.objects.filter(
            contact__in=contacts, reference__in={s.reference for s in wanted.values()}
        ).order_by("at", "id")
    }
    news = [
        s
        for place, s in wanted.items()
        if s.contact_id in contacts and last.get((place[0], str(place[1]), place[2])) != (s.granted, s.wording)
    ]
    ConsentRecord.objects.bulk_create(
        ConsentRecord(
            contact_id=s.contact_id,
            granted=s.granted,
            source=s.source,
            reference=s.reference,
            wording=s.wording,
            at=now,
        )
        for s in news
    )
    return _repeat_newest({s.contact_id: contacts[s.contact_id] for s in news})


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
