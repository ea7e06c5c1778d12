"""The links of mails about stock, by real requests: a GET shows, a POST acts, and each link is good for one thing."""

import base64
import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.activity.stock import interest
from saleor_crm_plugin.activity.stock.interest import CONFIRM_WITHIN, MOST_LIVE, Wish
from saleor_crm_plugin.activity.stock.models import StockInterest, StockWatch
from saleor_crm_plugin.contacts.address import hashes
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.emails import stock_links
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.contacts.merging import beside_a_merge
from tests.contacts.test_two_workers import at_once
from tests.road import NOON, Road

pytestmark = pytest.mark.urls("tests.door_urls")
ADA = "ada@example.com"
KEPT = timedelta(days=90)
State = StockInterest.State


@pytest.fixture
def variant(road: Road) -> str:
    """A variant that is sold, and not there."""
    road.set(back_in_stock_enabled=True)
    (found,) = road.make_product("Linen shirt", stock=0, translations={"de": "Leinenhemd"})
    return found


@pytest.fixture
def asked(road: Road, variant: str) -> StockInterest:
    """What a guest asked for, and has not confirmed."""
    return ask(met(ADA), variant)


def met(email: str = "", user_id: str = "", language: str = "") -> Contact:
    person = Person(email=email, user_id=user_id, language=language)
    with transaction.atomic():
        return resolve([person], NOON)[person]


def ask(contact: Contact, variant: str, *, known: bool = False, language: str = "de") -> StockInterest:
    wish = Wish(variant, "eu", "1", None, "EUR")
    found = interest.ask(contact.pk, wish, language, known=known, confirm=True, kept=KEPT, now=NOON)
    assert found is not None
    return found


def path(url: str) -> str:
    return urlsplit(url).path


def confirm_link(road: Road, one: StockInterest) -> str:
    return path(stock_links.confirm_url(road.shop, one, digest_of(Contact.objects.get(stock_interests=one.pk))))


def cancel_link(road: Road, one: StockInterest) -> str:
    return path(stock_links.cancel_url(road.shop, one))


def ask_link(road: Road, contact: Contact, variant: str, channel: str = "eu") -> str:
    return path(stock_links.ask_url(road.shop, contact, variant, channel, digest_of(contact)))


def digest_of(contact: Contact) -> str:
    address = contact.email or ""
    return hashes([address])[address]


def post(link: str) -> HttpResponse:
    response = Client(enforce_csrf_checks=True).post(link, headers={"origin": "https://mail.example"})
    assert isinstance(response, HttpResponse)
    return response


def states() -> list[str]:
    return list(StockInterest.objects.order_by("id").values_list("state", flat=True))


def test_a_guest_confirms_and_waits_at_the_place_from_when_it_was_asked(road: Road, asked: StockInterest) -> None:
    road.wait(days=1)

    response = post(confirm_link(road, asked))

    assert response.status_code == 200
    assert "Leinenhemd" in response.content.decode()
    one = StockInterest.objects.get()
    assert (one.state, one.asked_at, one.confirmed_at) == ("waiting", NOON, road.now)
    assert one.expires_at == road.now + KEPT
    assert StockWatch.objects.get().variant_id == asked.variant_id


def test_whoever_is_put_on_the_list_finds_the_way_off_it(road: Road, asked: StockInterest, variant: str) -> None:
    answers = [post(confirm_link(road, asked)), post(ask_link(road, asked.contact, variant))]
    for answer in answers:
        (link,) = re.findall(r'href="([^"]*/stock/cancel/[^"]*)"', answer.content.decode())
        assert Client().get(path(link)).status_code == 200


def test_while_nobody_is_told_nobody_is_promised_to_be(road: Road, asked: StockInterest, variant: str) -> None:
    road.set(back_in_stock_enabled=False)
    confirming = post(confirm_link(road, asked))
    asking = post(ask_link(road, asked.contact, variant))
    assert "Wir können Ihnen derzeit nicht Bescheid geben" in confirming.content.decode()
    assert "We can not tell you at the moment" in asking.content.decode()
    assert states() == ["unconfirmed"]


