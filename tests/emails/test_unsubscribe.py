"""Unsubscribing by real requests: one click by a mail program, two by a person, and it always works."""

import base64
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppressed
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.unsubscribe import VALID_FOR
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.road import AGREED, Road

pytestmark = pytest.mark.urls("tests.door_urls")
ADA = "ada@example.com"
UNSUBSCRIBED = {ADA: Suppression.Reason.UNSUBSCRIBED}
ONE_CLICK = {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"}


@pytest.fixture
def link(road: Road) -> str:
    """The path of the unsubscribe link in a mail that ada got."""
    return mail_to_ada(road)


def mail_to_ada(road: Road, **cart: object) -> str:
    road.cart(*road.make_product(), email=ADA, **cart)
    road.work()
    road.wait(hours=5)
    (mail,) = road.work()
    (address,) = re.findall(r"<(http[^>]+)>", mail["List-Unsubscribe"])
    return urlsplit(address).path


def unsubscribe(path: str) -> HttpResponse:
    """As a mail program does it: no cookies, a foreign origin (RFC 8058, 3.1)."""
    response = Client(enforce_csrf_checks=True).post(path, headers={"origin": "https://mail.example"}, **ONE_CLICK)
    assert isinstance(response, HttpResponse)
    return response


def test_a_mail_program_unsubscribes_with_one_post(road: Road, link: str) -> None:
    response = unsubscribe(link)

    assert response.status_code == 200
    assert not response.cookies
    assert suppressed([ADA]) == UNSUBSCRIBED
    assert not Contact.objects.get().consented


def test_the_contact_is_held_before_what_is_noted_of_its_address(road: Road, link: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        unsubscribe(link)

    assert order_of(queries) == ["alone", "contact", "address"]


def order_of(queries: CaptureQueriesContext) -> list[str]:
    """In which order everybody's lock, contacts and addresses are first held: another may deadlock."""
    first: dict[str, None] = {}
    for query in queries:
        statement = str(query["sql"])
        if "saleor_crm_facts" in statement:
            first.setdefault("alone")
        elif 'FROM "crm_contact"' in statement and "FOR NO KEY UPDATE" in statement:
            first.setdefault("contact")
        elif 'INSERT INTO "crm_suppression"' in statement:
            first.setdefault("address")
    return list(first)


def test_a_guest_of_whom_no_language_is_known_reads_that_of_the_mail(road: Road, link: str) -> None:
    Contact.objects.update(language="")
    Message.objects.update(language="fr")

    assert '<html lang="fr"' in Client().get(link).content.decode()
    assert '<html lang="fr"' in unsubscribe(link).content.decode()


def test_nothing_is_sent_after_it(road: Road, link: str) -> None:
    unsubscribe(link)
    road.wait(days=2)
    road.cart(*road.make_product(), email=ADA, metadata=AGREED)
    road.work()
    road.wait(hours=5)

    assert road.work() == []


def test_the_evidence_names_the_mail(road: Road, link: str) -> None:
    unsubscribe(link)

    record = ConsentRecord.objects.latest("id")
    (contact,) = Contact.objects.all()
    assert (record.source, record.granted, record.at) == ("unsubscribe", False, road.now)
    assert record.reference == str(contact.messages.get().pk)


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_page_changes_nothing(road: Road, link: str, method: str) -> None:
    before = list(Contact.objects.values()), list(ConsentRecord.objects.values())

    with CaptureQueriesContext(connection) as queries:
        response = getattr(Client(), method)(link)

    assert response.status_code == 200
    assert not Suppression.objects.exists()
    assert before == (list(Contact.objects.values()), list(ConsentRecord.objects.values()))
    assert all(query["sql"].startswith("SELECT") for query in queries)


def test_the_page_asks_for_one_click_on_a_button_that_posts_to_itself(road: Road, link: str) -> None:
    page = Client().get(link).content.decode()

    (form,) = re.findall(r"<form[^>]*>", page)
    assert 'method="post"' in form
    assert "action" not in form or 'action=""' in form
    assert "<script" not in page


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_not_allowed(road: Road, link: str, method: str) -> None:
    response = getattr(Client(), method)(link)

    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"
    assert not Suppression.objects.exists()


def test_clicking_twice_is_as_good_as_once(road: Road, link: str) -> None:
    assert [unsubscribe(link).status_code for _ in range(3)] == [200, 200, 200]
    assert ConsentRecord.objects.filter(source="unsubscribe").count() == 1


def test_whatever_a_mail_program_posts_counts(road: Road, link: str) -> None:
    response = Client().post(link, data=b"\x00" * 100_000, content_type="multipart/form-data; boundary=x")

    assert response.status_code == 200
    assert suppressed([ADA])


@pytest.mark.parametrize("slash", [True, False])
def test_a_link_that_lost_its_last_slash_works(road: Road, link: str, slash: bool) -> None:
    assert unsubscribe(link if slash else link.rstrip("/")).status_code == 200


def change_a_letter(link: str) -> str:
    return link[:45] + ("a" if link[45] != "a" else "b") + link[46:]


@pytest.mark.parametrize(
    "forge",
    [change_a_letter, lambda link: link[:-4] + "/", lambda link: link.replace(":", ".", 1), lambda link: link + "x/"],
)
def test_a_forged_link_unsubscribes_nobody(road: Road, link: str, forge: object) -> None:
    response = unsubscribe(forge(link))  # type: ignore[operator]

    assert response.status_code == 404
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("early", "status"), [(timedelta(minutes=1), 200), (-timedelta(minutes=1), 404)])
def test_a_link_is_good_for_two_years(road: Road, link: str, early: timedelta, status: int) -> None:
    road.wait(seconds=(VALID_FOR - early).total_seconds())

    assert unsubscribe(link).status_code == status


def test_a_link_signed_by_another_shop_is_forged(road: Road, link: str, settings: object) -> None:
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]

    assert unsubscribe(link).status_code == 404


