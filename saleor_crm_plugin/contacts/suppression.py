"""Who must not be written to. Outranks everything, and is asked at the moment of the decision."""

from collections.abc import Iterable
from datetime import datetime

from .address import hashes
from .models import Suppression

# What a person said, in contrast to what became of a mailbox: it follows the person to a new address.
WISHES = frozenset({Suppression.Reason.UNSUBSCRIBED, Suppression.Reason.COMPLAINT, Suppression.Reason.MANUAL})


def suppress(email: str, reason: Suppression.Reason, now: datetime) -> None:
    """Keep a normalised address from all marketing mail.

    The first reason stays, except that a wish outranks a bounce, and an erasure is always noted.
    """
    suppress_hash(hashes([email])[email], reason, now)


def suppress_hash(address_hash: str, reason: Suppression.Reason, now: datetime) -> None:
    """The same for an address of which only the hash is at hand."""
    Suppression.objects.bulk_create(
        [Suppression(address_hash=address_hash, reason=reason, at=now)], ignore_conflicts=True
    )
    weaker = set[Suppression.Reason]()
    if reason == Suppression.Reason.ERASED:
        weaker = {*WISHES, Suppression.Reason.HARD_BOUNCE}
    elif reason in WISHES:
        weaker = {Suppression.Reason.HARD_BOUNCE}
    Suppression.objects.filter(pk=address_hash, reason__in=weaker).update(reason=reason, at=now)


def suppressed(emails: Iterable[str]) -> dict[str, Suppression.Reason]:
    """Those of the normalised addresses that are suppressed, with the reason. Two queries."""
    wanted = set(emails) - {""}
    if not wanted:
        return {}
    by_hash = {digest: email for email, digest in hashes(wanted).items()}
    rows = Suppression.objects.filter(pk__in=by_hash).values_list("address_hash", "reason")
    return {by_hash[digest]: Suppression.Reason(reason) for digest, reason in rows}
