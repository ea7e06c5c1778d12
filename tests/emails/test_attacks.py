"""What an attacker tries on the mails and the doors behind their links: all of it is refused, or only text."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import permutations
from urllib.parse import urlsplit

import pytest
from django.http import HttpResponse
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from saleor_crm_plugin import config
from saleor_crm_plugin.config import ConfigError
from saleor_crm_plugin.contacts.models import ConsentRecord, Contact, Suppression
from saleor_crm_plugin.contacts.preferences.models import Preference
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.own.check import check
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.emails.tracking.targets import allowed
from tests.emails.documents import elements
from tests.emails.tracking.mailing import FIREFOX, html_of, mail_to_ada
from tests.road import AGREED, Road

pytestmark = pytest.mark.urls("tests.door_urls")
HOME = "/plugins/saleor_crm"
DOORS = ("unsubscribe", "preferences", "go", "seen", "newsletter", "stock/confirm", "stock/cancel", "stock/ask")
FORM = {"data": "frequency=none&kind=cart", "content_type": "application/x-www-form-urlencoded"}
EVIL = "https://evil.example"


def tokens_of(road: Road) -> dict[str, str]:
    """A token of each door that a mail has, as its recipient sees them."""
    road.set(link_clicks=True, link_opens=True, newsletter_enabled=True)
    found = re.findall(rf'{HOME}/([a-z/]+)/([\w:=.-]+)/"', unescape(html_of(mail_to_ada(road))))
    return dict(found)


def knock(door: str, token: str, method: str = "post") -> HttpResponse:
    body = FORM if method == "post" else {}
    response = getattr(Client(), method)(f"{HOME}/{door}/{token}/", headers={"user-agent": FIREFOX}, **body)
    assert isinstance(response, HttpResponse)
    return response


def untouched() -> bool:
    """Whether everything is as it was when the mail was sent."""
    return not (Suppression.objects.exists() or Preference.objects.exists() or Response.objects.exists()) and (
        set(Contact.objects.values_list("consented", flat=True)) == {True}
        and not ConsentRecord.objects.exclude(source="checkout").exists()
    )


def test_a_token_opens_no_other_door(road: Road) -> None:
    tokens = tokens_of(road)
    assert {"unsubscribe", "preferences", "go", "seen"} <= set(tokens)

    for made_for, door in permutations(DOORS, 2):
        if made_for in tokens:
            for method in ("get", "post"):
                answer = knock(door, tokens[made_for], method)
                assert answer.status_code in (404, 405) or door == "seen", (made_for, door)

    assert untouched()


def forged(token: str) -> Iterator[str]:
    """Tokens that are nearly this one."""
    for place in range(0, len(token), max(len(token) // 12, 1)):
        other = "A" if token[place] != "A" else "B"
        yield token[:place] + other + token[place + 1 :]
        yield token[:place]
        yield token[:place] + token[place:].swapcase()
    yield from (token + "A", token * 2, token[::-1], token + "=", token[1:])


@pytest.mark.parametrize("door", ["unsubscribe", "preferences", "go", "seen"])
def test_a_forged_token_opens_nothing(road: Road, door: str) -> None:
    token = tokens_of(road)[door]

    for one in forged(token):
        if one and one != token:
            for method in ("get", "post"):
                answer = knock(door, one, method)
                assert answer.status_code in (404, 405) or (door == "seen" and method == "get"), one

    assert untouched()


@pytest.mark.parametrize("door", ["unsubscribe", "preferences", "go", "newsletter"])
def test_an_answer_to_a_forged_token_is_the_same_for_all(road: Road, door: str) -> None:
    tokens_of(road)

    answers = {knock(door, token, "get").content for token in ("a", "x" * 80, "a:b:c".replace(":", "_"), "-")}

    assert len(answers) == 1


def test_the_pixel_is_the_same_for_who_was_mailed_and_who_was_not(road: Road) -> None:
    token = tokens_of(road)["seen"]

    answers = [knock("seen", one, "get") for one in (token, "x" * len(token))]

    assert answers[0].content == answers[1].content
    assert dict(answers[0].items()) == dict(answers[1].items())


def test_one_persons_links_say_nothing_of_another(road: Road) -> None:
    tokens = tokens_of(road)
    bob = Contact.objects.create(email="bob@example.com", created_at=road.now, consented=True)

    knock("preferences", tokens["preferences"])
    knock("unsubscribe", tokens["unsubscribe"])

    bob.refresh_from_db()
    assert bob.consented
    assert not Preference.objects.filter(contact=bob).exists()
    assert Suppression.objects.count() == 1


def test_no_link_holds_an_address_or_a_contacts_number(road: Road) -> None:
    html = html_of(mail_to_ada(road))

    for url in re.findall(r'href="([^"]+)"', html):
        assert "ada" not in unescape(url).lower()
        assert "%40" not in url


TRICKS = [
    "https://shop.example.com@evil.example/",
    "https://shop.example.com:80@evil.example/",
    "https://evil.example/#https://shop.example.com/",
    "https://evil.example\\@shop.example.com/",
    "https://shop.example.com\\.evil.example/",
    "https://shop.example.com.evil.example/",
    "https://shop.example.comevil.example/",
    "https://evil.example?https://shop.example.com/",
    "https:evil.example",
    "https:///evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "javascript://shop.example.com/%0aalert(1)",
    "data:text/html,https://shop.example.com/",
    "https://shop.example.com:444/",
    "https://shop.example.com\t.evil.example/",
    "https://shop.example.com\n/",
    "https://shop.example.com /x",
    "https://shop.example.com/\r\nSet-Cookie: a=b",
    "https://shop。example.com/",
    "https://ѕhop.example.com/",
    f"https://shop.example.com{HOME}/unsubscribe/x/",
    "ftp://shop.example.com/",
    " https://shop.example.com/",
    "https://user:pass@shop.example.com/",
]
RULES = config.parse({"storefront_url": "https://shop.example.com", "link_clicks": True}).links


@pytest.mark.parametrize("url", TRICKS)
def test_no_trick_makes_a_link_that_leads_elsewhere(url: str) -> None:
    assert not allowed(url, RULES)


WORDS = ["https:", "http:", "//", "shop.example.com", "evil.example", "x", "443", "%2f"]
PIECES = st.sampled_from([*"/\\@:?#.%&=;\t\n\r []é\0", *WORDS])


@given(st.lists(PIECES, max_size=9).map("".join), st.booleans())
@example("@evil.example", True)
def test_whatever_is_allowed_leads_to_the_shop(rest: str, whole: bool) -> None:
    url = f"https://shop.example.com{rest}" if whole else rest
    if allowed(url, RULES):
        parts = urlsplit(url)
        assert (parts.hostname, parts.port, parts.username) == ("shop.example.com", None, None)
        assert parts.scheme in ("http", "https")
        assert not set(url) & set("\\\t\n\r\0 ")


def test_a_redirect_goes_nowhere_that_the_mail_did_not_say(road: Road) -> None:
    token = tokens_of(road)["go"]

    for extra in (f"?url={EVIL}", f"?next={EVIL}", f"#{EVIL}", "?//evil.example"):
        answer = Client().get(f"{HOME}/go/{token}/{extra}", headers={"host": "evil.example", "x-forwarded-host": EVIL})
        assert urlsplit(answer.get("Location", "")).hostname in ("shop.example.com", None)


HOSTILE = [
    "x\r\nBcc: everybody@evil.example",
    "x\n\nHello, this is another mail",
    "=?utf-8?q?=0aBcc:_everybody@evil.example?=",
    "{{ unsubscribe_url }}{% now 'Y' %}{% load x %}",
    "{% include 'saleor_crm/base.html' %}",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "\"><a href='https://evil.example'>free</a>",
    "\u202egnp.exe",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_a_mail_and_no_header(road: Road, name: str) -> None:
    (variant,) = road.make_product(name)
    user = road.make_customer("ada@example.com", first_name=name)
    road.cart(variant, email="ada@example.com", user_id=user, metadata=AGREED)
    road.work()
    road.wait(hours=5)
    (mail,) = road.work()

    assert mail.get_all("To") == ["ada@example.com"]
    assert "Bcc" not in mail
    assert "\n" not in mail["Subject"]
    html = html_of(mail)
    assert "<script" not in html
    assert not [element for element in elements(html) if "onerror" in element.attrib]
    assert f'href="{EVIL}' not in html
    assert Message.objects.get().state == Message.State.SENT
    assert "2026</" not in html
    assert "\u202e" not in html


@pytest.mark.parametrize("field", ["sender_name", "sender_address", "reply_to", "unsubscribe_address"])
def test_no_setting_brings_a_header_of_its_own(field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.parse({field: "hello@news.example.com\r\nBcc: everybody@evil.example"})

    assert list(caught.value.problems) == [field]


@pytest.mark.parametrize(
    "written",
    [
        "{{ customer.__class__ }}",
        "{{ shop._meta }}",
        "{{ settings.SECRET_KEY }}",
        "{{ unsubscribe_url }}",
        "{% load static %}",
        "{% include 'saleor_crm/base.html' %}",
        "{% extends 'saleor_crm/base.html' %}",
        "{% debug %}",
        "{% ssi '/etc/passwd' %}",
        "{% now 'Y' %}",
        "{% followed 'https://evil.example' %}",
        "{{ customer.first_name|safe }}",
        "{{ customer.first_name|add:'x' }}",
        "{% for a in 'xxxxxxxx' %}x{% endfor %}",
        "<script>alert(1)</script>",
        "<a href='javascript:alert(1)'>x</a>",
        "<p onclick='x'>x</p>",
        "<iframe src='https://evil.example'></iframe>",
    ],
)
def test_an_owners_own_words_reach_nothing_but_what_they_may_name(written: str) -> None:
    for words in (Words("Hello", "", f"<p>{written}</p>"), Words(written, "", "<p>Hello</p>")):
        found = check(words, "newsletter")
        assert found or words.subject.startswith("<")
