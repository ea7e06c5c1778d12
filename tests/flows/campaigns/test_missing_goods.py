"""Words of a newsletter that name what the shop does not have: told before anybody gets it without."""

import pytest

from saleor_crm_plugin.emails.own.words import Problem, Words
from saleor_crm_plugin.flows.campaigns import course
from saleor_crm_plugin.flows.campaigns.draft import CampaignError, Text
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.campaigns.preview import wanted
from saleor_crm_plugin.flows.preview import preview
from saleor_crm_plugin.shop.sandbox.models import Category
from tests.flows.campaigns.newsletters import ENGLISH, newsletter, settings
from tests.road import Road

COATS = Text("de", Words("Mäntel", "", '<h1>Mäntel</h1>{% products "popular" category="coats" %}'))
NO_COATS = "The shop has no category “coats”"


@pytest.fixture
def campaign(road: Road) -> Campaign:
    """A draft in two languages, in one of which it names a category that the shop had then."""
    Category.objects.create(name="Coats", slug="coats")
    campaign = newsletter(road, [ENGLISH, COATS])
    Category.objects.all().delete()
    return campaign


def test_a_draft_that_names_it_is_not_kept(road: Road) -> None:
    with pytest.raises(CampaignError, match=NO_COATS) as refused:
        newsletter(road, [ENGLISH, COATS])

    assert list(refused.value.problems) == ["texts.1"]
    assert not Campaign.objects.exists()


def test_a_draft_from_which_it_has_gone_since_is_not_scheduled(road: Road, campaign: Campaign) -> None:
    with pytest.raises(CampaignError, match=f"In de: {NO_COATS}"):
        course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)


def test_a_preview_tells_of_it(road: Road, campaign: Campaign) -> None:
    with pytest.raises(Problem, match=NO_COATS):
        preview(road.shop, settings(road), wanted(campaign, language="de"), road.now)
