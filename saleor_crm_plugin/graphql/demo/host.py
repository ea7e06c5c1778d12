"""What the demo shop's schema lends to ours: as much of Saleor's types as our fields hang on, in the same shapes."""

from collections.abc import Sequence
from typing import Any

import graphene
from django.db import DEFAULT_DB_ALIAS

from ...shop.sandbox import models
from ...shop.sandbox.shop import integers
from ..host import Host
from ..loaders import load
from . import goods, variants
from .money import Money
from .people import PermissionDenied, asker


class User(graphene.ObjectType):
    """Saleor's User, as little of it as the demo needs."""

    id = graphene.GlobalID(required=True, description="The ID of the user.")
    email = graphene.String(required=True, description="The email address of the user.")
    first_name = graphene.String(required=True, description="The given name of the address.")
    last_name = graphene.String(required=True, description="The family name of the address.")

    class Meta:
        description = "Represents user data."


def users(ids: Sequence[str]) -> list[models.User | None]:
    """Accounts by id. One query."""
    found = {str(user.pk): user for user in models.User.objects.filter(pk__in=integers(ids))}
    return [found.get(user_id) for user_id in ids]


def _user_id(context: Any) -> str | None:
    return asker(context).user_id


def _manages_users(context: Any) -> bool:
    return asker(context).manages_users


def _manages_products(context: Any) -> bool:
    return asker(context).manages_products


def _author(context: Any) -> str:
    return ""  # the demo's staff have no names


def _account(context: Any, user_id: str) -> Any:
    return load(context, users, user_id)


DEMO = Host(
    money=Money,
    date_time=graphene.DateTime,
    user=User,
    product=goods.ProductType,
    variant=variants.VariantType,
    language_code=goods.LanguageCodeEnum,
    denied=PermissionDenied,
    user_id=_user_id,
    unconfirmed=lambda context: asker(context).unconfirmed,
    manages_users=_manages_users,
    manages_products=_manages_products,
    author=_author,
    account=_account,
    products=goods.products,
    variants=variants.variants,
    there=goods.there,
    database=lambda context: DEFAULT_DB_ALIAS,
    default_channel=goods.default_channel,
)
