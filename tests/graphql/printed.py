"""Our part of a schema, printed: the same in the demo shop and in every Saleor."""

import re
from pathlib import Path
from typing import Any

from graphql import print_schema

SNAPSHOT = Path(__file__).parent / "ours.graphql"
_OF_QUERY = (
    "crmSegments", "crmCustomer", "crmPersonalData", "crmFlows", "crmPreferences", "crmCampaigns", "crmCampaign",
    "crmCampaignPreview", "crmAudience", "crmRecommendationRules", "crmLostDemand", "crmTemplates",
    "crmTemplatePreview", "popularProducts", "recommendedProducts",
)  # fmt: skip
_ROOTS = {
    "Query": _OF_QUERY,
    "User": ("loyalty", "recommendedProducts", "recentlyViewedProducts"),
    "Product": ("relatedProducts", "boughtTogether"),
    "ProductVariant": ("stockNotificationRequested",),
    "Category": ("popularProducts",),
    "Checkout": ("recommendedProducts",),
    "Mutation": (
        "crmCampaignCancel",
        "crmCampaignChoose",
        "crmCampaignCreate",
        "crmCampaignPause",
        "crmCampaignResume",
        "crmCampaignSchedule",
        "crmCampaignTestSend",
        "crmCampaignUnschedule",
        "crmCampaignUpdate",
        "crmEventsTrack",
        "crmNewsletterSubscribe",
        "crmPreferencesUpdate",
        "crmFlowPause",
        "crmFlowResume",
        "crmRecommendationRulesSet",
        "crmTemplateReset",
        "crmTemplateRestore",
        "crmTemplateSave",
        "crmTemplateTestSend",
        "loyaltyPointsRedeem",
        "stockNotificationCancel",
        "stockNotificationRequest",
    ),
}


def ours(schema: Any) -> str:
    """The types that are ours, and our fields on the shop's own."""
    printed = {re.split(r"\W+", part)[1]: part for part in print_schema(schema).split("\n\n")}
    roots = []
    for name, fields in _ROOTS.items():
        lines = printed[name].splitlines()
        found = sorted(line for line in lines if re.split(r"\W+", line.strip())[0] in fields)
        roots.append("\n".join([f"extend type {name} {{", *found, "}"]))
    return "\n\n".join([*roots, *(printed[name] for name in sorted(printed) if name.startswith("Crm"))]) + "\n"
