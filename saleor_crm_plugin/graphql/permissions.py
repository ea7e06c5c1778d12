"""Who may ask for what."""

from typing import Any

from ..config import Settings
from ..shop.port import get_shop
from .host import Right, get_host
from .ids import contact_named
from .switch import settings_in_use

# Saleor ends descriptions so (saleor/permission/utils.py, message_one_of_permissions_required).
FOR_STAFF = "\n\nRequires one of the following permissions: MANAGE_USERS."
FOR_OWNER_AND_STAFF = "\n\nRequires one of the following permissions: MANAGE_USERS, OWNER."
FOR_OWNER = "\n\nRequires one of the following permissions: OWNER."
FOR_MERCHANDISERS = "\n\nRequires one of the following permissions: MANAGE_PRODUCTS."


def check_staff(context: Any) -> None:
    """Let pass who manages customers: staff and apps with MANAGE_USERS. Raises the shop's PermissionDenied."""
    host = get_host()
    if not host.manages_users(context):
        raise host.denied(permissions=[Right.MANAGE_USERS])


def check_owner_or_staff(context: Any, user_id: str) -> None:
    """Let pass the customer himself, too. Raises the shop's PermissionDenied."""
    host = get_host()
    if host.user_id(context) != user_id and not host.manages_users(context):
        raise host.denied(permissions=[Right.MANAGE_USERS, Right.OWNER])


def may_see_history(context: Any, user_id: str) -> bool:
    """Whether the history of an account's address may be shown to whoever was let pass.

    An account joins what a guest did under its address. As in Saleor, which gives a new account the guest's orders only
    once the address is confirmed (saleor/order/utils.py, match_orders_with_new_user), nothing of it is shown before:
    else whoever registers somebody's address would see it. Owners whose shops confirm nothing may say otherwise.
    """
    host = get_host()
    if host.user_id(context) != user_id or not host.unconfirmed(context) or host.manages_users(context):
        return True
    with get_shop().writing():
        settings = settings_in_use()
    return settings is not None and is_known(context, settings)


def is_known(context: Any, settings: Settings) -> bool:
    """Whether the account that asks is known to own its address: to the shop, or since the owner trusts them all."""
    return settings.trust_unconfirmed or not get_host().unconfirmed(context)


def confirmed_owner(context: Any) -> str:
    """The account that asks about itself. Raises the shop's PermissionDenied for one whose address nobody confirmed:
    what is known of an address is its owner's."""
    host = get_host()
    user_id = host.user_id(context)
    if user_id is None or not may_see_history(context, user_id):
        raise host.denied(permissions=[Right.OWNER])
    return user_id


def contact_asked_about(context: Any, id: str | None) -> dict[str, Any]:
    """By what the contact is found: without an id the one who asks, as of ``confirmed_owner``; with one whom staff
    names. Raises the shop's PermissionDenied, and GraphQLError."""
    if id is None:
        return {"user_id": confirmed_owner(context)}
    check_staff(context)
    return contact_named(id)


def check_merchandisers(context: Any) -> None:
    """Let pass who manages products: staff and apps with MANAGE_PRODUCTS. Raises the shop's PermissionDenied."""
    host = get_host()
    if not host.manages_products(context):
        raise host.denied(permissions=[Right.MANAGE_PRODUCTS])
