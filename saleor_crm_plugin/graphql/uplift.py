"""What a flow is worth, as types."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import graphene

from ..flows.uplift.uplift import COUNTS_FOR, Compared, Credited, Spent, Uplift
from ..flows.uplift.words import conclusion
from .amounts import Amount
from .host import get_host


def _money(description: str, *, required: bool = True) -> Any:
    return graphene.Field(lambda: get_host().money, required=required, description=description)


class CrmUpliftGroup(graphene.ObjectType):
    """The people who got mail, or those who were held out. Everybody counts once, from the first mail on."""

    people = graphene.Int(required=True, description="How many people.")
    running = graphene.Int(required=True, description="How many of them have not had all of their days yet.")


@dataclass(frozen=True)
class _Spent:
    """What a group spent, with the currency."""

    spent: Spent
    currency: str


class CrmUpliftSpent(graphene.ObjectType):
    """What a group spent in one currency: paid orders, less refunds."""

    buyers = graphene.Int(required=True, description="How many people bought.")
    orders = graphene.Int(required=True, description="How many orders they paid.")
    revenue = _money("What these are worth.")
    revenue_per_1000 = _money("The same per 1,000 people of the group, also those who bought nothing.")

    @staticmethod
    def resolve_buyers(root: _Spent, info: Any) -> int:
        return root.spent.buyers

    @staticmethod
    def resolve_orders(root: _Spent, info: Any) -> int:
        return root.spent.orders

    @staticmethod
    def resolve_revenue(root: _Spent, info: Any) -> Amount:
        return Amount(root.spent.revenue, root.currency)

    @staticmethod
    def resolve_revenue_per_1000(root: _Spent, info: Any) -> Amount:
        return Amount(root.spent.per_1000, root.currency)


class CrmUpliftCurrency(graphene.ObjectType):
    """Both groups in one currency. Amounts that compare them are per 1,000 people."""

    currency = graphene.String(required=True, description="The currency.")
    treated = graphene.Field(CrmUpliftSpent, required=True, description="Those who got mail.")
    held_out = graphene.Field(CrmUpliftSpent, required=True, description="Those who were held out.")
    difference = _money("What the mails bring. Null where there are too few people or orders.", required=False)
    low = _money("With 95 % it is not less than this …", required=False)
    high = _money("… and not more than this.", required=False)
    conclusive = graphene.Boolean(required=True, description="Whether chance alone hardly makes such a difference.")
    weeks = graphene.Int(
        description="If not: about how many weeks more show it, at this rate. Null for more than two years, and where"
        " nothing can be said."
    )
    sentence = graphene.String(required=True, description="All of this in a sentence.")

    @staticmethod
    def resolve_treated(root: Compared, info: Any) -> _Spent:
        return _Spent(root.treated, root.currency)

    @staticmethod
    def resolve_held_out(root: Compared, info: Any) -> _Spent:
        return _Spent(root.held_out, root.currency)

    @staticmethod
    def resolve_difference(root: Compared, info: Any) -> Amount | None:
        return _amount(root.difference, root)

    @staticmethod
    def resolve_low(root: Compared, info: Any) -> Amount | None:
        return _amount(root.low, root)

    @staticmethod
    def resolve_high(root: Compared, info: Any) -> Amount | None:
        return _amount(root.high, root)

    @staticmethod
    def resolve_sentence(root: Compared, info: Any) -> str:
        return conclusion(root)


class _Credit:
    """Orders that are ascribed to mails, in one currency: the fields of both kinds below."""

    currency = graphene.String(required=True, description="The currency.")
    orders = graphene.Int(required=True, description="How many orders.")
    revenue = _money("What they are worth, less refunds.")

    @staticmethod
    def resolve_revenue(root: Credited, info: Any) -> Amount:
        return Amount(root.revenue, root.currency)


class CrmUpliftByCode(_Credit, graphene.ObjectType):
    """Orders that used a code of the flow's mails, of which some would have been placed without it."""


class CrmUpliftByLastClick(_Credit, graphene.ObjectType):
    """Orders within a week of a click whose last click was in the flow's mails. Some would have been placed anyway."""


class CrmUplift(graphene.ObjectType):
    """What a flow's mails are worth: people who got them beside people who would have, and were held out."""

    days = graphene.Int(required=True, description="So many days after the first mail orders count.")
    treated = graphene.Field(CrmUpliftGroup, required=True, description="Those who got mail.")
    held_out = graphene.Field(CrmUpliftGroup, required=True, description="Those who were held out.")
    currencies = graphene.List(
        graphene.NonNull(CrmUpliftCurrency), required=True, description="Both groups, by currency."
    )
    by_code = graphene.List(
        graphene.NonNull(CrmUpliftByCode), required=True, description="What was bought with codes of the mails."
    )
    by_last_click = graphene.List(
        graphene.NonNull(CrmUpliftByLastClick),
        required=True,
        description="What was bought after clicks in the mails. Empty where the shop counts no clicks.",
    )

    @staticmethod
    def resolve_days(root: Uplift, info: Any) -> int:
        return COUNTS_FOR.days


def _amount(amount: Decimal | None, of: Compared) -> Amount | None:
    return None if amount is None else Amount(amount, of.currency)
