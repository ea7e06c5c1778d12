"""The jobs of the road ask the database no more for many carts than for few."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import work
from tests.road import Road


@pytest.mark.parametrize("sender_name", ["Morgentau", ""])
@pytest.mark.parametrize("job", [work.sweep_shop, work.process_inbox, work.decide])
def test_thirty_carts_cost_as_many_queries_as_two(road: Road, job: work.Job, sender_name: str) -> None:
    road.set(sender_name=sender_name)
    (shirt,) = road.make_product()
    leave(road, shirt, "first", 1)
    road.work()

    costs = [cost_of(road, job, lambda n=n: leave(road, shirt, f"of{n}-", n)) for n in (2, 30)]

    assert costs[0] == costs[1]


def leave(road: Road, variant: str, name: str, count: int) -> None:
    for n in range(count):
        road.cart(variant, email=f"{name}{n}@example.com")


def cost_of(road: Road, job: work.Job, happen: Callable[[], None]) -> int:
    happen()
    if job is work.decide:
        road.work(work.process_inbox)
        road.wait(hours=5)
    with CaptureQueriesContext(connection) as captured:
        road.work(job)
    road.wait(hours=6)
    road.work()
    return len(captured)
