"""Our facts beside the shop's own tables: whatever differs is told, and can be repaired."""

import json
from datetime import UTC, datetime

import pytest
from django.db import connection

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.shop.sandbox.models import Order, OrderLine
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from saleor_crm_plugin.webhooks import history, inbox
from saleor_crm_plugin.webhooks.models import InboxItem
from saleor_crm_plugin.webhooks.verify import Difference, Verified, verify
from tests.histories import facts
from tests.sandbox.driver import SandboxDriver

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SHOP = SandboxShop()


def look(*, repair: bool = False, size: int = 2) -> tuple[list[Difference], Verified]:
    told: list[Difference] = []
    done = verify(SHOP, lambda: NOW, told.append, repair=repair, size=size)
    return told, done


@pytest.fixture
def taken(transactional_db: None) -> SandboxDriver:
    """A shop of three customers and a guest, with orders of every fate, of which we know all."""
    shop = SandboxDriver()
    shirt, hat = shop.make_product("Shirt")[0], shop.make_product("Hat")[0]
    users = [shop.make_customer(f"customer{n}@example.com") for n in range(3)]
    for user_id in [*users, None]:
        cart_id = shop.make_cart(user_id=user_id, email="" if user_id else "guest@bücher.example")
        shop.add_line(cart_id, shirt, 2)
        shop.add_line(cart_id, hat)
        order_id = shop.place_order(cart_id)
        shop.fulfil_order(order_id)
        shop.return_lines(order_id, {shirt: 1})
    history.backfill(SHOP, lambda: NOW)
    InboxItem.objects.all().delete()  # what the shop's hooks told of
    return shop


def tamper(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0


def test_what_was_taken_over_is_what_the_shop_has(taken: SandboxDriver) -> None:
    assert look() == ([], Verified(looked=4, waiting=0, different=0))


FIRST = "(SELECT order_id FROM crm_purchase ORDER BY placed_at LIMIT 1)"


OF_FIRST = f"WHERE order_id = {FIRST}"
LINE_OF_FIRST = f"WHERE purchase_id = {FIRST}"
NEVER_MET = f"SET contact_id = (SELECT max(id) FROM crm_contact c WHERE c.id <> crm_purchase.contact_id) {OF_FIRST}"
COLUMNS = "(purchase_id, line_id, quantity, returned, total, gift_card)"
COPIED = "SELECT purchase_id, 'x', 1, 0, 1, false FROM crm_purchase_line"
ALL = ("crm_interaction", "crm_purchase")


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        (f"UPDATE crm_purchase SET total = total + 0.001 {OF_FIRST}", {"total"}),
        (f"UPDATE crm_purchase SET refunded = 1, goods_net = 2 {OF_FIRST}", {"refunded", "goods_net"}),
        (f"UPDATE crm_purchase SET real = NOT real, paid = NOT paid {OF_FIRST}", {"real", "paid"}),
        (f"UPDATE crm_purchase SET gift = NOT gift, cart_id = NULL {OF_FIRST}", {"gift", "cart_id"}),
        (f"UPDATE crm_purchase SET fulfilled_at = now() {OF_FIRST}", {"fulfilled_at"}),
        (f"UPDATE crm_purchase SET placed_at = now(), changed_at = now() {OF_FIRST}", {"placed_at", "changed_at"}),
        (f"UPDATE crm_purchase SET currency = 'XXX', channel = '' {OF_FIRST}", {"currency", "channel"}),
        (f"UPDATE crm_purchase SET language = 'xx' {OF_FIRST}", {"language"}),
        (f"UPDATE crm_purchase SET contact_id = NULL {OF_FIRST}", {"owner"}),
        (f"UPDATE crm_purchase {NEVER_MET}", {"owner", "return"}),
        (f"DELETE FROM crm_purchase_line {LINE_OF_FIRST} AND quantity = 1", {"line"}),
        (f"INSERT INTO crm_purchase_line {COLUMNS} {COPIED} {LINE_OF_FIRST} LIMIT 1", {"line"}),
        (f"UPDATE crm_purchase_line SET quantity = 9, returned = 0 {LINE_OF_FIRST} AND returned = 1",
         {"line quantity", "line returned"}),
        (f"UPDATE crm_purchase_line SET total = 1, gift_card = true {LINE_OF_FIRST}", {"line total", "line gift_card"}),
        (f"UPDATE crm_purchase_line SET product_id = NULL, variant_id = '0' {LINE_OF_FIRST}",
         {"line product_id", "line variant_id"}),
        (f"DELETE FROM crm_interaction {OF_FIRST}", {"return"}),
        (f"UPDATE crm_interaction SET quantity = 2 {OF_FIRST}", {"return"}),
        (f"UPDATE crm_interaction SET source = 'return:0' {OF_FIRST}", {"return"}),
        (f"DELETE FROM crm_purchase_line {LINE_OF_FIRST};" + ";".join(f"DELETE FROM {name} {OF_FIRST}" for name in ALL),
         {"missing order"}),
    ],
)  # fmt: skip
def test_whatever_is_not_the_same_is_told_and_repaired(taken: SandboxDriver, statement: str, kinds: set[str]) -> None:
    before = facts()
    (first,) = Purchase.objects.order_by("placed_at").values_list("pk", flat=True)[:1]
    tamper(statement)

    told, done = look()

    assert {one.kind for one in told} == kinds
    assert {one.order_id for one in told} == {first}
    assert done == Verified(looked=4, waiting=0, different=1)
    assert look(repair=True)[0] == told
    assert look()[0] == []
    assert facts() == before


