"""crmCustomer: what is known and computed of one customer, for staff who manage customers."""

import pytest

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
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
