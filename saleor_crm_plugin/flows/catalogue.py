"""The flows, declared: what starts and ends each, its mails, its limits.

A flow about customers needs no more than a declaration here and templates of its steps (``emails/templates``); the
owner switches it on by its key.
"""

from datetime import timedelta

from ..config import FlowLine, Settings
from ..contacts.preferences.models import MailKind
from . import exits
from .exits import Exit
from .flow import Audience, CapClass, Flow, Step, at_once, told
from .people import triggers
from .people.triggers import Trigger

ABANDONED_CART = Flow(
    key="abandoned_cart",
    title="Abandoned cart",
    starts=told("a cart was left"),
    ends=(
        exits.ORDERED,
        exits.CART_EMPTIED,
        exits.CART_GONE,
        exits.CART_SOLD_OUT,
        exits.NEWER_CART,
    ),
    enabled=lambda settings: settings.abandoned_cart_enabled,
    steps=(
        Step("abandoned_cart_1", lambda settings: settings.abandoned_cart_delay),
        Step("abandoned_cart_2", lambda settings: settings.abandoned_cart_second_delay),
    ),
    shelf_life=timedelta(hours=24),
    priority=10,
    kind=MailKind.CART,
)
STOCK_CONFIRMATION = Flow(
    key="stock_confirmation",
    title="Waiting list: confirm the address",
    starts=told("a guest asked to be told"),
    ends=(exits.CONFIRMED, exits.BOUGHT, exits.NOT_SOLD),
    enabled=lambda settings: settings.back_in_stock_enabled,
    steps=(Step("stock_confirmation", at_once),),
    shelf_life=timedelta(hours=24),
    priority=0,
    kind=MailKind.STOCK,
    audience=Audience.ASKED,
    caps=CapClass.NONE,
    holdout=False,
    at_night=True,
)
BACK_IN_STOCK = Flow(
    key="back_in_stock",
    title="Back in stock",
    starts=told("something that a customer waits for is there again"),
    ends=(exits.BOUGHT, exits.NOT_WAITING, exits.SOLD_OUT_AGAIN, exits.NO_TURN, exits.NOT_SOLD),
    enabled=lambda settings: settings.back_in_stock_enabled,
    steps=(Step("back_in_stock", at_once),),
    shelf_life=timedelta(hours=24),
    priority=1,
    kind=MailKind.STOCK,
    audience=Audience.ASKED,
    caps=CapClass.NONE,
    holdout=False,
)
NEWSLETTER_CONFIRMATION = Flow(
    key="newsletter_confirmation",
    title="Newsletter: confirm the address",
    starts=told("somebody signed an address up for the newsletter"),
    ends=(exits.CONFIRMED,),
    enabled=lambda settings: settings.newsletter_enabled,
    steps=(Step("newsletter_confirmation", at_once),),
    shelf_life=timedelta(hours=24),
    priority=0,
    kind=MailKind.NEWSLETTER,
    audience=Audience.ASKED,
    caps=CapClass.NONE,
    holdout=False,
    at_night=True,
    even_unsubscribed=True,
)
OUT_OF_STOCK = Flow(
    key="out_of_stock",
    title="Out of stock",
    starts=told("something that a customer wants is not there"),
    ends=(exits.BACK, exits.BOUGHT, exits.NOT_WAITING, exits.NOT_SOLD),
    enabled=lambda settings: settings.out_of_stock_enabled,
    steps=(Step("out_of_stock", lambda settings: settings.out_of_stock_delay),),
    shelf_life=timedelta(hours=24),
    priority=12,
    kind=MailKind.STOCK,
    caps=CapClass.WAITS,
)
PRICE_DROP = Flow(
    key="price_drop",
    title="Price drop",
    starts=told("something that a customer waited for, and was told of, costs less"),
    ends=(exits.PRICE_ROSE, exits.BOUGHT, exits.NOT_WAITING, exits.NOT_SOLD),
    enabled=lambda settings: settings.price_drop_enabled,
    steps=(Step("price_drop", at_once),),
    shelf_life=timedelta(days=7),  # which the caps may take
    priority=15,
    kind=MailKind.STOCK,
    caps=CapClass.WAITS,
    bulk=True,
)


_OFF = FlowLine(on=False, delay=None)


def _about_people(
    key: str,
    title: str,
    starts: Trigger,
    ends: tuple[Exit, ...],
    delay: timedelta,
    priority: int,
    kind: MailKind,
    again_after: timedelta | None = None,
    *,
    shows: bool = False,
    bulk: bool = True,
) -> Flow:
    """A flow of one mail, ``delay`` after what starts it, or as long after it as the owner says."""
    return Flow(
        key=key,
        title=title,
        starts=starts,
        ends=ends,
        enabled=lambda settings: settings.flows.get(key, _OFF).on,
        steps=(Step(key, lambda settings: _or(settings.flows.get(key, _OFF).delay, delay)),),
        shelf_life=timedelta(days=3),
        priority=priority,
        kind=kind,
        again_after=again_after,
        shows=shows,
        bulk=bulk,
    )