def test_a_difference_says_what_we_have_and_what_the_shop_has(taken: SandboxDriver) -> None:
    tamper(f"UPDATE crm_purchase SET total = 5 WHERE order_id = {FIRST}")

    ((one,), _) = look()

    assert (one.what, one.ours, one.theirs) == ("total", "5.000", "120.000")


def test_an_order_that_the_shop_does_not_have_is_told_and_forgotten(taken: SandboxDriver) -> None:
    lost = str(Order.objects.order_by("placed_at").values_list("pk", flat=True)[0])
    Order.objects.filter(pk=lost).delete()

    told, done = look()

    assert [(one.order_id, one.kind) for one in told] == [(lost, "order that the shop does not have")]
    assert done.different == 1
    look(repair=True)
    assert look()[0] == []
    assert lost not in json.dumps(facts(), default=str)


def test_a_draft_that_the_shop_has_deleted_is_no_difference(taken: SandboxDriver) -> None:
    Order.objects.update(status="expired")
    history.backfill(SHOP, lambda: NOW)
    Order.objects.all().delete()

    assert look() == ([], Verified(looked=0, waiting=0, different=0))


def test_what_waits_in_the_inbox_is_no_difference_unless_it_was_given_up(taken: SandboxDriver) -> None:
    order_id = str(Order.objects.order_by("placed_at").values_list("pk", flat=True)[0])
    Order.objects.filter(pk=order_id).update(refunded=1)
    inbox.hint(InboxItem.Kind.ORDER, [order_id], NOW)

    assert look() == ([], Verified(looked=4, waiting=1, different=0))
    InboxItem.objects.update(parked_at=NOW)
    assert [one.kind for one in look()[0]] == ["refunded"]


def test_a_product_that_the_shop_has_deleted_stays_known_and_is_no_difference(taken: SandboxDriver) -> None:
    before = facts()
    variant = OrderLine.objects.order_by("pk").values_list("variant", flat=True)[0]
    taken.delete_variant(str(variant))

    assert look()[0] == []
    history.backfill(SHOP, lambda: NOW)
    assert facts() == before


def test_an_order_of_somebody_whom_we_have_never_met_differs(taken: SandboxDriver) -> None:
    Purchase.objects.update(contact=None)
    Contact.objects.all().delete()

    told, done = look()

    assert {(one.kind, one.ours, one.theirs) for one in told} <= {("owner", "nobody", "nobody whom we know")}
    history.backfill(SHOP, lambda: NOW)
    assert look()[0] == []
    assert Purchase.objects.filter(contact=None).count() == 0
    assert done.looked == 4
