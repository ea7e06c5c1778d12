"""crmPersonalData: what is kept of a customer, for the customer and for staff who manage customers."""

import json
from typing import Any

import pytest

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, customer, data, id_of, refusal, token_of

pytestmark = pytest.mark.django_db
MINE = "{ crmPersonalData }"
OF = "query($id: ID!) { crmPersonalData(id: $id) }"


def address_in(answer: dict[str, Any]) -> str:
    told = json.loads(answer["crmPersonalData"])
    return str(told["contact"][0]["email"])


def test_a_customer_is_told_what_is_kept_of_the_own_account() -> None:
    customer("grace@example.com")
    user, _ = customer()

    assert address_in(data(MINE, token_of(user))) == "ada@example.com"


def test_staff_who_manage_customers_are_told_it_of_accounts_and_of_guests() -> None:
    user, _ = customer()
    guest = Contact.objects.create(email="guest@example.com", created_at=NOW)

    assert address_in(data(OF, STAFF, id=id_of(user))) == "ada@example.com"
    assert address_in(data(OF, STAFF, id=id_of(guest))) == "guest@example.com"


def test_nobody_is_told_it_of_somebody_else() -> None:
    user, _ = customer("grace@example.com")
    _, ada = customer()

    for token in ("", token_of(user), ORDER_STAFF):
        answer = ask(OF, token, id=id_of(ada))
        assert answer["data"] == {"crmPersonalData": None}
        assert refusal(answer)[0] == "PermissionDenied"


def test_who_is_not_logged_in_and_whose_address_nobody_confirmed_is_refused() -> None:
    user, _ = customer()

    for token in ("", customer_token(str(user.pk), unconfirmed=True)):
        answer = ask(MINE, token)
        assert answer["data"] == {"crmPersonalData": None}
        assert refusal(answer)[0] == "PermissionDenied"


def test_who_is_not_known_is_null() -> None:
    assert data(OF, STAFF, id=global_id("CrmContact", 999)) == {"crmPersonalData": None}


def test_what_is_kept_may_be_asked_for_while_the_plugin_is_off() -> None:
    user, _ = customer()
    own_settings.save_own("active", False)

    assert address_in(data(MINE, token_of(user))) == "ada@example.com"
