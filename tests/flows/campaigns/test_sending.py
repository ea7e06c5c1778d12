"""A newsletter from its draft to the mailbox."""

import pytest
from django.db import transaction

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.flows.campaigns import course
from saleor_crm_plugin.flows.campaigns.draft import Text
from saleor_crm_plugin.flows.campaigns.models import Campaign, CampaignWords
from saleor_crm_plugin.flows.campaigns.words import Wording, Wordings
from saleor_crm_plugin.flows.models import Enrolment
from tests.flows.campaigns.newsletters import ENGLISH, GERMAN, newsletter, people, reasons, scheduled, settings
from tests.road import Road


def test_everybody_who_agreed_gets_a_scheduled_newsletter_once(road: Road) -> None:
    people(20)
    campaign = scheduled(road)

    first, second = road.work(), road.work()

    assert len({mail["To"] for mail in first}) == len(first) == 20
    assert not second
    campaign.refresh_from_db()
    assert campaign.recipients == 20
    assert campaign.state == Campaign.State.SENT


def test_nothing_leaves_before_its_time(road: Road) -> None:
    people(3)
    campaign = newsletter(road)
    course.schedule(road.shop, settings(road), campaign.pk, road.now.replace(hour=18), "User:1", road.now)

    assert not road.work()
    road.wait(hours=6)
    assert len(road.work()) == 3


def test_who_may_not_be_written_to_is_no_recipient_and_counted_with_the_reason(road: Road) -> None:
    (ada, _) = people(2)
    people(1, consented=False)
    suppress(str(ada.email), Suppression.Reason.UNSUBSCRIBED, road.now)
    campaign = scheduled(road)

    road.work()

    campaign.refresh_from_db()
    assert (campaign.recipients, campaign.excluded) == (1, {"no_consent": 1, "suppressed": 1})
    assert Enrolment.objects.filter(campaign=campaign).count() == 1


def test_each_reads_it_in_a_language_near_to_his_own(road: Road) -> None:
    for language in ("de", "de-at", "it", ""):
        people(1, language=language)
    scheduled(road, [ENGLISH, GERMAN])

    mails = road.work()

    assert sorted(mail["Subject"] for mail in mails) == [
        "Der Frühling ist da", "Der Frühling ist da", "Spring is here", "Spring is here",
    ]  # fmt: skip


def test_who_reads_a_variety_that_no_text_is_in_gets_another_of_the_same_language(road: Road) -> None:
    people(1, language="en-us")
    people(1, language="en")
    people(1, language="it")
    scheduled(road, [GERMAN, Text("en-gb", ENGLISH.words)], language="de")

    mails = road.work()

    assert sorted(mail["Subject"] for mail in mails) == ["Der Frühling ist da", "Spring is here", "Spring is here"]


@pytest.mark.parametrize(
    ("reads", "gets"), [("zh-hant-tw", "zh-hant-hk"), ("zh-tw", "zh-hans"), ("zhx", "de"), ("", "de"), ("de-ch", "de")]
)
def test_of_two_varieties_the_one_that_shares_more_is_nearer(reads: str, gets: str) -> None:
    texts = {("a", code): Wording(CampaignWords(language=code)) for code in ("zh-hans", "zh-hant-hk", "de", "de-at")}

    assert Wordings(texts).nearest("a", reads, "de").language == gets


def test_some_are_held_out_and_counted(road: Road) -> None:
    people(200)
    campaign = scheduled(road, holdout_percent=20)

    mails = road.work()

    held_out = Enrolment.objects.filter(campaign=campaign, arm="holdout").count()
    assert 20 < held_out < 60
    assert len(mails) == 200 - held_out
    assert reasons(campaign) == {("sent", "due"): 200 - held_out, ("held_out", "holdout"): held_out}


def test_two_newsletters_on_one_day_are_one_mail_each(road: Road) -> None:
    people(5)
    scheduled(road)
    road.work()
    second = scheduled(road)

    assert not road.work()
    assert reasons(second) == {("skipped", "capped"): 5}


def test_two_recipients_who_turn_out_to_be_one_person_get_it_once(road: Road) -> None:
    people(1)
    people(1, user_id="7")
    campaign = scheduled(road, window_mails=1, window_minutes=24 * 60)
    first = road.work(work.run_campaigns, work.deliver)

    with transaction.atomic():
        resolve([Person(email="reader0@example.com", user_id="7")], road.now)
    Contact.objects.update(consented=True)
    road.wait(hours=25)
    second = road.work(work.run_campaigns, work.deliver)

    assert (len(first), len(second)) == (1, 0)
    assert reasons(campaign) == {("sent", "due"): 1, ("skipped", "already_said"): 1}


def test_at_night_it_waits_for_the_morning(road: Road) -> None:
    people(5)
    road.set(quiet_hours="21-8")
    road.wait(hours=11)
    campaign = scheduled(road)

    at_night = road.work()
    road.wait(hours=9)
    in_the_morning = road.work()

    assert (len(at_night), len(in_the_morning)) == (0, 5)
    assert reasons(campaign) == {("moved", "quiet_hours"): 5, ("sent", "due"): 5}
