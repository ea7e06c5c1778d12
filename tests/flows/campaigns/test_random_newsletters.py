"""Newsletters under random pauses, departures and two workers at once: nobody gets what must not be sent."""

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress as ignored
from datetime import timedelta
from itertools import pairwise

import time_machine
from django.core.management import call_command
from django.db import connection

from saleor_crm_plugin import work
from saleor_crm_plugin.config import MAIL_DISTANCE
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.campaigns import course
from saleor_crm_plugin.flows.campaigns.draft import CampaignError
from saleor_crm_plugin.shop.sandbox.mail_sink import listening
from tests.flows.campaigns.newsletters import people, scheduled
from tests.road import NOON, Road
from tests.seeded import seeded

PEOPLE, ROUNDS = 60, 12


@seeded(2)
def test_random_newsletters_beside_two_workers_bring_no_wrong_mail(transactional_db: None, seed: int) -> None:
    dice = random.Random(seed)
    with listening() as sink, time_machine.travel(NOON, tick=False) as clock, ThreadPoolExecutor(2) as pool:
        call_command("flush", interactive=False, verbosity=0)
        road = Road(sink, clock)
        addresses = [str(one.email) for one in people(PEOPLE)]
        campaigns = [scheduled(road, window_mails=20, window_minutes=60) for _ in range(3)]
        gone: dict[str, int] = {}
        for _ in range(ROUNDS):
            for address in dice.sample(addresses, 2):
                suppress(address, Suppression.Reason.UNSUBSCRIBED, road.now)
                gone.setdefault(address, len(sink.mails))
            step = dice.choice([course.pause, course.resume, course.resume, course.resume])
            _try(lambda step=step: step(dice.choice(campaigns).pk, "", road.now))  # type: ignore[misc]
            for worker in [pool.submit(_work, road) for _ in range(2)]:
                worker.result()
            road.wait(minutes=dice.choice([10, 60, 600]))

        got = [(mail["To"], number) for number, mail in enumerate(sink.mails)]
        assert all(number < gone.get(address, number + 1) for address, number in got)
        sent = Counter(Message.objects.filter(state="sent").values_list("recipient", "subject_id"))
        assert len(got) == sum(sent.values())
        assert max(sent.values()) == 1
        moments = defaultdict(list)
        for address, at in Message.objects.order_by("created_at").values_list("recipient", "created_at"):
            moments[address].append(at)
        for times in moments.values():
            assert all(later - earlier >= MAIL_DISTANCE for earlier, later in pairwise(times))
            assert all(sum(at > end - timedelta(days=7) for at in times if at <= end) <= 3 for end in times)


def _work(road: Road) -> None:
    try:
        for job in (work.run_campaigns, work.deliver):
            job(road.shop, work.now)
    finally:
        connection.close()


def _try(step: Callable[[], object]) -> None:
    with ignored(CampaignError):
        step()
