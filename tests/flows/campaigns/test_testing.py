"""Some test two versions; all others get the better one, when it is clear."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.campaigns import course
from saleor_crm_plugin.flows.campaigns.draft import CampaignError, Text
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.campaigns.report import report
from saleor_crm_plugin.flows.campaigns.told import lines
from saleor_crm_plugin.flows.models import Enrolment
from tests.flows.campaigns.newsletters import GERMAN, failing, newsletter, people, scheduled, settings
from tests.road import Road

A = Text("en", Words("Spring is here", "", "<h1>Spring</h1><p>It is here.</p>"), "a")
B = Text("en", Words("Winter is over", "", "<h1>Winter</h1><p>It is over.</p>"), "b")


@pytest.fixture(autouse=True)
def clicks_are_counted(road: Road) -> None:
    road.set(link_clicks=True)


def subjects(mails: object) -> Counter[str]:
    return Counter(mail["Subject"] for mail in mails)  # type: ignore[attr-defined]


def clicks(campaign: Campaign, version: str, by: str = "person") -> None:
    """Everybody who got a version clicks."""
    runs = Enrolment.objects.filter(campaign=campaign, version=version).values_list("subject_id", flat=True)
    for mail in Message.objects.filter(flow="newsletter", subject_id__in=list(runs)):
        Response.objects.create(message=mail, contact_id=mail.contact_id, kind="click", by=by, at=mail.created_at)


def told_of(campaign: Campaign, road: Road) -> list[str]:
    """The lines of its report."""
    campaign.refresh_from_db()
    return list(lines(campaign, report(campaign, road.now)))


def test_the_others_wait_and_get_what_more_people_clicked(road: Road) -> None:
    people(200)
    campaign = scheduled(road, [A, B], test_percent=30)
    tested = subjects(road.work())
    clicks(campaign, "b")

    rest = subjects(road.work())
    road.work(work.run_campaigns)

    assert 30 < sum(tested.values()) < 95
    assert min(tested["Spring is here"], tested["Winter is over"]) > 10
    assert rest == {"Winter is over": 200 - sum(tested.values())}
    campaign.refresh_from_db()
    assert (campaign.winner, campaign.state) == ("b", "sent")


def test_orders_decide_where_the_owner_says_so(road: Road) -> None:
    people(150)
    campaign = scheduled(road, [A, B], test_percent=40, test_by="orders")
    road.work()
    clicks(campaign, "b")
    for run in Enrolment.objects.filter(campaign=campaign, version="a"):
        Purchase.objects.create(
            order_id=f"order{run.pk}", contact_id=run.contact_id, channel="eu", currency="EUR", language="en",
            total=Decimal(10), refunded=0, real=True, paid=True, placed_at=road.now, changed_at=road.now,
        )  # fmt: skip
    assert set(subjects(road.work())) == {"Spring is here"}


def test_what_programs_click_decides_nothing(road: Road) -> None:
    people(60)
    campaign = scheduled(road, [A, B], test_percent=50)
    road.work()
    clicks(campaign, "b", by="machine")
    assert not road.work()
    campaign.refresh_from_db()
    assert campaign.winner == ""


def test_when_nothing_is_clear_in_time_the_others_get_either(road: Road) -> None:
    people(100)
    campaign = scheduled(road, [A, B], test_percent=20, test_minutes=60)
    tested = sum(subjects(road.work()).values())
    road.wait(minutes=59)
    assert not road.work()
    road.wait(minutes=1)
    rest = subjects(road.work())
    assert sum(rest.values()) == 100 - tested
    assert min(rest["Spring is here"], rest["Winter is over"]) > 15
    campaign.refresh_from_db()
    assert campaign.winner == "both"


def test_when_nothing_is_clear_staff_may_choose_even_days_later(road: Road) -> None:
    people(50)
    campaign = scheduled(road, [A, B], test_percent=20, test_minutes=60, unclear="ask")
    tested = sum(subjects(road.work()).values())
    road.wait(days=5)
    assert not road.work()
    course.choose(campaign.pk, "a", "User:1", road.now)
    assert subjects(road.work()) == {"Spring is here": 50 - tested}


def test_the_time_of_a_test_begins_when_those_who_test_have_their_mails(road: Road) -> None:
    people(60)
    road.set(quiet_hours="21-8")
    road.wait(hours=9)
    campaign = scheduled(road, [A, B], test_percent=40, test_minutes=240)
    at_night = road.work(work.run_campaigns, work.deliver)
    road.wait(hours=11)
    in_the_morning = road.work(work.run_campaigns, work.deliver)
    road.wait(hours=3, minutes=59)
    road.work(work.run_campaigns)
    before = Campaign.objects.get(pk=campaign.pk).winner
    road.wait(minutes=1)
    road.work(work.run_campaigns)

    assert not at_night
    assert 10 < len(in_the_morning) < 40
    assert (before, Campaign.objects.get(pk=campaign.pk).winner) == ("", "both")


def test_a_pause_is_no_time_in_which_a_test_is_judged(road: Road) -> None:
    people(40)
    campaign = scheduled(road, [A, B], test_percent=50, test_minutes=60)
    road.work(work.run_campaigns)
    course.pause(campaign.pk, "User:1", road.now)
    road.wait(hours=5)
    course.resume(campaign.pk, "User:1", road.now)
    road.work(work.run_campaigns)
    assert Campaign.objects.get(pk=campaign.pk).winner == ""


def test_a_test_s_figures_are_of_those_who_tested_and_not_of_the_others(road: Road) -> None:
    people(200)
    campaign = scheduled(road, [A, B], test_percent=30)
    tested = subjects(road.work())
    clicks(campaign, "b")
    road.work()
    road.work(work.run_campaigns)

    campaign.refresh_from_db()
    test = report(campaign, road.now).test

    assert campaign.winner == "b"
    assert test is not None
    assert (test.a.people, test.b.people) == (tested["Spring is here"], tested["Winter is over"])
    assert (test.a.successes, test.b.successes) == (0, tested["Winter is over"])


def test_a_test_that_can_not_be_judged_holds_up_no_other(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    people(60)
    bad, good = (scheduled(road, [A, B], test_percent=50) for _ in range(2))
    road.work(work.run_campaigns)
    for one in Enrolment.objects.filter(campaign=good, version="b"):
        mail = Message.objects.create(
            flow="newsletter", subject_id=one.subject_id, step=0, contact_id=one.contact_id, language="en",
            recipient="", created_at=road.now, next_attempt_at=road.now, expires_at=road.now, content={},
        )  # fmt: skip
        Response.objects.create(message=mail, contact_id=one.contact_id, kind="click", by="person", at=road.now)

    with failing("GROUP BY run.version", bad):
        road.work(work.run_campaigns)

    assert Campaign.objects.get(pk=good.pk).winner == "b"
    assert f"test of newsletter {bad.pk} could not be judged" in caplog.text


def test_what_staff_chose_by_stays_in_the_report(road: Road) -> None:
    people(60)
    campaign = scheduled(road, [A, B], test_percent=40, unclear="ask")
    tested = subjects(road.work())
    course.choose(campaign.pk, "a", "User:1", road.now)
    road.work()

    campaign.refresh_from_db()
    test = report(campaign, road.now).test

    assert test is not None
    assert (test.a.people, test.b.people) == (tested["Spring is here"], tested["Winter is over"])


def test_a_report_says_of_whom_the_test_counts_and_how_it_stands(road: Road) -> None:
    people(60)
    campaign = scheduled(road, [A, B], test_percent=50)
    road.work()
    clicks(campaign, "b")
    drawn = [Enrolment.objects.filter(campaign=campaign, version=version).count() for version in ("a", "b")]
    seen = f"test: a: 0 of {drawn[0]} drawn for it clicked, b: {drawn[1]} of {drawn[1]}. "

    assert seen + "Not clear yet." in told_of(campaign, road)
    course.cancel(campaign.pk, "User:1", road.now)
    assert seen + "It ended before that was clear." in told_of(campaign, road)


def test_a_newsletter_to_nobody_waits_for_no_test(road: Road) -> None:
    campaign = scheduled(road, [A, B], test_percent=50)
    road.work()
    road.work()

    assert "test: nobody was drawn for it." in told_of(campaign, road)


def test_a_test_needs_both_versions(road: Road) -> None:
    campaign = newsletter(road, [A], test_percent=20)
    with pytest.raises(CampaignError, match="Version b"):
        course.schedule(road.shop, settings(road), campaign.pk, road.now + timedelta(hours=1), "", road.now)


def test_who_reads_a_language_without_version_b_gets_version_a_in_it(road: Road) -> None:
    germans = {one.email for one in people(40, language="de-at")}
    people(40)
    campaign = scheduled(road, [A, B, GERMAN], test_percent=50, test_by="orders")
    road.work()
    course.choose(campaign.pk, "b", "User:1", road.now)
    road.work()
    assert subjects(mail for mail in road.sink.mails if mail["To"] in germans) == {"Der Frühling ist da": 40}


def test_who_reads_a_language_without_version_b_is_in_no_test(road: Road) -> None:
    people(40, language="de")
    people(40)
    campaign = scheduled(road, [A, B, GERMAN], test_percent=50, test_by="orders")
    mails = road.work()
    english = [mail for mail in mails if "Frühling" not in mail["Subject"]]

    test = report(campaign, road.now).test

    assert len(english) < len(mails)
    assert test is not None
    assert test.a.people + test.b.people == len(english)


def test_who_is_in_no_test_counts_among_those_who_got_version_a(road: Road) -> None:
    people(40, language="de")
    people(40)
    campaign = scheduled(road, [A, B, GERMAN], test_percent=50, test_by="orders")
    road.work()
    course.choose(campaign.pk, "b", "User:1", road.now)
    road.work()
    b = subjects(road.sink.mails)["Winter is over"]
    assert {one.version: one.sent for one in report(campaign, road.now).versions} == {"a": 80 - b, "b": b}


def test_a_language_that_only_version_b_speaks_is_named(road: Road) -> None:
    german = Text("de", GERMAN.words, "b")
    campaign = newsletter(road, [A, B, german], test_percent=20, test_by="orders")
    with pytest.raises(CampaignError, match="Version a has no words in de, which version b has"):
        course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)


def test_a_test_by_clicks_needs_them_counted(road: Road) -> None:
    road.set(link_clicks=False)
    campaign = newsletter(road, [A, B], test_percent=20)
    with pytest.raises(CampaignError, match="Switch on “Links: count clicks”, or test by orders"):
        course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)


def test_nobody_chooses_where_nothing_is_tested(road: Road) -> None:
    people(1)
    campaign = scheduled(road, [A])
    with pytest.raises(CampaignError):
        course.choose(campaign.pk, "a", "", road.now)
