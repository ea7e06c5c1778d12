"""The shops of docs/graphql.md at noon of the 2nd of March 2026.

In one there are a customer with points and a guest; the other one sold some products.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact
from saleor_crm_plugin.recs.served.models import ContactList, ProductList, TrainingRun
from saleor_crm_plugin.recs.served.reasons import CODES, Reason
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.segments.loyalty.mature import mature
from saleor_crm_plugin.segments.loyalty.orders import post_orders
from saleor_crm_plugin.segments.loyalty.spend import redeem
from saleor_crm_plugin.segments.models import LifetimeValue, ModelFit
from saleor_crm_plugin.shop.sandbox import own_settings, storefront
from saleor_crm_plugin.shop.sandbox.models import Product, User
from tests.buying import a_past
from tests.graphql.asking import token_of
from tests.graphql.telling import VISITOR, recorded, seen
from tests.sandbox.driver import SandboxDriver

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
_SETTINGS = {"loyalty_since": "2025-01-01", "loyalty_tiers": "Silver = 100\nGold = 500"}


def fill() -> User:
    """Make it, as months would have. Returns the customer, Ada."""
    for name, value in _SETTINGS.items():
        own_settings.save(name, value)
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
    nightly.run(parse(own_settings.stored()), NOW)
    _models_of_a_larger_shop(contact)
    return ada


def fill_shelves() -> User:
    """A shop that sold something, a cart, and somebody who looks around. Returns one of its customers."""
    shop = SandboxDriver()
    past = a_past(shop, NOW)
    for product in Product.objects.all():
        product.slug = slugify(product.name)
        product.save()
    cart_id = storefront.create_cart(channel=shop.channel, cart_id=UUID(int=1), now=NOW)
    shop.add_line(cart_id, past.variants[3])
    customer = User.objects.get(pk=past.customers[-1])
    at = "2026-03-02T11:50:00+00:00"
    recorded(seen(6, at=at), token=token_of(customer), visitor=None)
    recorded(seen(2, at=at), visitor=VISITOR)
    _lists_of_a_larger_shop(Contact.objects.get(user_id=str(customer.pk)))
    return customer


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


def _order(number: int, contact: Contact, total: str, at: datetime, **facts: Any) -> None:
    order_id = str(UUID(int=number))
    Purchase.objects.create(
        order_id=order_id, contact=contact, channel="eu", currency="EUR", language="de", total=Decimal(total),
        refunded=0, goods_net=Decimal(total), real=True, paid=True, placed_at=at, changed_at=at, **facts,
    )  # fmt: skip
    post_orders([order_id], parse(own_settings.stored()).loyalty, at)


def _day(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)
