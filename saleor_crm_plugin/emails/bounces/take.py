"""What follows from reports: a missing mailbox and a complaint end it at once, other refusals after a while."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Count, Q
from django.db.models.functions import Cast, Coalesce, TruncDate

from ...contacts import consent, locks
from ...contacts.address import hashes, normalise
from ...contacts.holding import hold_all
from ...contacts.models import ConsentRecord, Contact, Suppression
from ...contacts.suppression import suppress_hash
from ...privacy import masked
from ..models import Message
from .models import Bounce

Kind = Bounce.Kind
SOFT_WITHIN = timedelta(days=30)
_ENDS = {
    Kind.HARD: Suppression.Reason.HARD_BOUNCE,
    Kind.COMPLAINT: Suppression.Reason.COMPLAINT,
    Kind.UNSUBSCRIBE: Suppression.Reason.UNSUBSCRIBED,
}
_WISHES = (Kind.COMPLAINT, Kind.UNSUBSCRIBE)
_LEFT = (Message.State.SENDING, Message.State.SENT, Message.State.HELD)


@dataclass(frozen=True)
class Report:
    """What somebody says of a mail to an address.

    ``vouched``: a provider said it that had proven who it is. What just anybody could have sent counts only where it
    names a mail that we sent to just this address.
    """

    kind: Bounce.Kind
    recipient: str
    message_id: UUID | None
    words: str = ""
    source: str = ""
    vouched: bool = False


def take(reports: Collection[Report], soft: int, now: datetime) -> int:
    """Store reports that are true and new, and suppress whom they end. Returns how many those were.

    ``soft``: after so many mails that were refused for now within ``SOFT_WITHIN`` an address is given up. In one
    transaction. A constant number of queries, and some for each report that ends something.
    """
    with transaction.atomic():
        locks.share()
        true = _true(reports, now)
        known = set(Bounce.objects.filter(source__in=true).values_list("source", flat=True))
        new = {source: told for source, told in true.items() if source not in known}
        Bounce.objects.bulk_create([bounce for bounce, _ in new.values()], ignore_conflicts=True)
        # The contacts before what is noted of their addresses, as everywhere, and those in their order.
        wishes = _withdraw([told for told in new.values() if told[0].kind in _WISHES], now)
        ends = [(bounce.address_hash, Kind(bounce.kind)) for bounce, _ in new.values()] + wishes
        for address_hash, kind in sorted(ends):
            reason = _ENDS.get(kind)
            if reason is None and _refused_mails(address_hash, now) >= soft:
                reason = Suppression.Reason.HARD_BOUNCE
            if reason:
                suppress_hash(address_hash, reason, now)
    return len(new)


def _refused_mails(address_hash: str, now: datetime) -> int:
    """How many mails to an address were refused for now: however often that was reported of one. Of reports that name
    no mail, those of one day may be about the same."""
    mail = Coalesce(Cast("message_id", CharField()), Cast(TruncDate("at", tzinfo=UTC), CharField()))
    told = Bounce.objects.filter(address_hash=address_hash, kind=Kind.SOFT, at__gt=now - SOFT_WITHIN)
    return told.aggregate(mails=Count(mail, distinct=True))["mails"] or 0


def _true(reports: Collection[Report], now: datetime) -> Mapping[str, tuple[Bounce, str]]:
    """By its name each bounce that reports tell of, with the address. Without those that nobody vouches for and that
    name no mail to just this address."""
    asked = [(report, address) for report in reports if (address := normalise(report.recipient))]
    digests = hashes({address for _, address in asked})
    mails = Message.objects.filter(pk__in={report.message_id for report, _ in asked if report.message_id})
    sent = {mail.pk: mail for mail in mails.filter(state__in=_LEFT).select_related("contact")}
    found = {}
    for report, address in asked:
        mail = sent.get(report.message_id) if report.message_id else None
        if mail and address not in (mail.recipient, mail.contact.email):
            mail = None
        if mail is None and not report.vouched:
            continue
        source = _storable(report.source or f"{report.message_id}:{report.kind}")[:120]
        words = masked(_storable(report.words[:2000]))[:500]
        bounce = Bounce(
            source=source, kind=report.kind, message=mail, address_hash=digests[address], words=words, at=now
        )
        found[source] = bounce, address
    return found


def _storable(text: str) -> str:
    """What a database can keep of a text: JSON may also name a zero byte, or half of a character ("\\ud83d")."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _withdraw(wishes: Collection[tuple[Bounce, str]], now: datetime) -> list[tuple[str, Kind]]:
    """Whoever complained or unsubscribed agrees no more. Returns what they said, by the hashes of the addresses that
    the readers of those mails have by now: a wish follows its person."""
    if not wishes:
        return []
    mails = Message.objects.filter(pk__in={bounce.message_id for bounce, _ in wishes if bounce.message_id})
    meant = Q(email__in={address for _, address in wishes}) | Q(pk__in=mails.values("contact"))
    people = {one.pk: one for one in hold_all(Contact.objects.filter(meant))}
    for contact in people.values():
        consent.withdraw(contact, ConsentRecord.Source.UNSUBSCRIBE, now)
    emails = {mail: people[reader].email for mail, reader in mails.values_list("pk", "contact") if reader in people}
    said = [(emails.get(bounce.message_id) if bounce.message_id else None, bounce.kind) for bounce, _ in wishes]
    digests = hashes({email for email, _ in said if email})
    return [(digests[email], Kind(kind)) for email, kind in said if email]
