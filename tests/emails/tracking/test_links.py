"""Links of mails that lead by way of us: real mails, real requests."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.db import connection
from django.template import Context
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.emails.compile import followed
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.emails.source import second_pass
from saleor_crm_plugin.emails.tracking.links import VALID_FOR
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.campaigns.draft import Text
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.emails.tracking.mailing import follow, html_of, links_of, mail_to_ada, told_by
from tests.flows.campaigns.newsletters import people, scheduled
from tests.road import Road

pytestmark = pytest.mark.urls("tests.door_urls")


@pytest.fixture
def counting(road: Road) -> Road:
    """A shop that counts clicks and opens."""
    road.set(link_clicks=True, link_opens=True)
    return road


def test_at_first_links_lead_straight_to_the_shop(road: Road) -> None:
    mail = mail_to_ada(road)

    assert links_of(mail) == links_of(mail, "seen") == []
    assert 'href="https://shop.example.com/cart?' in html_of(mail)


def test_a_link_leads_to_where_it_would_have_led(counting: Road) -> None:
    mail = mail_to_ada(counting)

    targets = {follow(path)["Location"] for path in links_of(mail)}

    paths = {urlsplit(target).path for target in targets}
    assert {"/cart", "/"} < paths
    assert any(path.startswith("/products/") for path in paths)
    assert all(target.startswith("https://shop.example.com/") for target in targets)


def test_no_link_to_the_shop_is_left_out(counting: Road) -> None:
    assert 'href="https://shop.example.com' not in html_of(mail_to_ada(counting))


def test_pictures_and_the_link_to_unsubscribe_are_left_alone(counting: Road) -> None:
    html = html_of(mail_to_ada(counting))

    assert "/plugins/saleor_crm/unsubscribe/" in html
    assert "go/" not in "".join(part.split('"')[0] for part in html.split('src="')[1:])


def test_a_click_is_noted_with_where_it_led(counting: Road) -> None:
    (cart,) = (path for path in links_of(mail_to_ada(counting)) if "/cart" in follow(path)["Location"])
    Response.objects.all().delete()

    response = follow(cart)

    assert response.status_code == 302
    noted = Response.objects.get()
    assert (noted.kind, noted.link, noted.at, noted.by) == ("click", "/cart", counting.now, "")
    assert (noted.message, noted.contact) == (Message.objects.get(), Message.objects.get().contact)


def test_following_a_link_costs_one_write(counting: Road) -> None:
    path = links_of(mail_to_ada(counting))[0]

    with CaptureQueriesContext(connection) as queries:
        follow(path)

    assert sum("INSERT" in query["sql"] for query in queries) == 1


def test_the_pixel_tells_that_the_mail_was_opened(counting: Road) -> None:
    (pixel,) = links_of(mail_to_ada(counting), "seen")

    response = follow(pixel)

    assert response["Content-Type"] == "image/gif"
    assert response["Cache-Control"] == "no-store"
    assert told_by(Message.objects.get()) == [("open", "")]


@contextmanager
def without_the_table() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crm_mail_response RENAME TO crm_away")
        yield
        cursor.execute("ALTER TABLE crm_away RENAME TO crm_mail_response")


def test_a_link_leads_on_while_the_database_fails(counting: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    path = links_of(mail_to_ada(counting))[0]

    def broken(shop: SandboxShop) -> dict[str, object]:
        raise OSError("the disk is full")

    monkeypatch.setattr(SandboxShop, "configuration", broken)
    with without_the_table():
        assert follow(path).status_code == 302
    assert not Response.objects.exists()


def test_a_link_leads_on_while_the_settings_make_no_sense(counting: Road) -> None:
    path = links_of(mail_to_ada(counting))[0]
    counting.set(score_tier_a="nonsense")

    assert follow(path).status_code == 302
    assert Response.objects.count() == 1


@pytest.mark.parametrize("method", ["post", "put", "delete", "options"])
def test_links_are_followed_and_nothing_else(counting: Road, method: str) -> None:
    path = links_of(mail_to_ada(counting))[0]

    assert follow(path, method=method).status_code == 405
    assert not Response.objects.exists()


@pytest.mark.parametrize(("early", "status"), [(timedelta(hours=1), 302), (timedelta(0), 404)])
def test_a_link_ends(counting: Road, early: timedelta, status: int) -> None:
    path = links_of(mail_to_ada(counting))[0]
    counting.wait(seconds=(VALID_FOR - early).total_seconds())

    assert follow(path).status_code == status


def test_a_host_that_the_owner_took_away_is_no_target_any_more(counting: Road) -> None:
    path = links_of(mail_to_ada(counting))[0]
    counting.set(storefront_url="https://new.example.com")

    assert follow(path).status_code == 404
    counting.set(link_hosts="shop.example.com")
    assert follow(path).status_code == 302


def test_a_script_does_not_fill_the_disk(counting: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("saleor_crm_plugin.emails.tracking.doors.MOST_OF_A_MAIL", 3)
    path = links_of(mail_to_ada(counting))[0]

    assert [follow(path).status_code for _ in range(5)] == [302] * 5
    assert Response.objects.count() == 3


def test_links_carry_the_owners_parameters(road: Road) -> None:
    road.set(link_utm="utm_source=shop&utm_campaign=crm-{flow}&utm_content={block}&lang={language}")
    html = html_of(mail_to_ada(road, language="de"))

    (button,) = {part.split('"')[0] for part in html.split('href="')[1:] if "/cart?" in part.split('"')[0]}
    query = dict(parse_qsl(urlsplit(button.replace("&amp;", "&")).query))
    assert query["utm_source"] == "shop"
    assert query["utm_campaign"] == "crm-abandoned_cart"
    assert "utm_content" not in query
    assert query["lang"] == "de"


def test_links_carry_nothing_where_the_owner_wants_that(road: Road) -> None:
    road.set(link_utm="")

    assert "utm_" not in html_of(mail_to_ada(road))


def test_the_name_of_the_shop_carries_them_whether_clicks_are_counted_or_not(road: Road) -> None:
    (home,) = re.findall(r'<a class="shop" href="([^"]+)"', html_of(mail_to_ada(road)))

    assert parse_qsl(urlsplit(unescape(home)).query)[-1] == ("utm_campaign", "abandoned_cart")


def led_to(road: Road, address: str) -> str:
    """Where a link leads whose address stands in the words of a newsletter."""
    people(1, language="de-at")
    body = f'<h1>Spring</h1>{{% button "See" "{address}" %}}'
    scheduled(road, (Text("de", Words("Spring", "", body)),), language="de")
    (mail,) = road.work()
    (link,) = re.findall(r'class="button-link" href="([^"]+)"', html_of(mail))
    return unescape(link)


def test_an_address_that_the_owner_wrote_carries_them(road: Road) -> None:
    road.set(link_utm="utm_source=crm&lang={language}")

    assert led_to(road, "https://shop.example.com/coats") == "https://shop.example.com/coats?utm_source=crm&lang=de-at"


def test_an_address_that_the_owner_wrote_carries_them_where_clicks_are_counted(counting: Road) -> None:
    target = follow(urlsplit(led_to(counting, "https://shop.example.com/coats")).path)["Location"]

    assert target.startswith("https://shop.example.com/coats?utm_source=crm&utm_medium=email&utm_campaign=newsletter-")


def test_what_the_owner_wrote_into_an_address_stays(road: Road) -> None:
    road.set(link_utm="utm_source=crm&utm_medium=email")

    address = "https://shop.example.com/coats?q=a%20b&utm_source=spring#top"
    assert led_to(road, address) == address.replace("#top", "&utm_medium=email#top")


@pytest.mark.parametrize("address", ["https://blog.example.com/coats", "https://shop.example.com:x/coats"])
def test_addresses_outside_of_the_storefront_stay_as_they_are(road: Road, address: str) -> None:
    road.set(link_hosts="blog.example.com")

    assert led_to(road, address) == address


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("https://shop.example.com/sale?a=1&amp;b=2", "https://shop.example.com/sale?a=1&b=2"),
        ("https://shop.example.com/&#123;% now &quot;Y&quot; %&#125;", None),
        ("https://shop.example.com/&quot;x", "https://shop.example.com/%22x"),
    ],
)
def test_addresses_that_are_written_out_in_a_template_are_followed_too(written: str, asked: str | None) -> None:
    template = second_pass(True).from_string(followed(f'<a href="{written}">x</a>'))
    seen: list[str] = []

    def follow(url: str) -> str:
        seen.append(url)
        return "https://api.example.com/?a=1&b=2"

    assert template.render(Context({"follow": follow})) in (
        '<a href="https://api.example.com/?a=1&amp;b=2">x</a>',
        f'<a href="{written}">x</a>',
    )
    assert seen == ([asked] if asked else [])
    assert "{" not in template.render(Context({}))
