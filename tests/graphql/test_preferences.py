"""``crmPreferences``: customers see and say what they want, staff sees it, and nobody sees or says it of others."""

from typing import Any

import pytest

from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.preferences.models import MailKind, Preference
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import User
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, customer, data, id_of, refusal, token_of

pytestmark = pytest.mark.django_db
FIELDS = "kinds frequency language blocked"
MINE = f"{{ crmPreferences {{ {FIELDS} }} }}"
OF = f"query($id: ID) {{ crmPreferences(id: $id) {{ {FIELDS} }} }}"
UPDATE = f"""mutation(
  $kinds: [CrmMailKindEnum!], $frequency: CrmMailFrequencyEnum, $language: String, $wording: String
) {{
  crmPreferencesUpdate(kinds: $kinds, frequency: $frequency, language: $language, wording: $wording) {{
    preferences {{ {FIELDS} }} errors {{ field code }} }} }}"""
ALL = [kind.value.upper() for kind in MailKind]


@pytest.fixture
def ada() -> User:
    """A customer who agreed to mail."""
    user, contact = customer()
    Contact.objects.filter(pk=contact.pk).update(consented=True)
    return user


def update(user: User, **said: Any) -> Any:
    return data(UPDATE, token_of(user), **said)["crmPreferencesUpdate"]


def test_at_first_everything_comes(ada: User) -> None:
    mine = data(MINE, token_of(ada))["crmPreferences"]

    assert mine == {"kinds": ALL, "frequency": "ALL", "language": None, "blocked": False}


def test_what_a_customer_says_holds(ada: User) -> None:
    said = {"kinds": ["CART", "NEWSLETTER"], "frequency": "WEEKLY", "language": "fr"}

    assert update(ada, **said) == {"preferences": {**said, "blocked": False}, "errors": []}
    assert data(MINE, token_of(ada))["crmPreferences"] == {**said, "blocked": False}


def test_what_is_not_said_stays(ada: User) -> None:
    update(ada, kinds=["CART"], language="pl")
    update(ada, frequency="WEEKLY")

    assert data(MINE, token_of(ada))["crmPreferences"]["kinds"] == ["CART"]
    assert Preference.objects.get().language == "pl"


def test_none_unsubscribes_and_all_agrees_with_the_wording_of_the_page(ada: User) -> None:
    update(ada, frequency="NONE")
    assert suppressed([ada.email]) == {ada.email: Suppression.Reason.UNSUBSCRIBED}

    update(ada, frequency="ALL", wording="Yes, send me news.")

    assert suppressed([ada.email]) == {}
    record = ConsentRecord.objects.latest("id")
    assert (record.granted, record.source, record.reference) == (True, "preferences", f"account {ada.pk}")
    assert record.wording == "Yes, send me news."


def test_a_complaint_stays(ada: User) -> None:
    suppress(ada.email, Suppression.Reason.COMPLAINT, NOW)

    answer = update(ada, frequency="ALL")["preferences"]

    assert (answer["frequency"], answer["blocked"]) == ("NONE", True)


def test_who_is_new_here_can_say_so_too() -> None:
    user = User.objects.create(email="new@example.com", first_name="Eve", last_name="New")
    assert data(MINE, token_of(user))["crmPreferences"] is None

    answer = update(user, kinds=["STOCK"])["preferences"]

    assert (answer["kinds"], answer["frequency"]) == (["STOCK"], "NONE")
    assert suppressed([user.email]) == {}  # what they ask for by name still comes


def test_who_never_agreed_and_says_none_is_unsubscribed() -> None:
    user, _ = customer("eve@example.com")

    assert update(user, frequency="NONE")["preferences"]["frequency"] == "NONE"

    assert suppressed([user.email]) == {user.email: Suppression.Reason.UNSUBSCRIBED}
    assert not ConsentRecord.objects.get().granted


def test_who_unsubscribed_says_nothing_anew_by_a_language(ada: User) -> None:
    update(ada, frequency="NONE")

    assert update(ada, language="fr")["preferences"]["frequency"] == "NONE"

    assert ConsentRecord.objects.count() == 1


@pytest.mark.parametrize("said", [{"language": "tlh"}, {"language": "\0"}, {"wording": "x" * 2001}, {"wording": "\0"}])
def test_what_makes_no_sense_is_refused(ada: User, said: dict[str, str]) -> None:
    answer = update(ada, **said)

    assert answer == {"preferences": None, "errors": [{"field": next(iter(said)), "code": "INVALID"}]}
    assert not Preference.objects.exists()


def test_staff_sees_what_a_customer_wants(ada: User) -> None:
    update(ada, kinds=["OFFERS"])

    for row in (ada, Contact.objects.get()):
        assert data(OF, STAFF, id=id_of(row))["crmPreferences"]["kinds"] == ["OFFERS"]


@pytest.mark.parametrize("token", ["", ORDER_STAFF, "another"])
def test_nobody_sees_what_others_want(ada: User, token: str) -> None:
    if token == "another":
        token = token_of(customer("eve@example.com")[0])

    code, _ = refusal(ask(OF, token, id=id_of(ada)))

    assert code == "PermissionDenied"


@pytest.mark.parametrize("query", [MINE, UPDATE])
def test_who_is_not_logged_in_or_not_confirmed_is_refused(ada: User, query: str) -> None:
    for token in ("", STAFF, customer_token(str(ada.pk), unconfirmed=True)):
        code, _ = refusal(ask(query, token))
        assert code == "PermissionDenied"
    assert not Preference.objects.exists()


def test_saying_no_works_while_the_plugin_is_off(ada: User) -> None:
    own_settings.save_own("active", False)

    assert update(ada, frequency="NONE")["errors"] == []
    assert suppressed([ada.email])
