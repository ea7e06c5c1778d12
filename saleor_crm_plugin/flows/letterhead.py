"""What the content of every mail begins with."""

from collections.abc import Sequence
from typing import Any

from ..config import Settings
from ..emails.models import Message
from ..shop.port import Shop


def letterhead(shop: Shop, settings: Settings, first_name: str = "", channel: str = "") -> dict[str, Any]:
    """Whom a mail greets ("" where no name is known) and whose it is, as ``emails/content.py`` reads it."""
    sender = settings.sender(channel)
    return {
        "first_name": first_name,
        "shop_name": sender.name or shop.name(),
        "storefront_url": settings.storefront_url,
        "sender_address": sender.address,
    }


def greet(shop: Shop, messages: Sequence[Message]) -> None:
    """Greet the owners of accounts by name in mails that know none from what they are about. The same number of
    queries however many they are."""
    nameless = [message for message in messages if not message.content["first_name"] and message.contact.user_id]
    if not nameless:
        return
    accounts = shop.customers(sorted({str(message.contact.user_id) for message in nameless}))
    for message in nameless:
        if account := accounts.get(str(message.contact.user_id)):
            message.content["first_name"] = account.first_name
