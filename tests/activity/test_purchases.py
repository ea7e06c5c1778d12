"""Purchases: what an order is in the shop, in our tables, however often it is told."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import config
from saleor_crm_plugin.activity.models import Cart, Interaction, Purchase, PurchaseLine
from saleor_crm_plugin.contacts.models import Contact, ContactChange
from saleor_crm_plugin.shop.sandbox.models import Fulfilment, FulfilmentLine, Order, OrderLine
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from saleor_crm_plugin.webhooks.handlers import order as order_handler
from tests.histories import versions
from tests.road import Road
from tests.sandbox.driver import SandboxDriver

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = SandboxShop()


@pytest.fixture
def shop(db: None) -> SandboxDriver:
    from saleor_crm_plugin.activity.interactions import make_room

    make_room([NOW])
    return SandboxDriver()


def tell(*orders: str) -> set[int]:
    """News of orders. Returns the contacts that were noted as changed."""
    ContactChange.objects.all().delete()
    order_handler.handle(SHOP, config.parse({}), orders, NOW)
    return set(ContactChange.objects.values_list("contact_id", flat=True))


def an_order(shop: SandboxDriver, *, email: str = "ada@example.com", quantity: int = 2, confirmed: bool = True) -> str:
    cart_id = shop.make_cart(email=email)
    shop.add_line(cart_id, shop.make_product()[0], quantity)
    return shop.place_order(cart_id, confirmed=confirmed)


def variant_of(order_id: str) -> str:
    return str(OrderLine.objects.filter(order=order_id).values_list("variant", flat=True)[0])


def test_an_order_becomes_a_purchase_with_its_lines(shop: SandboxDriver) -> None:
    order_id = an_order(shop)

    tell(order_id)

    purchase = Purchase.objects.get()
    order = SHOP.orders([order_id])[order_id]
    for name in ("cart_id", "channel", "currency", "language", "total", "refunded", "goods_net", "gift", "real", "paid",
                 "placed_at", "changed_at", "fulfilled_at"):  # fmt: skip
        assert getattr(purchase, name) == getattr(order, name), name
    assert purchase.contact == Contact.objects.get(email="ada@example.com")
    assert (purchase.kept, purchase.counts) == (Decimal("80.00"), True)
    (line,) = purchase.lines.all()
    assert (line.variant_id, line.quantity, line.total) == (variant_of(order_id), 2, Decimal("80.00"))


def test_told_again_nothing_is_written_and_nobody_noted(shop: SandboxDriver) -> None:
    order_id = an_order(shop)
    shop.fulfil_order(order_id)
    shop.return_lines(order_id, {variant_of(order_id): 1})
    assert len(tell(order_id)) == 1
    ContactChange.objects.all().delete()
    before = versions()

    order_handler.handle(SHOP, config.parse({}), [order_id, order_id], NOW)

    assert versions() == before


def test_that_only_the_shops_moment_moved_is_stored_and_no_news(shop: SandboxDriver) -> None:
    order_id = an_order(shop)
    tell(order_id)
    moment = datetime(2026, 3, 2, 11, tzinfo=UTC)
    shop.set_order_changed_at(order_id, moment)

    assert tell(order_id) == set()
    assert Purchase.objects.get().changed_at == moment


@pytest.mark.parametrize("what", ["refund", "cancel", "fulfil", "return", "edit"])
def test_whoever_owns_what_changed_is_noted(shop: SandboxDriver, what: str) -> None:
    order_id = an_order(shop, confirmed=what != "edit")
    variant = variant_of(order_id)
    if what == "return":
        shop.fulfil_order(order_id)
    tell(order_id)
    if what == "refund":
        shop.refund_order(order_id, Decimal(1))
    elif what == "cancel":
        shop.cancel_order(order_id)
    elif what == "fulfil":
        shop.fulfil_order(order_id)
    elif what == "return":
        shop.return_lines(order_id, {variant: 1})
    elif what == "edit":
        shop.edit_order(order_id, variant, 5)

    assert tell(order_id) == {Contact.objects.get().pk}
    assert tell(order_id) == set()


def test_of_an_order_that_changes_its_owner_both_are_noted(shop: SandboxDriver) -> None:
    order_id = an_order(shop)
    tell(order_id)
    Order.objects.update(email="bea@example.com")

    noted = tell(order_id)

    assert noted == set(Contact.objects.values_list("pk", flat=True))
    assert Purchase.objects.get().contact == Contact.objects.get(email="bea@example.com")


def test_an_owner_once_known_stays_when_the_shop_forgets(shop: SandboxDriver) -> None:
    order_id = an_order(shop)
    shop.fulfil_order(order_id)
    shop.return_lines(order_id, {variant_of(order_id): 1})
    tell(order_id)
    Order.objects.update(email="")

    assert tell(order_id) == set()
    shop.refund_order(order_id, Decimal(1))
    assert tell(order_id) == {Contact.objects.get().pk}
    assert Purchase.objects.get().contact == Interaction.objects.get().contact == Contact.objects.get()


def test_lines_that_were_taken_out_are_gone_and_new_ones_there(shop: SandboxDriver) -> None:
    order_id = an_order(shop, confirmed=False)
    tell(order_id)
    hat = shop.make_product("Hat")[0]
    shop.edit_order(order_id, variant_of(order_id), 0)
    shop.edit_order(order_id, hat, 3)

    tell(order_id)

    assert list(PurchaseLine.objects.values_list("variant_id", "quantity")) == [(hat, 3)]


def test_a_return_is_an_interaction_of_the_owner(shop: SandboxDriver) -> None:
    order_id = an_order(shop)
    variant = variant_of(order_id)
    shop.fulfil_order(order_id)
    shop.return_lines(order_id, {variant: 1})

    tell(order_id)

    one = Interaction.objects.get()
    assert (one.kind, one.contact, one.order_id) == ("return", Contact.objects.get(), order_id)
    assert (one.variant_id, one.quantity, one.at) == (variant, 1, shop.now)
    assert PurchaseLine.objects.get().returned == 1


def test_what_is_no_return_any_more_is_gone(shop: SandboxDriver) -> None:
    # given a return that the shop moves to another parcel, as Saleor does when it is refunded as well
    order_id = an_order(shop)
    shop.fulfil_order(order_id)
    shop.return_lines(order_id, {variant_of(order_id): 1})
    tell(order_id)
    back = FulfilmentLine.objects.get(fulfilment__status="returned")
    parcel = Fulfilment.objects.create(order_id=order_id, status="returned", created_at=NOW)
    moved = FulfilmentLine.objects.create(fulfilment=parcel, line=back.line, quantity=1)
    back.delete()
    # when
    tell(order_id)
    # then
    assert list(Interaction.objects.values_list("source", "at")) == [(f"return:{moved.pk}", NOW)]
    Fulfilment.objects.filter(status="returned").delete()
    tell(order_id)
    assert not Interaction.objects.exists()
    assert PurchaseLine.objects.get().returned == 0


def test_nobodys_returns_are_no_interactions(shop: SandboxDriver) -> None:
    order_id = an_order(shop, email="")
    shop.fulfil_order(order_id)
    shop.return_lines(order_id, {variant_of(order_id): 1})

    tell(order_id)

    assert PurchaseLine.objects.get().returned == 1
    assert not Interaction.objects.exists()


def test_of_a_deleted_product_it_stays_known_what_was_bought(shop: SandboxDriver) -> None:
    order_id = an_order(shop)
    tell(order_id)
    before = PurchaseLine.objects.values().get()
    shop.delete_variant(variant_of(order_id))

    assert tell(order_id) == set()
    assert PurchaseLine.objects.values().get() == before
    OrderLine.objects.update(quantity=5)
    tell(order_id)
    assert PurchaseLine.objects.values().get() == before | {"quantity": 5, "total": Decimal(200)}


@pytest.mark.parametrize(("status", "stays"), [("draft", False), ("expired", False), ("fulfilled", True)])
def test_a_deleted_order_is_forgotten_if_it_was_none(shop: SandboxDriver, status: str, stays: bool) -> None:
    order_id = an_order(shop)
    shop.set_status(order_id, status)
    tell(order_id)
    Order.objects.all().delete()

    tell(order_id)

    assert Purchase.objects.exists() is PurchaseLine.objects.exists() is stays


@pytest.mark.parametrize("told", [["de", "fr"], ["fr", "de"], ["de", "fr", "de"]])
def test_a_person_speaks_the_language_of_the_newest_order(shop: SandboxDriver, told: list[str]) -> None:
    orders = {}
    for language in ("de", "fr"):
        cart_id = shop.make_cart(email="ada@example.com", language=language)
        shop.add_line(cart_id, shop.make_product()[0])
        orders[language] = shop.place_order(cart_id)

    for language in told:
        tell(orders[language])

    assert Contact.objects.get().language == "fr"


def test_a_cart_belongs_to_the_last_real_order_from_it(road: Road) -> None:
    cart_id = road.cart(*road.make_product())
    road.work()
    first = road.place_order(cart_id)
    road.work()
    assert Cart.objects.values_list("status", "order_id").get() == ("ordered", first)
    road.cancel_order(first)
    again = Order.objects.get(pk=first)
    again.pk, again.number, again.status = "11111111-1111-4111-8111-111111111111", 1, "unfulfilled"
    again.save()

    with transaction.atomic():
        order_handler.handle(road.shop, config.parse({}), [first, str(again.pk)], road.now)

    assert Cart.objects.values_list("status", "order_id").get() == ("ordered", str(again.pk))


def test_fifty_orders_cost_as_many_queries_as_one(shop: SandboxDriver) -> None:
    def cost(orders: list[str]) -> int:
        with CaptureQueriesContext(connection) as captured:
            tell(*orders)
        return len(captured)

    tell(an_order(shop, email="pepper@example.com"))  # makes the installation's secret
    orders = [an_order(shop, email=f"customer{n}@example.com") for n in range(51)]

    assert cost(orders[:50]) == cost(orders[50:])
