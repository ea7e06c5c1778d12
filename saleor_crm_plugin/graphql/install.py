"""Puts our fields into Saleor's schema, when Django starts and the schema is not made yet.

What is patched: ``_meta.fields`` of the types ``User``, ``Product``, ``ProductVariant``, ``Category`` and ``Checkout``;
the fields of the roots' parts ``AccountQueries``, ``AccountMutations``, ``ProductQueries`` and ``ProductMutations``;
what our fields cost in ``COST_MAP``. All were seen in 3.21 to 3.24. Where one is missing, or the schema was made before
us, nothing is patched at all.
"""

import sys
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from saleor.account.models import User as UserRow
from saleor.app.models import App as AppRow
from saleor.core.exceptions import PermissionDenied
from saleor.graphql.account.dataloaders import UserByUserIdLoader
from saleor.graphql.account.schema import AccountMutations, AccountQueries
from saleor.graphql.account.types import User
from saleor.graphql.channel.utils import get_default_channel_or_graphql_error
from saleor.graphql.checkout.types import Checkout
from saleor.graphql.core.context import get_database_connection_name
from saleor.graphql.core.doc_category import DOC_CATEGORY_PRODUCTS, DOC_CATEGORY_USERS
from saleor.graphql.core.enums import LanguageCodeEnum
from saleor.graphql.core.fields import BaseField
from saleor.graphql.core.scalars import DateTime
from saleor.graphql.core.types import Money
from saleor.graphql.product.dataloaders import ProductByIdLoader, ProductVariantByIdLoader
from saleor.graphql.product.schema import ProductMutations, ProductQueries
from saleor.graphql.product.types.categories import Category
from saleor.graphql.product.types.products import Product, ProductVariant
from saleor.graphql.query_cost_map import COST_MAP
from saleor.graphql.utils import get_user_or_app_from_context
from saleor.permission.enums import AccountPermissions, ProductPermissions
from saleor.product.models import Category as CategoryRow
from saleor.product.models import Product as ProductRow

from . import campaign_fields, fields, mail_fields, recommendation_fields, stock_fields
from .host import Host

try:
    from saleor.graphql.core.context import ChannelContext
except ImportError:  # 3.21
    from saleor.graphql.channel import ChannelContext

_SCHEMA = "saleor.graphql.api"
_PAGED = {"complexity": 1, "multipliers": ["first"]}
_COSTS: dict[str, dict[str, dict[str, Any]]] = {
    "Query": {
        "crmSegments": {"complexity": 1},
        "crmCustomer": {"complexity": 1},
        "crmFlows": {"complexity": 1},
        "crmCampaigns": _PAGED,
        "crmCampaign": {"complexity": 1},
        "crmCampaignPreview": {"complexity": 20},
        "crmAudience": {"complexity": 50},  # reads all customers
        "crmPreferences": {"complexity": 1},
        "crmPersonalData": {"complexity": 50},  # reads all that is kept of somebody
        "crmTemplates": {"complexity": 1},
        "crmTemplatePreview": {"complexity": 20},
        "crmRecommendationRules": {"complexity": 1},
        "crmLostDemand": _PAGED,
        "popularProducts": _PAGED,
        "recommendedProducts": _PAGED,
    },
    "User": {"loyalty": {"complexity": 1}, "recommendedProducts": _PAGED, "recentlyViewedProducts": _PAGED},
    "Product": {"relatedProducts": _PAGED, "boughtTogether": _PAGED},
    "ProductVariant": {"stockNotificationRequested": {"complexity": 1}},
    "CrmStockNotification": {"variant": {"complexity": 1}},
    "CrmLostDemand": {"variant": {"complexity": 1}, "product": {"complexity": 1}},
    "Category": {"popularProducts": _PAGED},
    "Checkout": {"recommendedProducts": _PAGED},
    "CrmRecommendedProduct": {"product": {"complexity": 1}},
    "CrmRecommendationRules": {"pins": {"complexity": 20}, "bans": {"complexity": 200}},  # as many as there may be
    "CrmLoyalty": {"history": _PAGED},
    "CrmCustomer": {
        "user": {"complexity": 1},
        "loyalty": {"complexity": 1},
        "codes": {"complexity": 10},
        "timeline": _PAGED,
        "decisions": _PAGED,
        "runs": _PAGED,
    },
    "CrmCampaign": {"report": {"complexity": 20}},
    "CrmTemplate": {"current": {"complexity": 1}, "versions": {"complexity": 10}},
    "CrmFlow": {"uplift": {"complexity": 20}},  # reads all of the flow's people, and what they bought
}


class NotAsKnownError(RuntimeError):
    """This Saleor is made otherwise than those we know. The message says how."""


