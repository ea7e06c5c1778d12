"""The link by which the owner of an address confirms the newsletter: GET shows a page, POST confirms."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ..config import PLUGIN_ID, Settings
from ..contacts import locks
from ..contacts.address import is_hash_of
from ..contacts.holding import hold_one
from ..contacts.models import Contact
from ..contacts.preferences import newsletter
from ..contacts.preferences.models import NewsletterRequest
from ..contacts.suppression import suppressed
from ..shop.port import Shop
from . import signed
from .languages import SOURCE, best
from .page import METHODS, page

PATH = "newsletter"
_NUMBER = 8  # bytes
# What stands above the button, kept as evidence in the language in which it was read.
AGREEMENT = (
    "With this button you agree that %(shop_name)s sends you news and offers by email. You can unsubscribe at any time."
)


def confirm_url(shop: Shop, request: NewsletterRequest, digest: str) -> str:
    """Where a request is confirmed by who reads the mail. ``digest`` is the hash of the address that the mail goes to
    (``contacts.address.hashes``): the contact may have another by then."""
    token = signed.sign(PATH, request.pk.to_bytes(_NUMBER, "big") + bytes.fromhex(digest), request.expires_at)
    return shop.public_url(f"/plugins/{PLUGIN_ID}/{PATH}/{token}/")


def respond(request: HttpRequest, token: str, shop: Shop, settings: Settings, now: datetime) -> HttpResponse:
    """Answer a request for a link."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    names = {"shop_name": settings.sender_name or shop.name(), "storefront_url": settings.storefront_url}
    payload = signed.read(PATH, token, now)
    asked = _asked(payload) if payload else None
    if asked is None:
        return page("link_expired", "", names, status=404)
    language = asked.language or asked.contact.language
    if request.method == "POST":
        confirm(asked, _wording(language, names), now)
    elif asked.confirmed_at is None:
        return page("newsletter_confirm", language, names)
    if not _gets_mail(asked):  # who confirmed may have unsubscribed since
        return page("link_expired", language, names, status=404)
    return page("newsletter_confirmed", language, names)


def confirm(asked: NewsletterRequest, said: str, now: datetime) -> None:
    """Store that a request was confirmed, to this wording."""
    with transaction.atomic():
        locks.share()
        contact = hold_one(Contact.objects.filter(newsletter_requests=asked.pk, email=asked.contact.email))
        there = NewsletterRequest.objects.select_for_update().filter(pk=asked.pk).first()
        if contact and there:
            newsletter.confirm(there, contact, said, now)


def _wording(language: str, names: Mapping[str, Any]) -> str:
    """What the page says, in a customer's language."""
    return best(language or SOURCE).catalogue.gettext(AGREEMENT) % names


def _asked(payload: bytes) -> NewsletterRequest | None:
    """The request that a token names, while its contact has the address that the mail went to."""
    number, digest = int.from_bytes(payload[:_NUMBER], "big"), payload[_NUMBER:].hex()
    asked = NewsletterRequest.objects.select_related("contact").filter(pk=number).first()
    return asked if asked and is_hash_of(digest, asked.contact.email) else None


def _gets_mail(asked: NewsletterRequest) -> bool:
    contact = Contact.objects.filter(newsletter_requests=asked.pk).first()
    return contact is not None and contact.consented and not suppressed([contact.email or ""])
