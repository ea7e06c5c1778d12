"""Short signed tokens for the many links of a mail: bytes with a purpose and an end, as text that stands in an address.

A mail has up to 30 such links and hundreds of mails leave in a second, so that a token costs one HMAC and no JSON. Each
purpose has a key of its own: a token for one is none for another. The keys follow from SECRET_KEY; those that follow
from SECRET_KEY_FALLBACKS are still read.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from datetime import UTC, datetime
from functools import lru_cache
from struct import Struct

from django.conf import settings

_MAC = 15  # bytes: 120 bits of HMAC-SHA256, of which RFC 2104 (5) wants 80 or more; whole groups of base64
_END = Struct(">I")  # seconds since 1970


def sign(purpose: str, payload: bytes, end: datetime) -> str:
    """A token of letters, digits, ``-`` and ``_``. ``end`` is when it is good no more."""
    signed = _END.pack(int(end.timestamp())) + payload
    mac = hmac.digest(_key(settings.SECRET_KEY, purpose), signed, "sha256")[:_MAC]
    return urlsafe_b64encode(mac + signed).rstrip(b"=").decode()


def read(purpose: str, token: str, now: datetime) -> bytes | None:
    """What a token of this purpose says; None where it is forged, for something else, or over."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (Error, UnicodeEncodeError):
        return None
    if len(raw) < _MAC + _END.size or urlsafe_b64encode(raw).rstrip(b"=").decode() != token:
        return None  # base64 has several spellings of the same bytes: only ours is taken
    mac, signed = raw[:_MAC], raw[_MAC:]
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    macs = [hmac.digest(_key(secret, purpose), signed, "sha256")[:_MAC] for secret in secrets]
    if not any(hmac.compare_digest(mac, own) for own in macs):
        return None
    (end,) = _END.unpack_from(signed)
    return signed[_END.size :] if now < datetime.fromtimestamp(end, UTC) else None


@lru_cache(maxsize=64)
def _key(secret: str | bytes, purpose: str) -> bytes:
    secret = secret.encode() if isinstance(secret, str) else secret
    return hmac.digest(secret, b"saleor_crm.signed." + purpose.encode(), "sha256")
