"""Conditions as clients write them."""

from collections.abc import Mapping
from typing import Any

import graphene
from graphql import GraphQLError

from ..flows.audience.conditions import AudienceError
from .enums import LifecycleStage
from .ids import number_of

_GOODS = {"products": "Product", "categories": "Category"}


def _some(of: Any, description: str) -> Any:
    return graphene.List(graphene.NonNull(of), description=description)


class CrmBoughtInput(graphene.InputObjectType):
    """Something of these products, or of these categories and those below them."""

    products = _some(graphene.ID, "IDs of products.")
    categories = _some(graphene.ID, "IDs of categories.")
    within_days = graphene.Int(description="In so many days until now. Ever, where it is not given.")


class CrmConditionsInput(graphene.InputObjectType):
    """Conditions that all have to hold. Of a list one value is enough, except in `bought`: each is needed."""

    lifecycle = _some(LifecycleStage, "Where the customer stands.")
    rfm = _some(graphene.String, "Names of RFM groups, in any currency.")
    tiers = _some(graphene.String, "Tiers of the score: A or B.")
    score_from = graphene.Float(description="The score is that or more now.")
    score_below = graphene.Float(description="The score is less now.")
    points_from = graphene.Int(description="So many loyalty points or more can be spent.")
    points_below = graphene.Int(description="Fewer points can be spent.")
    orders_from = graphene.Int(description="So many orders or more.")
    orders_below = graphene.Int(description="Fewer orders.")
    ordered_within_days = graphene.Int(description="Ordered in so many days until now.")
    not_ordered_for_days = graphene.Int(description="Ordered before, but not in so many days until now.")
    bought = _some(CrmBoughtInput, "Bought something of each of these.")
    never_bought = _some(CrmBoughtInput, "Bought nothing of any of these.")
    channels = _some(graphene.String, "Slugs of the channels of the last cart or order.")
    languages = _some(graphene.String, "Language codes, such as de. Varieties (de-at) belong to it.")
    countries = _some(graphene.String, "Country codes, such as DE.")
    consented = graphene.Boolean(description="Agreed to marketing mail, or did not.")


class CrmAudienceInput(graphene.InputObjectType):
    """Whom is meant. Nothing given: everybody."""

    where = graphene.InputField(CrmConditionsInput, description="For whom all of this holds …")
    but_not = graphene.InputField(CrmConditionsInput, description="… without those for whom all of this does.")


def with_keys(audience: Mapping[str, Any]) -> dict[str, Any]:
    """An input as ``conditions.read`` reads it, ids as the shop's port spells them. Raises AudienceError."""
    found: dict[str, Any] = {}
    for part, conditions in audience.items():
        found[part] = dict(conditions or {})
        for name in ("bought", "never_bought"):
            if found[part].get(name) is not None:
                found[part][name] = [
                    _keys(one, f"{part}.{name}.{number}") for number, one in enumerate(found[part][name])
                ]
    return found


def _keys(bought: Mapping[str, Any], place: str) -> dict[str, Any]:
    told = dict(bought)
    for name, kind in _GOODS.items():
        if told.get(name) is not None:
            try:
                told[name] = [str(number_of(text, kind)[1]) for text in told[name]]
            except GraphQLError as wrong:
                raise AudienceError({f"{place}.{name}": str(wrong)}) from None
    return told
