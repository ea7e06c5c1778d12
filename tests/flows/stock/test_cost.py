"""The jobs of stock ask no more of the database for many who wait than for few; whoever asks is told who waits."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import work
from saleor_crm_plugin.flows.explain import explain
from tests.flows.stock.waiting import agrees, switch_on, waits
from tests.road import Road


@pytest.mark.parametrize("job", [work.process_inbox, work.sweep_stock, work.decide, work.deliver])
def test_twenty_who_wait_cost_as_many_queries_as_two(road: Road, job: work.Job) -> None:
    switch_on(road)
    shirt, hat = (road.make_product(name, stock=0)[0] for name in ("Linen shirt", "Hat"))
    assert _cost(road, job, lambda: _wait(road, shirt, 2)) == _cost(road, job, lambda: _wait(road, hat, 20))


def _wait(road: Road, variant: str, many: int) -> None:
    for number in range(many):
        waits(road, variant, f"{variant}-{number}@example.com")
    road.set_stock(variant, many)


def _cost(road: Road, job: work.Job, happen: Callable[[], None]) -> int:
    happen()
    before = [work.process_inbox, work.sweep_stock, work.decide, work.deliver]
    for earlier in before[: before.index(job)]:
        road.work(earlier)
    with CaptureQueriesContext(connection) as captured:
        road.work(job)
    road.work()
    # What a mail costs by itself when it is handed over: it is marked before and after.
    own = ("crm_message" in query["sql"] and query["sql"].lstrip().startswith("UPDATE") for query in captured)
    return len(captured) - sum(own)


def test_whoever_asks_is_told_what_somebody_waits_for_and_why_he_was_told(road: Road) -> None:
    # given
    switch_on(road)
    shirt, hat = (road.make_product(name, stock=0)[0] for name in ("Linen shirt", "Hat"))
    waits(road, shirt, "ada@example.com")
    waits(road, hat, "ada@example.com")
    agrees("ada@example.com")
    road.set_stock(shirt, 1)
    road.work()
    # when
    said = list(explain("ada@example.com", ZoneInfo("UTC")))
    # then
    assert f"Waits for variant {hat} in {road.channel} since 2026-03-02 12:00." in said
    assert f"Back in stock, variant {shirt} in {road.channel}:" in said
    assert any(line.endswith("The mail was taken by the mail server.") for line in said)
