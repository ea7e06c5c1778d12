"""A preview is in the words and the language of the mail that would be sent."""

from zoneinfo import ZoneInfo

from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.contacts.preferences.models import Preference
from saleor_crm_plugin.emails.own.places import Place, save
from saleor_crm_plugin.emails.own.words import Words
from saleor_crm_plugin.flows.campaigns import course
from saleor_crm_plugin.flows.campaigns.draft import Text
from saleor_crm_plugin.flows.campaigns.preview import wanted
from saleor_crm_plugin.flows.explain import explain
from saleor_crm_plugin.flows.preview import Wanted, preview
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of
from tests.flows.campaigns.newsletters import ENGLISH, GERMAN, newsletter, people, settings
from tests.flows.people.test_table import buys
from tests.road import AGREED, Road

UTC = ZoneInfo("UTC")


def chooses(contact: Contact, language: str, road: Road) -> None:
    Preference.objects.create(contact=contact, language=language, changed_at=road.now)


def test_a_newsletter_is_previewed_in_the_language_that_the_customer_chose_as_it_is_sent(road: Road) -> None:
    # given
    (ada,) = people(1)
    chooses(ada, "de", road)
    campaign = newsletter(road, (ENGLISH, GERMAN), language="en")

    # when
    shown = preview(road.shop, settings(road), wanted(campaign, contact=ada), road.now)
    course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)
    (sent,) = road.work()

    # then
    assert (
        (shown.subject, shown.language) == (sent["Subject"], sent["Content-Language"]) == (GERMAN.words.subject, "de")
    )


def test_a_flows_mail_is_previewed_in_the_language_that_the_customer_chose(road: Road) -> None:
    # given
    buys(road, road.make_product("Hat")[0])
    ada = Contact.objects.get(email="ada@example.com")
    chooses(ada, "fr", road)

    # then
    assert preview(road.shop, settings(road), Wanted("welcome", contact=ada), road.now).language == "fr"


def test_a_preview_names_the_sender_of_its_channel_as_the_mail_does(road: Road) -> None:
    # given
    road.set(sending_senders=f"{next(iter(road.shop.channels()))} = Berghaus <hello@berghaus.example.com>")
    (ada,) = people(1)
    campaign = newsletter(road, (Text("en", Words("News of {{ shop.name }}", "", "<h1>News</h1>")),))

    # when
    shown = preview(road.shop, settings(road), wanted(campaign, contact=ada), road.now)
    course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)
    (sent,) = road.work()

    # then
    assert shown.subject == sent["Subject"] == "News of Berghaus"
    assert "hello@berghaus.example.com" in shown.text


def test_a_newsletter_in_hebrew_is_sent_and_previewed_from_right_to_left(road: Road) -> None:
    # given
    (ada,) = people(1, language="he")
    hebrew = Text("he", Words("שלום", "", "<h1>שלום</h1><p>מה חדש (עכשיו).</p>"))
    campaign = newsletter(road, (hebrew,), language="he")

    # when
    shown = preview(road.shop, settings(road), wanted(campaign, contact=ada), road.now)
    course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)
    (sent,) = road.work()

    # then
    assert sent["Content-Language"] == "he"
    assert '<html lang="he" dir="rtl"' in shown.html
    assert '<html lang="he" dir="rtl"' in html_of(sent)


def test_words_saved_for_a_language_that_we_do_not_ship_are_told_to_be_in_it(road: Road) -> None:
    # given
    save(road.shop, Place("welcome", "", "ar"), Words("أهلا", "", "<h1>أهلا</h1><p>شكرا.</p>"), "", road.now)
    road.set(abandoned_cart_enabled=False, flows="welcome = on")
    cart = road.make_cart(email="ada@example.com", metadata=AGREED, language="ar-eg")
    road.add_line(cart, road.make_product("Hat")[0])
    road.work()
    road.place_order(cart)
    road.work()

    # when
    road.wait(days=1, minutes=5)
    (sent,) = road.work()

    # then
    assert (sent["Subject"], sent["Content-Language"]) == ("أهلا", "ar")


def test_explain_says_in_which_language_a_mail_was_where_it_had_no_words_in_that_of_the_customer(road: Road) -> None:
    # given
    italian, austrian = people(1, language="it")[0], people(1, language="de-at")[0]
    campaign = newsletter(road, (ENGLISH, GERMAN), language="en")
    course.schedule(road.shop, settings(road), campaign.pk, road.now, "", road.now)
    road.work()

    # when
    told = {one: "\n".join(explain(str(one.email), UTC)) for one in (italian, austrian)}

    # then
    assert "It is in English: there are no words in Italian." in told[italian]
    assert "there are no words" not in told[austrian]


def test_explain_says_that_a_mail_of_ours_fell_back_to_english(road: Road) -> None:
    # given
    cart = road.make_cart(email="ada@example.com", metadata=AGREED, language="it")
    road.add_line(cart, road.make_product("Hat")[0])
    road.work()
    road.wait(hours=5)
    assert road.work()

    # then
    assert "It is in English: there are no words in Italian." in "\n".join(explain("ada@example.com", UTC))
