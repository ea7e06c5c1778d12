"""The history in real Saleor: the same by event, by sweep and by backfill, and the same as Saleor's models say."""

import random
from decimal import Decimal
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection
from saleor.account.models import Address
from saleor.channel.models import Channel
from saleor.core.prices import quantize_price
from saleor.core.utils.random_data import create_orders, create_users
from saleor.order.models import Fulfillment, Order
from saleor.payment.models import Transaction

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Interaction, Purchase, PurchaseLine
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.shop.saleor.money import PLACES, quantized_sql
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.histories import Lives, facts, forget, versions
from tests.saleor import graphql as gql
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.selling import tax_rate, voucher

UNREAL = {"draft", "expired", "canceled"}


def crm(*words: str) -> str:
    out = StringIO()
    call_command("crm", *words, stdout=out)
    return out.getvalue()


def by_event(driver: SaleorDriver) -> None:
    """Look at whatever Saleor's hooks told of."""
    with driver.shop.writing():
        while work.process_inbox(driver.shop):
            pass


def by_sweep(driver: SaleorDriver) -> None:
    """Look at whatever changed, though no hook told of it."""
    with driver.shop.writing():
        InboxItem.objects.all().delete()
        work.sweep_shop(driver.shop)
    by_event(driver)


def nothing_differs() -> None:
    assert not InboxItem.objects.filter(kind="order").exists(), "what waits would be no difference"
    text = crm("verify")
    assert text.endswith(f"{Order.objects.count()} orders compared, 0 differ.\n"), text


@pytest.mark.parametrize("seed", [1, 2])
def test_random_lives_are_the_same_by_event_by_sweep_and_by_backfill(driver: SaleorDriver, seed: int) -> None:
    # given orders that live, with somebody who looks after each thing that happens
    for _ in Lives(driver, random.Random(seed)).live(12):
        by_event(driver)
    told = facts()
    nothing_differs()
    # when they are looked at again, by the sweep and by the backfill
    forget()
    by_sweep(driver)
    swept = facts()
    forget()
    text = crm("backfill")
    # then
    assert swept == told
    assert facts() == told
    assert text == "12 orders looked at.\n"
    assert len(told["purchases"]) == 12
    nothing_differs()
    as_saleor_says()


def test_the_orders_of_the_demo_range_are_taken_over(clean: None) -> None:
    list(create_users("password", 6))
    list(create_orders(40))
    while not Order.objects.filter(status="fulfilled").exists():  # Saleor leaves it to chance
        list(create_orders(5))
    made = Order.objects.count()
    InboxItem.objects.all().delete()

    crm("backfill")

    assert Purchase.objects.count() == made
    assert Purchase.objects.exclude(fulfilled_at=None).exists()
    as_saleor_says()
    nothing_differs()
    before = versions()
    assert crm("backfill") == f"{made} orders looked at.\n"
    assert versions() == before


def test_a_voucher_is_taken_off_what_the_goods_cost(driver: SaleorDriver, staff: GraphQL, api: GraphQL) -> None:
    voucher(staff, driver.channel_ids(), "TEN", 10)
    with tax_rate(staff, "DE", 19):
        cart_id = driver.make_cart(email="ada@example.com")
        for name, price in (("Shirt", Decimal("40.00")), ("Hat", Decimal("15.55"))):
            driver.add_line(cart_id, driver.make_product(name, price=price)[0], 3)
        api(gql.ADD_PROMO_CODE, id=global_id("Checkout", cart_id), code="TEN")
        driver.place_order(cart_id)

    crm("backfill")

    purchase = Purchase.objects.get()
    assert purchase.goods_net == Decimal("149.98")  # 166.65 less 10 %; the demo shop's prices are without tax
    assert purchase.total == Decimal("178.48")
    as_saleor_says()


def test_what_was_refunded_and_then_returned_is_one_return(driver: SaleorDriver, staff: GraphQL) -> None:
    # given an order of the older payments, handed over, of which two units are refunded
    order_id, shirt = _paid_the_older_way(driver, staff, 3)
    driver.fulfil_order(order_id)
    sent = driver._returned(order_id, {shirt: 2})
    document = """mutation($id: ID!, $input: OrderRefundProductsInput!) {
        orderFulfillmentRefundProducts(order: $id, input: $input) { order { id } errors { field message code } } }"""
    staff(document, id=global_id("Order", order_id), input=sent)
    by_event(driver)
    assert Purchase.objects.get().refunded == Decimal(80)
    assert not Interaction.objects.exists()
    # when these come back
    refunded = next(p for p in driver._order(order_id)["fulfillments"] if p["status"] == "REFUNDED")["lines"][0]
    back = {"fulfillmentLines": [{"fulfillmentLineId": refunded["id"], "quantity": 2}]}
    staff(gql.ORDER_RETURN, id=global_id("Order", order_id), input=back)
    by_event(driver)
    # then
    assert [(one.kind, one.quantity, one.variant_id) for one in Interaction.objects.all()] == [("return", 2, shirt)]
    assert PurchaseLine.objects.get().returned == 2
    nothing_differs()
    as_saleor_says()


