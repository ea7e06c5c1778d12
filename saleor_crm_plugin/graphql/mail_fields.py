"""Our fields about what customers want of mails. ``field`` makes one of the shop's kind."""

from collections.abc import Callable
from typing import Any

import graphene

from . import newsletter, preferences
from .newsletter import CrmNewsletterSubscribe
from .permissions import FOR_OWNER, FOR_OWNER_AND_STAFF
from .preferences import CrmPreferences, CrmPreferencesUpdate


def of_query(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root."""
    return {
        "crm_preferences": field(
            CrmPreferences,
            id=graphene.Argument(
                graphene.ID,
                description="For staff: ID of a User, or of a customer in the CRM. Without it: the customer who asks.",
            ),
            description="Which mails a customer wants. Null for who is not known." + FOR_OWNER_AND_STAFF,
            resolver=preferences.resolve_preferences,
        )
    }


def of_mutation(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root of mutations."""
    return {
        "crm_preferences_update": field(
            CrmPreferencesUpdate,
            description="Says which mails the customer who is logged in wants, how often, and in which language."
            + FOR_OWNER,
            resolver=preferences.resolve_update,
            **preferences.arguments(),
        ),
        "crm_newsletter_subscribe": field(
            CrmNewsletterSubscribe,
            description="Signs an address up for the newsletter. The answer does not tell whether it is known.",
            resolver=newsletter.resolve_subscribe,
            **newsletter.arguments(),
        ),
    }
