"""crmCustomer: what is known and computed of one customer, for staff who manage customers."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.vouchers.models import Grant
from saleor_crm_plugin.vouchers.of_customer import tell
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, customer, data, give, id_of, programme, refusal, token_of

pytestmark = pytest.mark.django_db
WHO = "query($id: ID!) { crmCustomer(id: $id) { id email consented user { email } loyalty { balance } } }"


def test_a_customer_is_found_by_the_accounts_id_and_by_our_own() -> None:
    programme()
    user, contact = customer()
    give(contact, 7)
    told = {
        "id": id_of(contact),
        "email": "ada@example.com",
        "consented": False,
        "user": {"email": "ada@example.com"},
        "loyalty": {"balance": 7},
    }
    assert data(WHO, STAFF, id=id_of(user)) == data(WHO, STAFF, id=id_of(contact)) == {"crmCustomer": told}


def test_a_guest_is_found_by_our_own_id_and_has_no_account() -> None:
    guest = Contact.objects.create(email="guest@example.com", consented=True, created_at=NOW)
    assert data(WHO, STAFF, id=id_of(guest))["crmCustomer"] == {
        "id": id_of(guest), "email": "guest@example.com", "consented": True, "user": None, "loyalty": None,
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["User", "CrmContact"])
@pytest.mark.parametrize("key", [0, 999, 2**31, 2**63 - 1])
def test_who_is_not_known_is_null(kind: str, key: int) -> None:
    customer()
    assert data(WHO, STAFF, id=global_id(kind, key)) == {"crmCustomer": None}


def test_only_who_manages_customers_may_ask() -> None:
    user, contact = customer()
    for token in ("", token_of(user), ORDER_STAFF):
        answer = ask(WHO, token, id=id_of(contact))
        assert answer["data"] == {"crmCustomer": None}
        assert refusal(answer) == (
            "PermissionDenied",
            "To access this path, you need one of the following permissions: MANAGE_USERS",
        )


def test_who_may_not_ask_is_not_told_whether_an_id_is_one() -> None:
    assert refusal(ask(WHO, id="x"))[0] == "PermissionDenied"


def test_while_the_plugin_is_off_nobody_is_known() -> None:
    contact = customer()[1]
    own_settings.save_own("active", False)
    assert data(WHO, STAFF, id=id_of(contact)) == {"crmCustomer": None}


CODES = """query($id: ID!) { crmCustomer(id: $id) { codes {
    code tier percent amount { amount currency } state sentence order redeemedBy shared } } }"""


def grant(contact: Contact, code: str, **values: object) -> None:
    Grant.objects.create(
        key=code, tier="A", contact=contact, code=code, voucher_id="1", channel="eu", currency="EUR",
        **{"value": 0, "percent": 20, "granted_at": NOW, "expires_at": NOW, "look_at": NOW, **values},
    )  # fmt: skip


def test_staff_sees_the_codes_of_a_customer_and_who_used_one() -> None:
    # given
    ada = customer()[1]
    bob = Contact.objects.create(email="bob@example.com", created_at=NOW)
    grant(ada, "CRM-1", percent=None, value=10)
    ordered: dict[str, object] = {"state": "redeemed", "redeemed_order_id": "7"}
    grant(ada, "CRM-2", granted_at=NOW + timedelta(days=1), redeemed_by=bob, **ordered)
    grant(bob, "CRM-3")

    # when
    shared, unused = data(CODES, STAFF, id=id_of(ada))["crmCustomer"]["codes"]

    # then
    assert shared == {
        "code": "CRM-2", "tier": "A", "percent": 20.0, "amount": None, "state": "REDEEMED",
        "sentence": f"It was used by somebody else, contact {bob.pk}, for the order 7.", "redeemedBy": id_of(bob),
        "shared": True, "order": global_id("Order", 7),
    }  # fmt: skip
    assert unused == {
        "code": "CRM-1", "tier": "A", "percent": None, "amount": {"amount": 10.0, "currency": "EUR"}, "order": None,
        "state": "GRANTED", "sentence": "It was not used yet.", "redeemedBy": None, "shared": False,
    }  # fmt: skip
    used_by = f"somebody else, contact {bob.pk}, for the order 7"
    assert list(tell(ada.pk, ZoneInfo("UTC"))) == [
        f"Code CRM-1 (10.00 EUR, tier A, until {NOW:%Y-%m-%d}) was not used yet.",
        f"Code CRM-2 (20 %, tier A, until {NOW:%Y-%m-%d}) was used by {used_by}.",
    ]
