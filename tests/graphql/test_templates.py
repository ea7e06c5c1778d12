"""crmTemplates and its kin: what staff does with the owner's own words."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.own import places
from saleor_crm_plugin.emails.own.models import OwnTemplate
from saleor_crm_plugin.emails.own.places import Place
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.mail_sink import MailSink, html_of, text_of
from saleor_crm_plugin.shop.sandbox.models import Channel
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, customer, data, id_of, refusal
from tests.road import Road

pytestmark = pytest.mark.django_db
WORDS = {"subject": "Hello from {{ shop.name }}", "preview": "", "body": "<h1>Hello</h1>"}
SAVE = """mutation($template: String!, $channel: String, $language: String, $words: CrmTemplateWordsInput!) {
    crmTemplateSave(template: $template, channel: $channel, language: $language, words: $words) {
        version { version channel language current words { subject } } errors { field message code } } }"""
RESTORE = """mutation($version: Int!) { crmTemplateRestore(template: "welcome", version: $version) {
    version { version restored words { subject } } errors { field code } } }"""
RESET = """mutation { crmTemplateReset(template: "welcome") {
    template { current { version } versions { version current } } errors { code } } }"""
LIST = (
    "query($template: String) { crmTemplates(template: $template) { template current { version channel language } } }"
)
PREVIEW = """query($template: String!, $words: CrmTemplateWordsInput, $customer: ID, $language: String) {
    crmTemplatePreview(template: $template, words: $words, customer: $customer, language: $language) {
        mail { subject html text language } errors { field message code } } }"""
TEST = """mutation($to: String!, $words: CrmTemplateWordsInput) {
    crmTemplateTestSend(template: "welcome", to: $to, words: $words) { sent errors { field message code } } }"""
EVERYTHING = [
    (SAVE, {"template": "welcome", "words": WORDS}),
    (RESTORE, {"version": 1}),
    (RESET, {}),
    (LIST, {}),
    (PREVIEW, {"template": "welcome"}),
    (TEST, {"to": "me@example.com"}),
]  # fmt: skip


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def save(template: str = "welcome", subject: str = "Hello", **place: str) -> dict[str, Any]:
    answer = data(SAVE, STAFF, template=template, words=WORDS | {"subject": subject}, **place)["crmTemplateSave"]
    assert isinstance(answer, dict)
    return answer


@pytest.mark.parametrize(
    ("query", "variables"), EVERYTHING, ids=["save", "restore", "reset", "list", "preview", "test"]
)
@pytest.mark.parametrize("who", ["visitor", "customer", "staff without the right"])
def test_only_those_who_manage_customers_may(query: str, variables: dict[str, Any], who: str) -> None:
    # given
    user, _ = customer()
    token = {"visitor": "", "customer": customer_token(str(user.pk)), "staff without the right": ORDER_STAFF}[who]

    # when
    code, _ = refusal(ask(query, token, **variables))

    # then
    assert code == "PermissionDenied"
    assert OwnTemplate.objects.count() == 0


def test_words_are_kept_in_versions_by_place() -> None:
    # given
    Channel.objects.get_or_create(slug="poland", currency="PLN")

    # when
    first, second = save(), save(subject="Again")
    save(channel="poland", language="PL")

    # then
    assert first["version"] | {"words": None} == {
        "version": 1, "channel": None, "language": None, "current": True, "words": None,
    }  # fmt: skip
    assert second["version"]["version"] == 2
    assert data(LIST, STAFF, template="welcome")["crmTemplates"][0]["current"] == [
        {"version": 2, "channel": None, "language": None},
        {"version": 1, "channel": "poland", "language": "pl"},
    ]


def test_words_that_can_not_be_used_are_not_kept() -> None:
    # when
    answer = data(SAVE, STAFF, template="welcome", words=WORDS | {"body": "<h1>{{ settings.SECRET_KEY }}</h1>"})

    # then
    (error,) = answer["crmTemplateSave"]["errors"]
    assert (error["field"], error["code"]) == ("words", "INVALID")
    assert "There is no “settings”" in error["message"]
    assert OwnTemplate.objects.count() == 0


def test_there_are_no_words_for_a_mail_that_there_is_not() -> None:
    # when
    answer = save(template="../welcome")

    # then
    assert [error["code"] for error in answer["errors"]] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("place", "problem"),
    [({"channel": "mars"}, ("channel", "NOT_FOUND")), ({"language": "deutsch bitte"}, ("words", "INVALID"))],
)
def test_words_are_kept_only_for_places_that_there_are(place: dict[str, str], problem: tuple[str, str]) -> None:
    # when
    answer = save(**place)

    # then
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [problem]
    assert OwnTemplate.objects.count() == 0


@pytest.mark.parametrize("place", [{"language": "de\0"}, {"channel": "de\0"}, {"language": "x" * 300}])
def test_where_nothing_can_be_there_is_nothing_to_be_restored_reset_or_listed(place: dict[str, str]) -> None:
    # when
    at = "(channel: $channel, language: $language"
    restored, reset, listed = (
        ask(f"{kind}($channel: String, $language: String) {{ {query} }}", STAFF, **place)
        for kind, query in (
            ("mutation", f'crmTemplateRestore{at}, template: "welcome", version: 1) {{ errors {{ code }} }}'),
            ("mutation", f'crmTemplateReset{at}, template: "welcome") {{ errors {{ code }} }}'),
            ("query", f'crmTemplates(template: "welcome") {{ versions{at}) {{ version }} }}'),
        )
    )

    # then
    assert "errors" not in {**restored, **reset, **listed}
    assert restored["data"]["crmTemplateRestore"]["errors"]
    assert listed["data"]["crmTemplates"] == [{"versions": []}]


def test_a_version_is_restored_as_a_new_one_and_reset_takes_it_out_of_use() -> None:
    # given
    save(subject="First")
    save(subject="Second")

    # when
    restored = data(RESTORE, STAFF, version=1)["crmTemplateRestore"]
    missing = data(RESTORE, STAFF, version=9)["crmTemplateRestore"]
    reset = data(RESET, STAFF)["crmTemplateReset"]["template"]

    # then
    assert restored["version"] == {"version": 3, "restored": 1, "words": {"subject": "First"}}
    assert [error["code"] for error in missing["errors"]] == ["INVALID"]
    assert reset == {"current": [], "versions": [{"version": n, "current": False} for n in (3, 2, 1)]}


def test_a_preview_shows_words_that_nobody_saved() -> None:
    # when
    mail = data(PREVIEW, STAFF, template="loyal_voucher", words=WORDS | {"body": "<h1>Hi</h1>{% voucher %}"})

    # then
    shown = mail["crmTemplatePreview"]["mail"]
    assert (
        shown["subject"] == f"Hello from {own_settings.stored().get('sender_name') or 'Demo shop'}" or shown["subject"]
    )
    assert "20% off" in shown["text"]
    assert "<h1" in shown["html"]
    assert (OwnTemplate.objects.count(), Message.objects.count()) == (0, 0)


def test_a_preview_shows_the_words_in_use_as_the_customer_gets_them() -> None:
    # given
    user, contact = customer()
    contact.language = "de"
    contact.save()
    places.save(SandboxShop(), Place("welcome", "", "de"), Words("Guten Tag", "", "<h1>Guten Tag</h1>"), "", NOW)

    # when
    by_user, by_contact = (
        data(PREVIEW, STAFF, template="welcome", customer=one)["crmTemplatePreview"]["mail"]
        for one in (global_id("User", user.pk), id_of(contact))
    )

    # then
    assert by_user == by_contact
    assert (by_user["subject"], by_user["language"]) == ("Guten Tag", "de")


@pytest.mark.parametrize(
    "long", [{"subject": "s" * 201}, {"preview": "p" * 251}, {"body": f"<h1>Hi</h1>{'x' * 30_000}"}]
)
def test_what_is_too_long_to_be_kept_is_not_read_for_a_preview_either(long: dict[str, str]) -> None:
    # when
    answer = data(PREVIEW, STAFF, template="welcome", words=WORDS | long)["crmTemplatePreview"]

    # then
    (error,) = answer["errors"]
    assert "are allowed" in error["message"]
    assert (answer["mail"], error["code"]) == (None, "INVALID")


def test_a_preview_as_nobody_is_refused() -> None:
    # when
    answer = data(PREVIEW, STAFF, template="welcome", customer=global_id("User", 12345))["crmTemplatePreview"]

    # then
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("customer", "NOT_FOUND")]


def test_a_test_is_marked_and_leaves_no_trace(sink: MailSink) -> None:
    # given: a test is no advertisement
    suppress("me@example.com", Suppression.Reason.UNSUBSCRIBED, NOW)
    for name, value in {
        "smtp_host": "127.0.0.1", "smtp_port": str(sink.port), "smtp_starttls": False,
        "sender_address": "hello@news.example.com",
    }.items():  # fmt: skip
        own_settings.save(name, value)

    # when
    answers = [data(TEST, STAFF, to="Me@Example.com", words=WORDS)["crmTemplateTestSend"] for _ in range(2)]

    # then
    assert answers == [{"sent": True, "errors": []}] * 2
    assert [mail["To"] for mail in sink.mails] == ["me@example.com"] * 2
    assert all(str(mail["Subject"]).startswith("[Test] Hello from ") for mail in sink.mails)
    assert "/unsubscribe/test/" in text_of(sink.mails[0])
    assert Message.objects.count() == 0


def test_a_test_as_a_customer_does_not_lead_into_their_cart(road: Road) -> None:
    # given
    cart = road.cart(*road.make_product("Linen shirt"), email="ada@example.com")
    road.work()
    query = """mutation($customer: ID) { crmTemplateTestSend(
        template: "abandoned_cart_1", to: "other@example.org", customer: $customer) { sent errors { message } } }"""

    # when
    answer = data(query, STAFF, customer=id_of(Contact.objects.get()))["crmTemplateTestSend"]

    # then
    assert answer == {"sent": True, "errors": []}
    (mail,) = road.sink.mails
    assert "Linen shirt" in text_of(mail)
    assert str(cart) not in html_of(mail) + text_of(mail)
    assert "/cart" not in html_of(mail) + text_of(mail)


def test_a_test_goes_only_where_the_owner_lets_mails_out() -> None:
    # given
    own_settings.save("allow_list", "@our-company.example")

    # when
    answer = data(TEST, STAFF, to="me@example.com")["crmTemplateTestSend"]

    # then
    assert answer["sent"] is False
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("to", "NOT_SENT")]
