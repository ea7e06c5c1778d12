"""The page of preferences by real requests, and what the decisions make of it."""

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.preferences.models import MailKind, Preference
from saleor_crm_plugin.contacts.suppression import suppress, suppressed
from saleor_crm_plugin.emails.languages import shipped
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.preferences import AGREEMENT, VALID_FOR
from saleor_crm_plugin.emails.source import TEMPLATE_DIR
from saleor_crm_plugin.flows.explain import explain
from saleor_crm_plugin.flows.models import Decision
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.values import time_zone
from tests.emails.tracking.mailing import ADA, html_of, mail_to_ada
from tests.road import AGREED, Road

pytestmark = pytest.mark.urls("tests.door_urls")
ALL = [kind.value for kind in MailKind]
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def link(road: Road) -> str:
    """The path of the link in a mail that ada got."""
    return link_of(road)


def link_of(road: Road, **cart: object) -> str:
    html = html_of(mail_to_ada(road, **cart))
    (address,) = re.findall(r'href="([^"]+/preferences/[^"]+)"', html)
    return urlsplit(address).path


def choose(
    path: str, kinds: Sequence[str] = ALL, frequency: str = "all", language: str = "", **rest: str
) -> HttpResponse:
    """Tick, and press the button."""
    fields = [*(("kind", kind) for kind in kinds), ("frequency", frequency), ("language", language), *rest.items()]
    response = Client(enforce_csrf_checks=True).post(path, data=urlencode(fields), content_type=FORM)
    assert isinstance(response, HttpResponse)
    return response


def page_of(path: str) -> str:
    return str(Client().get(path).content.decode())


def ticked(page: str) -> list[str]:
    return re.findall(r'value="(\w+)"[^>]* checked', page)


def last_reason(road: Road) -> tuple[str, str]:
    """What was decided of a new cart of ada's, left three days later."""
    road.wait(days=3)
    road.cart(*road.make_product(), email=ADA, metadata=AGREED)
    road.work()
    road.wait(hours=5)
    road.work()
    decision = Decision.objects.latest("id")
    return decision.outcome, decision.reason


def test_at_first_all_kinds_come_as_they_come(road: Road, link: str) -> None:
    assert ticked(page_of(link)) == [*ALL, "all"]


