"""Orders after a click are told of beside the comparison."""

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.uplift.uplift import CLICK_HOLDS, Credited, uplift
from saleor_crm_plugin.flows.uplift.words import tell
from tests.emails.tracking.mailing import ADA, follow, links_of, mail_to_ada
from tests.road import NOON, Road

pytestmark = pytest.mark.urls("tests.door_urls")


@pytest.fixture
def link(road: Road) -> str:
    road.set(link_clicks=True)
    mail = mail_to_ada(road)
    road.wait(hours=1)
    return links_of(mail)[0]


def buys(road: Road) -> None:
    road.place_order(road.cart(*road.make_product(), email=ADA))
    road.work()


def credited(road: Road) -> list[Credited]:
    found = uplift("abandoned_cart", road.now)
    assert found
    return list(found.by_last_click)


def test_an_order_within_a_week_of_a_click_is_told_of(road: Road, link: str) -> None:
    follow(link)
    road.wait(days=6)
    buys(road)

    assert credited(road) == [Credited("EUR", 1, Decimal("40.000"))]
    found = uplift("abandoned_cart", road.now)
    assert found
    assert any("Within 7 days of a click" in line for line in tell(found))


def test_an_order_long_after_a_click_is_not(road: Road, link: str) -> None:
    follow(link)
    road.wait(seconds=CLICK_HOLDS.total_seconds())
    buys(road)

    assert credited(road) == []


def test_a_programs_click_sells_nothing(road: Road, link: str) -> None:
    follow(link, "curl/8")
    road.wait(days=1)
    buys(road)

    assert credited(road) == []


def test_an_order_before_the_click_is_not_its_doing(road: Road, link: str) -> None:
    buys(road)
    road.wait(hours=1)
    follow(link)
    road.wait(minutes=2)
    road.work(work.judge_clicks)

    assert credited(road) == []


@pytest.mark.django_db
def test_each_newsletter_is_credited_with_its_own_clicks() -> None:
    ada = Contact.objects.create(email=ADA, created_at=NOON)
    for number, (age, total) in {1: (5, 10), 11: (4, 20)}.items():
        at = NOON - timedelta(days=age)
        message = Message.objects.create(
            flow="newsletter", subject_id=f"{number}.{ada.pk}", step=0, contact=ada, content={}, state="sent",
            created_at=at, next_attempt_at=at, expires_at=at,
        )  # fmt: skip
        Response.objects.create(message=message, contact=ada, kind="click", by="person", at=at)
        Purchase.objects.create(
            order_id=str(number), contact=ada, channel="eu", currency="EUR", language="de", total=total, refunded=0,
            real=True, paid=True, placed_at=at + timedelta(hours=1), changed_at=at,
        )  # fmt: skip

    found = {number: uplift("newsletter", NOON, number) for number in (1, 11, 2)}

    assert {number: [one.revenue for one in worth.by_last_click] for number, worth in found.items() if worth} == {
        1: [Decimal(10)], 11: [Decimal(20)], 2: [],
    }  # fmt: skip
