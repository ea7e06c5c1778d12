"""A mail in the browser, by the signed link in its head."""

import re
from datetime import timedelta

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import RequestFactory

from saleor_crm_plugin import door, work
from saleor_crm_plugin.emails import browser
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from tests.road import Road


def look(road: Road, token: str, method: str = "get") -> HttpResponse:
    return door.respond(getattr(RequestFactory(), method)("/"), f"/view/{token}/", road.shop)


@pytest.fixture
def token(road: Road) -> str:
    """Of the link of a mail that was sent."""
    road.cart(*road.make_product("Linen shirt"))
    road.work()
    road.wait(hours=4, minutes=1)
    (mail,) = road.work()
    (link,) = re.findall(r"/plugins/saleor_crm/view/([^/\s]+)/", text_of(mail))
    assert f"/view/{link}/" in html_of(mail)
    return link


def test_the_link_shows_what_the_mail_says(road: Road, token: str) -> None:
    # when
    page = look(road, token)

    # then
    said = page.content.decode()
    assert page.status_code == 200
    assert "Linen shirt" in said
    assert "/view/" not in said
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert page["Cache-Control"] == "private, no-store"
    assert page["X-Robots-Tag"] == "noindex"


def test_a_link_of_another_purpose_opens_no_mail(road: Road, token: str) -> None:
    # given
    message = Message.objects.get()
    others = [signing.dumps(str(message.pk), salt="saleor_crm.unsubscribe"), f"{token[:-2]}AA"]

    # when / then
    assert [look(road, other).status_code for other in others] == [404, 404]


def test_the_link_ends_after_ninety_days_and_with_its_mail(road: Road, token: str) -> None:
    # when
    road.wait(days=89)
    before = look(road, token).status_code
    Message.objects.all().delete()
    gone = look(road, token).status_code

    # then
    assert (before, gone) == (200, 404)


def test_an_old_link_shows_no_mail(road: Road, token: str) -> None:
    # when
    road.wait(days=browser.VALID_FOR / timedelta(days=1) + 1)

    # then
    assert look(road, token).status_code == 404


def test_nothing_is_posted_to_a_mail(road: Road, token: str) -> None:
    # when / then
    assert look(road, token, "post").status_code == 405


def test_a_mail_that_waits_can_be_looked_at_too(road: Road) -> None:
    # given
    road.cart(*road.make_product("Linen shirt"))
    road.work()
    road.wait(hours=4, minutes=1)
    road.work(work.decide)
    url = Message.objects.get().content["view_url"]

    # when
    page = look(road, url.rstrip("/").rpartition("/")[2])

    # then
    assert "Linen shirt" in page.content.decode()