def test_who_has_enough_takes_it_back(road: Road, asked: StockInterest) -> None:
    assert post(cancel_link(road, asked)).status_code == 200
    assert states() == ["cancelled"]
    assert StockInterest.objects.get().ended_at == road.now


def test_who_was_told_hears_no_more_of_it_either_and_what_was_asked_since_is_taken_back(
    road: Road, asked: StockInterest, variant: str
) -> None:
    StockInterest.objects.update(state=State.TOLD, told_at=NOON)
    ask(asked.contact, variant, known=True)

    assert post(cancel_link(road, asked)).status_code == 200
    assert states() == ["cancelled", "cancelled"]


def test_the_link_of_somebody_who_was_shown_something_else_makes_a_request(road: Road, variant: str) -> None:
    ada = met(ADA, language="fr")

    response = post(ask_link(road, ada, variant))

    assert response.status_code == 200
    assert '<html lang="fr"' in response.content.decode()
    one = StockInterest.objects.get()
    assert (one.contact, one.kind, one.state, one.language) == (ada, "request", "waiting", "fr")
    assert (one.variant_id, one.channel, one.currency, one.confirmed_at) == (variant, "eu", "EUR", NOON)
    assert StockWatch.objects.get().variant_id == variant


def test_who_follows_the_link_to_ask_need_not_confirm_what_was_asked_as_a_guest(
    road: Road, asked: StockInterest, variant: str
) -> None:
    post(ask_link(road, asked.contact, variant))
    assert states() == ["waiting"]


EVERY_LINK: list[Callable[[Road, StockInterest], str]] = [
    confirm_link,
    cancel_link,
    lambda road, one: ask_link(road, one.contact, one.variant_id),
]
every_link = pytest.mark.parametrize("link", EVERY_LINK, ids=["confirm", "cancel", "ask"])


