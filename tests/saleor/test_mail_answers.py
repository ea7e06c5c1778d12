"""What customers answer to mails in real Saleor: clicks, preferences, the newsletter; and mails that come back."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from html import unescape
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db.models import F

from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.models import Decision, Enrolment
from saleor_crm_plugin.flows.uplift.uplift import uplift
from tests.emails.bounces.reports import bounce
from tests.saleor.askers import Askers
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.owner import YES, switch_on
from tests.saleor.services import Sink
from tests.saleor.worker import Worker

ADA = "ada@example.com"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SUBSCRIBE = """mutation($email: String!, $channel: String!) {
    crmNewsletterSubscribe(email: $email, channel: $channel, languageCode: DE) {
        needsConfirmation errors { field message code } } }"""
UPDATE = """mutation { crmPreferencesUpdate(kinds: [NEWSLETTER], frequency: WEEKLY, language: "pl") {
    preferences { kinds frequency language blocked } errors { field message code } } }"""
MINE = "{ crmPreferences { kinds frequency language blocked } }"
OF = "query($id: ID!) { crmPreferences(id: $id) { kinds frequency } }"
Leave = Callable[[str, timedelta], None]


@pytest.fixture
def switched_on(driver: SaleorDriver, sink: Sink) -> SaleorDriver:
    """The abandoned cart, clicks and the newsletter switched on by the owner."""
    return switch_on(
        driver, sink, link_clicks=True, link_opens=True, newsletter_enabled=True, abandoned_cart_enabled=True
    )


@pytest.fixture
def mail(switched_on: SaleorDriver, worker: Worker, sink: Sink, leave: Leave) -> EmailMessage:
    """A reminder that ada got."""
    cart_id = switched_on.make_cart(email=ADA, language="de", metadata=YES)
    switched_on.add_line(cart_id, switched_on.make_product()[0])
    leave(cart_id, timedelta(hours=5))
    worker.road()
    (found,) = sink.mails
    return found


def links(mail: EmailMessage, door: str) -> list[str]:
    """The links of a mail to one of our doors."""
    html = mail.get_body(("html",))
    assert html
    return re.findall(rf'(?:href|src)="([^"]+/plugins/saleor_crm/{door}/[^"]+)"', unescape(html.get_content()))


def an_age_passes(ago: timedelta) -> None:
    """What we did was so much longer ago."""
    Message.objects.update(created_at=F("created_at") - ago, sent_at=F("sent_at") - ago)
    Response.objects.update(at=F("at") - ago)
    Enrolment.objects.update(due_at=F("due_at") - ago, basis=F("basis") - ago, arm_at=F("arm_at") - ago)


def test_a_click_leads_to_the_shop_is_counted_and_an_order_follows(
    switched_on: SaleorDriver, mail: EmailMessage, api: GraphQL, worker: Worker
) -> None:
    # given a mail of an hour ago, whose links lead by way of us
    an_age_passes(timedelta(hours=1))
    (pixel,) = links(mail, "seen")
    button = next(link for link in links(mail, "go"))
    # when a scanner and then a person follow a link
    api.session.headers.pop("Authorization", None)
    api.session.head(button, timeout=30)
    Response.objects.update(at=F("at") - timedelta(minutes=1))
    answer = api.session.get(button, headers={"User-Agent": FIREFOX}, allow_redirects=False, timeout=30)
    api.session.get(pixel, headers={"User-Agent": FIREFOX}, timeout=30)
    an_age_passes(timedelta(minutes=5))
    worker.run("saleor_crm.judge_clicks")
    # then it leads to the storefront, and the person counts
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("https://shop.example.com/")
    assert "utm_campaign=abandoned_cart" in answer.headers["Location"]
    told = Response.objects.order_by("id").values_list("kind", "by")
    assert list(told) == [("click", "machine"), ("click", "person"), ("open", "person")]
    # when she orders, then it is told of beside the comparison
    cart = switched_on.make_cart(email=ADA, metadata=YES)
    switched_on.add_line(cart, switched_on.make_product("Hat")[0])
    switched_on.place_order(cart)
    worker.road()
    found = uplift("abandoned_cart", datetime.now(UTC))
    assert found
    assert [one.orders for one in found.by_last_click] == [1]


def test_nobody_borrows_the_name_of_the_shop(switched_on: SaleorDriver, mail: EmailMessage, api: GraphQL) -> None:
    button = links(mail, "go")[0]
    for forged in (
        button[:-8] + "AAAAAAA/",
        button.replace("/go/", "/unsubscribe/"),
        button + "?url=https://evil.example",
    ):
        answer = api.session.get(forged, allow_redirects=False, timeout=30)
        assert not answer.headers.get("Location", "").startswith("https://evil.example")
    switched_on.configure("storefront_url", "https://new.example.com")
    assert api.session.get(button, allow_redirects=False, timeout=30).status_code == 404


def test_a_customer_chooses_on_the_page_behind_the_link(
    switched_on: SaleorDriver, mail: EmailMessage, api: GraphQL, worker: Worker, leave: Leave
) -> None:
    (link,) = links(mail, "preferences")
    # when it is opened, nothing happens; when it is sent, it holds
    assert 'name="frequency"' in api.session.get(link, timeout=30).text
    assert not Suppression.objects.exists()
    chosen = api.session.post(link, data={"kind": ["stock"], "frequency": "all", "language": "fr"}, timeout=30)
    assert chosen.status_code == 200
    assert '<html lang="fr"' in chosen.text
    an_age_passes(timedelta(days=3))
    cart = switched_on.make_cart(email=ADA, metadata=YES)
    switched_on.add_line(cart, switched_on.make_product("Hat")[0])
    leave(cart, timedelta(hours=5))
    worker.road()
    assert Decision.objects.latest("id").reason == "kind_unwanted"
    # when she wants none, and then comes back
    api.session.post(link, data={"frequency": "none", "language": ""}, timeout=30)
    assert suppressed([ADA]) == {ADA: Suppression.Reason.UNSUBSCRIBED}
    api.session.post(link, data={"kind": ["cart"], "frequency": "weekly", "language": ""}, timeout=30)
    assert suppressed([ADA]) == {}
    assert ConsentRecord.objects.latest("id").source == "preferences"


def test_a_storefront_signs_somebody_up_who_confirms_by_mail(
    switched_on: SaleorDriver, api: GraphQL, worker: Worker, sink: Sink
) -> None:
    answer = api(SUBSCRIBE, email="eve@example.com", channel=switched_on.channel)
    assert answer == {"needsConfirmation": True, "errors": []}
    assert api(SUBSCRIBE, email="eve@example.com", channel=switched_on.channel) == answer
    worker.road()
    (mail,) = sink.mails
    (link,) = set(links(mail, "newsletter"))
    api.session.get(link, timeout=30)
    assert not Contact.objects.get(email="eve@example.com").consented
    assert api.session.post(link, timeout=30).status_code == 200
    assert Contact.objects.get(email="eve@example.com").consented


def test_a_customer_and_staff_see_what_was_chosen(switched_on: SaleorDriver, api: GraphQL, askers: Askers) -> None:
    user = switched_on.make_customer(ADA)
    customer = askers.customer(user)
    said = customer(UPDATE)["preferences"]
    assert said == {"kinds": ["NEWSLETTER"], "frequency": "WEEKLY", "language": "pl", "blocked": False}
    assert customer(MINE) == said
    contact = Contact.objects.get(email=ADA)
    assert api.raw(MINE)["errors"]
    staff = askers.staff("manage_users")
    assert staff(OF, id=global_id("CrmContact", contact.pk)) == {"kinds": ["NEWSLETTER"], "frequency": "WEEKLY"}
    assert askers.staff("manage_orders").raw(OF, id=global_id("User", user))["errors"]


def test_a_mail_that_came_back_ends_the_writing(mail: EmailMessage, tmp_path: Path) -> None:
    message_id = UUID(str(mail["Message-ID"]).strip("<>").partition("@")[0])
    (tmp_path / "x.eml").write_bytes(bounce(message_id))
    said = StringIO()
    call_command("crm", "bounces", "--file", str(tmp_path / "x.eml"), stdout=said)
    assert "1 taken" in said.getvalue()
    assert suppressed([ADA]) == {ADA: Suppression.Reason.HARD_BOUNCE}
