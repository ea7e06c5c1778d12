"""``stockNotificationRequest``, ``stockNotificationCancel``, ``ProductVariant.stockNotificationRequested``: customers
ask to be told when something is there again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import graphene

from ..activity.stock import interest
from ..shop.port import get_shop
from . import waiting
from .enums import StockErrorCode
from .host import Right, get_host
from .loaders import load
from .permissions import is_known, may_see_history
from .switch import settings_in_use
from .waiting import Goods, NotAskedError, StockCode, StockProblem

_INACTIVE = "The shop tells nobody when something is in stock again."


@dataclass(frozen=True)
class Notification:
    """What holds now. ``shown`` is whether the channel sells the variant: nobody learns of others."""

    goods: Goods
    requested: bool
    needs_confirmation: bool
    shown: bool = True


@dataclass(frozen=True)
class Outcome:
    """What became of a request."""

    stock_notification: Notification | None = None
    errors: Sequence[StockProblem] = field(default_factory=tuple)


class CrmStockNotification(graphene.ObjectType):
    """Whether somebody is told when a variant is in stock again."""

    variant = graphene.Field(
        lambda: get_host().variant, description="The variant, in the channel. Null where the channel does not sell it."
    )
    channel = graphene.String(required=True, description="Slug of the channel.")
    requested = graphene.Boolean(required=True, description="Whether it was asked for.")
    needs_confirmation = graphene.Boolean(
        required=True,
        description="Whether it has to be confirmed first, by the link in a mail.",
    )

    @staticmethod
    def resolve_variant(root: Notification, info: Any) -> Any:
        if not root.shown:
            return None
        found = get_host().variants(info.context, [root.goods.variant_id], root.goods.channel)
        return found.then(lambda variants: variants[0])

    @staticmethod
    def resolve_channel(root: Notification, info: Any) -> str:
        return root.goods.channel


class CrmStockNotificationError(graphene.ObjectType):
    """Why nobody waits for a variant."""

    field = graphene.String(description="Name of the argument that is wrong.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(StockErrorCode, required=True, description="The error code.")


class CrmStockNotificationRequest(graphene.ObjectType):
    """Asks to be told when a variant is in stock again."""

    stock_notification = graphene.Field(CrmStockNotification, description="What holds now. Null if there are errors.")
    errors = graphene.List(
        graphene.NonNull(CrmStockNotificationError), required=True, description="Why nothing was taken."
    )


class CrmStockNotificationCancel(graphene.ObjectType):
    """Takes such a request back."""

    stock_notification = graphene.Field(CrmStockNotification, description="What holds now. Null if there are errors.")
    errors = graphene.List(
        graphene.NonNull(CrmStockNotificationError), required=True, description="Why nothing was taken back."
    )


def goods_arguments() -> dict[str, Any]:
    """The arguments that say which variant is meant."""
    return {
        "variant_id": graphene.Argument(graphene.ID, required=True, description="ID of the product variant."),
        "channel": graphene.Argument(graphene.String, required=True, description="Slug of the channel."),
    }


def person_arguments() -> dict[str, Any]:
    """The arguments that say who asks."""
    return {
        "email": graphene.String(
            description="Where to write to. Needed from everybody who is not logged in; of customers who are, it has to"
            " be the account's own."
        ),
        "language_code": graphene.Argument(
            lambda: get_host().language_code,
            description="In which language to write. The account's where it is not given.",
        ),
        "visitor_id": graphene.String(
            description="The storefront's own name for the visitor: a UUID that it makes and keeps. Only limits how"
            " often one visitor may ask; nothing is stored of it."
        ),
    }


def channel_argument() -> dict[str, Any]:
    """The argument that says in which channel."""
    return {
        "channel": graphene.String(
            description="Slug of the channel. The one in which the variant is asked for where it is not given."
        )
    }


def resolve_request(
    root: Any,
    info: Any,
    *,
    variant_id: str,
    channel: str,
    email: str | None = None,
    language_code: str | None = None,
    visitor_id: str | None = None,
) -> Outcome:
    """Let whoever asks wait for a variant. The answer to a guest is the same whatever is known of the address."""
    host, shop, now = get_host(), get_shop(), datetime.now(UTC)
    with shop.writing():
        settings = settings_in_use()
        if settings is None or not settings.back_in_stock_enabled:
            return Outcome(errors=[StockProblem(None, _INACTIVE, StockCode.INACTIVE)])
        try:
            wanted = waiting.goods(variant_id, channel)
            user_id, email, language = host.user_id(info.context), email or "", language_code or ""
            if user_id:
                confirmed = is_known(info.context, settings)
                asker = waiting.account(shop, user_id, email, language, confirmed=confirmed)
            else:
                asker = waiting.guest(email, language)
            waiting.limit(asker, visitor_id or "", now)
            waiting.ask(shop, settings, asker, wanted, now)
        except NotAskedError as wrong:
            return Outcome(errors=[wrong.problem])
    needs_confirmation = settings.stock.confirm and not asker.known
    return Outcome(Notification(wanted, requested=True, needs_confirmation=needs_confirmation))


def resolve_cancel(root: Any, info: Any, *, variant_id: str, channel: str) -> Outcome:
    """Let the customer who is logged in wait no longer, also while the plugin is switched off.

    Refused to an account whose address nobody confirmed: what is waited for there is the address's, not the account's.
    """
    host, shop = get_host(), get_shop()
    user_id = host.user_id(info.context)
    if user_id is None or not may_see_history(info.context, user_id):
        raise host.denied(permissions=[Right.OWNER])
    with shop.writing():
        try:
            wanted = waiting.goods(variant_id, channel)
        except NotAskedError as wrong:
            return Outcome(errors=[wrong.problem])
        waiting.cancel(user_id, wanted, datetime.now(UTC))
        found = shop.availability([wanted.variant_id], wanted.channel).get(wanted.variant_id)
    shown = found is not None and found.sold
    return Outcome(Notification(wanted, requested=False, needs_confirmation=False, shown=shown))


def resolve_requested(root: Any, info: Any, *, channel: str | None = None) -> Any:
    """Whether the customer who is logged in waits for a variant. False for everybody else."""
    host = get_host()
    user_id = host.user_id(info.context)
    channel = root.channel_slug if channel is None else channel
    if user_id is None or not channel or not may_see_history(info.context, user_id):
        return False
    return load(info.context, _waited_for, (user_id, str(root.node.pk), channel))


def _waited_for(wanted: Sequence[tuple[str, str, str]]) -> list[bool]:
    found = interest.waited_for([one for one in wanted if one[2].isprintable()])
    return [one in found for one in wanted]
