"""Whether the shop itself has signed a delivery.

Saleor signs the body of a webhook without a secret with its own key: a JWS with RS256 and a detached, unencoded payload
(RFC 7797; saleor/core/jwt_manager.py, ``jws_encode``). Nothing else is accepted, whatever the header says.
"""

import re
from collections.abc import Callable, Sequence

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings
from django.utils.module_loading import import_string
from jwt import PyJWTError, api_jws

_ALGORITHM = "RS256"
# A header, no payload, a signature of at most 16384 bits.
_DETACHED = re.compile(r"[\w-]{1,1000}\.\.[\w-]{1,2732}", re.ASCII)


def holds(token: str, body: bytes) -> bool:
    """Whether the header ``Saleor-Signature`` is the shop's own for exactly this body."""
    return _DETACHED.fullmatch(token) is not None and any(_signed(token, body, key) for key in _keys())


def _signed(token: str, body: bytes, key: RSAPublicKey) -> bool:
    try:
        found = api_jws.decode_complete(token, key, algorithms=[_ALGORITHM], detached_payload=body)
    except (PyJWTError, ValueError, RecursionError):
        return False
    # Without these the signature would be one over no payload at all.
    header = found["header"]
    return header.get("b64") is False and header.get("crit") == ["b64"]


def _keys() -> Sequence[RSAPublicKey]:
    """The shop's keys: those of what the Django setting ``CRM_WEBHOOK_KEYS`` names, Saleor's where it is not set."""
    path = getattr(settings, "CRM_WEBHOOK_KEYS", "saleor_crm_plugin.webhooks.keys.public_keys")
    keys: Callable[[], Sequence[RSAPublicKey]] = import_string(path)
    return keys()
