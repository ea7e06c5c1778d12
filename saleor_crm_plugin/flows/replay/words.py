"""A rehearsal in plain words: what happened, and what nobody can know of the past."""

from ..catalogue import FLOWS
from ..exits import CODE_USED
from ..explain import in_words
from ..people.triggers import FIRST_ORDER, LOOKED_TWICE, USED_UP
from ..reasons import SENTENCES, Reason
from .rehearse import ENDED, ENTERED, STAYED_OUT, can_be_rehearsed

_STOCK = "What the shop had in stock at a moment of the past, and at what price, is not kept"
_NOT_REHEARSED = {
    "stock_confirmation": "It is sent at once to each guest who asks: there is nothing to rehearse.",
    "newsletter_confirmation": "It is sent at once to each who signs up: there is nothing to rehearse.",
    "back_in_stock": f"{_STOCK}: nobody knows when it would have been whose turn.",
    "out_of_stock": f"{_STOCK}: nobody knows what was sold out.",
    "price_drop": f"{_STOCK}: nobody knows when anything became cheaper.",
    "newsletter": "Staff says to whom and when.",
}
_CART = (
    "Each change of a cart's lines is kept, of addresses and deliveries only the last one; whose the cart is now, it"
    " was from the beginning. That everything in it was sold out is not known: it is taken to have been there."
)
_ORDERS = "An order that was cancelled or came back since counts as never placed."
_VIEWS = (
    "Views are known as long as they are kept (setting “Views: kept for”). Whoever had something in a cart when they"
    " looked is taken to have kept it."
)
_STAGES = "Stages and scores are known since the first nightly run; of the time before, only the last change is."
_CODES = "Nobody knows whether a code would have been used: reminders are counted for all. Budgets are not drawn down."


def not_rehearsed(key: str) -> str:
    """Why a flow can't be rehearsed; "" where it can."""
    if can_be_rehearsed(key):
        return ""
    return _NOT_REHEARSED.get(key, "What starts it is not kept in a way that tells of the past.")


def limits(key: str) -> str:
    """What of a flow's past is not known, and what is taken for true instead."""
    flow = FLOWS[key]
    if not flow.of_people:
        return _CART
    told = [_ORDERS] if flow.starts is FIRST_ORDER or flow.ends else []
    if flow.starts is LOOKED_TWICE:
        told = [_VIEWS]
    if flow.starts is USED_UP:
        told = ["The usual times are those of today."]
    if "crm_membership" in flow.starts.past:
        told = [_STAGES]
    if flow.shows:
        told.append("What was sold out is not known: products are taken to have been there.")
    if CODE_USED in flow.ends:
        told.append(_CODES)
    return " ".join(told)


def said(what: str, reason: str) -> str:
    """One event, or how often it happened, as a shop owner reads it."""
    if what == ENTERED:
        return "enters"
    if what == STAYED_OUT:
        why = SENTENCES[Reason.NO_CONSENT] if reason == Reason.NO_CONSENT else "Was in it already, or lately."
        return f"stays out. {why}"
    if what == ENDED:
        return f"ends before a mail was due. {SENTENCES[Reason(reason)]}"
    return in_words(what, reason)
