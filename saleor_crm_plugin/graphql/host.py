"""What a shop's schema lends to ours: its types, its fields, and its way to know and to refuse people.

A schema can't hold two types called Money, so that ours are made of the shop's own. Saleor lends what it has
(``install.py``), the demo shop what it has alike (``demo/schema.py``).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


class Right(Enum):
    """What may be asked of whoever asks. Named as Saleor names them, since its refusals print the names."""

    MANAGE_USERS = "account.manage_users"
    MANAGE_PRODUCTS = "product.manage_products"
    OWNER = "authorization_filters.owner"


@dataclass(frozen=True)
class Host:
    """One shop's schema. ``context`` is the request that asks, ``user`` a row of the shop's accounts.

    Products and variants of the schema are rows with the channel that they are asked in: ``node`` and ``channel_slug``.
    """

    money: type  # with amount and currency
    date_time: type
    user: type
    product: type
    variant: type
    language_code: type  # the enumeration
    denied: Callable[..., Exception]  # (permissions=[Right]): the refusal that is raised
    user_id: Callable[[Any], str | None]  # (context): whose account asks
    unconfirmed: Callable[[Any], bool]  # (context): whether an account asks whose address nobody confirmed
    manages_users: Callable[[Any], bool]  # (context): whether staff or an app with MANAGE_USERS asks
    manages_products: Callable[[Any], bool]  # (context): the same with MANAGE_PRODUCTS
    author: Callable[[Any], str]  # (context): which staff or app asks, ``user:1`` or ``app:2``; "" where it has no name
    account: Callable[[Any, str], Any]  # (context, user id): a promise of that user's row, batched
    # (context, product ids, channel or None): a promise of these products, None where one is not there, batched
    products: Callable[[Any, Sequence[str], str | None], Any]
    variants: Callable[[Any, Sequence[str], str | None], Any]  # the same of variants
    there: Callable[[str, Sequence[int]], set[int]]  # (Product or Category, keys): those that the shop has
    database: Callable[[Any], str]  # (context): which of Django's databases the request reads
    default_channel: Callable[[], str]  # the slug of the one channel; raises GraphQLError where there are more or none


@cache
def get_host() -> Host:
    """The schema we are part of: named by the Django setting ``CRM_GRAPHQL_HOST``, Saleor's where it is not set."""
    host: Host = import_string(getattr(settings, "CRM_GRAPHQL_HOST", "saleor_crm_plugin.graphql.install.SALEOR"))
    return host
