"""``crmPersonalData``: everything that is kept of one customer, for whoever it is about."""

from datetime import UTC, datetime
from typing import Any

from ..contacts.models import Contact
from ..personal_data.export import export
from ..shop.port import get_shop
from .permissions import contact_asked_about


def resolve_personal_data(root: Any, info: Any, *, id: str | None = None) -> str | None:
    """The document of the customer who is logged in; with an id, for staff, of that customer. None for whom nobody
    knows.

    Also while the plugin is switched off: what is kept stays kept, and may be asked for.
    """
    named = contact_asked_about(info.context, id)
    shop = get_shop()
    with shop.writing():
        contact = Contact.objects.filter(**named).first()
        return export(shop, contact, datetime.now(UTC)) if contact else None
