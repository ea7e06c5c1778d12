"""The abandoned cart: when it is over, and what its mails say: exactly what is in the cart, at today's price, and the
way back to it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ..config import Settings
from ..contacts.address import normalise
from ..contacts.models import Contact
from ..emails import links
from ..emails.models import Message
from ..emails.own.kept import blocks_of
from ..emails.products import Asking
from ..shop.port import Cart, PricedCart, PricedLine, Shop
from . import owners, sold_out_cart
from .catalogue import ABANDONED_CART
from .enrol import due
from .letterhead import letterhead
from .models import Decision, Enrolment
from .over import of_mails, over
from .reasons import Reason
from .situation import Frozen, Objection, Outgoing, Situation
from .sold_out_cart import SoldOut, there_again

# A mail that has waited longer for the mail server is decided anew: its prices may be old.
PRICES_HOLD = timedelta(hours=1)


def situation(cart: Cart | None, priced: PricedCart | None, ended: Reason | None) -> Situation:
    """How a cart stands. ``ended``: what else than the cart says that it is over, such as an order. ``priced`` was read
    a moment before ``cart``, since pricing may use the network."""
    if reason := _over(cart, ended):
        return Situation(over=reason)
    if cart is None:  # said by _over; here for the type checker
        raise AssertionError
    told = priced is not None and lines_of(priced) == lines_of(cart)
    left = priced is not None and _left(priced)
    return Situation(
        unknown=None if told else Reason.NO_PRICE,
        nothing_left=None if left else Reason.SOLD_OUT,
        changed_at=cart.changed_at,
        email=cart.email,
        country=cart.country,
    )


def _left(priced: PricedCart) -> bool:
    return any(line.available for line in priced.lines)


def _over(cart: Cart | None, ended: Reason | None) -> Reason | None:
    """Why a cart needs no reminder any more: the exits, asked at the decision and again just before sending."""
    if ended:
        return ended
    if cart is None:
        return Reason.CART_GONE
    if not cart.lines:
        return Reason.CART_EMPTIED
    return None if normalise(cart.email) else Reason.NO_EMAIL


def lines_of(cart: Cart | PricedCart) -> list[tuple[str, str, int]]:
    """What is in a cart, to compare: line id, variant id and quantity, in a fixed order."""
    return sorted((line.line_id, line.variant_id, line.quantity) for line in cart.lines)


class Carts:
    """What the abandoned cart is about (``situation.Topic``). The subject of a run is a cart's id."""

    def look_up(
        self, shop: Shop, settings: Settings, runs: Sequence[Enrolment], now: datetime
    ) -> Mapping[str, PricedCart]:
        """Prices. Whose the carts are is asked again, too."""
        owners.follow(shop, runs, now)
        return shop.priced_carts([run.subject_id for run in runs])

    def claim(self, runs: Sequence[Enrolment], now: datetime) -> list[Enrolment]:
        """A run is all that there is to lock."""
        return list(runs)

    def sit(
        self,
        shop: Shop,
        settings: Settings,
        runs: Sequence[Enrolment],
        contacts: Mapping[int, Contact],
        looked_up: Mapping[str, PricedCart],
        now: datetime,
    ) -> "CartSitting":
        """Read carts and orders afresh."""
        found = over(runs, now)
        subjects = [run.subject_id for run in runs]
        ended: dict[str, Reason] = {run.subject_id: why for run in runs if (why := found.get(run.pk))}
        ended |= dict.fromkeys(shop.orders_of_carts(subjects), Reason.ORDERED)
        return CartSitting(shop, settings, shop.carts(subjects), ended, looked_up, contacts, now)

    def outgoing(
        self,
        shop: Shop,
        settings: Settings,
        messages: Sequence[Message],
        contacts: Mapping[int, Contact],
        now: datetime,
    ) -> dict[UUID, Outgoing]:
        """What has happened to the carts since."""
        subjects = [message.subject_id for message in messages]
        found = of_mails({(message.flow, message.subject_id) for message in messages}, now)
        ended = {subject: why for (_, subject), why in found.items()}
        carts, there = shop.carts(subjects), there_again(shop, messages)
        ended |= dict.fromkeys(shop.orders_of_carts(subjects), Reason.ORDERED)
        answer = {}
        for message in messages:
            subject = message.subject_id
            answer[message.pk] = _outgoing(settings, message, carts.get(subject), ended.get(subject), now)
            if subject in there and not answer[message.pk].over:
                answer[message.pk] = Outgoing(changed=Objection(Reason.IN_STOCK, now))
        return answer

    def hold(self, messages: Sequence[Message]) -> None:
        """A run is all that there is to lock."""

    def withdrawn(self, messages: Iterable[tuple[Message, Objection]], now: datetime) -> None:
        """Nothing was stored but the run."""


