"""Products to show, on the shop's own types: each with why, and as a product of the shop's own in its channel.

What is asked for is answered at once for all nodes of an answer: one call for each function, channel and length.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from traceback import format_exc
from typing import Any, TypeVar

import graphene
from django.db import transaction
from graphql import GraphQLError

from ..privacy import masked
from ..recs.served import suggest
from ..recs.served.suggest import Suggestion
from ..shop import reading
from ..shop.port import Cart, get_shop
from ..shop.visitor import is_visitor_id
from .enums import RecommendationReason
from .host import get_host
from .ids import number_of
from .loaders import load
from .permissions import check_owner_or_staff, may_see_history

logger = logging.getLogger(__name__)

USUAL = 12
MOST = 100

K = TypeVar("K", bound=Hashable)
Ask = tuple[K, str, int]  # whose list, in which channel, how long


@dataclass(frozen=True)
class Shown:
    """A product as the shop's schema knows it, and why it is shown."""

    product: Any
    suggestion: Suggestion


class CrmRecommendedProduct(graphene.ObjectType):
    """A product to show."""

    product = graphene.Field(
        lambda: get_host().product, required=True, description="The product, in the channel that was asked for."
    )
    reason = graphene.Field(RecommendationReason, required=True, description="Why it is shown.")
    score = graphene.Float(
        required=True, description="How well it fits, from 1 down to 0. Compares inside one list only."
    )

    @staticmethod
    def resolve_reason(root: Shown, info: Any) -> str:
        return root.suggestion.reason

    @staticmethod
    def resolve_score(root: Shown, info: Any) -> float:
        return root.suggestion.score


def first_argument() -> dict[str, Any]:
    """The argument that says how many products are wanted."""
    return {
        "first": graphene.Int(default_value=USUAL, description=f"How many products at most, 1 to {MOST}."),
    }


def channel_argument() -> dict[str, Any]:
    """The argument for lists of what knows no channel."""
    return {"channel": graphene.String(description="Slug of a channel for which the data should be returned.")}


def resolve_related(root: Any, info: Any, *, first: int | None = None) -> Any:
    """Products like a product."""
    return _of_product(_related, root, info, first)


def resolve_together(root: Any, info: Any, *, first: int | None = None) -> Any:
    """Products bought together with a product."""
    return _of_product(_together, root, info, first)


def resolve_for_user(root: Any, info: Any, *, channel: str | None = None, first: int | None = None) -> Any:
    """Products for a customer: himself, and the shop's staff, may know."""
    check_owner_or_staff(info.context, str(root.pk))
    return _of_customer(str(root.pk), info, channel, first)


def resolve_viewed(root: Any, info: Any, *, channel: str | None = None, first: int | None = None) -> Any:
    """Products that a customer looked at lately: himself, and the shop's staff, may know."""
    check_owner_or_staff(info.context, str(root.pk))
    if not may_see_history(info.context, str(root.pk)):
        return []
    return _listed(_viewed, str(root.pk), info, channel, first)


def resolve_of_category(root: Any, info: Any, *, channel: str | None = None, first: int | None = None) -> Any:
    """Products that sell in a category."""
    return _listed(_popular, str(root.pk), info, channel, first)


def resolve_for_checkout(root: Any, info: Any, *, first: int | None = None) -> Any:
    """Products that go well with a cart, in its channel. Whoever has the checkout may know, as its lines."""
    wanted = _length(info, first)

    def found(cart: Cart | None) -> Any:
        if cart is None:
            return []
        products = tuple(line.product_id for line in cart.lines)
        return _in_channel(_for_carts, (cart.id, products), info.context, cart.channel, wanted)

    return load(info.context, _carts, str(_row(root).pk)).then(found)


def resolve_popular(
    root: Any, info: Any, *, channel: str | None = None, category: str | None = None, first: int | None = None
) -> Any:
    """Products that sell in the shop, or in one of its categories."""
    key = None if category is None else str(number_of(category, "Category")[1])
    return _listed(_popular, key, info, channel, first)


def resolve_recommended(
    root: Any, info: Any, *, channel: str | None = None, visitor_id: str | None = None, first: int | None = None
) -> Any:
    """Products for a visitor whom nobody knows; else for the customer who is logged in; else what sells."""
    if visitor_id is not None:
        if not is_visitor_id(visitor_id):
            raise GraphQLError("Argument `visitorId` must be 16 to 64 letters, digits, - or _, such as a UUID.")
        return _listed(_for_visitors, visitor_id, info, channel, first)
    user_id = get_host().user_id(info.context)
    if user_id is not None:
        return _of_customer(user_id, info, channel, first)
    return _listed(_popular, None, info, channel, first)


def _of_customer(user_id: str, info: Any, channel: str | None, first: int | None) -> Any:
    """What suits a customer; what sells, while it is not known that the address is the account's own."""
    if may_see_history(info.context, user_id):
        return _listed(_for_users, user_id, info, channel, first)
    return _listed(_popular, None, info, channel, first)


def _of_product(batch: Callable[..., Any], root: Any, info: Any, first: int | None) -> Any:
    wanted = _length(info, first)
    channel = getattr(root, "channel_slug", None)  # a product that staff sees in no channel has no prices either
    return _in_channel(batch, str(_row(root).pk), info.context, str(channel), wanted) if channel else []