@every_link
@pytest.mark.parametrize("method", ["get", "head"])
def test_looking_changes_nothing(
    road: Road, asked: StockInterest, method: str, link: Callable[[Road, StockInterest], str]
) -> None:
    before = list(StockInterest.objects.values()), list(Contact.objects.values())

    with CaptureQueriesContext(connection) as queries:
        response = getattr(Client(), method)(link(road, asked))

    assert response.status_code == 200
    assert before == (list(StockInterest.objects.values()), list(Contact.objects.values()))
    assert not StockWatch.objects.exists()
    asked_of = [query["sql"].split()[0] for query in queries]
    assert set(asked_of) <= {"SELECT", "WITH", "BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}
    assert not any("FOR NO KEY UPDATE" in query["sql"] for query in queries)


@every_link
def test_the_page_has_one_button_that_posts_to_itself_and_says_what_it_is_about(
    road: Road, asked: StockInterest, link: Callable[[Road, StockInterest], str]
) -> None:
    page = Client().get(link(road, asked)).content.decode()

    assert page.count("<form") == page.count('method="post"') == 1
    assert "action=" not in page
    assert "Linen shirt" in page or "Leinenhemd" in page
    assert "<script" not in page


@every_link
def test_pages_keep_to_themselves(road: Road, asked: StockInterest, link: Callable[[Road, StockInterest], str]) -> None:
    address = link(road, asked)
    for response in (Client().get(address), post(address), post(address[:-3] + "xx/")):
        assert response["Content-Type"] == "text/html; charset=utf-8"
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex"
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert not response.cookies


@every_link
def test_clicking_twice_is_as_good_as_once(
    road: Road, asked: StockInterest, link: Callable[[Road, StockInterest], str]
) -> None:
    assert post(link(road, asked)).status_code == 200
    after = list(StockInterest.objects.values())
    assert [post(link(road, asked)).status_code for _ in range(3)] == [200] * 3
    assert list(StockInterest.objects.values()) == after


def test_clicking_in_many_windows_at_once_makes_one_request(road: Road, variant: str) -> None:
    ada = met(ADA)
    at_once([partial(post, ask_link(road, ada, variant))] * 4)  # type: ignore[list-item]
    assert states() == ["waiting"]


def test_who_takes_it_back_while_turning_out_to_be_somebody_older_waits_no_longer(road: Road, variant: str) -> None:
    met(user_id="7")
    link = cancel_link(road, ask(met(ADA), variant))
    beside_a_merge(Person(ADA, "7"), partial(post, link))
    assert states() == ["cancelled"]


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options", "trace"])
def test_other_methods_are_not_allowed(road: Road, asked: StockInterest, method: str) -> None:
    response = getattr(Client(), method)(confirm_link(road, asked))
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD, POST")
    assert states() == ["unconfirmed"]


@pytest.mark.parametrize("purpose", ["confirm", "cancel", "ask", "unsubscribe"])
@every_link
def test_a_link_is_good_for_its_own_purpose_only(
    road: Road, asked: StockInterest, purpose: str, link: Callable[[Road, StockInterest], str]
) -> None:
    address = link(road, asked)
    own, token = address.split("/")[-3:-1]
    place = purpose if purpose == "unsubscribe" else f"stock/{purpose}"
    status = post(f"/plugins/saleor_crm/{place}/{token}/").status_code
    assert status == (200 if purpose == own else 404)
    if purpose != own:
        assert states() == ["unconfirmed"]


@every_link
@pytest.mark.parametrize(
    "forge",
    [
        lambda address: address[:-4] + "/",
        lambda address: address.replace(":", ".", 1),
        lambda address: address[:-1] + "x/",
        lambda address: address.replace("/saleor_crm/stock/", "/saleor_crm/stock/x", 1),
    ],
)
def test_a_forged_link_does_nothing(
    road: Road, asked: StockInterest, link: Callable[[Road, StockInterest], str], forge: Callable[[str], str]
) -> None:
    before = list(StockInterest.objects.values())
    assert post(forge(link(road, asked))).status_code == 404
    assert list(StockInterest.objects.values()) == before


@pytest.mark.parametrize("token", ["a", "a:b:c", "::", ".:1:x", "a=" * 250, "eyJhIjoxfQ:1w:-_", "W10:1w:x"])
@pytest.mark.parametrize("purpose", ["confirm", "cancel", "ask"])
def test_garbage_in_place_of_a_token_is_a_friendly_404(road: Road, purpose: str, token: str) -> None:
    for response in (Client().get(f"/plugins/saleor_crm/stock/{purpose}/{token}/"),
                     post(f"/plugins/saleor_crm/stock/{purpose}/{token}/")):  # fmt: skip
        assert response.status_code == 404
        assert "<html" in response.content.decode()


def test_a_link_signed_by_another_shop_is_forged(road: Road, asked: StockInterest, settings: object) -> None:
    address = confirm_link(road, asked)
    settings.SECRET_KEY = "another"  # type: ignore[attr-defined]
    assert post(address).status_code == 404


@every_link
def test_links_end_after_their_time(
    road: Road, asked: StockInterest, link: Callable[[Road, StockInterest], str]
) -> None:
    address = link(road, asked)
    days = {"confirm": 7, "cancel": 730, "ask": 30}[address.split("/")[-3]]
    road.wait(days=days, minutes=-1)
    assert Client().get(address).status_code == 200
    road.wait(minutes=2)
    assert post(address).status_code == 404
    assert states() == ["unconfirmed"]


def test_what_was_taken_back_or_ended_is_not_confirmed_any_more(road: Road, asked: StockInterest) -> None:
    for state in (State.CANCELLED, State.EXPIRED):
        StockInterest.objects.update(state=state)
        for response in (Client().get(confirm_link(road, asked)), post(confirm_link(road, asked))):
            assert response.status_code == 404
        assert states() == [state]
    StockInterest.objects.update(state=State.UNCONFIRMED, expires_at=NOON)
    assert post(confirm_link(road, asked)).status_code == 404


def test_who_confirmed_already_is_told_so_whatever_came_of_it(road: Road, asked: StockInterest) -> None:
    for state in (State.WAITING, State.TOLD):
        StockInterest.objects.update(state=state)
        page = Client().get(confirm_link(road, asked))
        assert page.status_code == 200
        assert "<form" not in page.content.decode()
        assert post(confirm_link(road, asked)).status_code == 200
        assert states() == [state]


def test_of_who_was_erased_there_is_nothing_to_do(road: Road, asked: StockInterest, variant: str) -> None:
    links = [link(road, asked) for link in EVERY_LINK]
    erase(list(Contact.objects.all()), road.now)
    for address in links:
        assert Client().get(address).status_code == post(address).status_code == 404
    assert not StockInterest.objects.exists()


def test_a_link_works_for_who_turned_out_to_be_somebody_else(road: Road, variant: str) -> None:
    customer = met(user_id=road.make_customer(ADA))
    asked = ask(met(ADA), variant)
    met(ADA, customer.user_id or "")
    assert Contact.objects.count() == 1

    assert post(confirm_link(road, asked)).status_code == 200
    assert post(cancel_link(road, asked)).status_code == 200
    assert states() == ["cancelled"]


def test_whoever_reads_the_old_mailbox_asks_and_confirms_nothing_for_the_new_one(road: Road, variant: str) -> None:
    # given
    customer = met(ADA, road.make_customer(ADA))
    asked = ask(customer, variant)
    links = [confirm_link(road, asked), ask_link(road, customer, variant)]
    cancel = cancel_link(road, asked)
    # when
    met("new@example.com", customer.user_id or "")
    # then
    for address in links:
        assert Client().get(address).status_code == post(address).status_code == 404
    assert states() == ["unconfirmed"]
    assert post(cancel).status_code == 200  # to hear less than one asked for needs no proof


def test_what_is_not_sold_any_more_is_not_asked_for_and_can_be_taken_back(road: Road, asked: StockInterest) -> None:
    road.unlist(asked.variant_id, "eu")
    ask_address = ask_link(road, asked.contact, asked.variant_id)
    assert post(ask_address).status_code == Client().get(ask_address).status_code == 404
    assert post(cancel_link(road, asked)).status_code == 200


def test_who_waits_for_too_much_is_not_told_that_he_waits_for_one_more(road: Road, variant: str) -> None:
    ada = met(ADA)
    for number in range(MOST_LIVE):
        ask(ada, f"x{number}", known=True)
    assert post(ask_link(road, ada, variant)).status_code == 404
    assert StockInterest.objects.count() == MOST_LIVE


def test_links_work_while_the_plugin_is_off_and_while_the_settings_can_not_be_read(
    road: Road, asked: StockInterest
) -> None:
    own_settings.save_own("active", False)
    assert post(confirm_link(road, asked)).status_code == 200
    road.set(smtp_port="many")
    assert post(cancel_link(road, asked)).status_code == 200
    assert states() == ["cancelled"]


def test_a_hostile_name_is_text(road: Road) -> None:
    road.set(back_in_stock_enabled=True)
    (variant,) = road.make_product("<script>alert(1)</script>&{{ x }}{% y %}", stock=0)
    page = Client().get(ask_link(road, met(ADA), variant)).content.decode()
    assert "<script" not in page
    assert "{{ x }}" in page


@pytest.mark.parametrize(("language", "html"), [("de", "de"), ("fr-ca", "fr"), ("ja", "en"), ("", "en")])
def test_the_page_speaks_the_customers_language(road: Road, variant: str, language: str, html: str) -> None:
    one = ask(met(ADA), variant, language=language)
    assert f'<html lang="{html}"' in Client().get(confirm_link(road, one)).content.decode()


@every_link
def test_the_link_says_nothing_of_the_person(
    road: Road, asked: StockInterest, link: Callable[[Road, StockInterest], str]
) -> None:
    token = link(road, asked).split("/")[-2].split(":")[0].removeprefix(".")
    assert b"example" not in base64.urlsafe_b64decode(token + "==")


def test_a_channel_with_the_longest_name_fits_into_a_link(road: Road) -> None:
    address = ask_link(road, met(ADA), "1" * 19, "c" * 255)
    assert Client().get(address)["Content-Type"].startswith("text/html")
    assert timedelta(days=7) == CONFIRM_WITHIN