def _or(told: timedelta | None, usual: timedelta) -> timedelta:
    return usual if told is None else told


_LETTERS = (
    _about_people(
        "browse_abandonment", "Browse abandonment", triggers.LOOKED_TWICE, (exits.ORDERED, exits.HAS_CART),
        delay=timedelta(hours=6), priority=20, kind=MailKind.CART, again_after=timedelta(days=14), shows=True,
        bulk=False,
    ),
    _about_people(
        "welcome", "Welcome", triggers.FIRST_ORDER, (exits.FIRST_ORDER_GONE, exits.NOT_FIRST),
        delay=timedelta(days=1), priority=30, kind=MailKind.PRODUCTS, bulk=False,
    ),
    _about_people(
        "replenishment", "Replenishment", triggers.USED_UP, (exits.BOUGHT_IT,),
        delay=timedelta(0), priority=35, kind=MailKind.PRODUCTS, again_after=timedelta(days=14), shows=True,
    ),
    _about_people(
        "cross_sell", "Cross-sell", triggers.DELIVERED, (exits.ORDERED, exits.DELIVERY_GONE),
        delay=timedelta(days=7), priority=40, kind=MailKind.PRODUCTS, again_after=timedelta(days=30),
    ),
    _about_people(
        "second_purchase", "Second purchase", triggers.FIRST_ORDER,
        (exits.ORDERED, exits.FIRST_ORDER_GONE, exits.NOT_FIRST),
        delay=timedelta(days=21), priority=45, kind=MailKind.PRODUCTS,
    ),
    _about_people(
        "win_back_at_risk", "Win-back: at risk",
        triggers.entered("lifecycle", "at_risk", "a customer becomes at risk"), (exits.ORDERED,),
        delay=timedelta(0), priority=50, kind=MailKind.OFFERS, again_after=timedelta(days=90),
    ),
    _about_people(
        "win_back_lapsed", "Win-back: lapsed",
        triggers.entered("lifecycle", "lapsed", "a customer lapses"), (exits.ORDERED,),
        delay=timedelta(days=30), priority=55, kind=MailKind.OFFERS, again_after=timedelta(days=180),
    ),
)  # fmt: skip


def _loyal(tier: str, priority: int, better: str = "") -> Flow:
    """A thank-you with a code when the score crosses a threshold, and one reminder while the code is good and no
    better one (``better``: the key of its flow) has come."""
    key = f"loyal_{tier.lower()}"
    return Flow(
        key=key,
        title=f"Loyal: voucher {tier}",
        starts=triggers.entered("score", tier, f"the score crosses {tier}"),
        ends=(exits.CODE_USED, exits.better_code(better)) if better else (exits.CODE_USED,),
        enabled=lambda settings: settings.flows.get(key, _OFF).on,
        steps=(
            Step("loyal_voucher", lambda settings: _or(settings.flows.get(key, _OFF).delay, timedelta(0))),
            Step("loyal_reminder", lambda settings: _reminder(settings, key, tier)),
        ),
        shelf_life=timedelta(days=3),
        priority=priority,
        kind=MailKind.OFFERS,
        again_after=timedelta(days=60),
        grants=tier,
        yields_to=better,
        caps=CapClass.WAITS,
        bulk=True,
    )


def _reminder(settings: Settings, key: str, tier: str) -> timedelta:
    """Two days before the code ends, but some time after it came."""
    terms = settings.vouchers.tier(tier)
    good_for = terms.valid if terms else timedelta(days=7)
    return _or(settings.flows.get(key, _OFF).delay, timedelta(0)) + max(good_for - timedelta(days=2), timedelta(days=1))


# One flow for all newsletters; what each is about, to whom and when is said by staff (``campaigns/``).
NEWSLETTER = Flow(
    key="newsletter",
    title="Newsletter",
    starts=told("staff sends one"),
    ends=(exits.CANCELLED,),
    enabled=lambda settings: bool(settings.storefront_url and settings.sender_address),
    steps=(Step("newsletter", at_once),),
    shelf_life=timedelta(days=3),
    priority=90,
    kind=MailKind.NEWSLETTER,
    bulk=True,
)
PEOPLE: tuple[Flow, ...] = (*_LETTERS, _loyal("A", priority=16), _loyal("B", priority=17, better="loyal_a"))
# A key that is not here belongs to a flow that this version does not have (any more, or yet).
FLOWS = {
    flow.key: flow
    for flow in (
        ABANDONED_CART,
        STOCK_CONFIRMATION,
        NEWSLETTER_CONFIRMATION,
        BACK_IN_STOCK,
        OUT_OF_STOCK,
        PRICE_DROP,
        *PEOPLE,
        NEWSLETTER,
    )
}
GONE = Flow("", "", told(""), (), lambda settings: False, (), timedelta(0), 100, MailKind.PRODUCTS)


def title_of(key: str) -> str:
    """What a flow is called; its key, if it is not here."""
    return FLOWS[key].title if key in FLOWS else key
