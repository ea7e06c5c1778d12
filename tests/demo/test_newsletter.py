"""The chapter of the demo's page on a newsletter, and what was staged for it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from saleor_crm_plugin import config, work
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.demo.mailbox import Mailbox
from saleor_crm_plugin.demo.mailing import LEAVES_AT, Mailing
from saleor_crm_plugin.demo.newsletter import newsletter_context
from saleor_crm_plugin.demo.page import write_page
from saleor_crm_plugin.demo.run import Clock
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.recs.recipes import Limits
from saleor_crm_plugin.recs.served import training
from saleor_crm_plugin.recs.served.local import LocalEngine
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.generate import Generated, generate
from saleor_crm_plugin.shop.sandbox.mail_sink import listening
from saleor_crm_plugin.shop.sandbox.progress import quiet
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from saleor_crm_plugin.webhooks.history import backfill

MORNING = datetime(2026, 3, 2, 10, tzinfo=UTC)
SHOP = SandboxShop()
_JOBS = (
    work.sweep_shop, work.process_inbox, work.decide, work.run_campaigns, work.deliver, work.judge_clicks,
)  # fmt: skip


@dataclass(frozen=True)
class Day:
    """The day of the chapter, lived through, and what it tells."""

    made: Generated
    mailing: Mailing
    mailbox: Mailbox
    told: Mapping[str, Any]
    now: datetime


@pytest.fixture
def day(db: None, tmp_path: Path) -> Day:
    """A newsletter in a shop of 1,200 customers, and the nine hours after it left."""
    made = generate(MORNING, products=80, customers=1_200, progress=quiet)
    clock = Clock(MORNING)
    with listening() as sink:
        for name, value in {
            "sender_address": "hello@news.example.com", "smtp_host": "127.0.0.1", "smtp_port": str(sink.port),
            "smtp_starttls": False, "storefront_url": "https://shop.example.com", "link_clicks": True,
        }.items():  # fmt: skip
            own_settings.save(name, value)
        settings = config.parse(SHOP.configuration())
        backfill(SHOP, clock)
        training.train(SHOP, settings, MORNING, engine=LocalEngine(Limits(seconds=1)))
        mailing, mailbox = Mailing(SHOP, settings, random.Random(1)), Mailbox(tmp_path, MORNING)
        mailing.prepare(MORNING)
        for hour in (1, *range(LEAVES_AT, LEAVES_AT + 10)):
            clock.now = MORNING + timedelta(hours=hour)
            mailing.happen(clock.now)
            for job in _JOBS:
                job(SHOP, clock)
            mailing.arrived(sink.mails, clock.now)
            mailbox.take(sink, clock.now)
    return Day(made, mailing, mailbox, newsletter_context(mailing, mailbox, clock.now), clock.now)


def test_the_chapter_tells_of_a_newsletter_from_the_count_to_what_it_was_worth(day: Day, tmp_path: Path) -> None:
    told = day.told
    campaign = Campaign.objects.get()
    mails = Message.objects.filter(flow="newsletter", state="sent")

    # nothing left before its time, and then everybody got it who was counted and not held out or capped
    assert campaign.state == Campaign.State.SENT
    assert {mail.sent_at >= MORNING + timedelta(hours=LEAVES_AT) for mail in mails if mail.sent_at} == {True}
    assert abs(told["reached"] - campaign.recipients) < 10
    became = {bar.label: bar.count for bar in told["became"]}
    assert became["Mails that left"] == mails.count() == day.mailbox.arrived

    # readers clicked, bought and left by the mails' own links; programs are told apart
    assert sum(one.clicked for one in told["subjects"]) > 0
    assert became["A person clicked"] >= sum(one.clicked for one in told["subjects"])
    assert told["scanned"] > 0
    assert became["Ordered after it"] > 0
    assert became["Unsubscribed by its link, and get no more"] == Suppression.objects.count() > 0

    # it is compared with those who got nothing, and looks as what was sent
    assert [one["label"] for one in told["groups"]] == ["Got it", "Held out"]
    assert told["conclusion"].startswith(("Per 1,000 people", "Not conclusive"))
    assert [one.name for one in told["readings"]][:2] == ["newsletter-preview-a-en", "newsletter-preview-b-en"]
    assert all((tmp_path / "mails" / f"{one.name}.html").stat().st_size for one in told["readings"])
    kept = [letter.subject for letter in day.mailbox.letters]
    assert len(kept) == len(set(kept)) < day.mailbox.arrived
    page = write_page(tmp_path, day.made, {}, day.mailbox, told, day.now, "saleor-crm").read_text(encoding="utf-8")
    assert "<h2>A newsletter</h2>" in page
    assert page.count("newsletter-preview-a-en.html") == 2


def test_without_a_newsletter_there_is_nothing_to_tell(db: None, tmp_path: Path) -> None:
    mailing = Mailing(SHOP, config.parse({}), random.Random(1))

    assert newsletter_context(mailing, Mailbox(tmp_path, MORNING), MORNING) == {}
