"""A batch that grants codes of one tier and gives back those of another, beside a worker that grants of both."""

from threading import Event
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import work
from saleor_crm_plugin.config import Settings, parse
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.vouchers import grant as granting
from saleor_crm_plugin.vouchers.grant import Wanted
from saleor_crm_plugin.vouchers.issue import issue
from saleor_crm_plugin.vouchers.models import Grant
from tests.contacts.test_two_workers import at_once
from tests.flows.people.test_loyal import BOB, crosses, shop
from tests.flows.people.test_table import ADA
from tests.road import Road

__all__ = ["shop"]


def test_a_worker_that_grants_of_both_tiers_waits_for_a_batch_that_gives_back_of_one(
    shop: Road, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # given a code of A that will be given back, and one of B that will be granted; both tiers were used before
    settings, bob = parse(shop.shop.configuration()), Contact.objects.get(email=BOB).pk
    both = _wishes(settings, bob, "before")
    with transaction.atomic():
        granting.grant(shop.shop, settings, both, shop.now)
    crosses(shop, "A")
    shop.work(work.enter_flows, work.decide)
    shop.wait(hours=5)
    shop.work(work.deliver)  # the prices in the mail are old: its run is decided anew
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, shop.now)
    crosses(shop, "B", BOB)
    shop.work(work.enter_flows)
    # when another worker comes to both tiers while the batch grants
    granted, others = Event(), list[int]()

    def late(*args: Any) -> str:
        if not granted.is_set():
            granted.set()
            _until_locked(others)
        return issue(*args)

    def decides() -> None:
        shop.work(work.decide)

    def grants() -> None:
        granted.wait(10)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            others.extend(cursor.fetchone())
            granting.grant(shop.shop, settings, _wishes(settings, bob, "then"), shop.now)

    monkeypatch.setattr(granting, "issue", late)
    at_once([decides, grants])
    # then neither fails
    assert not [record for record in caplog.records if "could not be decided" in record.getMessage()]
    assert Grant.objects.filter(state="given_back", tier="A").count() == 1
    assert Grant.objects.filter(key__startswith="then").count() == 2


def test_a_batch_that_grants_nothing_holds_no_tier(shop: Road) -> None:
    # given a code of which nobody will be told
    crosses(shop, "A")
    shop.work(work.enter_flows)
    suppress(ADA, Suppression.Reason.UNSUBSCRIBED, shop.now)
    # when
    with CaptureQueriesContext(connection) as captured:
        shop.work(work.decide)
    # then
    assert not [query for query in captured if "crm_voucher_use" in query["sql"]]


def _wishes(settings: Settings, contact: int, name: str) -> list[Wanted]:
    tiers = [tier for tier in map(settings.vouchers.tier, "AB") if tier]
    return [Wanted(f"{name}:{tier.name}", tier, contact, "eu", "EUR") for tier in tiers]


def _until_locked(others: list[int]) -> None:
    """Wait until the other worker waits for somebody."""
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT cardinality(pg_blocking_pids(pid)) > 0 FROM unnest(%s::integer[]) pid", [others])
            if cursor.fetchone() == (True,):
                return
        sleep(0.01)
    raise AssertionError("The other worker does not wait.")