@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_at_the_page_changes_nothing(road: Road, link: str, method: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        response = getattr(Client(), method)(link)

    assert response.status_code == 200
    assert all(re.match("SELECT|SAVEPOINT|RELEASE|BEGIN|COMMIT", query["sql"]) for query in queries)


def test_what_was_chosen_is_shown_and_kept(road: Road, link: str) -> None:
    response = choose(link, ["stock", "newsletter"], "weekly", "fr")

    assert response.status_code == 200
    assert not response.cookies
    assert ticked(response.content.decode()) == ticked(page_of(link)) == ["stock", "newsletter", "weekly"]
    told = Preference.objects.get()
    assert (told.unwanted, told.weekly, told.language) == (["cart", "offers", "products"], True, "fr")


def test_the_page_is_in_the_language_that_was_chosen(road: Road, link: str) -> None:
    choose(link, language="pl")

    assert '<html lang="pl"' in page_of(link)


@pytest.mark.parametrize("language", sorted(shipped()))
def test_the_page_is_there_in_every_language(road: Road, language: str) -> None:
    page = page_of(link_of(road, language=language))

    assert f'<html lang="{language}"' in page
    assert len(re.findall("<label", page)) == 9


def test_a_guest_of_whom_no_language_is_known_reads_that_of_the_mail(road: Road, link: str) -> None:
    Contact.objects.update(language="")
    Message.objects.update(language="pl")
    choose(link, frequency="none")

    page = choose(link).content.decode()

    assert '<html lang="pl"' in page
    assert '<html lang="pl"' in page_of(link)
    wording = shipped()["pl"].catalogue.gettext(AGREEMENT) % {"shop_name": "Morgentau"}
    assert ConsentRecord.objects.latest("id").wording == wording


def test_a_kind_that_is_not_wanted_is_not_sent(road: Road, link: str) -> None:
    choose(link, ["stock", "newsletter"])

    assert last_reason(road) == ("skipped", "kind_unwanted")


def test_other_kinds_go_on(road: Road, link: str) -> None:
    choose(link, ["cart"])

    assert last_reason(road) == ("sent", "due")


def test_once_a_week_is_once_a_week(road: Road, link: str) -> None:
    choose(link, frequency="weekly")

    assert last_reason(road) == ("skipped", "weekly")
    road.wait(days=5)
    assert last_reason(road) == ("sent", "due")


def test_mails_are_in_the_language_that_was_chosen(road: Road, link: str) -> None:
    choose(link, language="fr")
    last_reason(road)

    assert Message.objects.latest("created_at").language == "fr"


def test_what_was_chosen_while_a_mail_waits_holds_for_it(road: Road, link: str) -> None:
    road.wait(days=3)
    road.cart(*road.make_product(), email=ADA, metadata=AGREED)
    road.work()
    road.wait(hours=5)
    road.work(work.decide)
    choose(link, ["stock"])

    assert road.work(work.deliver) == []
    assert Decision.objects.latest("id").reason == "kind_unwanted"


def test_none_at_all_is_unsubscribing(road: Road, link: str) -> None:
    choose(link, frequency="none")

    assert suppressed([ADA]) == {ADA: Suppression.Reason.UNSUBSCRIBED}
    record = ConsentRecord.objects.latest("id")
    assert (record.granted, record.source) == (False, "preferences")
    assert ticked(page_of(link))[-1] == "none"
    assert last_reason(road) == ("skipped", "suppressed")


@pytest.fixture
def guest_link(road: Road, link: str) -> str:
    """The link in a mail to ada, who never agreed to any: it is of something that she asked for by name."""
    ConsentRecord.objects.all().delete()
    Contact.objects.update(consented=False)
    return link


def test_who_never_agreed_and_wants_none_at_all_is_unsubscribed(road: Road, guest_link: str) -> None:
    assert ticked(page_of(guest_link)) == ALL

    page = choose(guest_link, frequency="none").content.decode()

    assert suppressed([ADA]) == {ADA: Suppression.Reason.UNSUBSCRIBED}
    assert list(ConsentRecord.objects.values_list("granted", "source")) == [(False, "preferences")]
    assert ticked(page)[-1] == "none"


def test_who_never_agreed_may_leave_that_open(road: Road, guest_link: str) -> None:
    response = Client().post(guest_link, data=urlencode({"kind": "cart", "language": ""}), content_type=FORM)

    assert response.status_code == 200
    assert "required" not in response.content.decode()
    assert ticked(response.content.decode()) == ["cart"]
    assert suppressed([ADA]) == {}
    assert not ConsentRecord.objects.exists()


def test_who_never_agreed_agrees_there(road: Road, guest_link: str) -> None:
    choose(guest_link, frequency="weekly")

    assert Contact.objects.get().consented
    assert ticked(page_of(guest_link))[-1] == "weekly"


@pytest.mark.parametrize("body", [b"", b"{}", b"kind=cart"])
def test_a_form_without_a_language_is_none_of_ours(road: Road, guest_link: str, body: bytes) -> None:
    assert Client().post(guest_link, data=body, content_type=FORM).status_code == 400


def test_who_comes_back_agrees_anew_with_evidence(road: Road, link: str) -> None:
    choose(link, frequency="none")
    road.wait(days=30)

    choose(link, ["cart"], "all")

    assert suppressed([ADA]) == {}
    record = ConsentRecord.objects.latest("id")
    assert (record.granted, record.source, record.at) == (True, "preferences", road.now)
    assert record.reference == str(Message.objects.get().pk)
    assert record.wording == shipped()["de"].catalogue.gettext(AGREEMENT) % {"shop_name": "Morgentau"}
    assert last_reason(road) == ("sent", "due")


def test_the_evidence_is_what_the_page_says() -> None:
    assert AGREEMENT in (TEMPLATE_DIR / "saleor_crm" / "preferences.html").read_text(encoding="utf-8")


def test_saving_again_renews_no_consent(road: Road, link: str) -> None:
    before = ConsentRecord.objects.count()
    choose(link)
    choose(link, frequency="weekly")

    assert ConsentRecord.objects.count() == before


@pytest.mark.parametrize(
    "why", [Suppression.Reason.COMPLAINT, Suppression.Reason.HARD_BOUNCE, Suppression.Reason.MANUAL]
)
def test_choosing_lifts_no_complaint_and_no_bounce(road: Road, link: str, why: Suppression.Reason) -> None:
    suppress(ADA, why, road.now)

    page = choose(link, frequency="all", language="en").content.decode()

    assert suppressed([ADA]) == {ADA: why}
    assert ticked(page)[-1] == "none"
    assert "can't write to this address" in page.replace("&#x27;", "'")


@pytest.mark.parametrize(
    "fields",
    [
        {"frequency": "always"},
        {"frequency": ""},
        {"language": "tlh"},
        {"language": "<script>"},
        {"language": "../../x"},
    ],
)
def test_what_is_no_choice_changes_nothing(road: Road, link: str, fields: dict[str, str]) -> None:
    assert choose(link, **fields).status_code == 400
    assert not Preference.objects.exists()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"\x00" * 100_000, FORM),
        (b"frequency=all&" + b"kind=cart&" * 100, FORM),
        ("frequency=ä".encode(), FORM),
        (b"", FORM),
        (b"{}", "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_no_form_of_ours_changes_nothing(road: Road, link: str, body: bytes, kind: str) -> None:
    assert Client().post(link, data=body, content_type=kind).status_code == 400
    assert not Preference.objects.exists()


def test_kinds_that_are_none_are_left_out(road: Road, link: str) -> None:
    choose(link, ["cart", "spam", "'; DROP TABLE crm_contact"])

    assert Preference.objects.get().unwanted == ["newsletter", "offers", "products", "stock"]


def test_a_link_is_good_for_two_years(road: Road, link: str) -> None:
    road.wait(seconds=(VALID_FOR + timedelta(minutes=1)).total_seconds())

    assert choose(link).status_code == 404


def test_a_link_to_unsubscribe_is_none_to_preferences_nor_the_other_way(road: Road, link: str) -> None:
    other = link.replace("/preferences/", "/unsubscribe/")

    assert Client().post(other).status_code == 404
    assert not Suppression.objects.exists()


def test_who_reads_the_old_mailbox_does_not_choose_for_the_new_one(road: Road) -> None:
    user = road.make_customer(ADA)
    link = link_of(road, user_id=user)
    with transaction.atomic():
        resolve([Person("new@example.com", user)], road.now)

    assert choose(link).status_code == 404
    assert not Preference.objects.exists()


def test_choosing_works_while_the_plugin_is_off(road: Road, link: str) -> None:
    own_settings.save_own("active", False)

    assert choose(link, frequency="none").status_code == 200


def test_who_asks_why_is_told_what_was_chosen(road: Road, link: str) -> None:
    choose(link, ["cart", "stock", "products", "offers"], "weekly", "fr")

    lines = list(explain(ADA, time_zone("UTC")))

    assert "Wants no mails of these kinds: newsletter; one mail a week at most; mails in fr." in lines


def test_what_was_said_last_holds_when_two_turn_out_to_be_one(road: Road, link: str) -> None:
    choose(link, ["cart"])
    with transaction.atomic():
        (other,) = resolve([Person("", "77")], road.now).values()
    Preference.objects.create(contact=other, unwanted=["cart"], changed_at=road.now + timedelta(hours=1))

    with transaction.atomic():
        resolve([Person(ADA, "77")], road.now)

    assert Preference.objects.get().unwanted == ["cart"]
    assert Preference.objects.get().contact == Contact.objects.get()


def test_an_erased_person_leaves_no_preference(road: Road, link: str) -> None:
    choose(link)
    Contact.objects.get().delete()

    assert not Preference.objects.exists()
