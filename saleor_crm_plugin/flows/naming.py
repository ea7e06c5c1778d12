"""What runs of all flows are about, for people to read."""

from collections.abc import Collection

from .campaigns.models import Campaign
from .models import Enrolment
from .stock import subjects


def named(runs: Collection[Enrolment]) -> dict[int, str]:
    """A name for each run: the variant and its channel, the newsletter, or what the flow calls it. Two queries."""
    names = subjects.named(runs)
    ids = {run.campaign_id for run in runs if run.campaign_id}
    campaigns = dict(Campaign.objects.filter(pk__in=ids).values_list("pk", "name")) if ids else {}
    return names | {run.pk: campaigns[run.campaign_id] for run in runs if run.campaign_id in campaigns}
