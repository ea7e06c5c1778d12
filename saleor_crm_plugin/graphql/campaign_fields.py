"""Our fields about newsletters, on the shop's own roots. ``field`` makes one of the shop's kind."""

from collections.abc import Callable
from typing import Any

from ..flows.campaigns import course
from . import campaign_steps as steps
from .audience import CrmAudience, audience_arguments, resolve_audience
from .campaign_preview import (
    CrmCampaignPreview,
    CrmCampaignTestSend,
    preview_arguments,
    resolve_preview,
    resolve_test_send,
    to_argument,
)
from .campaigns import (
    CrmCampaign,
    CrmCampaignCountableConnection,
    campaigns_arguments,
    resolve_campaign,
    resolve_campaigns,
)
from .permissions import FOR_STAFF


def of_query(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root."""
    return {
        "crm_campaigns": field(
            CrmCampaignCountableConnection,
            description="The newsletters, newest first. Null while the plugin is switched off." + FOR_STAFF,
            resolver=resolve_campaigns,
            **campaigns_arguments(),
        ),
        "crm_campaign": field(
            CrmCampaign,
            description="One newsletter. Null where there is none of this ID." + FOR_STAFF,
            resolver=resolve_campaign,
            **steps.id_argument(),
        ),
        "crm_campaign_preview": field(
            CrmCampaignPreview,
            description="A newsletter as a customer would get it now." + FOR_STAFF,
            resolver=resolve_preview,
            **steps.id_argument(),
            **preview_arguments(),
        ),
        "crm_audience": field(
            CrmAudience,
            description="How many people some conditions mean, and some of them: counted by the statement that fills a"
            " newsletter in." + FOR_STAFF,
            resolver=resolve_audience,
            **audience_arguments(),
        ),
    }


def of_mutation(field: Callable[..., Any]) -> dict[str, Any]:
    """On the root of mutations."""
    which = steps.id_argument
    return {
        "crm_campaign_create": field(
            steps.CrmCampaignCreate,
            description="Keeps a new newsletter as a draft." + FOR_STAFF,
            resolver=steps.resolve_create,
            **steps.input_argument(),
        ),
        "crm_campaign_update": field(
            steps.CrmCampaignUpdate,
            description="Changes a newsletter that is still a draft." + FOR_STAFF,
            resolver=steps.resolve_update,
            **which(),
            **steps.input_argument(),
        ),
        "crm_campaign_test_send": field(
            CrmCampaignTestSend,
            description="Sends a newsletter to one address to try it out, marked as a test: nothing else holds for it,"
            " and nothing is counted." + FOR_STAFF,
            resolver=resolve_test_send,
            **which(),
            **to_argument(),
            **preview_arguments(),
        ),
        "crm_campaign_schedule": field(
            steps.CrmCampaignSchedule,
            description="Has a draft sent, at a moment or at once; moves one that is scheduled." + FOR_STAFF,
            resolver=steps.resolve_schedule,
            **which(),
            **steps.at_argument(),
        ),
        "crm_campaign_unschedule": field(
            steps.CrmCampaignUnschedule,
            description="Makes a newsletter that has not begun a draft again, so that it can be changed." + FOR_STAFF,
            resolver=steps.step(course.unschedule),
            **which(),
        ),
        "crm_campaign_pause": field(
            steps.CrmCampaignPause,
            description="Lets nothing more of a newsletter leave, until it is resumed. Mails that wait for the mail"
            " server are taken back." + FOR_STAFF,
            resolver=steps.step(course.pause),
            **which(),
        ),
        "crm_campaign_resume": field(
            steps.CrmCampaignResume,
            description="Lets a paused newsletter go on where it was." + FOR_STAFF,
            resolver=steps.step(course.resume),
            **which(),
        ),
        "crm_campaign_cancel": field(
            steps.CrmCampaignCancel,
            description="Ends a newsletter for good: who did not get it yet never does." + FOR_STAFF,
            resolver=steps.step(course.cancel),
            **which(),
        ),
        "crm_campaign_choose": field(
            steps.CrmCampaignChoose,
            description="Says which version all others get, before the test does or when it shows nothing." + FOR_STAFF,
            resolver=steps.resolve_choose,
            **which(),
            **steps.winner_argument(),
        ),
    }
