"""The chapter of the demo's page on who waits, and what was staged for it."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from saleor_crm_plugin import config, work
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.demo.mailbox import Mailbox
from saleor_crm_plugin.demo.page import write_page
from saleor_crm_plugin.demo.run import Clock
from saleor_crm_plugin.demo.scarce import SHORT, Scarcity
from saleor_crm_plugin.demo.waits import Place, waits_context
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.generate import Generated, generate
from saleor_crm_plugin.shop.sandbox.mail_sink import listening
from saleor_crm_plugin.shop.sandbox.progress import quiet
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop

MORNING = datetime(2026, 3, 2, 10, tzinfo=UTC)
SHOP = SandboxShop()
_JOBS = (work.sweep_shop, work.process_inbox, work.sweep_stock, work.decide, work.deliver)


@dataclass(frozen=True)
class Day:
    """The day of the chapter, lived through."""

    made: Generated
    scarcity: Scarcity
    mailbox: Mailbox
    now: datetime


@pytest.fixture
def day(db: None, tmp_path: Path) -> Day:
    """Nine hours and one of the next morning in a shop of 300 customers."""
    made = generate(MORNING, products=80, customers=300, progress=quiet)
    clock = Clock(MORNING)
    with listening() as sink:
        for name, value in {
            "sender_address": "hello@news.example.com", "smtp_host": "127.0.0.1", "smtp_port": str(sink.port),
            "smtp_starttls": False, "storefront_url": "https://shop.example.com", "back_in_stock_enabled": True,
            "out_of_stock_enabled": True, "price_drop_enabled": True, "holdout_percent": "0",
        }.items():  # fmt: skip
            own_settings.save(name, value)
        scarcity = Scarcity(SHOP, config.parse(SHOP.configuration()), MORNING, seed=1)
        mailbox = Mailbox(tmp_path, MORNING)
        for hour in (*range(10), 26):
            clock.now = MORNING + timedelta(hours=hour)
            scarcity.hour(hour, clock.now)
            for job in _JOBS:
                job(SHOP, clock)
            mailbox.take(sink, clock.now)
    return Day(made, scarcity, mailbox, clock.now)


def test_the_chapter_tells_who_waits_and_who_was_told_in_which_order(day: Day, tmp_path: Path) -> None:
    # when
    told = waits_context(SHOP, tmp_path, day.scarcity.variants, day.mailbox, day.now)

    # then the most wanted is first, and guests who have not confirmed are told apart
    assert list(day.scarcity.variants) == list(SHORT)
    waiting = [one.one.waiting for one in told["wanted"]]
    assert waiting == sorted(waiting, reverse=True)
    assert sum(one.unconfirmed for one in told["wanted"]) == StockInterest.objects.filter(state="unconfirmed").count()
    assert all((tmp_path / "media" / f"{one.slug}.png").stat().st_size for one in told["wanted"])

    # and five came for thirteen: the first five were told at once, the next when their time was over, the others keep
    # their places
    places: list[Place] = told["queue"]
    assert len(places) == 13
    marks = [place.happened.startswith("Told") for place in places]
    assert marks == sorted(marks, reverse=True)
    assert all("wave 1" in place.happened and place.letter for place in places[:5])
    assert not any("wave 1" in place.happened for place in places[5:])
    assert {place.happened for place, mark in zip(places, marks, strict=True) if not mark} == {"Keeps the place."}
    assert sum(place.tone == "ordered" for place in places) >= 3

    # and all of it is on the page, with a mail of each kind
    file = write_page(tmp_path, day.made, {}, day.mailbox, told, day.now, "saleor-crm")
    page = file.read_text(encoding="utf-8")
    assert page.count('<li class="') == 13
    shown = re.findall(r"<small>([a-z: ]+) · \w\w · ", page.partition("<h2>The mails</h2>")[2])
    assert shown == ["waiting list: confirm the address", "back in stock", "out of stock", "price drop"]


def test_the_same_seed_stages_the_same(db: None) -> None:
    staged = []
    for _ in range(2):
        StockInterest.objects.all().delete()
        generate(MORNING, products=80, customers=300, progress=quiet)
        own_settings.save("back_in_stock_enabled", value=False)
        settings = config.parse(SHOP.configuration())
        variants = Scarcity(SHOP, settings, MORNING, seed=1).variants
        people = StockInterest.objects.order_by("asked_at", "pk").values_list(
            "contact__email", "variant_id", "asked_at"
        )
        staged.append((variants, list(people)))
    assert staged[0] == staged[1]
    assert len(staged[0][1]) > 60


def test_a_page_without_waiting_customers_leaves_the_chapter_out(db: None, tmp_path: Path) -> None:
    told = waits_context(SHOP, tmp_path, {}, Mailbox(tmp_path, MORNING), MORNING)
    assert told["wanted"] == []
    assert told["queue"] == []
