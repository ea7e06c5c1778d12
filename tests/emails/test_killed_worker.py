"""Workers that die with kill -9 in the middle of many mails, which several connections carry."""

import os
import random
import signal
import time
from collections import Counter
from datetime import timedelta

from saleor_crm_plugin import work
from saleor_crm_plugin.emails import outbox, send
from saleor_crm_plugin.emails.models import Message
from tests.emails.workers import start, wait_for_mails
from tests.road import Road

MAILS = 600
KILLS = 5


def test_after_kill_9_each_mail_is_sent_once_or_held(road: Road) -> None:
    (shirt,) = road.make_product(stock=10 * MAILS)
    for number in range(MAILS):
        road.cart(shirt, email=f"customer{number}@example.com")
        road.now -= timedelta(seconds=2)  # all at about the same time
    road.wait(hours=5)
    road.work(*(job for job in work.JOBS if job is not work.deliver))
    dice = random.Random(9)

    for _ in range(KILLS):
        workers = [start(road), start(road)]
        wait_for_mails(road, len(road.sink.mails) + dice.randrange(20, 60))
        time.sleep(dice.random() * 0.02)
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        # A minute more: the workers' clocks went on. All of it within the hour for which prices hold.
        road.wait(seconds=outbox.LEASE.total_seconds() + 60)
    road.wait(seconds=outbox.LOST_AFTER.total_seconds() + 120)  # the workers' clocks went on, too
    assert start(road).wait() == 0

    arrived = Counter(mail["Message-ID"].strip("<>").split("@")[0] for mail in road.sink.mails)
    states = {str(pk): state for pk, state in Message.objects.values_list("pk", "state")}
    assert len(states) == MAILS
    assert set(states.values()) <= {"sent", "held"}
    assert max(arrived.values()) == 1
    assert {pk for pk, state in states.items() if state == "sent"} <= set(arrived)
    assert 0 < list(states.values()).count("held") <= 2 * KILLS * 2 * send.CHUNK
