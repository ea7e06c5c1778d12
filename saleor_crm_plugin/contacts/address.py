"""Email addresses: one spelling for one mailbox, and a hash that outlives an erasure."""

import hmac
from collections.abc import Iterable
from hashlib import sha256

from ..values import mailbox
from .models import Pepper

# Addresses in their plainest spelling, in lower case: as they are, they are normalised. For statements, which leave the
# rest to ``normalise``. At most 254 characters are meant, too.
PLAIN = r"^[a-z0-9_+-]+(\.[a-z0-9_+-]+)*@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"


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
    key = _key()
    return {email: hmac.new(key, email.encode(), sha256).hexdigest() for email in emails}


def is_hash_of(digest: str, email: str | None) -> bool:
    """Whether a hash is of this normalised address. One query."""
    return hmac.compare_digest(hashes([email])[email], digest) if email else False


def pads() -> tuple[bytes, bytes]:
    """The two halves of the key (RFC 2104: opad, ipad), for statements: the hash of an address is then
    ``sha256(opad || sha256(ipad || address))``. One query."""
    block = _key().ljust(64, b"\0")
    return bytes(byte ^ 0x5C for byte in block), bytes(byte ^ 0x36 for byte in block)


def _key() -> bytes:
    pepper, _ = Pepper.objects.get_or_create(pk=1)
    return bytes.fromhex(pepper.value)
