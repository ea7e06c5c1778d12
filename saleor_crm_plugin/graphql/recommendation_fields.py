"""Our fields about products to show, on the shop's own types. ``field`` makes one of the shop's kind."""

from collections.abc import Callable
from typing import Any

import graphene

from . import recommended as to_show
from . import rules
from .permissions import FOR_MERCHANDISERS, FOR_OWNER_AND_STAFF
from .recommended import CrmRecommendedProduct, channel_argument, first_argument

# Lists of a User may be null: who may see the customer and not these gets an error, and the rest of the answer.
_LIST = graphene.List(graphene.NonNull(CrmRecommendedProduct))
_WHOLE_LIST = graphene.NonNull(_LIST)


def of_product(field: Callable[..., Any]) -> dict[str, Any]:
    """On the type Product."""
    return {
        "related_products": field(
            _WHOLE_LIST,
            description="Products like this one that its channel sells. Empty where the product is asked for in no"
            " channel.",
            resolver=to_show.resolve_related,
            **first_argument(),
        ),
        "bought_together": field(
            _WHOLE_LIST,
            description="Products that are bought together with this one and that its channel sells. Empty where the"
            " product is asked for in no channel.",
            resolver=to_show.resolve_together,
            **first_argument(),
        ),
    }


def of_user(field: Callable[..., Any]) -> dict[str, Any]:
    """On the type User."""
    return {
        "recommended_products": field(
            _LIST,
            description="Products for this customer that the channel sells." + FOR_OWNER_AND_STAFF,
            resolver=to_show.resolve_for_user,
            **channel_argument(),
            **first_argument(),
        ),
        "recently_viewed_products": field(
            _LIST,
            description="Products that the customer looked at lately and that the channel sells, the latest first."
            + FOR_OWNER_AND_STAFF,
            resolver=to_show.resolve_viewed,
            **channel_argument(),
            **first_argument(),
        ),
    }


def of_checkout(field: Callable[..., Any]) -> dict[str, Any]:
    """On the type Checkout."""
    return {
        "recommended_products": field(
            _WHOLE_LIST,
            description="Products that go well with those in the checkout and that its channel sells.",
            resolver=to_show.resolve_for_checkout,
            **first_argument(),
        )
    }


def of_category(field: Callable[..., Any]) -> dict[str, Any]:
    """On the type Category."""
    return {
        "popular_products": field(
            _WHOLE_LIST,
            description="What sells now in this category and those below it, in the channel.",
            resolver=to_show.resolve_of_category,
            **channel_argument(),
            **first_argument(),
        )
    }


def of_query(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root."""
    return {
        "popular_products": field(
            _WHOLE_LIST,
            **channel_argument(),
            category=graphene.Argument(
                graphene.ID, description="ID of a category, those below it included. The whole shop without it."
            ),
            description="What sells now in the channel.",
            resolver=to_show.resolve_popular,
            **first_argument(),
        ),
        "recommended_products": field(
            _WHOLE_LIST,
            **channel_argument(),
            visitor_id=graphene.String(
                description="The storefront's own name for a visitor, as in `crmEventsTrack`. Without it, the list is"
                " that of the customer who is logged in."
            ),
            description="Products for a visitor, or for the customer who is logged in, that the channel sells. What"
            " sells to all for who is neither.",
            resolver=to_show.resolve_recommended,
            **first_argument(),
        ),
        "crm_recommendation_rules": field(
            rules.CrmRecommendationRules,
            description="What the merchant says of recommendations in one place. Null while the plugin is switched"
            " off." + FOR_MERCHANDISERS,
            resolver=rules.resolve_rules,
            **rules.place_argument(),
        ),
    }


def of_mutation(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root of mutations."""
    return {
        "crm_recommendation_rules_set": field(
            rules.CrmRecommendationRulesSet,
            description="Pins products to the recommendations of one place, and bans products from them."
            + FOR_MERCHANDISERS,
            resolver=rules.resolve_set,
            **rules.place_argument(),
            **rules.input_argument(),
        )
    }
