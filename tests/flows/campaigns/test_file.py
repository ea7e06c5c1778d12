"""A newsletter as a file says all of it: what is not in the file any more is as usual."""

import pytest

from saleor_crm_plugin.flows.campaigns import draft, file
from saleor_crm_plugin.flows.campaigns.draft import CampaignError
from saleor_crm_plugin.flows.campaigns.models import Campaign
from tests.flows.campaigns.newsletters import settings
from tests.road import Road

TEXT = """
[[texts]]
language = "en"
subject = "Spring is here"
body = "<h1>Spring</h1>"
"""
FULL = """
language = "de"
holdout_percent = 30
rate = 5
window_mails = 100
window_minutes = 60
test_percent = 20
test_by = "orders"
test_minutes = 60
unclear = "ask"

[audience.where]
languages = ["de"]
"""


def begins(road: Road) -> str:
    return f"name = 'Spring'\nchannels = ['{next(iter(road.shop.channels()))}']\n"


def changed(road: Road, before: str, after: str) -> Campaign:
    campaign = draft.create(road.shop, settings(road), file.read(before), "", road.now)
    draft.update(road.shop, settings(road), campaign.pk, file.read(after), "", road.now)
    return Campaign.objects.get(pk=campaign.pk)


@pytest.mark.parametrize(
    ("field", "usual"),
    [
        ("audience", {}),
        ("language", "en"),
        ("holdout_percent", 15),
        ("rate", None),
        ("window_mails", None),
        ("window_minutes", None),
        ("test_percent", 0),
        ("test_by", "clicks"),
        ("test_minutes", 240),
        ("unclear", "both"),
    ],
)
def test_what_a_changed_file_leaves_out_is_as_usual(road: Road, field: str, usual: object) -> None:
    road.set(holdout_percent="15")
    campaign = changed(road, begins(road) + FULL + TEXT, begins(road) + TEXT)
    assert getattr(campaign, field) == usual


def test_a_file_without_texts_changes_none_of_them(road: Road) -> None:
    campaign = changed(road, begins(road) + FULL + TEXT, begins(road) + FULL)
    assert campaign.words.count() == 1


def test_a_file_without_texts_and_language_leaves_the_language(road: Road) -> None:
    campaign = changed(road, begins(road) + FULL + TEXT, begins(road))
    assert campaign.language == "de"


@pytest.mark.parametrize(
    "line",
    [
        "name = [1]",
        "name = 2026-03-02",
        "channels = 5",
        "channels = [[1]]",
        "channels = 'default-channel'",
        "language = 5",
        "test_by = [1]",
        "unclear = {a = 1}",
        "holdout_percent = 'ten'",
        "rate = 1.5",
        "audience = 5",
        "audience = {where = {languages = [5]}}",
        "audience = {where = {channels = [[1]]}}",
        "texts = 5",
    ],
)
def test_what_is_of_the_wrong_kind_is_named(road: Road, line: str) -> None:
    field = line.split(" ")[0]
    lines = [one for one in begins(road).splitlines() if not one.startswith(field)]
    written = "\n".join([*lines, line, "" if field == "texts" else TEXT])

    with pytest.raises(CampaignError) as refused:
        draft.create(road.shop, settings(road), file.read(written), "", road.now)

    assert [one.split(".")[0] for one in refused.value.problems] == [field]
