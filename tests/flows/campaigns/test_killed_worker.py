"""Two workers that die with kill -9 at random points of a newsletter, and are started again each time."""

import os
import random
import signal
import time
from collections import Counter
from io import StringIO

from django.core.management import call_command

from saleor_crm_plugin import work
from saleor_crm_plugin.emails import outbox
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.send import CHUNK
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.flows.models import Enrolment
from tests.emails.workers import locked, start, wait_for_mails, wait_until
from tests.flows.campaigns.newsletters import people, scheduled
from tests.road import Road

# Fewer than the 10,000 of ``make kills`` show the same in less time.
RECIPIENTS = int(os.environ.get("CRM_RECIPIENTS", "600"))
KILLS = 3


def listed() -> set[str]:
    """The mails that ``crm outbox`` says are held."""
    out = StringIO()
    call_command("crm", "outbox", stdout=out)
    return {line.split()[0] for line in out.getvalue().splitlines() if " held " in line and "newsletter" in line}


def test_after_kill_9_nobody_got_a_newsletter_twice_and_nobody_was_skipped(road: Road) -> None:
    people(RECIPIENTS)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    dice = random.Random(7)

    for _ in range(KILLS):
        workers = [start(road), start(road)]
        wait_for_mails(road, len(road.sink.mails) + dice.randrange(20, RECIPIENTS // (KILLS + 1)))
        time.sleep(dice.random() * 0.05)
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        road.wait(seconds=outbox.LOST_AFTER.total_seconds())
    road.wait(minutes=2)  # the workers' clocks went on, too
    assert start(road).wait() == 0
    road.work(work.run_campaigns)

    arrived = Counter(mail["To"] for mail in road.sink.mails)
    states = dict(Message.objects.values_list("recipient", "state"))
    held = {recipient for recipient, state in states.items() if state == "held"}
    assert max(arrived.values()) == 1
    assert len(states) == RECIPIENTS
    assert set(states) - held <= set(arrived)
    assert len(held) <= 2 * 2 * CHUNK * KILLS
    assert listed() == {str(one.pk) for one in Message.objects.filter(state="held")}
    assert not Enrolment.objects.filter(campaign=campaign, state="waiting").exists()
    assert Campaign.objects.get(pk=campaign.pk).state == "sent"


def test_a_worker_that_is_killed_while_it_writes_the_recipients_down_has_written_nobody(road: Road) -> None:
    # given a newsletter whose recipients can not be stored just now, and a worker that is at it
    people(50)
    campaign = scheduled(road)
    with locked("crm_enrolment"):
        worker = start(road, "campaigns")
        wait_until("wait_event_type = 'Lock'")

        # when
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    wait_until("state <> 'idle'", none=True)

    # then nobody is written down, and the next worker writes all
    assert not Enrolment.objects.exists()
    assert Campaign.objects.get(pk=campaign.pk).state == "scheduled"
    road.work()
    assert {mail["To"] for mail in road.sink.mails} == {f"reader{number}@example.com" for number in range(50)}
    assert len(road.sink.mails) == 50
