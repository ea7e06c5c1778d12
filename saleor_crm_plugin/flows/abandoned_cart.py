"""What the abandoned cart's mails say: exactly what is in the cart, at today's price, and the way back to it."""

from datetime import datetime, timedelta
from typing import Any

from ..config import Settings
from ..emails import links
from ..emails.blocks import wanted
from ..emails.models import Message
from ..emails.products import Asking
from ..shop.port import Cart, PricedCart, PricedLine, Shop
from .judge import Case, Verdict


def message(shop: Shop, settings: Settings, case: Case, verdict: Verdict, now: datetime) -> Message:
    """The mail of one step, frozen: it will say just this."""
    run, flow, contact, cart, priced = case.run, case.flow, case.contact, case.cart, case.priced
    if contact is None or cart is None or priced is None:
        raise ValueError("only a cart of somebody, priced, becomes a mail")
    step = flow.steps[run.next_step]
    return Message(
        flow=flow.key,
        subject_id=run.subject_id,
        step=run.next_step,
        contact=contact,
        recipient=contact.email or "",
        template=step.template,
        language=cart.language,
        channel=cart.channel,
        content=content(shop, settings, cart, priced, campaign=flow.key),
        created_at=now,
        next_attempt_at=now,
        attempts=run.attempts,
        expires_at=max((verdict.planned_at or run.planned_at) + flow.shelf_life, now + timedelta(hours=1)),
    )


def content(shop: Shop, settings: Settings, cart: Cart, priced: PricedCart, campaign: str) -> dict[str, Any]:
    """What ``emails.render`` shows of a cart, but the link to unsubscribe and what goes well with it.

    Money as decimal strings in ``currency``.
    """
    return {
        "first_name": priced.first_name,
        "shop_name": settings.sender_name or shop.name(),
        "storefront_url": settings.storefront_url,
        "sender_address": settings.sender_address,
        "currency": priced.currency,
        "total": str(priced.total),
        "restore_url": links.cart(settings, cart, shop.cart_reference(cart.id), campaign),
        "lines": [_line(settings, cart, line, campaign) for line in priced.lines],
    }


def asking(mail: Message) -> Asking:
    """The blocks of products of a mail of one step, which is about what is in the cart."""
    return Asking(mail, wanted(mail.template), [line["product_id"] for line in mail.content["lines"]])


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
