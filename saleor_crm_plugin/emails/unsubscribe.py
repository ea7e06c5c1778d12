"""Unsubscribing, in one click, by RFC 8058: POST unsubscribes, GET only shows a page. Or by mail, by RFC 2369.

The link needs no cookie and no log-in, so that a mail program can use it on the customer's behalf. It carries
the hash of the address the mail went to and the mail's id, signed: it works whatever has become of the contact since.
"""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import parsedate_to_datetime
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ..config import PLUGIN_ID, Settings
from ..contacts import consent, locks
from ..contacts.address import hashes
from ..contacts.holding import hold_one
from ..contacts.models import ConsentRecord, Contact, Suppression
from ..contacts.suppression import suppress_hash
from ..shop.port import Shop
from . import preferences, signed
from .models import Message
from .page import METHODS, page

PATH = "unsubscribe"
# Longer than anybody keeps a newsletter; laws ask for 30 to 60 days.
VALID_FOR = timedelta(days=730)
_SALT = "saleor_crm.unsubscribe"
BY_MAIL = "unsubscribe"  # how the subject of such a mail begins, and what its token is for
_LEAVING = re.compile(rf"{BY_MAIL}([\w-]{{90,}})", re.ASCII | re.IGNORECASE)
_HASH, _ID = 32, 16  # bytes
_MOST_HEADERS = 50_000  # bytes


def add_links(shop: Shop, messages: Collection[Message]) -> None:
    """Give each mail, which is yet to be stored, the addresses under which its recipient unsubscribes, or says which
    mails to get. Two queries."""
    if not messages:
        return
    digests = hashes({message.recipient for message in messages})
    door = shop.public_url(f"/plugins/{PLUGIN_ID}/{PATH}/")
    for message in messages:
        token = signing.dumps([digests[message.recipient], str(message.pk)], salt=_SALT)
        message.content["unsubscribe_url"] = f"{door}{token}/"
    preferences.add_links(shop, list(messages), digests)


def respond(request: HttpRequest, token: str, shop: Shop, settings: Settings, now: datetime) -> HttpResponse:
    """Answer a request for an unsubscribe link. A POST is answered with 200 and never redirects (RFC 8058, 3.1)."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    names = {"shop_name": settings.sender_name or shop.name()}
    try:
        address_hash, message_id = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return page("link_expired", "", names, status=404)
    language = _language(message_id)
    if request.method != "POST":
        return page("unsubscribe", language, names)
    _leave(address_hash, message_id, now)
    return page("unsubscribed", language, names)


def mail_subject(message: Message) -> str:
    """The subject of a mail by which the recipient of this one unsubscribes; "" where it has no link, either."""
    try:
        token = str(message.content["unsubscribe_url"]).rstrip("/").rpartition("/")[2]
        address_hash, message_id = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return ""
    said = bytes.fromhex(address_hash) + UUID(message_id).bytes
    return f"{BY_MAIL} {signed.sign(BY_MAIL, said, message.created_at + VALID_FOR)}"


def take_mail(raw: bytes, now: datetime) -> bool:
    """Unsubscribe whom a mail says to, by its subject. Returns whether it did. Whoever sends it: the subject was signed
    by us and told to nobody but the recipient, who may write from another address.

    A mailbox may be read anew, after it was moved or restored: who agreed again after writing a mail goes on agreeing.
    """
    subject, written = _read(raw, now)
    match = _LEAVING.search(subject)
    payload = signed.read(BY_MAIL, match[1], now) if match else None
    if payload is None or len(payload) != _HASH + _ID:
        return False
    return _leave(payload[:_HASH].hex(), str(UUID(bytes=payload[_HASH:])), now, written)


def _read(raw: bytes, now: datetime) -> tuple[str, datetime]:
    """The subject of a mail, without the spaces at which mail programs break it, and when it was on its way at the
    latest: by the newest date of its sender and of the servers that passed it on, so that one slow clock does not make
    it older; now where no date can be right. Never raises."""
    try:
        headers = BytesHeaderParser().parsebytes(raw[:_MOST_HEADERS])
        subject = re.sub(r"\s", "", str(make_header(decode_header(str(headers.get("Subject", ""))))))
        told = [str(headers.get("Date", "")), *(str(one).rpartition(";")[2] for one in headers.get_all("Received", []))]
    except Exception:  # what nobody foresaw says nothing
        return "", now
    return subject, max((at for text in told if (at := _date(text)) and at <= now), default=now)


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _leave(address_hash: str, message_id: str, now: datetime, said_at: datetime | None = None) -> bool:
    """Unsubscribe a mail's recipient. Returns False, with nothing changed, where that was said before a consent that
    stands now."""
    with transaction.atomic():
        # The contact before what is noted of its address, as everywhere: else two links at once wait for each other.
        locks.share()
        # The mail moves along when its contact is merged, and goes when it is erased.
        contact = hold_one(Contact.objects.filter(messages=UUID(message_id)))
        if contact and said_at and _taken_back(contact, message_id, said_at):
            return False
        suppress_hash(address_hash, Suppression.Reason.UNSUBSCRIBED, now)
        if contact:
            consent.withdraw(contact, ConsentRecord.Source.UNSUBSCRIBE, now, reference=message_id)
        return True


def _taken_back(contact: Contact, message_id: str, said_at: datetime) -> bool:
    """Whether a contact agreed after it unsubscribed. Nobody answers a mail before it is written: such a date says
    nothing."""
    sent = Message.objects.filter(pk=message_id, created_at__lte=said_at)
    return sent.exists() and consent.agreed_after(contact, said_at)


def _language(message_id: str) -> str:
    """That of the recipient, or of the mail: of guests often no other is known."""
    mail = Message.objects.select_related("contact").filter(pk=message_id).first()
    return (mail.contact.language or mail.language) if mail else ""