def _listed(batch: Callable[..., Any], key: Hashable, info: Any, channel: str | None, first: int | None) -> Any:
    wanted, context = _length(info, first), info.context
    if channel is not None:
        return _in_channel(batch, key, context, channel, wanted)
    return load(context, _default_channels, "").then(lambda slug: _in_channel(batch, key, context, slug, wanted))


def _in_channel(batch: Callable[..., Any], key: Hashable, context: Any, channel: str, wanted: int) -> Any:
    """A promise of the list."""
    if not channel.isprintable():  # PostgreSQL refuses to look for NUL and for half a character
        return []

    def found(suggestions: Sequence[Suggestion]) -> Any:
        if not suggestions:
            return []
        products = get_host().products(context, [one.product_id for one in suggestions], channel)
        return products.then(lambda rows: _there(rows, suggestions))

    return load(context, batch, (key, channel, wanted), get_host().database(context)).then(found)


def _there(products: Sequence[Any], suggestions: Sequence[Suggestion]) -> list[Shown]:
    """Without those that were deleted a moment ago."""
    pairs = zip(products, suggestions, strict=True)
    return [Shown(product, suggestion) for product, suggestion in pairs if product is not None]


def _row(root: Any) -> Any:
    """Saleor wraps rows of products and checkouts in what they are asked for in, such as the channel."""
    return getattr(root, "node", root)


def _length(info: Any, first: int | None) -> int:
    if first is None:
        return USUAL
    if first <= 0:
        raise GraphQLError("Argument `first` must be a non-negative integer.")
    if first > MOST:
        raise GraphQLError(
            f"Requesting {first} records on the `{info.field_name}` list exceeds the `first` limit of {MOST} records."
        )
    return first


def _default_channels(keys: Sequence[str]) -> list[str]:
    return [get_host().default_channel()] * len(keys)


def _carts(cart_ids: Sequence[str]) -> list[Cart | None]:
    carts = get_shop().carts(cart_ids)
    return [carts.get(cart_id) for cart_id in cart_ids]


def _related(asked: Sequence[Ask[str]]) -> list[Sequence[Suggestion]]:
    return _answer(suggest.related, asked, closed=lambda product: (product,))


def _together(asked: Sequence[Ask[str]]) -> list[Sequence[Suggestion]]:
    return _answer(suggest.together, asked, closed=lambda product: (product,))


def _popular(asked: Sequence[Ask[str | None]]) -> list[Sequence[Suggestion]]:
    return _answer(suggest.popular, asked)


def _for_users(asked: Sequence[Ask[str]]) -> list[Sequence[Suggestion]]:
    return _answer(suggest.for_users, asked)


def _viewed(asked: Sequence[Ask[str]]) -> list[Sequence[Suggestion]]:
    return _answer(suggest.viewed_by_users, asked) if get_shop().active() else [[] for _ in asked]


def _for_visitors(asked: Sequence[Ask[str]]) -> list[Sequence[Suggestion]]:
    return _answer(suggest.for_visitors, asked)


def _for_carts(asked: Sequence[Ask[tuple[str, tuple[str, ...]]]]) -> list[Sequence[Suggestion]]:
    return _answer(suggest.for_carts, asked, key=lambda cart: cart[0], closed=lambda cart: cart[1])


def _answer(
    function: Callable[..., Mapping[Any, Sequence[Suggestion]]],
    asked: Sequence[Ask[K]],
    key: Callable[[K], Hashable] = lambda one: one,
    closed: Callable[[K], Sequence[str]] = lambda one: (),
) -> list[Sequence[Suggestion]]:
    """The lists that are asked for. ``key`` is under what ``function`` answers for one.

    While we are switched off a storefront's places are not left empty: they show what sells, to everybody the same, and
    without the products that are ``closed``.
    """
    try:
        # A statement that fails spoils the transaction that it is in, where there is one.
        with transaction.atomic(reading.alias()) if reading.connection().in_atomic_block else nullcontext():
            return _answered(function, asked, key, closed)
    except Exception:  # whatever it is, the page that asked has its product to show
        logger.error("CRM: lists could not be made: %s", masked(format_exc()))
        return [[] for _ in asked]


def _answered(
    function: Callable[..., Mapping[Any, Sequence[Suggestion]]],
    asked: Sequence[Ask[K]],
    key: Callable[[K], Hashable],
    closed: Callable[[K], Sequence[str]],
) -> list[Sequence[Suggestion]]:
    shop, now, on = get_shop(), datetime.now(UTC), get_shop().active()
    together: dict[tuple[str, int], list[K]] = defaultdict(list)
    for one, channel, wanted in asked:
        together[channel, wanted].append(one)
    found: dict[tuple[str, int], Mapping[Any, Sequence[Suggestion]]] = {}
    for group, ones in together.items():
        if on or function is suggest.popular:
            found[group] = function(shop, ones, *group, now)
        else:
            found[group] = suggest.only_popular(shop, {key(one): closed(one) for one in ones}, *group, now)
    return [found[channel, wanted].get(key(one), []) for one, channel, wanted in asked]
