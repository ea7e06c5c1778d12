"""What became of a newsletter, told by command."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.campaigns import course
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.explain import explain
from saleor_crm_plugin.flows.models import Enrolment
from tests.flows.campaigns.newsletters import people, scheduled, settings
from tests.road import Road

FILE = """
name = "Spring"
channels = ["{channel}"]
holdout_percent = 0
language = "en"

[audience.where]
countries = ["DE"]

[[texts]]
language = "en"
subject = "Spring is here"
body = "<h1>Spring</h1><p>It is here.</p>"
"""


def crm(*words: object) -> str:
    out = StringIO()
    call_command("crm", *map(str, words), stdout=out)
    return out.getvalue()


def buy(run: Enrolment, amount: int) -> None:
    Purchase.objects.create(
        order_id=f"order{run.pk}", contact_id=run.contact_id, channel="eu", currency="EUR", language="en", total=amount,
        refunded=0, real=True, paid=True, placed_at=run.arm_at, changed_at=run.arm_at,
    )  # fmt: skip


def test_a_newsletter_goes_from_a_file_to_its_report_by_command(road: Road, tmp_path: Path) -> None:
    people(5)
    people(2, country="FR")
    path = tmp_path / "spring.toml"
    path.write_text(FILE.format(channel=next(iter(road.shop.channels()))), encoding="utf-8")

    assert "is a draft" in crm("campaign", "create", path)
    key = Campaign.objects.get().pk
    assert crm("campaign", "count", key).startswith("5 people, 5 of whom may be written to.")
    assert "scheduled" in crm("campaign", "schedule", key)
    assert len(road.work()) == 5
    road.work()

    assert "sent" in crm("campaign", "list")
    assert "5  mails sent" in crm("campaign", "report", key)
    assert json.loads(crm("campaign", "report", key, "--json"))["mails"] == {"sent": 5}


def test_conditions_are_counted_by_command(road: Road) -> None:
    people(3)
    people(1, country="FR")
    assert crm("campaign", "count", "--where", "countries=DE", "--sample", 0).startswith("3 people")
    assert crm("campaign", "count", "--where", "not countries=DE", "--sample", 0).startswith("1 people")
    with pytest.raises(CommandError, match="countries"):
        crm("campaign", "count", "--where", "countries=Germany")


def test_as_many_people_are_named_as_were_asked_for(road: Road) -> None:
    people(60)
    assert crm("campaign", "count", "--sample", "0").count("@") == 0
    assert crm("campaign", "count", "--sample", "60").count("@") == 60


@pytest.mark.parametrize("number", ["-1", "1001", "1.5", "many", "²"])
def test_a_number_of_people_that_makes_no_sense_is_refused(road: Road, number: str) -> None:
    with pytest.raises(CommandError, match="not a number from 0 to 1000"):
        crm("campaign", "count", f"--sample={number}")


def test_a_file_that_makes_no_sense_is_refused_in_words(road: Road, tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    for written, words in (("name =", "no TOML"), ("colour = 'red'", "colour"), ("[[texts]]\nbody = 'x'", "subject")):
        path.write_text(written, encoding="utf-8")
        with pytest.raises(CommandError, match=words):
            crm("campaign", "create", path)


def test_what_those_who_got_it_bought_is_compared_with_those_who_were_held_out(road: Road) -> None:
    people(400)
    campaign = scheduled(road, holdout_percent=50)
    road.work()
    for number, run in enumerate(Enrolment.objects.filter(campaign=campaign, arm="treated")):
        if number % 2:
            buy(run, 50)
    for run in Enrolment.objects.filter(campaign=campaign, arm="holdout")[:2]:
        buy(run, 50)
    road.wait(days=31)

    told = crm("campaign", "report", campaign.pk)

    assert "the mails bring more" in told


def test_one_newsletter_is_not_told_of_in_another(road: Road) -> None:
    people(20)
    first = scheduled(road, holdout_percent=0)
    road.work()
    road.wait(days=3)
    second = scheduled(road, holdout_percent=0)
    road.work()
    mail = Message.objects.filter(subject_id__startswith=f"{second.pk}.")[0]
    Response.objects.create(message=mail, contact_id=mail.contact_id, kind="click", by="person", at=road.now)
    buy(Enrolment.objects.get(subject_id=mail.subject_id), 10)

    of_first, of_second = (json.loads(crm("campaign", "report", one.pk, "--json")) for one in (first, second))

    assert of_first["uplift"]["by_last_click"] == []
    assert of_second["uplift"]["by_last_click"] == [{"currency": "EUR", "orders": 1, "revenue": "10.000"}]
    assert [one["clicked"] for one in of_second["versions"]] == [1]


def test_each_recipient_s_decision_is_explained(road: Road) -> None:
    people(1)
    scheduled(road)
    road.work()
    lines = list(explain("reader0@example.com", settings(road).time_zone))
    assert "Newsletter, Spring:" in lines
    assert any("mail 1: sent. It was time" in line for line in lines)


def test_who_waits_for_a_newsletter_that_is_paused_is_told_so(road: Road) -> None:
    people(1)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    course.pause(campaign.pk, "User:1", road.now)

    lines = list(explain("reader0@example.com", settings(road).time_zone))

    assert lines[-1] == "  The newsletter is paused: nothing of it is decided or sent until it goes on."
