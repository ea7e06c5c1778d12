"""How a mail reads to a customer before it is sent to anybody: for whoever writes mails. Nothing is stored."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..activity.models import Cart
from ..config import PLUGIN_ID, Settings
from ..contacts.address import normalise
from ..contacts.models import Contact
from ..emails import links
from ..emails.blocks import wanted
from ..emails.brand import brand_of
from ..emails.compile import CompileError, compiled
from ..emails.compose import compose
from ..emails.example import EXAMPLES, filling
from ..emails.fate import Fate, Trouble
from ..emails.languages import SOURCE
from ..emails.models import Message
from ..emails.own.build import blocks_in, built
from ..emails.own.names import names_of
from ..emails.own.places import speaking
from ..emails.own.there import missing
from ..emails.own.words import Problem, Words
from ..emails.products import Asking, add_products, frozen_tile
from ..emails.render import Rendered, RenderError, rendered, used_language
from ..emails.smtp import connect
from ..recs.served import lately
from ..shop.port import Shop
from . import abandoned_cart
from .letterhead import greet, letterhead
from .places import Place, addressed

MOST_ITEMS = 2
CAMPAIGN = "preview"
MARK = "[Test]"
# In tests, the link leads to a page that says so.
_NO_LINK = f"/plugins/{PLUGIN_ID}/unsubscribe/test/"


@dataclass(frozen=True)
class Wanted:
    """Which mail: its template, in whose words (None: those that are in use), where, and as whom (None: an example
    customer). ``channel`` and ``language`` "" are those of the customer."""

    template: str
    words: Words | None = None
    channel: str = ""
    language: str = ""
    contact: Contact | None = None


def preview(shop: Shop, settings: Settings, asked: Wanted, now: datetime) -> Rendered:
    """The mail as the customer would get it now, with the products that would be chosen.

    Of what it is about, the customer's own is taken where there is any (the cart, what was looked at or bought last),
    else that of the example; so is the voucher of a mail that brings one, which nobody is granted. Call it outside a
    transaction: the cart is priced. Raises Problem.
    """
    names_of(asked.template)
    return _read(shop, settings, asked, _message(shop, settings, asked, now), now)


def _read(shop: Shop, settings: Settings, asked: Wanted, message: Message, now: datetime) -> Rendered:
    words = _words(asked, message)
    if words and (not_there := missing(shop, words, asked.template)):
        raise Problem(" ".join(not_there))
    brand = brand_of(settings.look_of(message.channel))
    blocks = blocks_in(words, asked.template) if words else wanted(asked.template)
    if asked.contact:
        add_products(shop, settings, [Asking(message, blocks, _about(message.content))], now)
    else:
        message.content["blocks"] = filling(blocks)
    try:
        language = used_language(message.language, message.content)
        mail = built(words, asked.template, language, brand) if words else compiled(asked.template, language, brand)
        return rendered(mail, asked.template, message.language, message.content | links.frame(settings, message))
    except (CompileError, RenderError) as error:
        raise Problem(str(error)) from error


def send_test(shop: Shop, settings: Settings, asked: Wanted, to: str, now: datetime) -> None:
    """Send the preview to an address, marked as a test: no caps, no consent, no record of it, no links that act.

    Only the owner's list of addresses while testing holds for it, too. Raises Problem where it did not leave.
    """
    recipient = normalise(to)
    if not recipient:
        raise Problem(f"“{to[:80]}” is no email address.")
    if not settings.may_receive(recipient):
        raise Problem("Your setting “Only send to” does not let mails to this address out.")
    names_of(asked.template)
    message = _message(shop, settings, asked, now)
    if "restore_url" in message.content:  # whoever gets the test must not get into the customer's cart
        message.content["restore_url"] = settings.storefront_url or EXAMPLES[asked.template]["restore_url"]
    mail = _read(shop, settings, asked, message, now)
    message.recipient = recipient
    if not settings.sender(message.channel).address:
        raise Problem("Your setting “Sender address” is needed before mails can be sent.")
    test = compose(message, replace(mail, subject=f"{MARK} {mail.subject}"), shop, settings)
    try:
        with connect(settings) as server:
            fate, words = server.send(test)
    except Trouble as trouble:
        raise Problem(f"The mail server can't be used: {trouble}") from trouble
    if fate != Fate.SENT:
        raise Problem(f"The mail server did not take it: {words}")


def _message(shop: Shop, settings: Settings, asked: Wanted, now: datetime) -> Message:
    """A mail that is never stored."""
    place = addressed([asked.contact.pk])[asked.contact.pk] if asked.contact else Place("", "")
    channel = asked.channel or place.channel or next(iter(shop.channels()), "")
    content = EXAMPLES[asked.template] | letterhead(shop, settings, channel=channel)
    content |= {"view_url": "", "preferences_url": ""}
    content["first_name"] = "" if asked.contact else EXAMPLES[asked.template]["first_name"]
    content["unsubscribe_url"] = shop.public_url(_NO_LINK)
    message = Message(
        flow=CAMPAIGN,
        subject_id=CAMPAIGN,
        step=0,
        contact=asked.contact,
        template=asked.template,
        channel=channel,
        language=asked.language or place.language or SOURCE,
        content=content,
        created_at=now,
    )
    if settings.storefront_url and "shop_url" in content:
        content["shop_url"] = links.shop(settings, CAMPAIGN)
    if asked.contact:
        content |= _own(shop, settings, message, asked.contact, now)
        greet(shop, [message])
    return message


def _own(shop: Shop, settings: Settings, message: Message, contact: Contact, now: datetime) -> dict[str, Any]:
    """What of the mail's subject is the customer's own."""
    if "lines" in message.content:
        newest = Cart.objects.filter(contact=contact, status=Cart.Status.OPEN).order_by("-changed_at").first()
        cart = newest and shop.carts([newest.pk]).get(newest.pk)
        priced = newest and shop.priced_carts([newest.pk]).get(newest.pk)
        return abandoned_cart.content(shop, settings, cart, priced, CAMPAIGN) if cart and priced else {}
    if "shop_url" not in message.content or not message.content["items"]:
        return {}
    signs = lately.of_contacts([contact.pk], now)[contact.pk]
    about = [*signs.wanted(now), *sorted(signs.bought, key=lambda one: signs.bought[one], reverse=True)][:MOST_ITEMS]
    tiles = shop.tiles(about, message.channel, [message.language])[message.language]
    items = [
        frozen_tile(settings, tiles[one], message.channel, message.language, CAMPAIGN) for one in about if one in tiles
    ]
    return {"items": items} if items else {}


def _about(content: dict[str, Any]) -> list[str]:
    return [str(one["product_id"]) for one in content.get("lines") or content.get("items") or () if "product_id" in one]


def _words(asked: Wanted, message: Message) -> Words | None:
    """The words to show, if they are not ours. The mail is told in which language they are."""
    if asked.words:
        message.content["written_in"] = asked.language
        return asked.words
    said = speaking(message.template, message.channel, message.language)
    if said is None:
        return None
    message.content["written_in"] = said.language
    return Words.of(said.words)
