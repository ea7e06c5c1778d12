"""Who asks in the demo shop: a signed token in the Authorization header stands in for logging in.

A token names a customer or one of the staff. It is signed with the demo's own, public key: it keeps accidents out, not
people, and there is nobody's data behind it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from django.core import signing
from django.db.models import Count
from django.http import HttpRequest

from ...shop.sandbox.models import User

_SALT = "saleor_crm.demo.graphql"
_PREFIX = "Bearer "


class PermissionDenied(Exception):  # noqa: N818 - clients see the name, and it is Saleor's (saleor/core/exceptions.py)
    """The asker may not. Says which rights would do, in Saleor's words."""

    def __init__(self, *, permissions: Iterable[Enum]) -> None:
        names = ", ".join(permission.name for permission in permissions)
        super().__init__(f"To access this path, you need one of the following permissions: {names}")


@dataclass(frozen=True)
class Asker:
    """Nobody, a customer (``unconfirmed`` while nobody knows that the address is theirs), or one of the staff with or
    without MANAGE_USERS and MANAGE_PRODUCTS."""

    user_id: str | None = None
    unconfirmed: bool = False
    staff: bool = False
    manages_users: bool = False
    manages_products: bool = False


def staff_token(*, manages_users: bool = True, manages_products: bool = True) -> str:
    """The token of one of the staff."""
    rights = {"manages_users": manages_users, "manages_products": manages_products}
    return signing.dumps({"staff": True, **rights}, salt=_SALT)


def customer_token(user_id: str, *, unconfirmed: bool = False) -> str:
    """The token of a customer."""
    return signing.dumps({"user_id": user_id, "unconfirmed": unconfirmed}, salt=_SALT)


def best_customer() -> str | None:
    """Whose token is worth showing: the customer with most orders."""
    found = User.objects.annotate(placed=Count("orders")).order_by("-placed", "pk").values_list("pk", flat=True).first()
    return None if found is None else str(found)


def asker(request: HttpRequest) -> Asker:
    """Who asks. A token that is none is nobody's, as in Saleor."""
    header = request.headers.get("Authorization", "")
    if not header.startswith(_PREFIX):
        return Asker()
    try:
        return Asker(**signing.loads(header.removeprefix(_PREFIX), salt=_SALT))
    except signing.BadSignature:
        return Asker()
