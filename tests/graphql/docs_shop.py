"""The shops of docs/graphql.md at noon of the 2nd of March 2026.

In one there are a customer with points and a guest; the other one sold some products, and waits for a hat. Others wait
for a coat.
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.campaigns.models import Campaign, CampaignWords
from saleor_crm_plugin.flows.models import Decision, Enrolment
from saleor_crm_plugin.recs.served.models import ContactList, ProductList, TrainingRun
from saleor_crm_plugin.recs.served.reasons import CODES, Reason
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.orders import post_orders
from saleor_crm_plugin.segments.loyalty.spend import redeem
from saleor_crm_plugin.segments.models import LifetimeValue, ModelFit
from saleor_crm_plugin.shop.sandbox import own_settings, storefront
from saleor_crm_plugin.shop.sandbox.models import Channel, Product, User
from saleor_crm_plugin.vouchers.models import Grant
from tests.buying import a_past
from tests.graphql.asking import token_of
from tests.graphql.telling import VISITOR, recorded, seen
from tests.graphql.wanting import waits
from tests.sandbox.driver import SandboxDriver

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_SETTINGS = {
    "loyalty_since": "2025-01-01",
    "loyalty_tiers": "Silver = 100\nGold = 500",
    "voucher_points": "20 EUR",
}
_TELLS = {
    "back_in_stock_enabled": True,
    "sender_address": "hello@news.example.com",
    "smtp_host": "127.0.0.1",
    "storefront_url": "https://shop.example.com",
}


def fill() -> User:
    """Make it, as months would have. Returns the customer, Ada."""
    for name, value in _SETTINGS.items():
        own_settings.save(name, value)
    Channel.objects.create(slug="eu", currency="EUR")
    rules = parse(own_settings.stored()).loyalty
    ada = User.objects.create(email="ada@example.com", first_name="Ada", last_name="Byron")
    contact = Contact.objects.create(email=ada.email, user_id=str(ada.pk), consented=True, created_at=_day(2025, 4, 1))
    guest = Contact.objects.create(email="guest@example.com", created_at=_day(2026, 1, 10))
    ConsentRecord.objects.create(contact=contact, granted=True, source="account", at=_day(2025, 4, 1))
    _order(1, contact, "150.00", _day(2025, 4, 1, 9), fulfilled_at=_day(2025, 4, 3))
    mature(rules, _day(2025, 5, 3))
    _order(3, guest, "40.00", _day(2026, 1, 10))
    redeem(contact.pk, 50, "voucher:1", _day(2026, 1, 31))
    _order(2, contact, "60.00", _day(2026, 2, 20), fulfilled_at=_day(2026, 2, 22))
    adjust(contact.pk, 20, "The parcel was late.", "1", "complaint 7", _day(2026, 2, 25), rules)
    _cross_sell(contact, Decision.Outcome.SENT, "due", _day(2026, 2, 1))
    _cross_sell(guest, Decision.Outcome.HELD_OUT, "holdout", _day(2026, 1, 20))
    _newsletter(guest)
    nightly.run(parse(own_settings.stored()), NOW)
    _models_of_a_larger_shop(contact)
    _carts(contact)
    _code(contact, guest)
    return ada


def fill_shelves() -> User:
    """A shop that sold something, a cart, and somebody who looks around. Returns one of its customers."""
    shop = SandboxDriver()
    past = a_past(shop, NOW)
    for product in Product.objects.all():
        product.slug = slugify(product.name)
        product.save()
    shop.make_product("Felt hat", stock=0)
    for name, value in _TELLS.items():
        own_settings.save(name, value)
    cart_id = storefront.create_cart(channel=shop.channel, cart_id=UUID(int=1), now=NOW)
    shop.add_line(cart_id, past.variants[3])
    customer = User.objects.get(pk=past.customers[-1])
    at = "2026-03-02T11:50:00+00:00"
    recorded(seen(6, at=at), token=token_of(customer), visitor=None)
    recorded(seen(2, at=at), visitor=VISITOR)
    contact = Contact.objects.get(user_id=str(customer.pk))
    _lists_of_a_larger_shop(contact)
    _wait_for_a_coat(shop, contact)
    return customer


def _code(contact: Contact, guest: Contact) -> None:
    """Ada got a code, and a guest used it."""
    Grant.objects.create(
        key="campaign:spring:A:1", tier="A", contact=contact, code="CRM-M4WX8-Q7KTP-2ZHDR", voucher_id="1",
        channel="eu", currency="EUR", value=0, percent=20, state=Grant.State.REDEEMED, granted_at=_day(2026, 1, 5),
        expires_at=_day(2026, 1, 12), look_at=_day(2026, 1, 12), redeemed_order_id=str(UUID(int=3)),
        redeemed_by=guest, redeemed_at=_day(2026, 1, 10),
    )  # fmt: skip


def _wait_for_a_coat(shop: SandboxDriver, contact: Contact) -> None:
    """A good customer and two who are new."""
    coat = shop.make_product("Wool coat", price=Decimal("180.00"), stock=0)[0]
    waits(shop, coat, contact.email or "", "emmy@example.com", "lise@example.com", at=_day(2026, 2, 27))
    LifetimeValue.objects.create(
        contact=contact, currency="EUR", p_alive=0.81, expected_orders=1.9, expected_value=Decimal("187.40"),
        computed_at=NOW,
    )  # fmt: skip


def _lists_of_a_larger_shop(contact: Contact) -> None:
    """A handful of orders is too little to learn from: as if there had been thousands, and had said this."""
    run = TrainingRun.objects.get(current=True)
    beside = [
        (ProductList.Kind.RELATED, Reason.RELATED, [2, 6, 3, 5]),
        (ProductList.Kind.TOGETHER, Reason.BOUGHT_TOGETHER, [4, 2, 5, 1]),
        (ProductList.Kind.BASKET, Reason.RELATED, [5, 1, 6, 2]),
    ]
    ProductList.objects.all().delete()
    for product in Product.objects.all():
        for kind, reason, items in beside:
            others = [item for item in items if item != product.pk][:3]
            ProductList.objects.create(run=run, product_id=product.pk, kind=kind, items=others, **_learnt(reason))
    ContactList.objects.all().delete()
    ContactList.objects.create(
        run=run, contact=contact, kind=ContactList.Kind.PERSONAL, items=[2, 4, 7], **_learnt(Reason.PERSONAL)
    )


def _learnt(reason: Reason) -> dict[str, Any]:
    return {"scores": [0.5, 0.3, 0.2], "reasons": [CODES[reason]] * 3}


def _models_of_a_larger_shop(contact: Contact) -> None:
    """Two customers are too few for models: as if they had been fitted in a shop like CDNOW's, and had said this."""
    mbgnbd = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
    fit = {"params": mbgnbd, "customers": 2357, "converged": True, "message": "", "fitted_at": NOW}
    ModelFit.objects.update_or_create(model="mbgnbd", currency="", defaults=fit)
    LifetimeValue.objects.create(
        contact=contact, currency="EUR", p_alive=0.81, expected_orders=1.9, expected_value=Decimal("187.40"),
        computed_at=NOW,
    )  # fmt: skip


