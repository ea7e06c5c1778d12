"""A newsletter whose words can't be used any more is held with the reason, and holds up no other."""

import json

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.own import build, read
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.flows.campaigns import course
from saleor_crm_plugin.flows.campaigns.draft import Text
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.campaigns.send import refill
from tests.flows.campaigns.newsletters import people, reasons, scheduled, settings
from tests.road import Road
from tests.test_crm_command import crm

LINED = Text("en", Words("Lined", "", "<h1>Lined</h1><p>Above.</p>{% divider %}<p>Below.</p>"))
WHY = "version a in en: There is no tag “divider” here"


@pytest.fixture
def update(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update, words have no dividers any more. A new process remembers nothing."""
    monkeypatch.setattr(read, "_OURS", read._OURS - {"divider"})
    build.blocks_in.cache_clear()
    build._built.clear()


def test_it_is_held_with_the_reason_and_the_others_leave(road: Road, request: pytest.FixtureRequest) -> None:
    people(3)
    people(2, language="de", country="AT")
    lined = scheduled(road, [LINED], audience={"where": {"countries": ["DE"]}})
    other = scheduled(road, audience={"where": {"countries": ["AT"]}})
    request.getfixturevalue("update")

    mails = road.work()

    lined.refresh_from_db()
    assert (lined.state, lined.problem[: len(WHY)]) == (Campaign.State.PAUSED, WHY)
    assert [mail["Subject"] for mail in mails] == ["Spring is here"] * 2
    assert (reasons(lined), reasons(other)) == ({}, {("sent", "due"): 2})


def test_mails_that_wait_already_are_taken_back(road: Road, request: pytest.FixtureRequest) -> None:
    people(3)
    lined = scheduled(road, [LINED])
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    request.getfixturevalue("update")

    assert road.work() == []

    assert not Message.objects.exists()
    assert reasons(lined) == {("sent", "due"): 3, ("withdrawn", "paused"): 3}


def test_it_goes_on_once_its_words_can_be_used_again_and_the_reason_is_gone(road: Road) -> None:
    people(3)
    lined = scheduled(road, [LINED])
    with pytest.MonkeyPatch.context() as update:
        update.setattr(read, "_OURS", read._OURS - {"divider"})
        build._built.clear()
        road.work()

    resumed = course.resume(lined.pk, "User:1", road.now)

    assert resumed.problem == ""
    assert len(road.work()) == 3


def test_resumed_before_it_is_held_again(road: Road, update: None) -> None:
    with pytest.MonkeyPatch.context() as before:
        before.setattr(read, "_OURS", read._OURS | {"divider"})
        people(1)
        lined = scheduled(road, [LINED])
    build._built.clear()
    road.work()
    course.resume(lined.pk, "User:1", road.now)

    road.work()

    lined.refresh_from_db()
    assert (lined.state, lined.problem[: len(WHY)]) == (Campaign.State.PAUSED, WHY)


def test_the_command_tells_why_it_is_held(road: Road) -> None:
    campaign = scheduled(road)
    course.hold(campaign, WHY)

    assert f"; held: {WHY}" in crm("campaign", "list")
    assert f"  held: {WHY}" in crm("campaign", "report", str(campaign.pk)).splitlines()
    assert json.loads(crm("campaign", "report", str(campaign.pk), "--json"))["problem"] == WHY


def test_one_that_staff_ended_meanwhile_is_not_held(road: Road) -> None:
    campaign = scheduled(road)
    course.cancel(campaign.pk, "User:1", road.now)
    course.hold(campaign, WHY)

    campaign.refresh_from_db()
    assert (campaign.state, campaign.problem) == (Campaign.State.CANCELLED, "")
