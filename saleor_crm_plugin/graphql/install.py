"""Puts our fields into Saleor's schema, when Django starts and the schema is not made yet.

What is patched: ``User._meta.fields``, the fields of the roots' parts ``AccountQueries`` and ``AccountMutations``, and
what our fields cost in ``COST_MAP``. All were seen in 3.21 to 3.24. Where one is missing, or the schema was made before
us, nothing is patched at all.
"""

import sys
from typing import Any

from saleor.account.models import User as UserRow
from saleor.core.exceptions import PermissionDenied
from saleor.graphql.account.dataloaders import UserByUserIdLoader
from saleor.graphql.account.schema import AccountMutations, AccountQueries
from saleor.graphql.account.types import User
from saleor.graphql.core.doc_category import DOC_CATEGORY_USERS
from saleor.graphql.core.fields import BaseField
from saleor.graphql.core.scalars import DateTime
from saleor.graphql.core.types import Money
from saleor.graphql.query_cost_map import COST_MAP
from saleor.graphql.utils import get_user_or_app_from_context
from saleor.permission.enums import AccountPermissions

from . import fields
from .host import Host

_SCHEMA = "saleor.graphql.api"
_PAGED = {"complexity": 1, "multipliers": ["first"]}
_COSTS: dict[str, dict[str, dict[str, Any]]] = {
    "Query": {"crmSegments": {"complexity": 1}, "crmCustomer": {"complexity": 1}},
    "User": {"loyalty": {"complexity": 1}},
    "CrmLoyalty": {"history": _PAGED},
    "CrmCustomer": {"user": {"complexity": 1}, "loyalty": {"complexity": 1}, "timeline": _PAGED},
}


class NotAsKnownError(RuntimeError):
    """This Saleor is made otherwise than those we know. The message says how."""


def install() -> None:
    """Add our fields. Raises NotAsKnownError, and has changed nothing then."""
    if _SCHEMA in sys.modules:
        raise NotAsKnownError(f"{_SCHEMA} was loaded before the plugin")
    of_user, of_query, of_mutation = (made(_field) for made in (fields.of_user, fields.of_query, fields.of_mutation))
    taken = [name for name in of_user if name in User._meta.fields]
    taken += [name for name in of_query if name in AccountQueries._meta.fields]
    taken += [name for name in of_mutation if name in AccountMutations._meta.fields]
    if taken:
        raise NotAsKnownError(f"it has fields of its own called {', '.join(taken)}")
    if not isinstance(COST_MAP.get("Query"), dict):
        raise NotAsKnownError("its COST_MAP has no entry for Query")
    for kind, costs in _COSTS.items():
        COST_MAP.setdefault(kind, {}).update(costs)
    User._meta.fields.update(of_user)
    for part, ours in ((AccountQueries, of_query), (AccountMutations, of_mutation)):
        for name, field in ours.items():
            # A root is made of the attributes of its parts (graphene, yank_fields_from_attrs).
            setattr(part, name, field)


def _field(*args: Any, **options: Any) -> Any:
    return BaseField(*args, doc_category=DOC_CATEGORY_USERS, **options)


def _user_id(context: Any) -> str | None:
    requestor = get_user_or_app_from_context(context)
    return str(requestor.pk) if isinstance(requestor, UserRow) else None


def _manages_users(context: Any) -> bool:
    requestor = get_user_or_app_from_context(context)
    return bool(requestor and requestor.has_perm(AccountPermissions.MANAGE_USERS))


def _account(context: Any, user_id: str) -> Any:
    return UserByUserIdLoader(context).load(int(user_id))


SALEOR = Host(
    money=Money,
    date_time=DateTime,
    user=User,
    denied=PermissionDenied,
    user_id=_user_id,
    manages_users=_manages_users,
    account=_account,
)