def _newsletter(reader: Contact) -> None:
    """One of which one person got a version, and another was held out."""
    at = _day(2026, 2, 27)
    campaign = Campaign.objects.create(
        name="Spring", state=Campaign.State.SENT, channels=["eu"], audience={"where": {"countries": ["DE"]}},
        language="en", holdout_percent=10, test_percent=20, winner="both", winner_at=at, scheduled_at=at, started_at=at,
        going_since=at, ended_at=at, recipients=2, excluded={"no_consent": 1}, changed_at=at, created_at=at,
    )  # fmt: skip
    for version, subject in (("a", "Spring is here"), ("b", "Winter is over")):
        CampaignWords.objects.create(
            campaign=campaign, version=version, language="en", subject=subject, body=f"<h1>{subject}</h1>"
        )
    for person, version, outcome in ((reader, "a", Decision.Outcome.SENT), (None, "b", Decision.Outcome.HELD_OUT)):
        sent = outcome == Decision.Outcome.SENT
        subject_id = f"{campaign.pk}.{person.pk if person else 0}"
        run = Enrolment.objects.create(
            flow="newsletter", subject_id=subject_id, contact=person, state="finished", basis=at, planned_at=at,
            due_at=at, enrolled_at=at, campaign=campaign, version=version, arm="treated" if sent else "holdout",
            arm_at=at,
        )  # fmt: skip
        reason = "due" if sent else "holdout"
        Decision.objects.create(enrolment=run, step=0, outcome=outcome, reason=reason, at=at)
        if person:
            mail = Message.objects.create(
                flow="newsletter", subject_id=subject_id, step=0, contact=person, recipient=person.email or "",
                template="newsletter", language="en", channel="eu", content={}, state="sent", created_at=at,
                next_attempt_at=at, expires_at=at, sent_at=at,
            )  # fmt: skip
            Response.objects.create(message=mail, contact=person, kind="click", by="person", at=at)


def _cross_sell(contact: Contact, outcome: Decision.Outcome, reason: str, at: datetime) -> None:
    """The mail after an order was delivered is sent, or held back to compare."""
    arm = Enrolment.Arm.TREATED if outcome == Decision.Outcome.SENT else Enrolment.Arm.HOLDOUT
    run = Enrolment.objects.create(
        flow="cross_sell", subject_id=str(UUID(int=contact.pk)), contact=contact, state="finished", next_step=1,
        basis=at, planned_at=at, due_at=at, enrolled_at=at, arm=arm, arm_at=at,
    )  # fmt: skip
    Decision.objects.create(enrolment=run, step=0, outcome=outcome, reason=reason, at=at)


def _carts(contact: Contact) -> None:
    """One that was ordered before its first mail, and one that lies there."""
    for number, at, ended_by in ((2, _day(2026, 2, 20, 9), "ordered"), (3, _day(2026, 3, 2, 10), "")):
        Enrolment.objects.create(
            flow="abandoned_cart", subject_id=str(UUID(int=number)), contact=contact, ended_by=ended_by,
            state="finished" if ended_by else "waiting", basis=at, planned_at=at + timedelta(hours=4),
            due_at=at + timedelta(hours=4), enrolled_at=at,
        )  # fmt: skip


def _order(number: int, contact: Contact, total: str, at: datetime, **facts: Any) -> None:
    order_id = str(UUID(int=number))
    Purchase.objects.create(
        order_id=order_id, contact=contact, channel="eu", currency="EUR", language="de", total=Decimal(total),
        refunded=0, goods_net=Decimal(total), real=True, paid=True, placed_at=at, changed_at=at, **facts,
    )  # fmt: skip
    post_orders([order_id], parse(own_settings.stored()).loyalty, at)


def _day(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)
