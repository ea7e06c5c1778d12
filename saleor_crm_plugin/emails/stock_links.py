"""The links of mails about stock: confirming a request, taking it back, and making one.

They need no log-in: whoever reads the mail has the mailbox. Each is signed for its own purpose and good for its own
time, and says nothing of the person but the hash of the address that the mail goes to (``contacts.address.hashes``):
whoever reads an old mailbox makes no request for the new one.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.core import signing

from ..activity.stock.interest import CONFIRM_WITHIN
from ..activity.stock.models import StockInterest
from ..config import PLUGIN_ID
from ..contacts.models import Contact
from ..shop.port import Shop

PATH = "stock"


class Purpose(StrEnum):
    """What a link is for, as its address spells it."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    ASK = "ask"


_VALID_FOR = {
    Purpose.CONFIRM: CONFIRM_WITHIN,
    Purpose.CANCEL: timedelta(days=730),  # as unsubscribing: longer than anybody keeps a mail
    Purpose.ASK: timedelta(days=30),
}


def confirm_url(shop: Shop, interest: StockInterest, digest: str) -> str:
    """Where a guest confirms a request. ``digest`` is the hash of the guest's address."""
    return _url(shop, Purpose.CONFIRM, [interest.pk, digest])


def cancel_url(shop: Shop, interest: StockInterest) -> str:
    """Where whoever waits for something, or was told of it, says that it is enough."""
    return _url(shop, Purpose.CANCEL, [interest.pk])


def ask_url(shop: Shop, contact: Contact, variant_id: str, channel: str, digest: str) -> str:
    """Where a contact asks to be told of a variant in a channel (slug). ``digest`` is the hash of its address."""
    return _url(shop, Purpose.ASK, [contact.pk, variant_id, channel, digest])


def read(purpose: Purpose, token: str) -> list[Any] | None:
    """What a link of this purpose names; None where it is forged, for something else, or too old."""
    try:
        named: list[Any] = signing.loads(token, salt=_salt(purpose), max_age=_VALID_FOR[purpose])
    except signing.BadSignature:
        return None
    return named


def _url(shop: Shop, purpose: Purpose, named: list[Any]) -> str:
    token = signing.dumps(named, salt=_salt(purpose))
    return shop.public_url(f"/plugins/{PLUGIN_ID}/{PATH}/{purpose}/{token}/")


def _salt(purpose: Purpose) -> str:
    return f"saleor_crm.stock.{purpose}"
