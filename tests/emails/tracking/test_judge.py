"""Programs that open every link are told from people."""

from datetime import timedelta

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.figures import Responses, responses
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.segments.models import Score
from tests.emails.tracking.mailing import FIREFOX, follow, links_of, mail_to_ada, told_by
from tests.road import Road

pytestmark = pytest.mark.urls("tests.door_urls")
APPLE = "Mozilla/5.0"
SCANNERS = [
    None,
    "",
    "curl/8.5.0",
    "python-requests/2.32",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (compatible; bingbot/2.0)",
    "Mozilla/5.0 (Windows NT 10.0) HeadlessChrome/120",
    "Go-http-client/1.1",
]
PEOPLE = [
    FIREFOX,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Edg/130.0",
    "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Mobile",
]


@pytest.fixture
def links(road: Road) -> list[str]:
    """Links of a mail that ada got two hours ago."""
    road.set(link_clicks=True, link_opens=True, score_points="order = 10\nclick = 5")
    mail = mail_to_ada(road, products=4)
    road.wait(hours=2)
    return [*links_of(mail), *links_of(mail, "seen")]


def judged(road: Road) -> list[tuple[str, str]]:
    road.wait(minutes=2)
    road.work(work.judge_clicks)
    return list(told_by(Message.objects.get()))


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_click_of_a_browser_is_a_persons(road: Road, links: list[str], agent: str) -> None:
    follow(links[0], agent)

    assert judged(road) == [("click", "person")]


@pytest.mark.parametrize("agent", SCANNERS)
def test_a_click_of_a_program_is_none(road: Road, links: list[str], agent: str | None) -> None:
    assert follow(links[0], agent).status_code == 302
    assert judged(road) == [("click", "machine")]


@pytest.mark.parametrize("header", ["Purpose", "Sec-Purpose", "X-Purpose", "X-Moz"])
def test_a_page_that_is_loaded_ahead_is_no_click(road: Road, links: list[str], header: str) -> None:
    follow(links[0], **{header: "prefetch;prerender"})

    assert judged(road) == [("click", "machine")]


def test_looking_with_head_is_no_click_nor_is_what_follows_at_once(road: Road, links: list[str]) -> None:
    assert follow(links[0], method="head").status_code == 302
    road.wait(seconds=3)
    follow(links[0])

    assert judged(road) == [("click", "machine"), ("click", "machine")]


def test_following_three_links_within_seconds_is_a_programs_doing(road: Road, links: list[str]) -> None:
    for link in links[:3]:
        follow(link)
        road.wait(seconds=2)

    assert judged(road) == [("click", "machine")] * 3


def test_two_links_at_once_are_a_persons_unless_the_mail_just_came(road: Road, links: list[str]) -> None:
    for link in links[:2]:
        follow(link)

    assert judged(road) == [("click", "person")] * 2


def test_two_links_in_the_first_minute_are_a_programs_doing(road: Road, links: list[str]) -> None:
    Message.objects.update(sent_at=road.now - timedelta(seconds=30))
    for link in links[:2]:
        follow(link)

    assert judged(road) == [("click", "machine")] * 2


def test_a_click_in_the_very_moment_of_sending_is_a_programs_doing(road: Road, links: list[str]) -> None:
    Message.objects.update(sent_at=road.now - timedelta(seconds=2))
    follow(links[0])

    assert judged(road) == [("click", "machine")]


def test_a_person_who_comes_after_the_scanner_counts(road: Road, links: list[str]) -> None:
    for link in links:
        follow(link, "curl/8")
    road.wait(minutes=5)
    follow(links[0])

    assert judged(road)[-1] == ("click", "person")


def test_apples_privacy_proxy_opens_nothing_for_anybody(road: Road, links: list[str]) -> None:
    follow(links[-1], APPLE)

    assert judged(road) == [("open", "machine")]


def test_nobody_is_judged_before_the_burst_is_over(road: Road, links: list[str]) -> None:
    follow(links[0])
    road.wait(seconds=30)
    road.work(work.judge_clicks)

    assert told_by(Message.objects.get()) == [("click", "")]


def test_following_every_link_unsubscribes_nobody(road: Road) -> None:
    road.set(link_clicks=True, link_opens=True)
    mail = mail_to_ada(road)
    for door in ("go", "seen", "unsubscribe", "preferences"):
        for path in links_of(mail, door):
            follow(path)
            follow(path, method="head")

    assert not Suppression.objects.exists()
    assert Contact.objects.get().consented


def test_a_mail_that_was_clicked_in_brings_points_once(road: Road, links: list[str]) -> None:
    for minutes in (0, 10, 20):
        road.wait(minutes=minutes)
        follow(links[0])
    judged(road)
    road.work(work.refresh_segments)

    assert Score.objects.get().points == pytest.approx(5, rel=0.01)


def test_programs_bring_no_points(road: Road, links: list[str]) -> None:
    follow(links[0], "curl/8")
    judged(road)
    road.work(work.refresh_segments)

    assert not Score.objects.exists()


def test_the_report_counts_mails_and_not_clicks(road: Road, links: list[str]) -> None:
    follow(links[0], "curl/8")
    follow(links[-1])
    road.wait(minutes=5)
    for link in links[:2]:
        follow(link)
    judged(road)

    assert responses(road.now) == {"abandoned_cart": Responses(sent=1, clicked=1, scanned=1, opened=1)}


def test_the_report_counts_mails_of_which_clicks_and_opens_are_kept(road: Road, links: list[str]) -> None:
    follow(links[0])
    judged(road)

    road.wait(days=89)
    work.clean_up(road.shop)
    assert responses(road.now)["abandoned_cart"].clicked == 1

    road.wait(days=1, hours=1)
    work.clean_up(road.shop)
    assert responses(road.now) == {}


def test_what_was_clicked_goes_with_the_person(road: Road, links: list[str]) -> None:
    follow(links[0])
    Contact.objects.get().delete()

    assert not Response.objects.exists()
