"""Who must not be written to. Outranks everything, and is asked at the moment of the decision."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from ..among import Among
from .address import hashes
from .models import Suppression

# What a person said, in contrast to what became of a mailbox: it follows the person to a new address.
WISHES = frozenset({Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.COMPLAINT, Suppression.Reason.MANUAL})
# Which reason takes the place of which: what lasts outranks what its person, or a mailbox, may change.
_OUTRANKED = {
    Suppression.Reason.COMPLAINT: [Suppression.Reason.UNSUBSCRIBED],
    Suppression.Reason.MANUAL: [Suppression.Reason.UNSUBSCRIBED],
    Suppression.Reason.ERASED: list(WISHES),
}


def suppress(email: str, reason: Suppression.Reason, now: datetime) -> None:
    """Keep a normalised address from all marketing mail.

    The first reason stays, except that a wish outranks a bounce, a complaint and what staff noted outrank unsubscribing
    (which can be taken back), and an erasure is always noted. That it bounced is kept beside a wish.
    """
    suppress_hash(hashes([email])[email], reason, now)


def suppress_hash(address_hash: str, reason: Suppression.Reason, now: datetime) -> None:
    """The same for an address of which only the hash is at hand."""
    Suppression.objects.bulk_create(
        [Suppression(address_hash=address_hash, reason=reason, at=now)], ignore_conflicts=True
    )
    there = Suppression.objects.filter(pk=address_hash)
    if reason == Suppression.Reason.HARD_BOUNCE:
        there.filter(reason__in=WISHES, bounced_at=None).update(bounced_at=now)
        return
    there.filter(reason=Suppression.Reason.HARD_BOUNCE).update(reason=reason, at=now, bounced_at=F("at"))
    there.filter(reason__in=_OUTRANKED.get(reason, [])).update(reason=reason, at=now)


def lift(email: str) -> None:
    """Let a normalised address be written to again that had unsubscribed. Nothing else is lifted: not what became of
    the mailbox, which is the reason again, no complaint, no erasure."""
    unsubscribed = Suppression.objects.filter(pk=hashes([email])[email], reason=Suppression.Reason.UNSUBSCRIBED)
    unsubscribed.filter(bounced_at=None).delete()
    unsubscribed.update(reason=Suppression.Reason.HARD_BOUNCE, at=F("bounced_at"), bounced_at=None)


def suppressed(emails: Iterable[str]) -> dict[str, Suppression.Reason]:
    """Those of the normalised addresses that are suppressed, with the reason that no mail gets past. Two queries.

    Who unsubscribed may come back by a mail to be confirmed; not at a mailbox that is missing.
    """
    wanted = set(emails) - {""}
    if not wanted:
        return {}
    by_hash = {digest: email for email, digest in hashes(wanted).items()}
    rows = Suppression.objects.filter(Among("pk", by_hash)).values_list("address_hash", "reason", "bounced_at")
    return {by_hash[digest]: _first(Suppression.Reason(reason), bounced_at) for digest, reason, bounced_at in rows}


def wish(email: str) -> Suppression.Reason | None:
    """What the person behind a normalised address said about mail, whatever became of the mailbox."""
    said = Suppression.objects.filter(pk=hashes([email])[email], reason__in=WISHES).first() if email else None
    return Suppression.Reason(said.reason) if said else None


def _first(reason: Suppression.Reason, bounced_at: datetime | None) -> Suppression.Reason:
    gone = bounced_at is not None and reason == Suppression.Reason.UNSUBSCRIBED
    return Suppression.Reason.HARD_BOUNCE if gone else reason
