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
    ERROR = "error"


SENTENCES: dict[Reason, str] = {
    Reason.DUE: "It was time, and nothing spoke against it.",
    Reason.HOLDOUT: "This customer is in the group that gets no mail, so that the others can be compared.",
    Reason.ORDERED: "The cart had become an order.",
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
    Reason.ALREADY_SAID: "This mail had been said before.",
    Reason.ERROR: "Something went wrong; tried again later.",
}
