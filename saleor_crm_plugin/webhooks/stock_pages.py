"""Answers the links of mails about stock (``emails/stock_links.py``): a GET shows what a POST will do.

Whoever follows such a link reads the mailbox, so that nothing is left to confirm, as long as the contact's mails go
there: a request is made and confirmed for no other address. What can't be done any more is said kindly, also that back
in stock mails are switched off; a click on what is done already changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ..activity.stock import interest
from ..activity.stock.interest import Wish
from ..activity.stock.models import StockInterest
from ..config import Settings
from ..contacts import locks
from ..contacts.address import is_hash_of
from ..contacts.holding import hold_one
from ..contacts.models import Contact
from ..emails import stock_links
from ..emails.page import METHODS, page
from ..emails.stock_links import Purpose
from ..flows.stock import asking
from ..shop.port import Shop

State = StockInterest.State
_CONFIRMED = (State.WAITING, State.TOLD)


@dataclass(frozen=True)
class _Click:
    """What is asked for. ``acts`` is whether it is a POST."""

    shop: Shop
    settings: Settings
    acts: bool
    now: datetime


@dataclass(frozen=True)
class _Shown:
    """Which page, in which language, about which variant of which channel, and where it can be taken back."""

    page: str
    language: str
    variant_id: str
    channel: str
    cancel_url: str = ""


def respond(
    request: HttpRequest, purpose: Purpose, token: str, shop: Shop, settings: Settings, now: datetime
) -> HttpResponse:
    """Answer a request for a link."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    names = {"shop_name": settings.sender_name or shop.name(), "storefront_url": settings.storefront_url}
    named = stock_links.read(purpose, token)
    off = not settings.back_in_stock_enabled and purpose != Purpose.CANCEL
    click = _Click(shop, settings, request.method == "POST" and not off, now)
    shown = _ANSWERS[purpose](click, *named) if named else None
    if shown is None:
        return page("link_expired", "", names, status=404)
    if off:
        return page("waiting_list_off", shown.language, names, status=404)
    return page(
        shown.page, shown.language, {**names, "product_name": _name(shop, shown), "cancel_url": shown.cancel_url}
    )


def _confirm(click: _Click, interest_id: int, digest: str) -> _Shown | None:
    with transaction.atomic():
        found = _found(click, interest_id, digest)
        if found and click.acts:
            found = asking.confirm(click.shop, click.settings, interest_id, click.now) or found
    if found and found.state in _CONFIRMED:
        return _of(found, "stock_confirmed", stock_links.cancel_url(click.shop, found))
    waits = found and found.state == State.UNCONFIRMED and found.expires_at > click.now
    return _of(found, "stock_confirm") if found and waits else None


def _cancel(click: _Click, interest_id: int) -> _Shown | None:
    with transaction.atomic():
        found = _found(click, interest_id)
        if found and click.acts:
            interest.cancel(found.contact_id, found.variant_id, found.channel, click.now)
    return _of(found, "stock_cancelled" if click.acts else "stock_cancel") if found else None


def _ask(click: _Click, contact_id: int, variant_id: str, channel: str, digest: str) -> _Shown | None:
    # Also where it is there again by now: whoever waits for what is there is told of it soon.
    goods = click.shop.availability([variant_id], channel).get(variant_id)
    if goods is None or not goods.sold:
        return None
    cancel_url = ""
    with transaction.atomic():
        contact = _holding(click, Contact.objects.filter(pk=contact_id))
        if contact is None or not is_hash_of(digest, contact.email):
            return None
        if click.acts:
            wish = Wish(variant_id, channel, goods.product_id, goods.price, goods.currency)
            language = contact.language
            asked = asking.ask(click.shop, click.settings, contact.pk, wish, language, known=True, now=click.now)
            if not asked:
                return None
            cancel_url = stock_links.cancel_url(click.shop, asked)
    return _Shown("stock_asked" if click.acts else "stock_ask", contact.language, variant_id, channel, cancel_url)


_ANSWERS: Mapping[Purpose, Callable[..., _Shown | None]] = {
    Purpose.CONFIRM: _confirm,
    Purpose.CANCEL: _cancel,
    Purpose.ASK: _ask,
}


def _found(click: _Click, interest_id: int, digest: str = "") -> StockInterest | None:
    """What is waited for; with ``digest`` only while its contact has that address."""
    contact = _holding(click, Contact.objects.filter(stock_interests=interest_id))
    if contact is None or (digest and not is_hash_of(digest, contact.email)):
        return None
    return StockInterest.objects.filter(pk=interest_id).first()


def _holding(click: _Click, rows: QuerySet[Contact]) -> Contact | None:
    """The contact. Whoever acts holds it before what it waits for is touched, as everywhere."""
    if click.acts:
        locks.share()
    return hold_one(rows) if click.acts else rows.first()


def _of(found: StockInterest, name: str, cancel_url: str = "") -> _Shown:
    return _Shown(name, found.language, found.variant_id, found.channel, cancel_url)


def _name(shop: Shop, shown: _Shown) -> str:
    tiles = shop.variants([shown.variant_id], shown.channel, shown.language, [])
    tile = tiles.get(shown.variant_id)
    return tile.product_name if tile else ""
