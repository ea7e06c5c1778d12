"""Asking the demo shop, by real requests to its ``/graphql/``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.config import parse
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.graphql.demo.people import customer_token, staff_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import User

URL = "/graphql/"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STAFF = staff_token()
ORDER_STAFF = staff_token(manages_users=False)
SINCE = "2026-01-01"


def ask(query: str, token: str = "", **variables: Any) -> dict[str, Any]:
    """The whole answer to a query that was understood."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = Client().post(
        URL, {"query": query, "variables": variables}, content_type="application/json", headers=headers
    )
    assert response.status_code in (200, 400), response.content
    answer: dict[str, Any] = response.json()
    return answer


def data(query: str, token: str = "", **variables: Any) -> dict[str, Any]:
    """What is answered where nothing is wrong."""
    answer = ask(query, token, **variables)
    assert "errors" not in answer, answer["errors"]
    found: dict[str, Any] = answer["data"]
    return found


def refusal(answer: dict[str, Any]) -> tuple[str, str]:
    """The code and the message of an answer's one error."""
    (error,) = answer["errors"]
    assert set(error["extensions"]["exception"]) == {"code"}
    return error["extensions"]["exception"]["code"], error["message"]


def programme(**settings: object) -> None:
    """The owner has a loyalty programme."""
    for name, value in {"loyalty_since": SINCE, **settings}.items():
        own_settings.save(name, value)


def customer(email: str = "ada@example.com") -> tuple[User, Contact]:
    """Somebody with an account, whom the CRM knows."""
    user = User.objects.create(email=email, first_name="Ada", last_name="Byron")
    return user, Contact.objects.create(email=email, user_id=str(user.pk), created_at=NOW)


def customers(count: int) -> Sequence[tuple[User, Contact]]:
    return [customer(f"customer{number}@example.com") for number in range(count)]


def give(contact: Contact, points: int, at: datetime = NOW, note: str = "sorry for the delay") -> None:
    """Staff gives points."""
    source = f"{contact.pk}-{at.isoformat()}-{points}"
    adjust(contact.pk, points, note, "1", source, at, parse(own_settings.stored()).loyalty, allow_negative=True)


def give_each_day(contact: Contact, count: int) -> None:
    """As many movements, 1 to ``count`` points each."""
    for number in range(count):
        give(contact, number + 1, NOW + timedelta(days=number))


@contextmanager
def statements() -> Iterator[CaptureQueriesContext]:
    """The SQL that is run meanwhile."""
    with CaptureQueriesContext(connection) as captured:
        yield captured


def token_of(user: User) -> str:
    return customer_token(str(user.pk))


def id_of(row: User | Contact) -> str:
    return global_id("User" if isinstance(row, User) else "CrmContact", row.pk)
