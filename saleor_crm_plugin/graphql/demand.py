"""``crmLostDemand``: what customers wait for, and what that is worth, for the buyer."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

import graphene

from ..flows.stock.demand import Demand, Position, Total, demand, totals
from ..shop.port import get_shop
from . import cursors
from .amounts import Amount
from .connections import CountableConnection, arguments, page, window
from .host import get_host
from .moments import moment
from .permissions import check_merchandisers
from .switch import settings_in_use


class CrmLostDemand(graphene.ObjectType):
    """How much a variant is wanted in a channel, where not enough of it is there."""

    variant = graphene.Field(
        lambda: get_host().variant, description="The variant, in the channel. Null where the shop no longer has it."
    )
    product = graphene.Field(
        lambda: get_host().product, description="Its product, in the channel. Null where the shop no longer has it."
    )
    channel = graphene.String(required=True, description="Slug of the channel.")
    waiting = graphene.Int(
        required=True, description="How many customers asked to be told and wait. Guests who did not confirm are not."
    )
    in_carts = graphene.Int(required=True, description="How many more had it in a cart when it sold out.")
    looked = graphene.Int(required=True, description="How many more came back to look at it while it was not there.")
    since = moment(required=True, description="When the first of all of them said so.")
    price = graphene.Field(lambda: get_host().money, description="Today's price, as the shop entered it.")
    lost_revenue = graphene.Field(
        lambda: get_host().money, description="What the waiting would pay for one each, at today's price."
    )
    expected_value = graphene.Field(
        lambda: get_host().money,
        description="What those of the waiting who have bought before are expected to bring in 12 months, of all that"
        " they buy.",
    )
    valued = graphene.Int(required=True, description="Of how many of the waiting that is known.")
    told = graphene.Int(required=True, description="How many customers were told that it is there.")
    bought = graphene.Int(required=True, description="How many of them ordered the product soon after.")

    @staticmethod
    def resolve_variant(root: Demand, info: Any) -> Any:
        found = get_host().variants(info.context, [root.variant_id], root.channel)
        return found.then(lambda variants: variants[0])

    @staticmethod
    def resolve_product(root: Demand, info: Any) -> Any:
        if not root.product_id:
            return None
        return get_host().products(info.context, [root.product_id], root.channel).then(lambda products: products[0])

    @staticmethod
    def resolve_price(root: Demand, info: Any) -> Amount | None:
        return _money(root.price, root.currency)

    @staticmethod
    def resolve_lost_revenue(root: Demand, info: Any) -> Amount | None:
        return _money(root.lost, root.currency)

    @staticmethod
    def resolve_expected_value(root: Demand, info: Any) -> Amount | None:
        return _money(root.expected, root.currency)


class CrmLostDemandTotal(graphene.ObjectType):
    """All that is wanted in one currency."""

    currency = graphene.String(required=True, description="The currency.")
    variants = graphene.Int(required=True, description="How many variants. One in two channels counts twice.")
    waiting = graphene.Int(required=True, description="How many requests to be told wait.")
    lost_revenue = graphene.Field(
        lambda: get_host().money, required=True, description="What one each would bring, at today's prices."
    )

    @staticmethod
    def resolve_lost_revenue(root: Total, info: Any) -> Amount:
        return Amount(root.lost, root.currency)


class CrmLostDemandCountableConnection(CountableConnection):
    """What customers wait for, the most wanted first."""

    class Meta:
        node = CrmLostDemand

    totals = graphene.List(
        graphene.NonNull(CrmLostDemandTotal), required=True, description="The sums of the whole list, by currency."
    )

    @staticmethod
    def resolve_totals(root: Any, info: Any) -> list[Total]:
        return [total for total in root.sums.totals if total.currency]


class _Sums:
    """The sums of the list, added up once for all that ask."""

    def __init__(self, channel: str | None, now: datetime) -> None:
        self._channel, self._now = channel, now

    @cached_property
    def totals(self) -> list[Total]:
        with get_shop().writing():
            return totals(self._channel, self._now)

    def count(self) -> int:
        return sum(total.variants for total in self.totals)


def demand_arguments() -> dict[str, Any]:
    """The arguments of the list."""
    return {
        "channel": graphene.String(description="Slug of a channel. All channels where it is not given."),
        **arguments(),
    }


def resolve_demand(
    root: Any, info: Any, *, channel: str | None = None, first: int | None = None, after: str | None = None
) -> CountableConnection | None:
    """A page of the list; None while the plugin is switched off."""
    check_merchandisers(info.context)
    wanted, now = window(info, first, after, _position), datetime.now(UTC)
    if channel is not None and not channel.isprintable():  # PostgreSQL looks for no NUL
        channel = ""
    with get_shop().writing():
        if settings_in_use() is None:
            return None
        items = demand(channel, now, wanted.after, wanted.first + 1) if wanted else []
    sums = _Sums(channel, now)
    shown = page(CrmLostDemandCountableConnection, wanted, items, lambda one: one.position, sums.count)
    shown.sums = sums
    return shown


def _position(values: list[str]) -> Position:
    waiting, weaker, variant_id, channel = values
    if not (variant_id.isprintable() and channel.isprintable()):
        raise ValueError
    return Position(cursors.number([waiting]), cursors.number([weaker]), variant_id, channel)


def _money(amount: Decimal | None, currency: str) -> Amount | None:
    return Amount(amount, currency) if amount is not None and currency else None
