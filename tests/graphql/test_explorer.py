"""The page at the demo shop's /graphql/."""

import re

import pytest
from django.test import Client

from saleor_crm_plugin import cli
from saleor_crm_plugin.graphql.demo import explorer, people
from saleor_crm_plugin.graphql.demo.examples import EXAMPLES, Example
from saleor_crm_plugin.shop.sandbox.models import User
from tests.graphql.asking import STAFF, URL, ask, customer, data, programme, token_of

pytestmark = pytest.mark.django_db


def test_the_page_may_run_only_its_own_script_and_ask_only_its_own_shop() -> None:
    answer = Client().get(URL)
    nonces = set(re.findall(r'nonce="([^"]+)"', answer.content.decode()))
    assert answer.status_code == 200
    (nonce,) = nonces
    assert answer["Content-Security-Policy"] == (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert not answer.cookies
    assert not re.search(r"(?:src|href)=", answer.content.decode())
    assert nonce not in Client().get(URL).content.decode()


def test_what_is_shown_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    nasty = '"><script>alert(1)</script>'
    monkeypatch.setattr("saleor_crm_plugin.graphql.demo.examples.EXAMPLES", (Example(nasty, nasty),))
    assert nasty not in Client().get(URL).content.decode()


def test_every_field_is_shown_with_what_it_means() -> None:
    notes = {note.name: note for note in explorer.notes()}
    assert {"Query", "User", "CrmLoyalty", "CrmCustomer", "CrmSegments"} <= set(notes)
    assert [
        f"{note.name}.{field.name}" for note in notes.values() for field in note.fields if not field.description
    ] == []


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_every_example_can_be_asked(example: Example) -> None:
    programme()
    user, _ = customer()
    token = token_of(user) if "me {" in example.query else STAFF
    assert "errors" not in ask(example.query, token)


def test_serving_tells_a_token_of_the_staff_and_one_of_the_best_customer() -> None:
    # given
    customer()
    # when
    staff, ada = re.findall(r"token\s+(\S+)", cli._how_to_ask())
    # then
    assert data("{ customers(first: 1) { totalCount } }", staff) == {"customers": {"totalCount": 1}}
    assert data("{ me { email } }", ada) == {"me": {"email": "ada@example.com"}}


def test_serving_an_empty_shop_tells_of_the_staff_alone() -> None:
    assert not User.objects.exists()
    assert people.best_customer() is None
    assert len(re.findall(r"token\s+(\S+)", cli._how_to_ask())) == 1