def test_what_came_back_to_be_replaced_is_a_return(driver: SaleorDriver, staff: GraphQL) -> None:
    order_id, shirt = _paid_the_older_way(driver, staff, 2)
    driver.fulfil_order(order_id)
    (line,) = driver._returned(order_id, {shirt: 1})["fulfillmentLines"]

    staff(gql.ORDER_RETURN, id=global_id("Order", order_id), input={"fulfillmentLines": [line | {"replace": True}]})
    by_event(driver)

    purchase = Purchase.objects.get(pk=order_id)
    assert purchase.lines.get().returned == 1
    assert purchase.fulfilled_at is not None
    assert Interaction.objects.get().order_id == order_id
    assert list(Purchase.objects.exclude(pk=order_id).values_list("real", flat=True)) in ([], [False])
    crm("backfill")
    nothing_differs()


def test_what_waits_for_approval_is_not_handed_over(driver: SaleorDriver, staff: GraphQL) -> None:
    # given
    shirt = driver.make_product()[0]
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, shirt)
    order_id = driver.place_order(cart_id)
    staff(gql.SHOP_SETTINGS, input={"fulfillmentAutoApprove": False})
    try:
        driver.fulfil_order(order_id)
    finally:
        staff(gql.SHOP_SETTINGS, input={"fulfillmentAutoApprove": True})
    assert driver.shop.orders([order_id])[order_id].fulfilled_at is None
    # when
    waiting = Fulfillment.objects.get(order_id=UUID(order_id))
    staff(
        "mutation($id: ID!) { orderFulfillmentApprove(id: $id, notifyCustomer: false) { errors { field message } } }",
        id=global_id("Fulfillment", waiting.pk),
    )
    # then
    assert driver.shop.orders([order_id])[order_id].fulfilled_at == waiting.created_at


@pytest.mark.parametrize(
    ("shipping", "billing", "country"),
    [
        (("Ada", "US"), ("Ada", "DE"), "US"),
        (("Bea", "US"), ("Ada", "DE"), "DE"),
        (None, ("Ada", "DE"), "DE"),
        (("Ada", "US"), None, "US"),
        (None, None, ""),
    ],
    ids=["shipped", "gift", "not shipped", "not billed", "no address"],
)
def test_a_customer_lives_where_the_order_goes_unless_it_is_a_gift(
    driver: SaleorDriver, shipping: tuple[str, str] | None, billing: tuple[str, str] | None, country: str
) -> None:
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, driver.make_product()[0])
    order = Order.objects.get(pk=UUID(driver.place_order(cart_id)))
    Contact.objects.all().delete()
    order.shipping_address, order.billing_address = (
        at and Address.objects.create(first_name=at[0], last_name="Byron", country=at[1]) for at in (shipping, billing)
    )
    order.save()

    crm("backfill")

    assert Contact.objects.get(email="ada@example.com").country == country


def test_an_order_from_a_draft_counts_when_it_is_completed_and_a_deleted_draft_is_forgotten(
    driver: SaleorDriver, staff: GraphQL
) -> None:
    # given
    variant = global_id("ProductVariant", driver.make_product()[0])
    create = """mutation($input: DraftOrderCreateInput!) {
        draftOrderCreate(input: $input) { order { id } errors { field message } } }"""
    address = {"country": "DE", "firstName": "Ada", "lastName": "Byron", "streetAddress1": "x", "city": "Berlin",
               "postalCode": "10117"}  # fmt: skip
    draft = {
        "channelId": driver.channel_ids()[0], "userEmail": "ada@example.com", "billingAddress": address,
        "shippingAddress": address, "lines": [{"variantId": variant, "quantity": 2}],
    }  # fmt: skip
    kept, dropped = (staff(create, input=draft)["order"]["id"] for _ in range(2))
    crm("backfill")
    assert list(Purchase.objects.values_list("real", flat=True)) == [False, False]
    # when
    staff("mutation($id: ID!) { draftOrderComplete(id: $id) { order { id } errors { field message } } }", id=kept)
    staff("mutation($id: ID!) { draftOrderDelete(id: $id) { errors { field message } } }", id=dropped)
    by_event(driver)
    # then
    assert list(Purchase.objects.values_list("real", "total")) == [(True, Decimal(80))]
    nothing_differs()


def test_a_customer_who_was_deleted_is_gone_and_stays_so(driver: SaleorDriver) -> None:
    user_id = driver.make_customer("ada@example.com")
    cart_id = driver.make_cart(user_id=user_id)
    driver.add_line(cart_id, driver.make_product()[0])
    driver.place_order(cart_id)
    by_event(driver)
    assert Contact.objects.filter(email="ada@example.com").exists()

    driver.delete_customer(user_id)
    by_event(driver)
    crm("backfill")

    assert not Contact.objects.filter(email="ada@example.com").exists()
    assert Purchase.objects.get().contact_id is None
    nothing_differs()


