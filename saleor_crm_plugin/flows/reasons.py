"""Why a decision fell as it did: one code each, and the sentence a shop owner reads."""

from enum import StrEnum


class Reason(StrEnum):
    """The reason of a decision, stored with it."""

    DUE = "due"
    HOLDOUT = "holdout"
    ORDERED = "ordered"
    CART_GONE = "cart_gone"
    CART_EMPTIED = "cart_emptied"
    CART_CHANGED = "cart_changed"
    EMAIL_CHANGED = "email_changed"
    NO_EMAIL = "no_email"
    SOLD_OUT = "sold_out"
    NO_PRICE = "no_price"
    PRICES_AGED = "prices_aged"
    TOO_LATE = "too_late"
    SUPPRESSED = "suppressed"
    NO_CONSENT = "no_consent"
    NOT_ON_ALLOW_LIST = "not_on_allow_list"
    CAPPED = "capped"
    QUIET_HOURS = "quiet_hours"
    FLOW_OFF = "flow_off"
    ALREADY_SAID = "already_said"
    DELAY_CHANGED = "delay_changed"
    SAID_AGAIN = "said_again"
    SAID_TOGETHER = "said_together"
    SOLD_OUT_AGAIN = "sold_out_again"
    NO_TURN = "no_turn"
    IN_STOCK = "in_stock"
    RESERVED = "reserved"
    NO_INTEREST = "no_interest"
    BOUGHT = "bought"
    PRICE_ROSE = "price_rose"
    NOT_SOLD = "not_sold"
    HAS_CART = "has_cart"
    NEWER_CART = "newer_cart"
    CODE_USED = "code_used"
    BETTER_CODE = "better_code"
    ORDER_GONE = "order_gone"
    NOT_FIRST = "not_first"
    NO_VOUCHER = "no_voucher"
    BUDGET_USED = "budget_used"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    OTHER_CHANNEL = "other_channel"
    KIND_UNWANTED = "kind_unwanted"
    WEEKLY = "weekly"
    UNANSWERED_WEEKLY = "unanswered_weekly"
    UNANSWERED = "unanswered"
    ERROR = "error"


SENTENCES: dict[Reason, str] = {
    Reason.DUE: "It was time, and nothing spoke against it.",
    Reason.HOLDOUT: "This customer is in the group that gets no mail, so that the others can be compared.",
    Reason.ORDERED: "The customer had ordered.",
    Reason.CART_GONE: "The shop no longer had the cart.",
    Reason.CART_EMPTIED: "The cart was empty.",
    Reason.CART_CHANGED: "The cart had been used in the meantime, so the waiting began anew.",
    Reason.EMAIL_CHANGED: "The cart had got another email address.",
    Reason.NO_EMAIL: "There was nobody to write to: no valid email address, or its owner was erased.",
    Reason.SOLD_OUT: "Everything in the cart was sold out.",
    Reason.NO_PRICE: "The shop could not price the cart just then; tried again later.",
    Reason.PRICES_AGED: "It had waited so long for the mail server that its prices had to be looked up again.",
    Reason.TOO_LATE: "Too much time had passed for a reminder to make sense.",
    Reason.SUPPRESSED: "This address gets no mail: unsubscribed, complained, bounced or erased.",
    Reason.NO_CONSENT: "The customer had not agreed to marketing mail.",
    Reason.NOT_ON_ALLOW_LIST: "The setting “Only send to” does not name this address.",
    Reason.CAPPED: "This customer had had enough mail lately.",
    Reason.QUIET_HOURS: "It was night where the customer lives; moved to the morning.",
    Reason.FLOW_OFF: "The flow was switched off.",
    Reason.DELAY_CHANGED: "The setting for the delay was changed: it waits as long as is set now.",
    Reason.SAID_AGAIN: "Somebody of the shop asked for it to be sent (again).",
    Reason.SAID_TOGETHER: "It was said in one mail with something else.",
    Reason.SOLD_OUT_AGAIN: "It was sold out again; the customer keeps the place in the queue.",
    Reason.NO_TURN: "There were no units left for this customer; the place in the queue is kept.",
    Reason.IN_STOCK: "It was there again.",
    Reason.RESERVED: "The customer's own cart holds what was left of it; looked at again later.",
    Reason.NO_INTEREST: "The customer no longer waited for it.",
    Reason.BOUGHT: "The customer had bought it.",
    Reason.PRICE_ROSE: "It was as dear as before, or not there.",
    Reason.NOT_SOLD: "The shop no longer sold it in the customer's channel.",
    Reason.HAS_CART: "Something lay in a cart of the customer's.",
    Reason.NEWER_CART: "The customer had left another cart later, which is written about instead.",
    Reason.ORDER_GONE: "The order that it was about was cancelled, or came back whole.",
    Reason.NOT_FIRST: "It was not the customer's first order: an earlier one had become known.",
    Reason.CODE_USED: "The code was used, or good no more.",
    Reason.BETTER_CODE: "The customer had got a better code by then.",
    Reason.NO_VOUCHER: "There is no such voucher tier, or it is not good where the customer buys.",
    Reason.BUDGET_USED: "The budget of the voucher tier, or its number of codes, was used up.",
    Reason.CANCELLED: "The newsletter was cancelled.",
    Reason.PAUSED: "The newsletter was paused before this mail left; it goes on when the newsletter does.",
    Reason.OTHER_CHANNEL: "The customer buys in another channel than those of the newsletter.",
    Reason.KIND_UNWANTED: "The customer wants no mails of this kind.",
    Reason.WEEKLY: "The customer wants one mail a week at most.",
    Reason.UNANSWERED_WEEKLY: "After so many mails without a click or an order the customer gets one a week at most.",
    Reason.UNANSWERED: "After so many mails without a click or an order the customer gets none for now.",
    Reason.ALREADY_SAID: "This mail had been said before.",
    Reason.ERROR: "Something went wrong; tried again later.",
}
