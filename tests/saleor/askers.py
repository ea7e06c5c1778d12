"""Who asks Saleor of customers: customers, staff and apps with some rights, and a client in this very process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.db import connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from saleor.account.models import Group, User
from saleor.app.models import App
from saleor.core.jwt import create_access_token
from saleor.permission.models import Permission

from saleor_crm_plugin import config
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.segments.loyalty.adjust import adjust
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, RefusedError


class Askers:
    """Logs people in."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._made: list[User | Group | App] = []

    @contextmanager
    def gone_afterwards(self) -> Iterator["Askers"]:
        """The staff and the apps that were made are deleted at the end."""
        try:
            yield self
        finally:
            for one in self._made:
                one.delete()

    def customer(self, user_id: str) -> GraphQL:
        """A customer."""
        return self._log_in(User.objects.get(pk=int(user_id)))

    def staff(self, permission: str) -> GraphQL:
        """One of the staff, with one right."""
        user = User.objects.create(email=f"{uuid4().hex}@example.com", is_staff=True, is_active=True)
        group = Group.objects.create(name=uuid4().hex)
        group.permissions.set(Permission.objects.filter(codename=permission))
        user.groups.add(group)
        self._made += [user, group]
        return self._log_in(user)

    def app(self, permission: str) -> GraphQL:
        """An app, with one right."""
        app = App.objects.create(name="an app", is_active=True)
        app.permissions.set(Permission.objects.filter(codename=permission))
        _, token = app.tokens.create(app=app, name="default")
        self._made.append(app)
        return GraphQL(self.url, token)

    def _log_in(self, user: User) -> GraphQL:
        user.is_confirmed = True
        user.save()
        return GraphQL(self.url, create_access_token(user))  # as tokenCreate gives it, without hashing a password twice


class InThisProcess:
    """Asks through Django's test client against Saleor's own URLs, so that statements can be counted and guarded."""

    def __init__(self, asker: GraphQL) -> None:
        self._headers = {"host": "127.0.0.1", "authorization": str(asker.session.headers["Authorization"])}
        self.statements: list[str] = []

    def __call__(self, document: str, **variables: Any) -> Any:
        """The value of a document's one field, as of ``GraphQL``."""
        writer, replica = (CaptureQueriesContext(connections[alias]) for alias in ("default", "replica"))
        request = json.dumps({"query": document, "variables": variables})
        with writer, replica:
            answer = Client(headers=self._headers).post("/graphql/", request, content_type="application/json").json()
        if answer.get("errors"):
            raise RefusedError(str(answer["errors"]))
        self.statements = [query["sql"] for query in (*writer.captured_queries, *replica.captured_queries)]
        (result,) = answer["data"].values()
        return result


def met(person: Person) -> Contact:
    """Somebody whom the CRM has met."""
    with transaction.atomic():
        return resolve([person], datetime.now(UTC))[person]


def known(driver: SaleorDriver, email: str = "ada@example.com") -> tuple[str, Contact]:
    """A customer's account, and the contact behind it."""
    user_id = driver.make_customer(email)
    return user_id, met(Person(email=email, user_id=user_id))


def give(contact: Contact, points: int) -> None:
    """Staff gives points."""
    rules = config.parse({"loyalty_since": "2024-01-01"}).loyalty
    adjust(contact.pk, points, "sorry", "1", str(uuid4()), datetime.now(UTC), rules)


def refusal(answer: dict[str, Any]) -> tuple[str, str]:
    """The code and the message of an answer's one error."""
    (error,) = answer["errors"]
    assert set(error["extensions"]["exception"]) == {"code"}
    return error["extensions"]["exception"]["code"], error["message"]