def install() -> None:
    """Add our fields. Raises NotAsKnownError, and has changed nothing then."""
    if _SCHEMA in sys.modules:
        raise NotAsKnownError(f"{_SCHEMA} was loaded before the plugin")
    wanted = list(_ours())
    taken = [name for part, ours in wanted for name in ours if name in part._meta.fields]
    if taken:
        raise NotAsKnownError(f"it has fields of its own called {', '.join(taken)}")
    if not isinstance(COST_MAP.get("Query"), dict):
        raise NotAsKnownError("its COST_MAP has no entry for Query")
    for kind, costs in _COSTS.items():
        COST_MAP.setdefault(kind, {}).update(costs)
    for part, ours in wanted:
        if part in _ROOTS:
            for name, field in ours.items():
                # A root is made of the attributes of its parts (graphene, yank_fields_from_attrs).
                setattr(part, name, field)
        else:
            part._meta.fields.update(ours)


_ROOTS = (AccountQueries, AccountMutations, ProductQueries, ProductMutations)


def _ours() -> Iterator[tuple[Any, dict[str, Any]]]:
    """What is put where."""
    field = partial(BaseField, doc_category=DOC_CATEGORY_USERS)
    yield User, fields.of_user(field)
    yield AccountQueries, fields.of_query(field) | mail_fields.of_query(field) | campaign_fields.of_query(field)
    mutations = fields.of_mutation(field) | mail_fields.of_mutation(field) | campaign_fields.of_mutation(field)
    yield AccountMutations, mutations
    field = partial(BaseField, doc_category=DOC_CATEGORY_PRODUCTS)
    yield User, recommendation_fields.of_user(field)
    yield Product, recommendation_fields.of_product(field)
    yield Category, recommendation_fields.of_category(field)
    yield Checkout, recommendation_fields.of_checkout(field)
    yield ProductQueries, {**recommendation_fields.of_query(field), **stock_fields.of_query(field)}
    yield ProductMutations, {**recommendation_fields.of_mutation(field), **stock_fields.of_mutation(field)}
    yield ProductVariant, stock_fields.of_variant(field)


def _user_id(context: Any) -> str | None:
    requestor = get_user_or_app_from_context(context)
    return str(requestor.pk) if isinstance(requestor, UserRow) else None


def _unconfirmed(context: Any) -> bool:
    requestor = get_user_or_app_from_context(context)
    return isinstance(requestor, UserRow) and not requestor.is_confirmed


def _manages_users(context: Any) -> bool:
    return _has(context, AccountPermissions.MANAGE_USERS)


def _manages_products(context: Any) -> bool:
    return _has(context, ProductPermissions.MANAGE_PRODUCTS)


def _has(context: Any, permission: Any) -> bool:
    requestor = get_user_or_app_from_context(context)
    return bool(requestor and requestor.has_perm(permission))


def _author(context: Any) -> str:
    requestor = get_user_or_app_from_context(context)
    return f"app:{requestor.pk}" if isinstance(requestor, AppRow) else f"user:{requestor.pk}"


def _account(context: Any, user_id: str) -> Any:
    return UserByUserIdLoader(context).load(int(user_id))


def _products(context: Any, product_ids: Sequence[str], channel: str | None) -> Any:
    return _in_channel(ProductByIdLoader(context), product_ids, channel)


def _variants(context: Any, variant_ids: Sequence[str], channel: str | None) -> Any:
    return _in_channel(ProductVariantByIdLoader(context), variant_ids, channel)


def _in_channel(loader: Any, ids: Sequence[str], channel: str | None) -> Any:
    found = loader.load_many([int(key) for key in ids])
    return found.then(
        lambda rows: [None if row is None else ChannelContext(node=row, channel_slug=channel) for row in rows]
    )


def _there(kind: str, keys: Sequence[int]) -> set[int]:
    rows = {"Product": ProductRow, "Category": CategoryRow}[kind].objects.all()
    return set(rows.filter(pk__in=[key for key in keys if key < 2**31]).values_list("pk", flat=True))


def _default_channel() -> str:
    return str(get_default_channel_or_graphql_error().slug)


SALEOR = Host(
    money=Money,
    date_time=DateTime,
    user=User,
    product=Product,
    variant=ProductVariant,
    language_code=LanguageCodeEnum,
    denied=PermissionDenied,
    user_id=_user_id,
    unconfirmed=_unconfirmed,
    manages_users=_manages_users,
    manages_products=_manages_products,
    author=_author,
    account=_account,
    products=_products,
    variants=_variants,
    there=_there,
    database=get_database_connection_name,
    default_channel=_default_channel,
)
