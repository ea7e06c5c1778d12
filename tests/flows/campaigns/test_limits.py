"""A newsletter that leaves slowly, as its owner or the mail server wants, loses nobody and exceeds nothing."""

from datetime import timedelta

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.campaigns import course, send
from saleor_crm_plugin.flows.campaigns.send import refill
from saleor_crm_plugin.flows.catalogue import NEWSLETTER
from saleor_crm_plugin.flows.decide import decide_claimed
from saleor_crm_plugin.flows.pauses import pause, resume
from tests.flows.campaigns.newsletters import failing, people, reasons, scheduled, settings
from tests.road import Road


def test_nobody_is_too_late_for_a_newsletter_that_takes_days(road: Road) -> None:
    people(10)
    campaign = scheduled(road, window_mails=2, window_minutes=24 * 60)
    for _ in range(5):
        road.work(work.run_campaigns, work.deliver)
        road.wait(hours=24, minutes=1)
    assert reasons(campaign) == {("sent", "due"): 10}


def test_who_waits_for_the_morning_in_a_slow_newsletter_is_not_too_late(road: Road) -> None:
    people(10)
    road.set(quiet_hours="21-8")
    road.wait(hours=11)
    campaign = scheduled(road, window_mails=2, window_minutes=24 * 60)
    road.work(work.run_campaigns, work.deliver)
    road.wait(hours=9)
    for _ in range(5):
        road.work(work.run_campaigns, work.deliver)
        road.wait(hours=24, minutes=1)
    assert reasons(campaign)["sent", "due"] == 10


def test_a_worker_that_asked_for_the_window_before_another_used_it_up_decides_about_nobody(road: Road) -> None:
    people(30)
    campaign = scheduled(road, window_mails=10, window_minutes=60)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)

    values = {"campaign": campaign.pk, "versions": ["a"], "limit": 10}
    late = decide_claimed(road.shop, settings(road), send._CLAIM, values, road.now)

    assert (late, Message.objects.count()) == (0, 10)


def test_a_worker_that_takes_more_than_the_window_leaves_decides_about_as_many_as_it_leaves(road: Road) -> None:
    people(30)
    campaign = scheduled(road, window_mails=10, window_minutes=60)
    road.work(work.run_campaigns)

    values = {"campaign": campaign.pk, "versions": ["a"], "limit": 25}
    decided = decide_claimed(road.shop, settings(road), send._CLAIM, values, road.now)

    assert decided == 10


def test_mails_that_a_mail_server_put_off_do_not_stop_the_others(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "MOST_WAITING", 5)
    people(15)
    scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    put_off = Message.objects.update(next_attempt_at=road.now + timedelta(hours=2), attempts=3)

    assert (put_off, len(road.work(work.deliver))) == (5, 10)


def test_a_fast_newsletter_leaves_room_for_one_that_begins_later(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fills the outbox is decided half a minute ahead: a rate of 67 a second and more in life, here of 10."""
    monkeypatch.setattr(send, "MOST_WAITING", 20)
    people(100)
    people(5, country="AT")
    scheduled(road, rate=10, audience={"where": {"countries": ["DE"]}})
    road.work(work.run_campaigns, work.deliver)
    small = scheduled(road, audience={"where": {"countries": ["AT"]}})
    road.wait(seconds=1)
    road.work(work.run_campaigns, work.deliver)
    assert reasons(small) == {("sent", "due"): 5}


def test_many_newsletters_without_a_rate_all_get_their_turn(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(send, "MOST_WAITING", 8)
    monkeypatch.setattr(send, "BATCH", 4)
    countries = ["AT", "CH", "DE", "FR"]
    for country in countries:
        people(10, country=country)
    campaigns = [scheduled(road, audience={"where": {"countries": [country]}}) for country in countries]
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    assert all(reasons(campaign) for campaign in campaigns)


def test_one_newsletter_has_the_outbox_to_itself_where_the_others_have_nobody_to_write_to(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(send, "MOST_WAITING", 8)
    people(10)
    scheduled(road, rate=1, audience={"where": {"countries": ["AT"]}})
    full = scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    assert reasons(full) == {("sent", "due"): 8}


def test_one_that_can_not_be_decided_about_holds_up_no_other(road: Road, caplog: pytest.LogCaptureFixture) -> None:
    people(3, country="AT")
    people(3)
    bad, good = (scheduled(road, audience={"where": {"countries": [country]}}) for country in ("AT", "DE"))

    with failing("version = ANY(%(versions)s)", bad):
        mails = road.work()

    assert (len(mails), reasons(good)) == (3, {("sent", "due"): 3})
    assert f"newsletter {bad.pk} could not go on" in caplog.text


def left_by_the_hour(road: Road, hours: int) -> list[int]:
    """How many mails leave in each of some hours."""
    left = []
    for _ in range(hours):
        left.append(sum(len(road.work(work.run_campaigns, work.deliver)) for _ in range(3)))
        road.wait(hours=1, seconds=1)
    return left


def test_mails_that_long_pauses_take_back_leave_within_the_window(road: Road) -> None:
    people(30)
    campaign = scheduled(road, window_mails=10, window_minutes=60)
    road.work(work.run_campaigns)
    for _ in range(3):
        refill(road.shop, settings(road), road.now)
        course.pause(campaign.pk, "User:1", road.now)
        road.work(work.deliver)
        road.wait(hours=3)
        course.resume(campaign.pk, "User:1", road.now)

    assert left_by_the_hour(road, 4) == [10, 10, 10, 0]


def test_mails_that_rest_with_their_flow_leave_within_the_window(road: Road) -> None:
    people(30)
    scheduled(road, window_mails=10, window_minutes=60)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    pause(NEWSLETTER, "user:1", road.now)
    road.wait(hours=3)
    resume(NEWSLETTER)

    assert left_by_the_hour(road, 4) == [10, 10, 10, 0]


def test_mails_that_wait_for_the_mail_server_leave_within_the_window(road: Road) -> None:
    people(30)
    scheduled(road, window_mails=10, window_minutes=60)
    road.sink.on_recipient = lambda address: "451 4.7.0 not now"
    left_by_the_hour(road, 3)
    road.sink.on_recipient = lambda address: None

    assert left_by_the_hour(road, 6) == [10, 10, 10, 0, 0, 0]


def test_mails_that_a_server_puts_off_for_longer_than_the_window_do_not_stop_the_others(road: Road) -> None:
    people(30)
    scheduled(road, window_mails=10, window_minutes=60)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    Message.objects.update(next_attempt_at=road.now + timedelta(days=1), attempts=5)

    assert left_by_the_hour(road, 2) == [10, 10]
