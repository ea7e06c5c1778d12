"""Email addresses: one spelling for one mailbox, and a hash that outlives an erasure."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from ..values import mailbox
from .models import Pepper


def normalise(email: str) -> str:
    """The spelling under which an address is stored and compared; "" for what no mail should go to.

    Lower case throughout: RFC 5321 allows case-sensitive local parts, no mail provider has them, and
    customers write their own address in both.
    """
    try:
        return mailbox(email).lower()
    except ValueError:
        return ""


def hashes(emails: Iterable[str]) -> dict[str, str]:
    """HMAC-SHA256 of normalised addresses under this installation's pepper: address to hex digest. One query."""
    pepper, _ = Pepper.objects.get_or_create(pk=1)
    key = bytes.fromhex(pepper.value)
    return {email: hmac.new(key, email.encode(), sha256).hexdigest() for email in emails}
