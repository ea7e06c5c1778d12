"""The demo shop's schema: customers, products and carts as Saleor's API shows them, and our fields."""

from typing import Any

import graphene

from ...shop.sandbox import models
from .. import campaign_fields, cursors, fields, mail_fields, recommendation_fields, stock_fields
from ..connections import CountableConnection, arguments, page, window
from ..host import Right
from ..ids import number_of
from ..loaders import load
from ..permissions import FOR_STAFF, check_staff
from . import shelves
from .goods import CategoryType, CheckoutType, ProductType
from .host import User, users
from .people import PermissionDenied, asker
from .variants import VariantType, of_product


class UserCountableConnection(CountableConnection):
    """Customers, page by page."""

    class Meta:
        node = User


def _me(root: Any, info: Any) -> Any:
    user_id = asker(info.context).user_id
    return load(info.context, users, user_id) if user_id else None


def _user(root: Any, info: Any, *, id: str) -> Any:
    if not asker(info.context).staff:  # of all kinds, as in Saleor: who handles orders looks customers up
        raise PermissionDenied(permissions=[Right.MANAGE_USERS])
    return load(info.context, users, str(number_of(id, "User")[1]))


def _customers(root: Any, info: Any, *, first: int | None = None, after: str | None = None) -> CountableConnection:
    check_staff(info.context)
    wanted = window(info, first, after, cursors.number)
    rows = models.User.objects.order_by("pk")
    items: list[models.User] = []
    if wanted:
        items = list(rows.filter(pk__gt=wanted.after or 0)[: wanted.first + 1])
    return page(UserCountableConnection, wanted, items, lambda user: [user.pk], rows.count)


class Query(graphene.ObjectType):
    """What one can ask."""

    me = graphene.Field(User, description="Return the currently authenticated user.", resolver=_me)
    user = graphene.Field(
        User,
        id=graphene.Argument(graphene.ID, required=True, description="ID of the user."),
        description="Look up a user by ID." + FOR_STAFF,
        resolver=_user,
    )
    customers = graphene.Field(
        UserCountableConnection,
        description="List of the shop's customers." + FOR_STAFF,
        resolver=_customers,
        **arguments(),
    )
    product = graphene.Field(
        ProductType,
        id=graphene.ID(description="ID of the product."),
        slug=graphene.String(description="Slug of the product."),
        channel=graphene.String(description="Slug of a channel for which the data should be returned."),
        description="Look up a product by ID or slug.",
        resolver=shelves.resolve_product,
    )
    products = graphene.Field(
        shelves.ProductCountableConnection,
        channel=graphene.String(description="Slug of a channel for which the data should be returned."),
        description="List of the products in a channel.",
        resolver=shelves.resolve_products,
        **arguments(),
    )
    category = graphene.Field(
        CategoryType,
        id=graphene.ID(description="ID of the category."),
        slug=graphene.String(description="Slug of the category"),
        description="Look up a category by ID or slug.",
        resolver=shelves.resolve_category,
    )
    checkout = graphene.Field(
        CheckoutType,
        id=graphene.ID(required=True, description="The checkout's ID."),
        description="Look up a checkout by id.",
        resolver=shelves.resolve_checkout,
    )


class Mutation(graphene.ObjectType):
    """What one can tell."""


ProductType._meta.fields.update(of_product())
User._meta.fields.update(fields.of_user(graphene.Field))
Query._meta.fields.update(fields.of_query(graphene.Field))
Mutation._meta.fields.update(fields.of_mutation(graphene.Field))
Query._meta.fields.update(campaign_fields.of_query(graphene.Field))
Mutation._meta.fields.update(campaign_fields.of_mutation(graphene.Field))
Query._meta.fields.update(mail_fields.of_query(graphene.Field))
Mutation._meta.fields.update(mail_fields.of_mutation(graphene.Field))
User._meta.fields.update(recommendation_fields.of_user(graphene.Field))
ProductType._meta.fields.update(recommendation_fields.of_product(graphene.Field))
CategoryType._meta.fields.update(recommendation_fields.of_category(graphene.Field))
CheckoutType._meta.fields.update(recommendation_fields.of_checkout(graphene.Field))
Query._meta.fields.update(recommendation_fields.of_query(graphene.Field))
Mutation._meta.fields.update(recommendation_fields.of_mutation(graphene.Field))
VariantType._meta.fields.update(stock_fields.of_variant(graphene.Field))
Query._meta.fields.update(stock_fields.of_query(graphene.Field))
Mutation._meta.fields.update(stock_fields.of_mutation(graphene.Field))
schema = graphene.Schema(query=Query, mutation=Mutation)
