"""The page on which a customer says which mails to get, how often, and in which language. GET changes nothing.

The link needs no log-in and no cookie: whoever reads the mail has the mailbox. It is signed, and good for the person
whom the mail went to, as long as the mails still go to the same address. What is posted counts only under such a link,
which another site can't know: that is what keeps others from posting in the customer's name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ..config import PLUGIN_ID, Settings
from ..contacts import locks
from ..contacts.address import is_hash_of
from ..contacts.holding import hold_one
from ..contacts.models import ConsentRecord, Contact
from ..contacts.preferences.choice import Choice, Evidence, Frequency, choose, chosen, kinds
from ..contacts.preferences.models import MailKind
from ..shop.port import Shop
from .languages import SOURCE, best, shipped
from .models import Message
from .page import METHODS, page

PATH = "preferences"
# As the link to unsubscribe: longer than anybody keeps a newsletter.
VALID_FOR = timedelta(days=730)
LONGEST = 4_000  # bytes of a form
_SALT = "saleor_crm.preferences"
# What stands above the button, kept as evidence with a consent in the language in which it was read.
AGREEMENT = (
    "If you choose “As they come” or “At most one a week”, you agree that %(shop_name)s sends you the emails ticked"
    " above. You can change this here or unsubscribe at any time."
)


def add_links(shop: Shop, messages: Sequence[Message], digests: Mapping[str, str]) -> None:
    """Give each mail, which is yet to be stored, the address of its recipient's page. ``digests`` are hashes of the
    recipients (``contacts.address.hashes``)."""
    door = shop.public_url(f"/plugins/{PLUGIN_ID}/{PATH}/")
    for message in messages:
        token = signing.dumps([digests[message.recipient], str(message.pk)], salt=_SALT)
        message.content["preferences_url"] = f"{door}{token}/"


def respond(request: HttpRequest, token: str, shop: Shop, settings: Settings, now: datetime) -> HttpResponse:
    """Answer a request for a link."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    names: dict[str, Any] = {
        "shop_name": settings.sender_name or shop.name(),
        "storefront_url": settings.storefront_url,
    }
    try:
        address_hash, message_id = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return page("link_expired", "", names, status=404)
    acts = request.method == "POST"
    with transaction.atomic():
        mail = Message.objects.filter(pk=message_id).first()
        contact = _recipient(address_hash, UUID(message_id), acts=acts)
        if contact is None or mail is None:
            return page("link_expired", "", names, status=404)
        choice = chosen(contact)
        language = contact.language or mail.language
        if acts:
            said = _read(_form(request), choice)
            if said is None:
                return _shown("preferences", language, choice, names, status=400)
            read = best(choice.language or language or SOURCE).catalogue.gettext(AGREEMENT)
            evidence = Evidence(ConsentRecord.Source.PREFERENCES, message_id, read % names)
            choice = choose(contact, said, evidence, now)
    return _shown("preferences_saved" if acts else "preferences", language, choice, names)


def _recipient(address_hash: str, message_id: UUID, *, acts: bool) -> Contact | None:
    """Whom the mail went to, if mails still go there. Whoever acts holds the contact, as everywhere."""
    rows = Contact.objects.filter(messages=message_id)
    if acts:
        locks.share()
    contact = hold_one(rows) if acts else rows.first()
    return contact if contact and is_hash_of(address_hash, contact.email) else None


def _form(request: HttpRequest) -> Mapping[str, Sequence[str]]:
    """What a browser posts, nothing where it is none of our forms."""
    try:
        body = request.read(LONGEST + 1)
        text = body.decode("ascii") if len(body) <= LONGEST else ""
        return parse_qs(text, keep_blank_values=True, max_num_fields=20)
    except (OSError, ValueError):
        return {}


def _read(form: Mapping[str, Sequence[str]], before: Choice) -> Choice | None:
    """What was chosen; None where that can't be told. Who neither agreed nor unsubscribed need not say how often: the
    page ticks nothing for them. The language is in every form."""
    said, language = form.get("frequency", [""])[-1], form.get("language", [""])[-1]
    frequency = Frequency(said) if said in list(Frequency) else None
    left_open = not said and before.frequency is None and "language" in form
    if (frequency is None and not left_open) or language.lower() not in ("", *shipped()):
        return None
    return replace(before, wanted=kinds(form.get("kind", ())), frequency=frequency, language=language.lower())


def _shown(name: str, language: str, choice: Choice, names: Mapping[str, Any], status: int = 200) -> HttpResponse:
    form = {
        "kinds": {kind.value: kind in choice.wanted for kind in MailKind},
        "frequency": choice.frequency.value if choice.frequency else "",
        "blocked": choice.blocked,
        "languages": [
            {"code": code, "name": str(one.locale.get_display_name(one.locale)).title(), "is": code == choice.language}
            for code, one in shipped().items()
        ],
    }
    return page(name, choice.language or language, {**names, "form": form}, status)
