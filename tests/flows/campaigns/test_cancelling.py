"""A newsletter is cancelled at once, however many wait for it and whatever workers are at just then."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction

from saleor_crm_plugin import work
from saleor_crm_plugin.flows import withdraw
from saleor_crm_plugin.flows.campaigns import course, recipients
from saleor_crm_plugin.flows.campaigns.report import report
from saleor_crm_plugin.flows.campaigns.send import refill
from saleor_crm_plugin.flows.decide import decide_due
from saleor_crm_plugin.flows.models import Enrolment
from saleor_crm_plugin.shop.port import PricedCart
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.flows.campaigns.newsletters import people, reasons, scheduled, settings
from tests.road import Road


@contextmanager
def worker_has(runs: list[int]) -> Iterator[None]:
    """Another worker has these runs locked. Whoever waits for it fails."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_lock, runs).result()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '500ms'")
            yield
        finally:
            pool.submit(_let_go).result()
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")


def _lock(runs: list[int]) -> None:
    transaction.set_autocommit(False)
    list(Enrolment.objects.select_for_update().filter(pk__in=runs))


def _let_go() -> None:
    transaction.rollback()
    connection.close()


def test_cancelling_does_not_wait_for_workers_and_leaves_nobody_waiting(road: Road) -> None:
    people(10)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    some = list(Enrolment.objects.filter(campaign=campaign).values_list("pk", flat=True)[:3])

    with worker_has(some):
        course.cancel(campaign.pk, "User:1", road.now)
        road.work(work.run_campaigns)
        meanwhile = report(campaign, road.now).waiting
    road.work()

    assert meanwhile == 3
    assert reasons(campaign) == {("skipped", "cancelled"): 10}


def test_those_who_wait_are_ended_some_at_a_time(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipients, "MOST_ENDED", 4)
    people(10)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    course.cancel(campaign.pk, "User:1", road.now)
    counts = [recipients.end_cancelled(road.now) for _ in range(4)]
    assert counts == [4, 4, 2, 0]


def test_nobody_gets_a_cancelled_newsletter_before_those_who_wait_are_ended(road: Road) -> None:
    people(10)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    course.cancel(campaign.pk, "User:1", road.now)
    assert not road.work(work.deliver)


def test_who_is_put_back_into_a_newsletter_just_after_it_was_cancelled_does_not_wait_for_ever(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(3)
    campaign = scheduled(road)
    road.work(work.run_campaigns)
    refill(road.shop, settings(road), road.now)
    course.pause(campaign.pk, "User:1", road.now)
    real = withdraw._withdraw

    def late(*rest: object) -> None:
        course.cancel(campaign.pk, "User:1", road.now)
        real(*rest)  # type: ignore[arg-type]

    with monkeypatch.context() as bent:
        bent.setattr(withdraw, "_withdraw", late)
        road.work(work.deliver)
    road.work()

    assert report(campaign, road.now).waiting == 0


class Locking(SandboxShop):
    """A shop in which another worker takes the runs while prices are looked up."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        super().__init__()
        self._pool = pool

    def priced_carts(self, ids: object) -> dict[str, PricedCart]:  # type: ignore[override]
        self._pool.submit(_lock, list(Enrolment.objects.values_list("pk", flat=True))).result()
        return dict(super().priced_carts(ids))  # type: ignore[arg-type]


def test_a_worker_gives_back_what_it_leased_without_waiting_for_others(road: Road) -> None:
    road.cart(*road.make_product())
    road.work(work.sweep_shop, work.process_inbox)
    road.wait(hours=5)
    with ThreadPoolExecutor(1) as pool, connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '500ms'")
        try:
            decided = decide_due(Locking(pool), settings(road), road.now)
        finally:
            pool.submit(_let_go).result()
            cursor.execute("RESET lock_timeout")
    assert decided == 0
