"""Our fields on the shop's own types. ``field`` makes one of the shop's kind (graphene.Field, or one of its own)."""

from collections.abc import Callable
from typing import Any

import graphene

from .customer import CrmCustomer, resolve_customer
from .flows import CrmFlow, resolve_flows
from .loyalty import CrmLoyalty, resolve_loyalty
from .pausing import CrmFlowPause, CrmFlowResume, key_argument, resolve_pause, resolve_resume
from .permissions import FOR_OWNER, FOR_OWNER_AND_STAFF, FOR_STAFF
from .personal_data import resolve_personal_data
from .redeeming import CrmLoyaltyPointsRedeem, resolve_redeem
from .redeeming import arguments as redeem_arguments
from .segments import CrmSegments, resolve_segments
from .template_types import CrmTemplate
from .templates import (
    CrmTemplatePreview,
    CrmTemplateReset,
    CrmTemplateRestore,
    CrmTemplateSave,
    CrmTemplateTestSend,
    customer_argument,
    place_arguments,
    recipient_argument,
    resolve_preview,
    resolve_reset,
    resolve_restore,
    resolve_save,
    resolve_templates,
    resolve_test_send,
    version_argument,
    words_argument,
)
from .tracking import CrmEventsTrack, arguments, resolve_track


def of_user(field: Callable[..., Any]) -> dict[str, Any]:
    """On the type User."""
    return {
        "loyalty": field(
            CrmLoyalty,
            description="The customer's loyalty points. Null where the shop has no loyalty programme."
            + FOR_OWNER_AND_STAFF,
            resolver=resolve_loyalty,
        )
    }


def of_query(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root."""
    return {
        "crm_segments": field(
            CrmSegments,
            description="What kinds of customers the shop has, how many of each, and what they bring. Null while the"
            " plugin is switched off." + FOR_STAFF,
            resolver=resolve_segments,
        ),
        "crm_flows": field(
            graphene.List(graphene.NonNull(CrmFlow)),
            key=graphene.Argument(graphene.String, description="Key of one flow. All flows where it is not given."),
            description="The flows: what starts and ends each, what was decided in it, and what its mails are worth."
            " Null while the plugin is switched off." + FOR_STAFF,
            resolver=resolve_flows,
        ),
        "crm_templates": field(
            graphene.List(graphene.NonNull(CrmTemplate)),
            template=graphene.Argument(graphene.String, description="Key of one mail. All where it is not given."),
            description="The mails, and what they say in the owner's own words. Null while the plugin is switched off."
            + FOR_STAFF,
            resolver=resolve_templates,
        ),
        "crm_template_preview": field(
            graphene.NonNull(CrmTemplatePreview),
            description="How a mail would read to a customer now. Nothing is stored, granted or counted." + FOR_STAFF,
            resolver=resolve_preview,
            **place_arguments(),
            **words_argument(required=False),
            **customer_argument(),
        ),
        "crm_customer": field(
            CrmCustomer,
            id=graphene.Argument(
                graphene.ID, required=True, description="ID of a User, or of a customer in the CRM (guests)."
            ),
            description="All that is known of one customer. Null for who is not known." + FOR_STAFF,
            resolver=resolve_customer,
        ),
        "crm_personal_data": field(
            graphene.String,
            id=graphene.Argument(
                graphene.ID,
                description="For staff: ID of a User, or of a customer in the CRM. Without it: the customer who asks.",
            ),
            description="Everything that the CRM keeps of one customer, as a JSON document to be handed over. Null for"
            " who is not known." + FOR_OWNER_AND_STAFF,
            resolver=resolve_personal_data,
        ),
    }


def of_mutation(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root of mutations."""
    return {
        "crm_events_track": field(
            CrmEventsTrack,
            description="Tells what a visitor looked at and searched for, many events at once. Nothing is stored for"
            " visitors who do not want to be followed, nor while the plugin is switched off.",
            resolver=resolve_track,
            **arguments(),
        ),
        "loyalty_points_redeem": field(
            CrmLoyaltyPointsRedeem,
            description="Turns loyalty points of the customer who is logged in into a voucher for one order."
            + FOR_OWNER,
            resolver=resolve_redeem,
            **redeem_arguments(),
        ),
        "crm_template_save": field(
            CrmTemplateSave,
            description="Lets a mail say something else from now on, in a channel or all, in a language or all: kept as"
            " a new version, if it can be used." + FOR_STAFF,
            resolver=resolve_save,
            **place_arguments(),
            **words_argument(required=True),
        ),
        "crm_template_restore": field(
            CrmTemplateRestore,
            description="Lets a mail say again what it said in a version before." + FOR_STAFF,
            resolver=resolve_restore,
            **place_arguments(),
            **version_argument(),
        ),
        "crm_template_reset": field(
            CrmTemplateReset,
            description="Takes the owner's words of one place out of use; their versions stay." + FOR_STAFF,
            resolver=resolve_reset,
            **place_arguments(),
        ),
        "crm_template_test_send": field(
            CrmTemplateTestSend,
            description="Sends a mail to try it out, marked [Test]: it passes by consent, caps and reports, and no link"
            " in it acts for anybody." + FOR_STAFF,
            resolver=resolve_test_send,
            **place_arguments(),
            **words_argument(required=False),
            **customer_argument(),
            **recipient_argument(),
        ),
        "crm_flow_pause": field(
            CrmFlowPause,
            description="Lets a flow rest: from now on nobody enters it, nothing of it is decided, and its mails wait."
            + FOR_STAFF,
            resolver=resolve_pause,
            **key_argument(),
        ),
        "crm_flow_resume": field(
            CrmFlowResume,
            description="Lets a flow go on. What waited too long meanwhile is not said any more." + FOR_STAFF,
            resolver=resolve_resume,
            **key_argument(),
        ),
    }
