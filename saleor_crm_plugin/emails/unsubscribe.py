"""Unsubscribing, in one click, by RFC 8058: POST unsubscribes, GET only shows a page.

The link needs no cookie and no log-in, so that a mail program can use it on the customer's behalf. It carries
the hash of the address the mail went to and the mail's id, signed: it works whatever has become of the contact since.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ..config import PLUGIN_ID, Settings
from ..contacts import consent
from ..contacts.address import hashes
from ..contacts.models import ConsentRecord, Contact, Suppression
from ..contacts.suppression import suppress_hash
from ..shop.port import Shop
from .models import Message
from .render import render_page

PATH = "unsubscribe"
# Longer than anybody keeps a newsletter; laws ask for 30 to 60 days.
VALID_FOR = timedelta(days=730)
_SALT = "saleor_crm.unsubscribe"


def add_links(shop: Shop, messages: Collection[Message]) -> None:
    """Give each mail, which is yet to be stored, the address under which its recipient unsubscribes. Two queries."""
    if not messages:
        return
    digests = hashes({message.recipient for message in messages})
    door = shop.public_url(f"/plugins/{PLUGIN_ID}/{PATH}/")
    for message in messages:
        token = signing.dumps([digests[message.recipient], str(message.pk)], salt=_SALT)
        message.content["unsubscribe_url"] = f"{door}{token}/"


def respond(request: HttpRequest, token: str, shop: Shop, settings: Settings, now: datetime) -> HttpResponse:
    """Answer a request for an unsubscribe link. A POST is answered with 200 and never redirects (RFC 8058, 3.1)."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    shop_name = settings.sender_name or shop.name()
    try:
        address_hash, message_id = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return _page("link_expired", "", shop_name, status=404)
    # The mail moves along when its contact is merged, and goes when it is erased.
    recipient = Contact.objects.filter(messages=message_id)
    if request.method != "POST":
        return _page("unsubscribe", _language(recipient.first()), shop_name)
    with transaction.atomic():
        suppress_hash(address_hash, Suppression.Reason.UNSUBSCRIBED, now)
        contact = recipient.select_for_update(no_key=True, of=("self",)).first()
        if contact:
            consent.withdraw(contact, ConsentRecord.Source.UNSUBSCRIBE, now, reference=message_id)
    return _page("unsubscribed", _language(contact), shop_name)


def _language(contact: Contact | None) -> str:
    return contact.language if contact else ""


def _page(name: str, language: str, shop_name: str, status: int = 200) -> HttpResponse:
    response = HttpResponse(render_page(name, language or "en", {"shop_name": shop_name}), status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return response
