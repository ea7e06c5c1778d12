"""Facts for the tests of segments, and what is computed of them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from saleor_crm_plugin import config
from saleor_crm_plugin.activity.interactions import make_room
from saleor_crm_plugin.activity.models import Cart, CartChange, Interaction, Purchase
from saleor_crm_plugin.contacts import changes
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments import nightly
from saleor_crm_plugin.segments.models import Membership

NOW = datetime(2026, 3, 2, 3, tzinfo=UTC)
DAY = timedelta(days=1)
_numbers: Iterator[int] = count()

COMPUTED = {
    "crm_customer_value": "contact_id, currency, orders, days, amount, first_at, last_at, previous_at, recent_orders,"
    " recent_amount",
    "crm_rfm_cut": "currency, rank, customers, last_at, last_at_below, last_at_upto, recent_orders,"
    " recent_orders_below, recent_orders_upto, recent_amount, recent_amount_below, recent_amount_upto",
    "crm_lifecycle": "contact_id, stage, since, until",
    "crm_score": "contact_id, tier, points",
    "crm_lifetime_value": "contact_id, currency, p_alive, expected_orders, expected_value",
}


def rules(**values: str) -> config.Settings:
    """The owner's settings."""
    return config.parse(values)


def person(created: float = 400) -> int:
    """A contact made so many days ago."""
    at = NOW - created * DAY
    contact = Contact.objects.create(email=f"customer{next(_numbers)}@example.com", created_at=at)
    changes.note([contact.pk])
    return contact.pk


def buy(contact: int | None, days_ago: float, total: str = "50", currency: str = "EUR", **rest: Any) -> str:
    """An order so many days ago. Returns its id."""
    at = NOW - days_ago * DAY
    order = Purchase.objects.create(
        order_id=f"order{next(_numbers)}", contact_id=contact, channel="eu", currency=currency, language="de",
        **{"total": Decimal(total), "refunded": 0, "real": True, "paid": True, "placed_at": at, "changed_at": at}
        | rest,
    )  # fmt: skip
    changes.note([contact])
    return str(order.order_id)


def give_back(contact: int, order: str, quantity: int, days_ago: float) -> None:
    """So many of an order's things came back, so many days ago."""
    at = NOW - days_ago * DAY
    make_room([at])
    Interaction.objects.create(
        source=f"return:{next(_numbers)}", at=at, kind=Interaction.Kind.RETURN, contact_id=contact, order_id=order,
        quantity=quantity,
    )  # fmt: skip
    changes.note([contact])


def put_into_cart(contact: int, days_ago: float) -> None:
    """A cart into which one thing was put."""
    at = NOW - days_ago * DAY
    cart = Cart.objects.create(
        id=f"cart{next(_numbers)}", contact_id=contact, status="open", channel="eu", currency="EUR", language="de",
        country="DE", total=1, created_at=at, changed_at=at, seen_at=at,
    )  # fmt: skip
    CartChange.objects.create(cart=cart, revision=1, variant_id="1", product_id="1", quantity=2, at=at)
    changes.note([contact])


def night(days: float = 0, settings: config.Settings | None = None) -> nightly.Outcome:
    """The run so many days from now."""
    return nightly.run(settings or rules(), NOW + days * DAY)


def rows(table: str) -> list[tuple[Any, ...]]:
    """What is computed, without what names a row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COMPUTED[table]} FROM {table} ORDER BY 1, 2")
        return cursor.fetchall()


def versions() -> Mapping[str, list[tuple[Any, ...]]]:
    """Every row of every table of segments with its place: another one after any write."""
    found = {}
    with connection.cursor() as cursor:
        for table in (*COMPUTED, "crm_membership", "crm_model_fit", "crm_segment_state"):
            cursor.execute(f"SELECT ctid::text, xmin::text FROM {table} ORDER BY 1")
            found[table] = cursor.fetchall()
    return found


def open_memberships(kind: str) -> dict[tuple[int, str], str]:
    """Where everybody belongs: (contact, currency) to segment."""
    found = Membership.objects.filter(kind=kind, left_at=None)
    return {(m.contact_id, m.currency): m.segment for m in found}


def history(contact: int, kind: str) -> list[tuple[str, float, float | None, str]]:
    """A contact's memberships of a kind: segment, entered and left in days from now, cause."""
    found = Membership.objects.filter(contact=contact, kind=kind).order_by("entered_at", "id")
    return [(m.segment, _days(m.entered_at), None if m.left_at is None else _days(m.left_at), m.cause) for m in found]


def _days(moment: datetime) -> float:
    return round((moment - NOW) / DAY, 6)
