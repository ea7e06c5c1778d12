"""Who may ask for what."""

from typing import Any

from .host import Right, get_host

# Saleor ends descriptions so (saleor/permission/utils.py, message_one_of_permissions_required).
FOR_STAFF = "\n\nRequires one of the following permissions: MANAGE_USERS."
FOR_OWNER_AND_STAFF = "\n\nRequires one of the following permissions: MANAGE_USERS, OWNER."
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


def check_merchandisers(context: Any) -> None:
    """Let pass who manages products: staff and apps with MANAGE_PRODUCTS. Raises the shop's PermissionDenied."""
    host = get_host()
    if not host.manages_products(context):
        raise host.denied(permissions=[Right.MANAGE_PRODUCTS])
