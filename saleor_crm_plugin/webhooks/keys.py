"""Saleor's own keys, taken from the process that we run in and not over the network."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWKSet
from saleor.core.jwt_manager import get_jwt_manager


def public_keys() -> Sequence[RSAPublicKey]:
    """What ``/.well-known/jwks.json`` tells: one key, or those that a JWT manager of the shop's own has."""
    keys = [found.key for found in PyJWKSet.from_dict(get_jwt_manager().get_jwks()).keys]
    return [key for key in keys if isinstance(key, RSAPublicKey)]
