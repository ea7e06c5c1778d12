"""Workers that die with kill -9 in the middle of a thousand mails."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta

from django.db import connection

from saleor_crm_plugin import work
from saleor_crm_plugin.emails import outbox
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.shop.sandbox.database import ENVIRONMENT
from tests.road import Road

MAILS = 1000
KILLS = 5


def test_after_kill_9_each_of_a_thousand_mails_is_sent_once_or_held(road: Road) -> None:
    (shirt,) = road.make_product(stock=10 * MAILS)
    for number in range(MAILS):
        road.cart(shirt, email=f"customer{number}@example.com")
        road.now -= timedelta(seconds=2)  # all at about the same time
    road.wait(hours=5)
    road.work(*(job for job in work.JOBS if job is not work.deliver))
    dice = random.Random(9)

    for _ in range(KILLS):
        workers = [_start(road), _start(road)]
        _wait_for_mails(road, len(road.sink.mails) + dice.randrange(20, 150))
        time.sleep(dice.random() * 0.02)
        for worker in workers:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        road.wait(seconds=outbox.LOST_AFTER.total_seconds())
    assert _start(road).wait() == 0

    arrived = Counter(mail["Message-ID"].strip("<>").split("@")[0] for mail in road.sink.mails)
    states = {str(pk): state for pk, state in Message.objects.values_list("pk", "state")}
    assert len(states) == MAILS
    assert set(states.values()) <= {"sent", "held"}
    assert max(arrived.values()) == 1
    assert {pk for pk, state in states.items() if state == "sent"} <= set(arrived)
    assert 0 < list(states.values()).count("held") <= 2 * KILLS


def _start(road: Road) -> subprocess.Popen[bytes]:
    settings = connection.settings_dict
    url = f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
    return subprocess.Popen(
        [sys.executable, "-m", "tests.emails.worker", road.now.isoformat()], env={**os.environ, ENVIRONMENT: url}
    )


def _wait_for_mails(road: Road, count: int) -> None:
    give_up = time.perf_counter() + 60
    while len(road.sink.mails) < count:
        assert time.perf_counter() < give_up, "the workers deliver nothing"
        time.sleep(0.001)
