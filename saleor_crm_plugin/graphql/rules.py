"""``crmRecommendationRules`` and ``crmRecommendationRulesSet``: what the merchant pins to lists, and bans from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import graphene

from ..recs.served.rules import MOST_BANS, MOST_PINS, Rules, rules_of, set_rules
from ..shop.port import get_shop
from .enums import RulesErrorCode
from .host import get_host
from .ids import global_id
from .moments import moment
from .permissions import check_merchandisers
from .rule_input import NotKeptError, RulesCode, RulesProblem, place_of, read
from .switch import settings_in_use

_PLACE = "ID of a Product (for the lists of it), of a Category (for its popular products), or of the Shop."
_INACTIVE = RulesProblem(None, "The plugin is switched off.", RulesCode.INACTIVE)


@dataclass(frozen=True)
class Outcome:
    """What became of the rules of one request."""

    rules: Rules | None = None
    errors: Sequence[RulesProblem] = field(default_factory=tuple)


def _products(description: str) -> Any:
    return graphene.Field(
        graphene.NonNull(graphene.List(graphene.NonNull(lambda: get_host().product))), description=description
    )


class CrmRecommendationRules(graphene.ObjectType):
    """What the merchant says of the recommendations in one place."""

    pins = _products("Products that come first, in this order, where the channel sells them.")
    bans = _products("Products that are never shown.")
    changed_by = graphene.ID(description="ID of the User or the App that said so last. Null where nobody did.")
    changed_at = moment(description="When that was.")

    @staticmethod
    def resolve_pins(root: Rules, info: Any) -> Any:
        return _there(info.context, root.pins)

    @staticmethod
    def resolve_bans(root: Rules, info: Any) -> Any:
        return _there(info.context, sorted(root.bans, key=int))

    @staticmethod
    def resolve_changed_by(root: Rules, info: Any) -> str | None:
        kind, _, key = (root.by or "").partition(":")
        return global_id(kind.title(), key) if key else None


class CrmRecommendationRulesInput(graphene.InputObjectType):
    """What shall hold in a place from now on: it replaces what held before."""

    pins = graphene.List(
        graphene.NonNull(graphene.ID),
        required=True,
        description=f"IDs of at most {MOST_PINS} products that come first, in this order. None for the Shop.",
    )
    bans = graphene.List(
        graphene.NonNull(graphene.ID),
        required=True,
        description=f"IDs of at most {MOST_BANS} products that are never shown.",
    )


class CrmRecommendationRulesError(graphene.ObjectType):
    """Why rules were not kept."""

    field = graphene.String(description="Name of the argument, or of the input's field, that is wrong.")
    message = graphene.String(description="The error message.")
    code = graphene.Field(RulesErrorCode, required=True, description="The error code.")


class CrmRecommendationRulesSet(graphene.ObjectType):
    """Sets the rules of a place."""

    rules = graphene.Field(CrmRecommendationRules, description="What holds now. Null where nothing was kept.")
    errors = graphene.List(
        graphene.NonNull(CrmRecommendationRulesError), required=True, description="Why nothing was kept."
    )


def place_argument() -> dict[str, Any]:
    """The argument that says whose rules are meant."""
    return {"id": graphene.Argument(graphene.ID, required=True, description=_PLACE)}


def input_argument() -> dict[str, Any]:
    """The argument with the new rules."""
    return {"input": graphene.Argument(CrmRecommendationRulesInput, required=True, description="What shall hold.")}


def resolve_rules(root: Any, info: Any, *, id: str) -> Rules | None:
    """The rules of a place; None while the plugin is switched off."""
    check_merchandisers(info.context)
    place = place_of(id)
    with get_shop().writing():
        return None if settings_in_use() is None else rules_of([place])[place]


def resolve_set(root: Any, info: Any, *, id: str, input: Mapping[str, Sequence[str]]) -> Outcome:
    """Replace the rules of a place: all of them or, where one makes no sense, none."""
    check_merchandisers(info.context)
    host = get_host()
    with get_shop().writing():
        if settings_in_use() is None:
            return Outcome(errors=[_INACTIVE])
        try:
            new = read(id, input, host.there)
        except NotKeptError as wrong:
            return Outcome(errors=wrong.problems)
        return Outcome(set_rules(new.place, new.pins, new.bans, host.author(info.context), datetime.now(UTC)))


def _there(context: Any, product_ids: Sequence[str]) -> Any:
    """A promise of those of the products that the shop still has."""
    if not product_ids:
        return []
    found = get_host().products(context, product_ids, None)
    return found.then(lambda products: [product for product in products if product is not None])
