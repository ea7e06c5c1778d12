"""A newsletter in real Saleor: two channels, two currencies, two languages, from its draft to its report."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import unescape
from typing import Any

import pytest
from django.db.models import F

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.models import Enrolment
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.owner import YES, switch_on
from tests.saleor.services import Sink
from tests.saleor.worker import Worker

ADA, BOB, CLEO = "ada@example.com", "bob@example.com", "cleo@example.com"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BODY = '<h1>{}</h1>{{% products "popular" limit=2 title="{}" %}}{{% button "{}" shop.url %}}'
TEXTS = [
    {"language": "de", "subject": "Der Frühling ist da", "body": BODY.format("Frühling", "Beliebt", "Zum Shop")},
    {"language": "pl", "subject": "Wiosna", "body": BODY.format("Wiosna", "Popularne", "Do sklepu")},
]
AUDIENCE = """query($audience: CrmAudienceInput!, $channels: [String!]) {
    crmAudience(audience: $audience, channels: $channels) { counted { recipients sample { email channel } }
    errors { message } } }"""
CREATE = """mutation($input: CrmCampaignInput!) {
    crmCampaignCreate(input: $input) { campaign { id state } errors { field message } } }"""
PREVIEW = """query($id: ID!, $customer: ID) { crmCampaignPreview(id: $id, customer: $customer) {
    mail { subject html text language } errors { message } } }"""
TEST = """mutation($id: ID!, $customer: ID) {
    crmCampaignTestSend(id: $id, to: "boss@shop.example.com", customer: $customer) { sent errors { message } } }"""
SCHEDULE = """mutation($id: ID!, $at: DateTime) {
    crmCampaignSchedule(id: $id, at: $at) { campaign { state } errors { message } } }"""
PAUSE, RESUME, CANCEL = (
    f"mutation($id: ID!) {{ crmCampaign{step}(id: $id) {{ campaign {{ state }} errors {{ message }} }} }}"
    for step in ("Pause", "Resume", "Cancel")
)
CHOOSE = """mutation($id: ID!) {
    crmCampaignChoose(id: $id, winner: A) { campaign { state } errors { message } } }"""
NUMBERS = """query($id: ID!) { crmCampaign(id: $id) { state report {
    waiting sent versions { version sent } decisions { outcome count } uplift { heldOut { people } } } } }"""
REPORT = """query($id: ID!) { crmCampaign(id: $id) { state report { recipients sent clicked
    excluded { reason count } uplift { byLastClick { orders } currencies { currency treated { orders } } } } } }"""


@pytest.fixture
def switched_on(driver: SaleorDriver, sink: Sink) -> SaleorDriver:
    """A shop that counts clicks and has customers in two channels."""
    return switch_on(driver, sink, sender_address="news@shop.example.com", link_clicks=True)


def buys(
    driver: SaleorDriver, worker: Worker, email: str, channel: str, language: str, variants: Sequence[str]
) -> None:
    cart = driver.make_cart(email=email, channel=channel, language=language, metadata=YES)
    for variant in variants:
        driver.add_line(cart, variant)
    worker.run("saleor_crm.process_inbox")
    driver.place_order(cart)
    worker.run("saleor_crm.process_inbox")


def sends(worker: Worker) -> None:
    worker.run("saleor_crm.campaigns")
    worker.run("saleor_crm.deliver")
    worker.run("saleor_crm.campaigns")


def an_age_passes(ago: timedelta) -> None:
    """What was done until now was so much longer ago."""
    Purchase.objects.update(placed_at=F("placed_at") - ago)
    Message.objects.update(created_at=F("created_at") - ago, sent_at=F("sent_at") - ago)
    Response.objects.update(at=F("at") - ago)
    Enrolment.objects.update(arm_at=F("arm_at") - ago)


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part
    return unescape(part.get_content())


def test_a_newsletter_in_two_channels_is_counted_tried_sent_clicked_bought_from_left_and_reported(
    switched_on: SaleorDriver, staff: GraphQL, api: GraphQL, worker: Worker, sink: Sink
) -> None:
    # given a customer in each of two channels, what sells, and somebody who agreed to mail and never bought
    driver = switched_on
    channels = [driver.channel, driver.other_channel]
    variants = [driver.make_product(name)[0] for name in ("Linen shirt", "Wool coat")]
    buys(driver, worker, ADA, channels[0], "de", variants)
    buys(driver, worker, BOB, channels[1], "pl", variants)
    cart = driver.make_cart(email=CLEO, channel=channels[0], language="de", metadata=YES)
    driver.add_line(cart, variants[0])
    worker.run("saleor_crm.process_inbox")
    worker.run("saleor_crm.segments")
    worker.run("saleor_crm.popular")
    assert Contact.objects.get(email=CLEO).consented
    audience: dict[str, Any] = {"where": {"lifecycle": ["NEW", "GETTING_ACQUAINTED"]}}

    # when staff counts, writes, previews and tries it
    counted = staff(AUDIENCE, audience=audience, channels=channels)["counted"]
    told = {"name": "Spring", "channels": channels, "audience": audience, "texts": TEXTS, "language": "de"}
    campaign = staff(CREATE, input=told)["campaign"]["id"]
    bob = global_id("CrmContact", Contact.objects.get(email=BOB).pk)
    shown = staff(PREVIEW, id=campaign, customer=bob)["mail"]
    assert staff(TEST, id=campaign, customer=bob)["sent"]
    (test,) = sink.mails
    sink.clear()

    # then it says to whom it goes, and how it reads to each
    assert {person["email"]: person["channel"] for person in counted["sample"]} == {ADA: channels[0], BOB: channels[1]}
    assert shown["subject"] == "Wiosna"
    assert "Popularne" in shown["html"]
    assert (test["To"], test["Subject"]) == ("boss@shop.example.com", "[Test] Wiosna")

    # when it is scheduled, nothing leaves before its time, and then each gets it once
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert staff(SCHEDULE, id=campaign, at=later)["campaign"]["state"] == "SCHEDULED"
    sends(worker)
    assert sink.mails == []
    staff(SCHEDULE, id=campaign)
    sends(worker)
    sends(worker)
    mails = {mail["To"]: mail for mail in sink.mails}
    assert sorted(sink.recipients) == [ADA, BOB]
    assert (mails[ADA]["Subject"], mails[BOB]["Subject"]) == ("Der Frühling ist da", "Wiosna")
    prices = {email: re.findall(r"\d+[,.]\d\d\s*(\S+?)<", html_of(mails[email])) for email in (ADA, BOB)}
    assert prices[ADA], html_of(mails[ADA])[:5000]
    assert not set(prices[ADA]) & set(prices[BOB])

    # when Bob clicks and buys, and Ada leaves
    an_age_passes(timedelta(hours=1))
    link = re.findall(r'href="([^"]+/plugins/saleor_crm/go/[^"]+)"', html_of(mails[BOB]))[0]
    answer = api.session.get(link, headers={"User-Agent": FIREFOX}, allow_redirects=False, timeout=30)
    assert "utm_campaign=newsletter-" in answer.headers["Location"]
    an_age_passes(timedelta(minutes=5))
    worker.run("saleor_crm.judge_clicks")
    buys(driver, worker, BOB, channels[1], "pl", variants[:1])
    leaving = re.search(r"<([^>]+)>", mails[ADA]["List-Unsubscribe"])
    assert leaving
    assert api.session.post(leaving[1], data={"List-Unsubscribe": "One-Click"}, timeout=30).status_code == 200

    # then the report tells of it, and the next newsletter leaves Ada alone
    told_of = staff(REPORT, id=campaign)
    assert (told_of["state"], told_of["report"]["sent"], told_of["report"]["clicked"]) == ("SENT", 2, 1)
    assert [one["orders"] for one in told_of["report"]["uplift"]["byLastClick"]] == [1]
    assert [one["treated"]["orders"] for one in told_of["report"]["uplift"]["currencies"]] == [1]
    an_age_passes(timedelta(days=2))
    sink.clear()
    following = staff(CREATE, input=told | {"name": "Summer"})["campaign"]["id"]
    staff(SCHEDULE, id=following)
    sends(worker)
    assert sink.recipients == [BOB]
    assert staff(REPORT, id=following)["report"]["excluded"] == [{"reason": "suppressed", "count": 1}]


def test_a_newsletter_is_paused_resumed_tested_in_two_versions_held_out_from_some_and_cancelled(
    switched_on: SaleorDriver, staff: GraphQL, worker: Worker, sink: Sink
) -> None:
    # given forty readers, of whom some test two versions and some get nothing
    driver, now = switched_on, datetime.now(UTC)
    Contact.objects.bulk_create(
        Contact(email=f"reader{number}@example.com", language="de", consented=True, created_at=now)
        for number in range(40)
    )
    body = "<h1>Neues</h1><p>Schauen Sie.</p>"
    versions = [
        {"language": "de", "version": version, "subject": f"Version {version}", "body": body} for version in "AB"
    ]
    told = {"name": "Two", "channels": [driver.channel], "language": "de", "texts": versions, "holdoutPercent": 30}
    campaign = staff(CREATE, input=told | {"testPercent": 50, "unclear": "ASK"})["campaign"]["id"]

    # when it is paused before anything leaves, and resumed
    staff(SCHEDULE, id=campaign)
    worker.run("saleor_crm.campaigns")
    assert staff(PAUSE, id=campaign)["campaign"]["state"] == "PAUSED"
    worker.run("saleor_crm.deliver")
    assert sink.mails == []
    assert staff(RESUME, id=campaign)["campaign"]["state"] == "SENDING"
    sends(worker)

    # then those who test get either version, and the others wait until staff has chosen
    tried = staff(NUMBERS, id=campaign)["report"]
    assert {one["version"] for one in tried["versions"]} == {"A", "B"}
    assert tried["waiting"] > 0
    assert len(sink.mails) == tried["sent"] < 40
    staff(CHOOSE, id=campaign)
    sends(worker)
    whole = staff(NUMBERS, id=campaign)
    held_out = whole["report"]["uplift"]["heldOut"]["people"]
    assert whole["state"] == "SENT"
    assert held_out > 0
    assert len(set(sink.recipients)) == len(sink.recipients) == whole["report"]["sent"] == 40 - held_out
    assert sum(one["sent"] for one in whole["report"]["versions"]) == 40 - held_out

    # when another one is cancelled while it is being sent
    an_age_passes(timedelta(days=2))
    sink.clear()
    other = staff(CREATE, input=told)["campaign"]["id"]
    staff(SCHEDULE, id=other)
    worker.run("saleor_crm.campaigns")
    assert staff(CANCEL, id=other)["campaign"]["state"] == "CANCELLED"
    sends(worker)

    # then nobody gets it
    assert sink.mails == []
    assert staff(NUMBERS, id=other)["report"]["waiting"] == 0
