"""The document: everything that is kept of one person, in one piece (GDPR art. 15), for other programs, too (art. 20).

Money is a decimal text in the currency beside it, moments are in ISO 8601. Products, variants, orders and accounts are
numbers of the shop's; what it calls the products is told once.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from ..config import ConfigError, parse
from ..contacts.address import hashes, normalise
from ..contacts.models import Contact, Suppression
from ..segments.loyalty.account import account
from ..segments.overview import customer
from ..shop.port import Shop
from .part import Whose
from .parts import PARTS

_NOTE = (
    "All that the CRM of this shop keeps about one person: who it is, what was agreed to, what happened, what was"
    " decided and said and why, and what was computed from it. The shop itself keeps more: accounts, orders, addresses."
)


def export(shop: Shop, contact: Contact, now: datetime) -> str:
    """What is kept of a contact, as a JSON document. One query for each table, however much there is.

    What follows from the owner's settings (``standing``) is null where these can't be read.
    """
    email = contact.email or ""
    told = _told(Whose(contact.pk, hashes([email])[email] if email else ""))
    liked = {str(product) for one in told["recommendations"] for product in one["items"]}
    told["product_names"] = shop.product_names(sorted({*_products(told)} | liked), contact.language)
    told["standing"] = _standing(shop, contact.pk, now)
    return _written(told, now)


def export_address(email: str, now: datetime) -> str | None:
    """What is kept of an address of which no contact is known: that it gets no mail, and why. None: nothing at all."""
    address = normalise(email)
    digest = hashes([address])[address]
    there = Suppression.objects.filter(pk=digest).exists() if address else False
    return _written(_told(Whose(0, digest)), now) if there else None


def _told(who: Whose) -> dict[str, Any]:
    return {part.name: part.read(who) for part in PARTS}


def _written(told: dict[str, Any], now: datetime) -> str:
    document = {"note": _NOTE, "exported_at": now} | told
    return json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2) + "\n"


def _products(told: Any) -> Iterator[str]:
    """The products that a document names by their numbers."""
    if isinstance(told, list):
        for one in told:
            yield from _products(one)
    elif isinstance(told, dict):
        if told.get("product_id"):
            yield str(told["product_id"])
        for one in told.values():
            yield from _products(one)


def _standing(shop: Shop, contact_id: int, now: datetime) -> dict[str, Any] | None:
    """Where the person stands at this moment."""
    try:
        settings = parse(shop.configuration())
    except ConfigError:
        return None
    view = customer(contact_id, settings, now)
    return {
        "as_of": view.as_of,
        "score": round(view.score, 4),
        "tier": view.tier,
        "p_alive": view.p_alive,
        "rfm": [asdict(one) for one in view.rfm],
        "loyalty": asdict(account([contact_id], settings.loyalty, now)[contact_id]),
    }