def test_amounts_are_rounded_as_saleor_rounds(clean: None) -> None:
    dice = random.Random(1)
    amounts = [
        (dice.choice(["EUR", "JPY", "KWD", "CLF", "XXX"]), Decimal(dice.randint(-9_999_999, 9_999_999)) / 1000)
        for _ in range(500)
    ]
    amounts += [(c, Decimal(n) / 1000) for c in ("EUR", "JPY") for n in (5, 15, 500, 1500, 2500, -5, -15, -500, -1500)]
    statement = f"""
        SELECT {quantized_sql("amount")} FROM unnest(%s::text[], %s::numeric[]) AS paid (currency, amount)
        LEFT JOIN {PLACES} ON places.currency = paid.currency
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, [[currency for currency, _ in amounts], [amount for _, amount in amounts]])
        rounded = [amount for (amount,) in cursor.fetchall()]
    assert rounded == [quantize_price(amount, currency) for currency, amount in amounts]


def as_saleor_says() -> None:
    """Every purchase and every line is what Saleor's models say, in the plainest Python."""
    orders = {str(order.pk): order for order in Order.objects.all()}
    purchases = {row["order_id"]: row for row in Purchase.objects.values()}
    assert set(purchases) == set(orders)
    for order_id, order in orders.items():
        ours, theirs = purchases[order_id], _plainly(order)
        assert {name: ours[name] for name in theirs} == theirs
        lines = {row["line_id"]: row for row in PurchaseLine.objects.filter(purchase=order_id).values()}
        assert {line_id: (row["variant_id"], row["quantity"], row["returned"], row["total"], row["gift_card"])
                for line_id, row in lines.items()} == _lines(order)  # fmt: skip


def _plainly(order: Order) -> dict[str, Any]:
    refunds = Transaction.objects.filter(payment__order=order, is_success=True)
    refunded = sum((t.amount for t in refunds if t.kind == "refund"), start=Decimal(0))
    refunded -= sum((t.amount for t in refunds if t.kind == "refund_reversed"), start=Decimal(0))
    refunded += sum((item.refunded_value for item in order.payment_transactions.all()), start=Decimal(0))
    total = order.total_gross_amount
    lines, parcels = list(order.lines.all()), list(order.fulfillments.all())
    handed = [p.created_at for p in parcels if p.status == "fulfilled"]
    left = any(line.quantity_unfulfilled > 0 for line in lines) or any(
        parcel.status == "waiting_for_approval" for parcel in parcels
    )
    cards = sum((line.total_price_net_amount for line in lines if line.is_gift_card), start=Decimal(0))
    names = [
        f"{address.first_name.strip()} {address.last_name.strip()}".strip().lower() if address else ""
        for address in (order.billing_address, order.shipping_address)
    ]
    return {
        "cart_id": order.checkout_token or None,
        "channel": order.channel.slug,
        "currency": order.currency,
        "language": order.language_code,
        "total": quantize_price(total, order.currency),
        "refunded": quantize_price(min(max(refunded, Decimal(0)), total), order.currency),
        "goods_net": order.total_net_amount - order.shipping_price_net_amount - cards,
        "gift": all(names) and names[0] != names[1],
        "real": order.status not in UNREAL,
        "paid": order.charge_status in ("full", "overcharged") or 0 < total <= order.total_charged_amount + refunded,
        "placed_at": order.created_at,
        "changed_at": order.updated_at,
        "fulfilled_at": max(handed) if lines and handed and not left else None,
    }


def _lines(order: Order) -> dict[str, tuple[Any, ...]]:
    back = {"returned", "refunded_and_returned", "replaced"}
    return {
        str(line.pk): (
            None if line.variant_id is None else str(line.variant_id),
            line.quantity,
            sum(moved.quantity for moved in line.fulfillment_lines.all() if moved.fulfillment.status in back),
            quantize_price(line.total_price_gross_amount, order.currency),
            line.is_gift_card,
        )
        for line in order.lines.all()
    }


def _paid_the_older_way(driver: SaleorDriver, staff: GraphQL, quantity: int) -> tuple[str, str]:
    """An order and its one variant."""
    shirt = driver.make_product()[0]
    cart_id = driver.make_cart(email="ada@example.com")
    driver.add_line(cart_id, shirt, quantity)
    order_id = driver.place_order(cart_id, paid=False)
    channel = Channel.objects.filter(slug=driver.channel)
    before = channel.get().order_mark_as_paid_strategy
    channel.update(order_mark_as_paid_strategy="payment_flow")
    try:
        staff(gql.ORDER_MARK_AS_PAID, id=global_id("Order", order_id))
    finally:
        channel.update(order_mark_as_paid_strategy=before)
    return order_id, shirt
