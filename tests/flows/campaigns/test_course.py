"""Staff pauses, resumes and cancels newsletters, changes drafts, and limits how fast mails leave."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError
from django.db import connection

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.flows.campaigns import course, draft
from saleor_crm_plugin.flows.campaigns.draft import CampaignError, Text, Told
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.campaigns.send import refill
from saleor_crm_plugin.flows.catalogue import NEWSLETTER
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.flows.pauses import pause, resume
from saleor_crm_plugin.flows.withdraw import decide_again
from tests.flows.campaigns.newsletters import ENGLISH, failing, newsletter, people, reasons, scheduled, settings
from tests.road import Road
from tests.test_crm_command import crm


def test_mails_that_wait_when_it_is_paused_leave_when_it_is_resumed_and_each_once(road: Road) -> None:
    people(30)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    assert Message.objects.filter(state="queued").count() == 30

    course.pause(campaign.pk, "User:1", road.now)
    while_paused = road.work()
    course.resume(campaign.pk, "User:1", road.now)
    resumed = road.work()

    assert (len(while_paused), len(resumed), len({mail["To"] for mail in resumed})) == (0, 30, 30)
    assert reasons(campaign) == {("sent", "due"): 60, ("withdrawn", "paused"): 30}


def test_a_pause_of_a_week_makes_nobody_too_late(road: Road) -> None:
    people(3)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    course.pause(campaign.pk, "User:1", road.now)
    road.wait(days=7)
    course.resume(campaign.pk, "User:1", road.now)
    assert len(road.work()) == 3


def test_mails_that_wait_while_the_flow_rests_for_days_leave_afterwards(road: Road) -> None:
    people(3)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    pause(NEWSLETTER, "User:1", road.now)
    road.wait(days=5)
    road.work()
    resume(NEWSLETTER)

    assert len(road.work()) == 3

    assert reasons(campaign) == {("sent", "due"): 6, ("withdrawn", "prices_aged"): 3}


def test_an_outage_amid_a_pause_makes_nobody_too_late(road: Road) -> None:
    people(3)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    course.pause(campaign.pk, "User:1", road.now)
    road.wait(days=5)
    road.work()
    course.resume(campaign.pk, "User:1", road.now)

    assert len(road.work()) == 3


def test_one_that_is_paused_before_its_time_does_not_start(road: Road) -> None:
    people(3)
    campaign = scheduled(road)
    course.pause(campaign.pk, "User:1", road.now)
    assert not road.work()
    course.resume(campaign.pk, "User:1", road.now)
    assert len(road.work()) == 3


def test_who_did_not_get_a_cancelled_newsletter_never_does_and_is_told_why(road: Road) -> None:
    people(30)
    campaign = scheduled(road, window_mails=10, window_minutes=60)
    assert len(road.work()) == 10
    course.cancel(campaign.pk, "User:1", road.now)
    road.wait(hours=5)
    assert not road.work()
    assert reasons(campaign) == {("sent", "due"): 10, ("skipped", "cancelled"): 20}


def test_mails_that_wait_when_it_is_cancelled_are_taken_back(road: Road) -> None:
    people(5)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    course.cancel(campaign.pk, "User:1", road.now)
    assert not road.work()
    assert not Message.objects.exists()
    assert not Enrolment.objects.filter(campaign=campaign, state="waiting").exists()
    assert reasons(campaign) == {("sent", "due"): 5, ("withdrawn", "cancelled"): 5}


def test_no_more_than_the_rate_leave_in_a_while(road: Road) -> None:
    people(100)
    scheduled(road, rate=1)
    left = 0
    for second in (0, 10, 20):
        left += len(road.work())
        assert second <= left <= second + 1
        road.wait(seconds=10)
    road.wait(minutes=2)
    for _ in range(10):
        left += len(road.work())
        road.wait(seconds=30)
    assert left == 100


def test_no_more_than_the_window_allows_are_decided_in_any_window(road: Road) -> None:
    people(25)
    scheduled(road, window_mails=10, window_minutes=60)
    sizes = []
    for _ in range(6):
        sizes.append(len(road.work()))
        road.wait(minutes=30)
    assert sizes == [10, 0, 10, 0, 5, 0]


@pytest.mark.parametrize("days", [0, 31, 300])
def test_a_held_mail_that_is_let_go_takes_its_newsletter_up_again(road: Road, days: int) -> None:
    people(2)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    stuck = Message.objects.first()
    assert stuck is not None
    Message.objects.filter(pk=stuck.pk).update(state="held")
    assert len(road.work()) == 1
    road.work(work.run_campaigns)
    assert Campaign.objects.get(pk=campaign.pk).state == "sent"
    road.wait(days=days)
    decide_again([stuck.pk], road.now)
    assert len(road.work()) == 1
    road.work(work.run_campaigns)
    assert Campaign.objects.get(pk=campaign.pk).state == "sent"


def test_a_batch_that_is_decided_while_a_newsletter_is_ended_keeps_it_going(road: Road) -> None:
    people(3)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    updates = []
    with ThreadPoolExecutor(1) as pool:

        def beside(execute: Callable[..., object], sql: str, *rest: object) -> object:
            """Another worker decides all who wait just before the statement that ends newsletters: the second."""
            if sql.lstrip().startswith("UPDATE") and "crm_campaign" in sql:
                updates.append(sql)
                if len(updates) == 2:
                    pool.submit(_refill, road).result()
            return execute(sql, *rest)

        with connection.execute_wrapper(beside):
            course.finish(road.now)

    assert Message.objects.filter(state="queued").count() == 3
    assert Campaign.objects.get(pk=campaign.pk).state == "sending"


def _refill(road: Road) -> None:
    try:
        refill(road.shop, settings(road), road.now)
    finally:
        connection.close()


def test_one_that_can_not_be_begun_holds_up_no_other(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    people(3)
    bad, good = scheduled(road), scheduled(road)

    with failing("INSERT INTO crm_enrolment", bad):
        road.work(work.run_campaigns)

    assert Campaign.objects.get(pk=good.pk).state == "sending"
    assert f"newsletter {bad.pk} could not be begun" in caplog.text
    assert "reader0@example.com" not in caplog.text


def test_one_that_could_not_be_begun_is_begun_when_it_can(road: Road) -> None:
    people(3)
    campaign = scheduled(road)
    with failing("INSERT INTO crm_enrolment", campaign):
        assert not road.work()
    assert len(road.work()) == 3


def test_only_drafts_change(road: Road) -> None:
    people(1)
    campaign = scheduled(road)
    with pytest.raises(CampaignError, match="only a draft"):
        draft.update(road.shop, settings(road), campaign.pk, Told(name="Autumn"), "User:1", road.now)
    course.unschedule(campaign.pk, "User:1", road.now)
    changed = draft.update(road.shop, settings(road), campaign.pk, Told(name="Autumn"), "User:1", road.now)
    assert (changed.name, changed.words.count()) == ("Autumn", 1)


def test_one_that_was_paused_before_it_began_can_be_mended(road: Road) -> None:
    people(1)
    campaign = scheduled(road)
    course.pause(campaign.pk, "User:1", road.now)
    course.unschedule(campaign.pk, "User:1", road.now)
    draft.update(road.shop, settings(road), campaign.pk, Told(name="Autumn"), "User:1", road.now)
    assert not road.work()


def test_one_that_has_begun_is_no_draft_any_more(road: Road) -> None:
    people(1)
    campaign = scheduled(road)
    road.work()
    Campaign.objects.update(state=Campaign.State.PAUSED)
    with pytest.raises(CampaignError, match="it has begun"):
        course.unschedule(campaign.pk, "User:1", road.now)


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"name": " "}, "name"),
        ({"channels": []}, "channels"),
        ({"channels": ["nowhere"]}, "channels"),
        ({"holdout_percent": 91}, "holdout_percent"),
        ({"rate": 0}, "rate"),
        ({"window_mails": 5}, "window_minutes"),
        ({"test_by": "opens"}, "test_by"),
        ({"audience": {"where": {"rfm": ["Nobody"]}}}, "audience.where.rfm"),
        ({"texts": [ENGLISH, ENGLISH]}, "texts.1"),
        ({"texts": [ENGLISH, Text("EN", ENGLISH.words)]}, "texts.1"),
        ({"texts": [Text("en", Words("x", "", "<h1>x</h1><p>{% load os %}</p>"))]}, "texts.0"),
        ({"texts": [Text("en", ENGLISH.words, "c")]}, "texts.0.version"),
    ],
)
def test_what_makes_no_sense_is_not_kept(road: Road, told: dict[str, object], field: str) -> None:
    with pytest.raises(CampaignError) as refused:
        newsletter(road, **{"texts": [ENGLISH], **told})  # type: ignore[arg-type]
    assert list(refused.value.problems) == [field]
    assert not Campaign.objects.exists()


def test_a_draft_without_words_in_its_language_is_not_scheduled(road: Road) -> None:
    campaign = newsletter(road, language="de")
    with pytest.raises(CampaignError, match="no words in de"):
        course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)


def test_nothing_is_scheduled_without_a_time_zone_or_for_years_ahead(road: Road) -> None:
    campaign = newsletter(road)
    for at in (road.now.replace(tzinfo=None), road.now + timedelta(days=400)):
        with pytest.raises(CampaignError):
            course.schedule(road.shop, settings(road), campaign.pk, at, "", road.now)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/Los_Angeles"])
@pytest.mark.parametrize("at", [datetime(1, 1, 1), datetime(2026, 3, 1, 0)])
def test_what_was_due_days_ago_is_refused_instead_of_sent_at_once(road: Road, at: datetime, zone: str) -> None:
    campaign = newsletter(road)
    with pytest.raises(CampaignError, match="Leave it out to send at once"):
        course.schedule(road.shop, settings(road), campaign.pk, at.replace(tzinfo=ZoneInfo(zone)), "", road.now)
    assert Campaign.objects.get().state == Campaign.State.DRAFT


def test_the_command_and_its_list_outlive_the_first_year(road: Road) -> None:
    road.set(time_zone="Europe/Berlin")
    campaign = newsletter(road)
    for at in ("0001-01-01T00:00", "9999-12-31T23:59"):
        with pytest.raises(CommandError, match="at: is"):
            crm("campaign", "schedule", str(campaign.pk), "--at", at)
    assert "draft" in crm("campaign")


def test_a_time_that_has_just_passed_means_at_once(road: Road) -> None:
    people(1)
    campaign = newsletter(road)
    course.schedule(road.shop, settings(road), campaign.pk, road.now - timedelta(hours=20), "", road.now)
    assert len(road.work()) == 1


def test_a_cancelled_newsletter_stays_so(road: Road) -> None:
    campaign = newsletter(road)
    course.cancel(campaign.pk, "", road.now)
    for step in (course.pause, course.resume, course.cancel, course.unschedule):
        with pytest.raises(CampaignError, match="cancelled"):
            step(campaign.pk, "", road.now)
