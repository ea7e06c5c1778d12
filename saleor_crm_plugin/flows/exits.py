"""What ends a flow: one sentence for people, one reason for what is kept, one condition for the database."""

from dataclasses import dataclass

from .reasons import Reason


@dataclass(frozen=True)
class Exit:
    """What ends a run: ``holds`` is a condition on ``run`` (``crm_enrolment``). It may name ``%(now)s``. "" where what
    the run is about tells by itself (``situation.Topic``), since the shop has to be asked.

    What happened after ``%(upto)s`` does not count: decisions know no such moment, rehearsals (``flows/replay/``) ask
    how it stood then. ``then`` is the condition for these, where ``holds`` reads what is only known as it is now.
    """

    sentence: str
    reason: Reason
    holds: str = ""
    then: str = ""


ORDERED = Exit(
    "the customer orders",
    Reason.ORDERED,
    """EXISTS (
        SELECT FROM crm_purchase purchase
        WHERE purchase.contact_id = run.contact_id AND purchase.real AND purchase.placed_at > run.basis
            AND purchase.placed_at <= %(upto)s
    )""",
)
# Served by the index on a cart's contact.
_HAS_CART = """EXISTS (
    SELECT FROM crm_cart cart
    WHERE cart.contact_id = {contact} AND cart.status = 'open' AND cart.changed_at > {now} - interval '30 days'
)"""
# The same, as it stood then: by the changes of its lines.
_HAD_CART = """EXISTS (
    SELECT FROM crm_cart cart
    WHERE cart.contact_id = {contact} AND EXISTS (
        SELECT FROM crm_cart_change change WHERE change.cart_id = cart.id AND change.at <= {now}
        HAVING sum(change.quantity) > 0 AND max(change.at) > {now} - interval '30 days'
    ) AND NOT EXISTS (
        SELECT FROM crm_purchase purchase
        WHERE purchase.contact_id = {contact} AND purchase.cart_id = cart.id AND purchase.real
            AND purchase.placed_at <= {now}
    )
)"""


def has_cart(contact: str, now: str) -> str:
    """The condition that something lies in an open cart of a contact, touched in the last 30 days: so long a shop keeps
    what a guest left. ``contact`` and ``now`` are expressions."""
    return _HAS_CART.format(contact=contact, now=now)


def had_cart(contact: str, at: str) -> str:
    """The same of a moment of the past."""
    return _HAD_CART.format(contact=contact, now=at)


HAS_CART = Exit(
    "something lies in a cart",
    Reason.HAS_CART,
    has_cart("run.contact_id", "%(now)s"),
    then=had_cart("run.contact_id", "%(upto)s"),
)
BOUGHT_IT = Exit(
    "the customer buys the product",
    Reason.BOUGHT,
    """EXISTS (
        SELECT FROM crm_purchase purchase JOIN crm_purchase_line line ON line.purchase_id = purchase.order_id
        WHERE purchase.contact_id = run.contact_id AND purchase.real AND purchase.placed_at > run.basis
            AND purchase.placed_at <= %(upto)s AND run.about ? line.product_id
    )""",
)
CODE_USED = Exit(
    "the code is used, or good no more",
    Reason.CODE_USED,
    """EXISTS (
        SELECT FROM crm_voucher_grant granted
        WHERE granted.key = run.flow || ':' || run.subject_id
            AND (granted.state <> 'granted' OR granted.expires_at <= %(now)s)
    )""",
    then="""EXISTS (
        SELECT FROM crm_voucher_grant granted
        WHERE granted.key = run.flow || ':' || run.subject_id AND granted.granted_at < %(upto)s
            AND (coalesce(granted.redeemed_at, granted.ended_at) <= %(upto)s OR granted.expires_at <= %(upto)s)
    )""",
)
FIRST_ORDER_GONE = Exit(
    "the order is cancelled, or comes back whole",
    Reason.ORDER_GONE,
    """NOT EXISTS (
        SELECT FROM crm_purchase purchase
        WHERE purchase.contact_id = run.contact_id AND purchase.counts AND purchase.placed_at = run.basis
    )""",
)
# The history is taken over later than the newest orders come in, and people turn out to be one.
NOT_FIRST = Exit(
    "an earlier order becomes known",
    Reason.NOT_FIRST,
    """EXISTS (
        SELECT FROM crm_purchase purchase
        WHERE purchase.contact_id = run.contact_id AND purchase.counts AND purchase.placed_at < run.basis
    )""",
)
DELIVERY_GONE = Exit(
    "the order comes back whole",
    Reason.ORDER_GONE,
    """NOT EXISTS (
        SELECT FROM crm_purchase purchase WHERE purchase.order_id = run.subject_id AND purchase.counts
    )""",
)


def better_code(flow: str) -> Exit:
    """A better code than the run's was granted after it began, or is good still: by the runs of another flow."""
    granted = f"""EXISTS (
        SELECT FROM crm_voucher_grant better
        WHERE better.contact_id = run.contact_id AND starts_with(better.key, '{flow}:')
            AND better.granted_at <= %(upto)s AND better.state <> 'given_back'
            AND (better.granted_at > run.basis OR better.state = 'granted' AND better.expires_at > %(now)s)
    )"""
    return Exit("a better code is granted", Reason.BETTER_CODE, granted)


# A cart that was touched later has a run of its own. Two carts come to be of one person by a merge, too.
NEWER_CART = Exit(
    "the customer leaves another cart later",
    Reason.NEWER_CART,
    """EXISTS (
        SELECT FROM crm_enrolment newer
        WHERE newer.contact_id = run.contact_id AND newer.flow = run.flow AND newer.state = 'waiting'
            AND (newer.basis, newer.subject_id) > (run.basis, run.subject_id)
    )""",
    then="false",  # rehearsals know it of their own runs (``replay/rehearse.py``)
)
# What is asked of the shop, by the modules that tell of it.
CART_EMPTIED = Exit("the cart is emptied", Reason.CART_EMPTIED)
CART_GONE = Exit("the shop no longer has the cart", Reason.CART_GONE)
CART_SOLD_OUT = Exit("everything in the cart is sold out: one mail shows what is there instead", Reason.SOLD_OUT)
CONFIRMED = Exit("the address is confirmed, or the request is over", Reason.NO_INTEREST)
NOT_WAITING = Exit("the customer no longer waits for it", Reason.NO_INTEREST)
BOUGHT = Exit("the customer buys it", Reason.BOUGHT)
BACK = Exit("it is there again", Reason.IN_STOCK)
SOLD_OUT_AGAIN = Exit("it is sold out again", Reason.SOLD_OUT_AGAIN)
NO_TURN = Exit("all units are spoken for: the customer keeps the place in the queue", Reason.NO_TURN)
PRICE_ROSE = Exit("it is as dear as before, or not there", Reason.PRICE_ROSE)
NOT_SOLD = Exit("the shop no longer sells it there", Reason.NOT_SOLD)
CANCELLED = Exit("staff cancels it", Reason.CANCELLED)
