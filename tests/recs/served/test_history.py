"""What the numeric core is told of what people did."""

from datetime import datetime
from decimal import Decimal

import pytest

from saleor_crm_plugin.activity.interactions import make_room
from saleor_crm_plugin.activity.models import Cart, CartChange, Interaction, PurchaseLine, View
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.recs.interactions import Kind
from saleor_crm_plugin.recs.served.history import read_history

from .shop import DAY, NOW, buy, person

pytestmark = pytest.mark.django_db
CATALOGUE = [1, 2, 3]
Row = tuple[int, int, Kind, float]


def rows(now: datetime = NOW) -> list[Row]:
    """Who, what, how and how much, oldest first."""
    told = read_history(now, CATALOGUE)
    return [
        (int(told.user_ids[user]), int(told.item_ids[item]), Kind(kind), round(float(weight), 2))
        for user, item, kind, weight in zip(told.users, told.items, told.kinds, told.weights, strict=True)
    ]


def look(product: str, days_ago: float, contact: int | None = None, visitor: str = "visitor-1") -> None:
    """Somebody looks at a product."""
    at = NOW - days_ago * DAY
    make_room([at], "crm_view")
    View.objects.create(
        visitor_id=visitor, event_id=f"{product} {days_ago}", at=at, kind="product_view", contact_id=contact,
        product_id=product,
    )  # fmt: skip


def test_nothing_happened_yet() -> None:
    told = read_history(NOW, CATALOGUE)

    assert len(told) == 0
    assert told.item_ids.tolist() == CATALOGUE


def test_purchases_are_told_with_their_orders() -> None:
    ada = person()
    buy(ada, ["1", "2"], 3)
    buy(ada, ["2"], 2)

    assert rows() == [(ada, 1, Kind.PURCHASE, 1), (ada, 2, Kind.PURCHASE, 1), (ada, 2, Kind.PURCHASE, 1)]
    first, second, third = read_history(NOW, CATALOGUE).orders.tolist()
    assert first == second != third


def test_what_was_asked_for_is_told_once_it_is_sure_who_asked() -> None:
    ada = person()
    for product, state, confirmed, days in (
        ("1", "waiting", True, 4), ("2", "cancelled", True, 3), ("3", "unconfirmed", False, 2),
        ("3", "expired", False, 1), ("1", "waiting", True, 61), ("1", "told", False, 0.5),
    ):  # fmt: skip
        at = NOW - days * DAY
        StockInterest.objects.create(
            contact_id=ada, variant_id=f"{product} {days}", product_id=product, channel="eu", kind="request",
            state=state, language="de", asked_at=at, confirmed_at=at if confirmed else None, expires_at=at,
        )  # fmt: skip

    assert rows() == [(ada, 1, Kind.INTEREST, 1), (ada, 2, Kind.INTEREST, 1), (ada, 1, Kind.INTEREST, 1)]


def test_a_gift_weighs_nothing() -> None:
    ada = person()
    buy(ada, ["1"], 3, gift=True)

    assert rows() == [(ada, 1, Kind.PURCHASE, 0)]


def test_a_gift_card_weighs_nothing() -> None:
    ada = person()
    buy(ada, ["1"], 3)
    PurchaseLine.objects.update(gift_card=True)

    assert rows() == [(ada, 1, Kind.PURCHASE, 0)]


@pytest.mark.parametrize("rest", [{"real": False}, {"refunded": Decimal(20)}])
def test_what_is_no_purchase_is_not_told(rest: dict[str, object]) -> None:
    buy(person(), ["1"], 3, **rest)

    assert rows() == []


def test_nothing_that_is_yet_to_come_is_told() -> None:
    buy(person(), ["1"], 0)

    assert rows() == []


def test_what_the_shop_does_not_have_any_more_is_not_told() -> None:
    ada = person()
    buy(ada, ["1", "77", "not-a-number", "9" * 30], 3)

    assert rows() == [(ada, 1, Kind.PURCHASE, 1)]


def test_what_came_back_counts_against_as_far_as_it_did() -> None:
    # given three of one thing, of which one came back
    ada = person()
    order = buy(ada, ["1"], 9)
    PurchaseLine.objects.update(quantity=3)
    make_room([NOW - DAY])
    Interaction.objects.create(
        source="x", at=NOW - DAY, kind="return", contact_id=ada, order_id=order, product_id="1", quantity=1
    )

    assert rows() == [(ada, 1, Kind.PURCHASE, 1), (ada, 1, Kind.RETURN, 0.33)]


def test_who_was_erased_teaches_without_a_name() -> None:
    ada = person()
    buy(ada, ["1"], 3)
    erase(Contact.objects.all(), NOW)

    ((who, *told),) = rows()
    assert who < 0
    assert told == [1, Kind.PURCHASE, 1]


def test_looks_of_known_and_of_nameless_people_are_told() -> None:
    ada = person()
    look("1", 2, ada)
    look("2", 1, visitor="visitor-2")

    (known, nameless) = rows()
    assert known == (ada, 1, Kind.VIEW, 1)
    assert nameless[0] < 0
    assert nameless[1:] == (2, Kind.VIEW, 1)


def test_looks_of_long_ago_are_not_told() -> None:
    look("1", 61)

    assert rows() == []


def test_what_was_taken_out_of_a_cart_counts_against_having_been_put_in() -> None:
    ada = person()
    cart = Cart.objects.create(
        id="c", contact_id=ada, status="open", channel="eu", currency="EUR", language="de", country="DE", total=1,
        created_at=NOW, changed_at=NOW, seen_at=NOW,
    )  # fmt: skip
    for revision, quantity in ((1, 2), (2, -2)):
        CartChange.objects.create(
            cart=cart,
            revision=revision,
            variant_id="9",
            product_id="1",
            quantity=quantity,
            at=NOW - (3 - revision) * DAY,
        )

    assert rows() == [(ada, 1, Kind.CART, 1), (ada, 1, Kind.CART, -1)]
