"""A shop that signs its webhooks as Saleor's JWT manager does (saleor/core/jwt_manager.py), with a key of the tests."""

import json
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import api_jws

from saleor_crm_plugin.graphql.ids import global_id

SHOP = "the shop's"


@cache
def key(name: str) -> rsa.RSAPrivateKey:
    """A private key; each name has its own."""
    return rsa.generate_private_key(65537, 2048)


def public_keys() -> list[rsa.RSAPublicKey]:
    """For the setting CRM_WEBHOOK_KEYS."""
    return [key(SHOP).public_key()]


def signed(body: bytes, by: str = SHOP) -> str:
    """The header ``Saleor-Signature`` of a body."""
    return api_jws.encode(
        body, key(by), algorithm="RS256", headers={"kid": "1", "crit": ["b64"]}, is_payload_detached=True
    )


def delivery(variant_id: object, kind: str = "ProductVariantBackInStock", **more: Any) -> bytes:
    """The body of an event."""
    return json.dumps(
        {"__typename": kind, "issuedAt": "2026-11-29T12:00:00+00:00", **more}
        | {"productVariant": {"id": global_id("ProductVariant", variant_id)}}
    ).encode()