def test_after_a_change_of_the_secret_old_links_work_as_long_as_it_is_known(
    road: Road, link: str, settings: object
) -> None:
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "new"  # type: ignore[attr-defined]

    assert unsubscribe(link).status_code == 200


def test_who_was_erased_can_still_unsubscribe(road: Road, link: str) -> None:
    erase(list(Contact.objects.all()), road.now)
    Suppression.objects.all().delete()

    assert unsubscribe(link).status_code == 200
    assert suppressed([ADA]) == UNSUBSCRIBED


def test_who_was_merged_into_an_older_contact_and_moved_can_still_unsubscribe(road: Road) -> None:
    with transaction.atomic():
        resolve([Person("new@example.com")], road.now)
    user = road.make_customer(ADA)
    link = mail_to_ada(road, user_id=user)
    with transaction.atomic():
        merged = resolve([Person("new@example.com", user)], road.now)

    unsubscribe(link)

    (contact,) = merged.values()
    contact.refresh_from_db()
    assert (contact.email, contact.consented) == ("new@example.com", False)
    assert suppressed([ADA]) == UNSUBSCRIBED


def test_unsubscribing_works_while_the_settings_can_not_be_read(road: Road, link: str) -> None:
    road.set(smtp_port="many", quiet_hours="never", sender_name="a\nb")

    assert unsubscribe(link).status_code == 200
    assert suppressed([ADA])


def test_unsubscribing_works_while_the_plugin_is_off(road: Road, link: str) -> None:
    own_settings.save_own("active", False)

    assert unsubscribe(link).status_code == 200
    assert suppressed([ADA])


def test_the_page_keeps_to_itself(road: Road, link: str) -> None:
    for response in (Client().get(link), unsubscribe(link), unsubscribe(change_a_letter(link))):
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]
        assert not response.cookies


def test_a_hostile_shop_name_is_text(road: Road, link: str) -> None:
    own_settings.save_own("name", "<script>alert(1)</script>&{{ x }}{% y %}")
    road.set(sender_name="")

    for page in (Client().get(link), unsubscribe(link)):
        text = page.content.decode()
        assert "<script" not in text
        assert "&lt;script&gt;" in text
        assert "{{ x }}" in text


@pytest.mark.parametrize(("language", "html"), [("de", "de"), ("FR_CA", "fr"), ("pl", "pl"), ("ja", "en")])
def test_the_page_speaks_the_customers_language(road: Road, language: str, html: str) -> None:
    link = mail_to_ada(road, language=language)

    assert f'<html lang="{html}"' in Client().get(link).content.decode()


def test_the_link_says_nothing_of_the_person(road: Road, link: str) -> None:
    token = link.split("/")[-2].split(":")[0].removeprefix(".")
    assert b"example" not in base64.urlsafe_b64decode(token + "==")
