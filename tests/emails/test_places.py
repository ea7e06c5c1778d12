"""Owners' words in the place of ours: which speak for a mail, their versions, and the mails of flows."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connections

from saleor_crm_plugin import work
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.own import kept, places
from saleor_crm_plugin.emails.own.models import OwnWords
from saleor_crm_plugin.emails.own.places import Place, nearest
from saleor_crm_plugin.emails.own.words import Problem, Words
from saleor_crm_plugin.shop.sandbox.mail_sink import html_of, text_of
from saleor_crm_plugin.shop.sandbox.models import Category, Product
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.learnt import Learnt
from tests.road import NOON, Road
from tests.test_crm_command import crm

CART = "abandoned_cart_1"
BODY = '<h1>Your cart, {{ customer.first_name|default:"dear customer" }}</h1>{% lines %}{% button "Back" cart.url %}'


def words(subject: str = "Still yours", body: str = BODY) -> Words:
    return Words(subject, "", body)


@pytest.mark.parametrize(
    ("said", "speaks"),
    [
        ([("", ""), ("", "de"), ("eu", ""), ("eu", "de"), ("eu", "de-at")], ("eu", "de-at")),
        ([("", ""), ("", "de-at"), ("eu", ""), ("eu", "de")], ("eu", "de")),
        ([("", ""), ("", "de-at"), ("eu", "")], ("eu", "")),
        ([("", ""), ("", "de"), ("poland", "de")], ("", "de")),
        ([("", ""), ("", "fr"), ("poland", "")], ("", "")),
        ([("", "fr"), ("poland", "de")], None),
    ],
)
def test_the_nearest_words_speak(said: list[tuple[str, str]], speaks: tuple[str, str] | None) -> None:
    # when
    place = nearest({Place(CART, *one): "key" for one in said}, CART, "eu", "DE_at")

    # then
    assert place == (Place(CART, *speaks) if speaks else None)


def test_each_save_is_a_version_of_which_the_last_speaks(db: None) -> None:
    # when
    for subject in ("First", "Second"):
        places.save(SandboxShop(), Place(CART), words(subject), "user:1", NOON)

    # then
    told = [(one.version, one.words.subject, one.current, one.saved_by) for one in places.versions(Place(CART))]
    assert told == [(2, "Second", True, "user:1"), (1, "First", False, "user:1")]


@pytest.mark.parametrize("named", ['category="caots"', 'collection="no-such"', 'pin="coats,caot"', 'ban="caot"'])
def test_words_that_name_what_the_shop_has_not_are_refused(db: None, named: str) -> None:
    # given
    category = Category.objects.create(name="Coats", slug="coats")
    Product.objects.create(name="Coat", slug="coats", category=category, season="coats")

    def save(named: str) -> None:
        block = f'{BODY}{{% products "popular" {named} %}}'
        places.save(SandboxShop(), Place(CART), words(body=block), "", NOON)

    # when
    save('category="coats" collection="coats" pin="coats" ban="coats"')
    with pytest.raises(Problem, match=r"The shop has no (category “caots”|collection “no-such”|product “caot”)"):
        save(named)

    # then
    assert len(places.versions(Place(CART))) == 1


def test_after_a_reset_nobody_speaks_and_the_versions_are_still_there(db: None) -> None:
    # given
    places.save(SandboxShop(), Place(CART, "eu"), words(), "", NOON)

    # when
    first, second = places.reset(Place(CART, "eu")), places.reset(Place(CART, "eu"))

    # then
    assert (first, second) == (True, False)
    assert places.current() == []
    assert [one.version for one in places.versions(Place(CART, "eu"))] == [1]


def test_there_is_no_version_that_nobody_saved(db: None) -> None:
    # when / then
    with pytest.raises(Problem, match="no version 3"):
        places.version(Place(CART), 3)


def test_words_that_are_not_there_are_a_problem(db: None) -> None:
    # when / then
    with pytest.raises(Problem, match="not there any more"):
        kept.load("0" * 32)


@pytest.mark.django_db(transaction=True)
def test_who_saves_at_the_same_time_gets_a_version_each() -> None:
    # given
    def save(number: int) -> None:
        try:
            places.save(SandboxShop(), Place(CART), words(f"Version {number}"), "", NOON)
        finally:
            connections.close_all()

    # when
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(save, range(8)))

    # then
    versions = places.versions(Place(CART))
    assert [one.version for one in versions] == [8, 7, 6, 5, 4, 3, 2, 1]
    assert [one.version for one in versions if one.current] == [8]


def test_a_flow_speaks_in_the_owners_words(road: Road) -> None:
    # given
    places.save(
        SandboxShop(), Place(CART), words("Still yours, {{ customer.first_name|default:'friend' }}"), "", road.now
    )
    places.save(SandboxShop(), Place(CART, "poland"), words("Not for this channel"), "", road.now)
    road.cart(*road.make_product("Linen shirt", price=Decimal(40)))
    road.work()

    # when
    road.wait(hours=4, minutes=1)
    (mail,) = road.work()

    # then
    assert mail["Subject"].startswith("Still yours, ")
    assert "<h1" in html_of(mail)
    assert "Your cart, " in text_of(mail)
    assert "Linen shirt" in text_of(mail)
    assert "List-Unsubscribe" in mail


def test_what_was_decided_is_said_whatever_the_owner_writes_meanwhile(road: Road) -> None:
    # given
    places.save(SandboxShop(), Place(CART), words("The old words"), "", road.now)
    road.cart(*road.make_product())
    road.work()
    road.wait(hours=4, minutes=1)
    road.work(work.decide)

    # when
    places.save(SandboxShop(), Place(CART), words("The new words"), "", road.now)
    (mail,) = road.work(work.deliver)

    # then
    assert mail["Subject"] == "The old words"


def broken(**place: str) -> None:
    """Words of a place that an update of ours no longer understands."""
    saved = places.save(SandboxShop(), Place(CART, **place), words("Broken"), "", NOON)
    OwnWords.objects.filter(pk=saved.words_id).update(body="<h1>T</h1>{{ gone.name }}")


@pytest.mark.parametrize(("wider", "subject"), [(["Wider"], "Wider"), ([], "")])
def test_words_that_can_not_be_used_any_more_let_the_next_wider_place_speak(
    road: Road, caplog: pytest.LogCaptureFixture, wider: list[str], subject: str
) -> None:
    # given
    for one in wider:
        places.save(SandboxShop(), Place(CART), words(one), "", NOON)
    broken(language="en")
    road.cart(*road.make_product(), language="en")
    road.work()

    # when
    road.wait(hours=4, minutes=1)
    (mail,) = road.work()

    # then
    assert subject in mail["Subject"]
    assert "Broken" not in mail["Subject"]
    (told,) = (record.getMessage() for record in caplog.records if "can't be used" in record.getMessage())
    assert "gone.name" in told


def test_the_command_lists_words_that_can_not_be_used_any_more(db: None) -> None:
    # given
    places.save(SandboxShop(), Place(CART), words(), "", NOON)
    broken(language="de")

    # when
    told = [line for line in crm("templates").splitlines() if "can't be used" in line]

    # then
    assert len(told) == 1
    assert "gone.name" in told[0]


def test_the_command_lists_words_that_name_what_the_shop_has_no_more(db: None) -> None:
    # given
    category = Category.objects.create(name="Coats", slug="coats")
    block = f'{BODY}{{% products "popular" category="coats" %}}'
    places.save(SandboxShop(), Place(CART), words(body=block), "", NOON)
    category.delete()

    # when
    told = [line for line in crm("templates").splitlines() if "leaves a block out" in line]

    # then
    assert len(told) == 1
    assert "“coats”" in told[0]


def test_the_blocks_of_a_mail_are_those_of_the_owners_words(road: Road) -> None:
    # given
    shirt, *others = (road.make_product(f"Product {number}")[0] for number in range(6))
    Learnt().sells([shirt, *others])
    body = f'{BODY}{{% products "popular" limit=2 title="One" %}}{{% products "popular" limit=3 title="Two" %}}'
    places.save(SandboxShop(), Place(CART), words(body=body), "", road.now)
    road.cart(shirt)
    road.work()

    # when
    road.wait(hours=4, minutes=1)
    (mail,) = road.work()

    # then
    said = text_of(mail)
    found = ["One", "Product 1", "Product 2", "Two", "Product 3", "Product 4", "Product 5"]
    assert [said.index(one) for one in found] == sorted(said.index(one) for one in found)


def test_a_mail_whose_words_are_lost_is_held_and_the_others_go_on(road: Road) -> None:
    # given
    places.save(SandboxShop(), Place(CART), words(), "", road.now)
    for email in ("ada@example.com", "bo@example.com"):
        road.cart(*road.make_product(email), email=email)
    road.work()
    road.wait(hours=4, minutes=1)
    road.work(work.decide)
    lost = Message.objects.get(recipient="ada@example.com")
    Message.objects.filter(pk=lost.pk).update(content=lost.content | {"words": "0" * 32})

    # when
    mails = road.work(work.deliver)

    # then
    assert [mail["To"] for mail in mails] == ["bo@example.com"]
    lost.refresh_from_db()
    assert lost.state == Message.State.HELD
    assert "not there any more" in lost.error