class CartSitting:
    """One batch of due runs of carts (``situation.Sitting``)."""

    def __init__(
        self,
        shop: Shop,
        settings: Settings,
        carts: Mapping[str, Cart],
        ended: Mapping[str, Reason],
        priced: Mapping[str, PricedCart],
        contacts: Mapping[int, Contact],
        now: datetime,
    ) -> None:
        self._shop, self._settings, self._now = shop, settings, now
        self._carts, self._ended, self._priced = carts, ended, priced
        gone = [cart for cart in carts.values() if cart.id in priced and not _left(priced[cart.id])]
        self._sold_out = SoldOut(shop, settings, gone, {contact.email or "" for contact in contacts.values()})

    def situation(self, run: Enrolment, contact: Contact | None) -> Situation:
        """How the cart stands."""
        subject = run.subject_id
        now = situation(self._carts.get(subject), self._priced.get(subject), self._ended.get(subject))
        return replace(now, nothing_left=None) if self._sold_out.can_say(subject) else now

    def together(self, run: Enrolment) -> Sequence[Enrolment]:
        """Each cart has a mail of its own."""
        return ()

    def secure(self, runs: Sequence[tuple[Enrolment, Contact]]) -> Mapping[int, Reason]:
        """Nothing is promised."""
        return {}

    def frozen(self, run: Enrolment, contact: Contact, also: Sequence[Enrolment]) -> Frozen:
        """The mail of one step."""
        cart, priced = self._carts[run.subject_id], self._priced[run.subject_id]
        said = content(self._shop, self._settings, cart, priced, campaign=run.flow)
        if self._sold_out.can_say(cart.id):
            instead = self._sold_out.frozen(cart.id, contact, self._now)
            return replace(
                instead, content={"lines": said["lines"], **instead.content}, template=sold_out_cart.TEMPLATE
            )
        return Frozen(cart.language, cart.channel, said)

    def asking(self, message: Message) -> Asking:
        """The blocks of products of a mail, which is about what is in the cart."""
        if message.template == sold_out_cart.TEMPLATE:
            return self._sold_out.asking(message)
        return Asking(
            message,
            blocks_of(message.template, message.content),
            [line["product_id"] for line in message.content["lines"]],
        )

    def close(self, decided: Sequence[tuple[Enrolment, Decision.Outcome, Reason]]) -> None:
        """Nothing follows but the run."""


def content(shop: Shop, settings: Settings, cart: Cart, priced: PricedCart, campaign: str) -> dict[str, Any]:
    """What ``emails.render`` shows of a cart, but the link to unsubscribe and what goes well with it.

    Money as decimal strings in ``currency``.
    """
    return letterhead(shop, settings, priced.first_name, cart.channel) | {
        "currency": priced.currency,
        "total": str(priced.total),
        "restore_url": links.cart(settings, cart, shop.cart_reference(cart.id), campaign),
        "lines": [_line(settings, cart, line, campaign) for line in priced.lines],
    }


def _line(settings: Settings, cart: Cart, line: PricedLine, campaign: str) -> dict[str, Any]:
    return {
        "line_id": line.line_id,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "product_name": line.product_name,
        "variant_name": line.variant_name,
        "quantity": line.quantity,
        "unit_price": str(line.unit_price),
        "undiscounted_unit_price": str(line.undiscounted_unit_price),
        "total": str(line.total),
        "image_url": line.image_url,
        "url": links.product(settings, line.product_slug, cart.channel, cart.language, campaign),
        "available": line.available,
    }


def _outgoing(settings: Settings, message: Message, cart: Cart | None, ended: Reason | None, now: datetime) -> Outgoing:
    if reason := _over(cart, ended):
        return Outgoing(over=reason)
    if cart is None:  # said by _over; here for the type checker
        raise AssertionError
    said = sorted((line["line_id"], line["variant_id"], line["quantity"]) for line in message.content["lines"])
    if said != lines_of(cart):
        again_at = max(due(ABANDONED_CART, settings, message.step, cart.changed_at), now)
        changed = Objection(Reason.CART_CHANGED, again_at, basis=cart.changed_at)
        return Outgoing(changed=changed, country=cart.country)
    return Outgoing(old_after=PRICES_HOLD, country=cart.country)
