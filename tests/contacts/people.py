"""People for the tests of contacts."""

from datetime import UTC, datetime

from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def meet(email: str = "", user_id: str = "", visitor_id: str = "", **rest: str) -> Contact:
    """The contact of one person."""
    person = Person(email=email, user_id=user_id, visitor_id=visitor_id, **rest)
    return resolve([person], NOW)[person]
