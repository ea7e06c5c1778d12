"""Signing up for the newsletter: asking, and confirming that the address is one's own (double opt-in)."""

from datetime import datetime, timedelta

from .. import consent
from ..models import ConsentRecord, Contact
from ..suppression import lift, suppressed
from .choice import Evidence
from .models import MailKind, NewsletterRequest, Preference

CONFIRM_WITHIN = timedelta(days=7)
# Who asks again after so long gets another mail: the first may have been lost.
MAIL_AGAIN_AFTER = timedelta(days=1)
# So many mails in ``CONFIRM_WITHIN`` go to an address that confirms none of them: somebody else types it.
MOST_MAILS = 3


def ask(contact: Contact, channel: str, language: str, now: datetime) -> NewsletterRequest | None:
    """Note that somebody asked. Returns the request that a mail is to be sent for; None where none is: one was sent
    lately, or too many were. In a transaction that holds the contact."""
    open_ones = NewsletterRequest.objects.filter(contact=contact, confirmed_at=None, asked_at__gt=now - CONFIRM_WITHIN)
    asked = sorted(open_ones.values_list("asked_at", flat=True))
    if len(asked) >= MOST_MAILS or (asked and asked[-1] > now - MAIL_AGAIN_AFTER):
        return None
    return NewsletterRequest.objects.create(
        contact=contact, channel=channel, language=language, asked_at=now, expires_at=now + CONFIRM_WITHIN
    )


def confirm(request: NewsletterRequest, contact: Contact, wording: str, now: datetime) -> None:
    """Let the owner of an address have the newsletter, with evidence; again, where that had been ended. In a
    transaction that holds the contact. Said again, it changes nothing."""
    if request.confirmed_at is None:
        request.confirmed_at = now
        request.save(update_fields=["confirmed_at"])
        evidence = Evidence(ConsentRecord.Source.NEWSLETTER, f"request {request.pk}", wording)
        subscribe(contact, evidence, now, lifts=True)


def subscribe(contact: Contact, evidence: Evidence, now: datetime, *, lifts: bool) -> None:
    """Store that a contact wants the newsletter. ``lifts``: it is known to be the address's owner who says so, whose
    earlier no is over then; anybody else's yes changes nothing of that."""
    told = Preference.objects.filter(contact=contact).first()
    if not lifts and _said_no(contact, told):
        return
    lift(contact.email or "")
    consent.grant(contact, evidence.source, now, evidence.reference, evidence.wording)
    if told and MailKind.NEWSLETTER in told.unwanted:
        told.unwanted = [kind for kind in told.unwanted if kind != MailKind.NEWSLETTER]
        told.changed_at = now
        told.save(update_fields=["unwanted", "changed_at"])


def _said_no(contact: Contact, told: Preference | None) -> bool:
    """Whether a contact gets no mail, agrees no more, or does not want the newsletter."""
    if suppressed([contact.email or ""]) or (told and MailKind.NEWSLETTER in told.unwanted):
        return True
    newest = ConsentRecord.objects.filter(contact=contact).order_by("-at", "-id").first()
    return newest is not None and not newest.granted
