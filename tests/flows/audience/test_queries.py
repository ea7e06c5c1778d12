"""Who belongs to an audience, asked of a real database."""

from datetime import UTC, datetime, timedelta
from itertools import count as counting
from typing import Any

import pytest

from saleor_crm_plugin import config
from saleor_crm_plugin.activity.models import Purchase, PurchaseLine
from saleor_crm_plugin.contacts.models import Contact, Suppression
from saleor_crm_plugin.contacts.preferences.models import Preference
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.emails.tracking.models import Response
from saleor_crm_plugin.flows.audience.conditions import AudienceError, Known, read
from saleor_crm_plugin.flows.audience.count import Counted, count
from saleor_crm_plugin.flows.audience.known import meant
from saleor_crm_plugin.recs.served.assortment import read_assortment
from saleor_crm_plugin.recs.served.models import Shelf
from saleor_crm_plugin.segments.loyalty.models import Lot
from saleor_crm_plugin.segments.models import Lifecycle, Membership, Score, SegmentState
from saleor_crm_plugin.shop.sandbox.models import Category, Product
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
KNOWN = Known(stages=tuple(Lifecycle.Stage), groups=("Champions", "Lost"), channels=("eu", "pl"))
_numbers = counting(1)


@pytest.fixture(autouse=True)
def ada_and_bob() -> tuple[Contact, Contact]:
    """Ada bought a shirt (product 7, of category 3 in 1) a year ago and tea last week; Bob never bought anything."""
    ada = contact("ada", language="de-at", country="AT")
    bob = contact("bob", language="fr", country="FR")
    above, tea = (Category.objects.create(pk=pk, name=str(pk), slug=str(pk)) for pk in (1, 2))
    shirts = Category.objects.create(pk=3, name="Shirts", slug="shirts", parent=above)
    for product, category in ((7, shirts), (8, tea), (9, tea)):
        Product.objects.create(pk=product, name=str(product), slug=str(product), category=category)
    buys(ada, "7", days=365)
    buys(ada, "8", days=7, channel="pl")
    Lifecycle.objects.create(contact=ada, stage="loyal", since=NOW)
    Lifecycle.objects.create(contact=bob, stage="prospect", since=NOW)
    Membership.objects.create(
        contact=ada, kind="rfm", currency="EUR", segment="Champions", entered_at=NOW, cause="rank"
    )
    Membership.objects.create(
        contact=bob, kind="rfm", currency="EUR", segment="Champions", entered_at=NOW, left_at=NOW, cause="rank"
    )
    SegmentState.objects.create(as_of=NOW, rebuilt_at=NOW, score_reference=NOW, rules="")
    Score.objects.create(contact=ada, points=80, tier="A")
    Lot.objects.create(contact=ada, source="order:1", points=30, earned_at=NOW, created_at=NOW)
    Lot.objects.create(contact=ada, source="order:2", points=50, created_at=NOW)
    return ada, bob


def contact(name: str, **values: Any) -> Contact:
    values.setdefault("consented", True)
    return Contact.objects.create(email=f"{name}@example.com", created_at=NOW, **values)


def buys(who: Contact, product: str, days: int, channel: str = "eu", returned: int = 0) -> None:
    order = Purchase.objects.create(
        order_id=f"order{next(_numbers)}", contact=who, channel=channel, currency="EUR", language="de", total=10,
        refunded=0, real=True, paid=True, placed_at=NOW - timedelta(days=days), changed_at=NOW,
    )  # fmt: skip
    PurchaseLine.objects.create(
        purchase=order, line_id="1", product_id=product, quantity=1, returned=returned, total=10
    )


def who(reached: tuple[str, ...] = (), but_not: dict[str, Any] | None = None, **where: Any) -> set[str]:
    found = counted(reached, but_not, **where)
    return {person.email.partition("@")[0] for person in found.sample}


def counted(
    reached: tuple[str, ...] = (), but_not: dict[str, Any] | None = None, settings: Any = (), **where: Any
) -> Counted:
    audience = read({"where": where, "but_not": but_not}, KNOWN)
    return count(SandboxShop(), audience, reached, config.parse({"allow_list": "", **dict(settings)}), NOW)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ({}, {"ada", "bob"}),
        ({"lifecycle": ["loyal", "at_risk"]}, {"ada"}),
        ({"rfm": ["Champions"]}, {"ada"}),
        ({"tiers": ["A"]}, {"ada"}),
        ({"score_from": 80.0}, {"ada"}),
        ({"score_from": 81.0}, set()),
        ({"score_below": 80.0}, {"bob"}),
        ({"points_from": 30}, {"ada"}),
        ({"points_from": 31}, set()),
        ({"points_below": 30}, {"bob"}),
        ({"orders_from": 2}, {"ada"}),
        ({"orders_from": 3}, set()),
        ({"orders_below": 1}, {"bob"}),
        ({"ordered_within_days": 8}, {"ada"}),
        ({"ordered_within_days": 6}, set()),
        ({"not_ordered_for_days": 6}, {"ada"}),
        ({"not_ordered_for_days": 8}, set()),
        ({"bought": [{"products": ["7"]}]}, {"ada"}),
        ({"bought": [{"products": ["7"], "within_days": 100}]}, set()),
        ({"bought": [{"categories": ["1"]}]}, {"ada"}),
        ({"bought": [{"categories": ["1"]}, {"products": ["8"]}]}, {"ada"}),
        ({"bought": [{"categories": ["1"]}, {"products": ["9"]}]}, set()),
        ({"never_bought": [{"categories": ["2"]}]}, {"bob"}),
        ({"never_bought": [{"products": ["9"]}]}, {"ada", "bob"}),
        ({"channels": ["pl"]}, {"ada"}),
        ({"channels": ["eu"]}, set()),
        ({"languages": ["de"]}, {"ada"}),
        ({"languages": ["de-de", "fr"]}, {"bob"}),
        ({"countries": ["AT"]}, {"ada"}),
        ({"consented": False}, set()),
        ({"countries": ["AT"], "tiers": ["B"]}, set()),
    ],
)  # fmt: skip
def test_whom_conditions_mean(where: dict[str, Any], found: set[str]) -> None:
    assert who(**where) == found


def test_all_of_what_is_excepted_has_to_hold() -> None:
    assert who(but_not={"tiers": ["A"]}) == {"bob"}
    assert who(but_not={"tiers": ["A"], "countries": ["FR"]}) == {"ada", "bob"}


def test_who_chose_a_language_counts_for_that_one_only(ada_and_bob: tuple[Contact, Contact]) -> None:
    ada, bob = ada_and_bob
    Preference.objects.create(contact=ada, language="fr", changed_at=NOW)
    Preference.objects.create(contact=bob, language="de_AT", changed_at=NOW)
    assert who(languages=["de"]) == {"bob"}
    assert who(but_not={"languages": ["de"]}) == {"ada"}


def test_who_chose_no_language_counts_for_the_one_in_which_they_bought_last() -> None:
    buys(contact("cleo", language="fr"), "7", days=3)
    assert who(languages=["de"]) == {"ada", "cleo"}
    assert who(languages=["fr"]) == {"bob"}


def test_what_came_back_whole_was_not_bought() -> None:
    cleo = contact("cleo")
    buys(cleo, "7", days=3, returned=1)
    assert "cleo" not in who(bought=[{"products": ["7"]}])


def test_who_may_not_be_written_to_is_counted_with_one_reason(ada_and_bob: tuple[Contact, Contact]) -> None:
    contact("cleo", consented=False)
    suppress("bob@example.com", Suppression.Reason.HARD_BOUNCE, NOW)
    found = counted(("eu",))
    assert (found.people, found.recipients) == (3, 0)
    assert found.excluded == {"no_consent": 1, "other_channel": 1, "suppressed": 1}


def test_who_never_bought_counts_as_a_customer_of_the_first_channel() -> None:
    found = counted(("eu", "pl"))
    assert {person.email: person.channel for person in found.sample} == {
        "ada@example.com": "pl", "bob@example.com": "eu",
    }  # fmt: skip


def test_the_sample_is_no_longer_than_asked_but_all_are_counted() -> None:
    audience = read({}, KNOWN)
    found = count(SandboxShop(), audience, (), config.parse({}), NOW, sample=1)
    assert (len(found.sample), found.people) == (1, 2)


def test_nobody_without_an_address_is_meant() -> None:
    Contact.objects.create(user_id="9", created_at=NOW, consented=True)
    assert counted().people == 2


SHIRTS = [{"categories": ["1"]}]


def learn() -> None:
    """What every training does first."""
    read_assortment(SandboxShop()).keep_shelves()


def test_what_the_shop_deleted_was_bought_of_its_category_all_the_same() -> None:
    # given
    learn()
    Product.objects.filter(pk=7).delete()

    # then, and when the catalogue was read again
    for _ in range(2):
        assert who(never_bought=SHIRTS) == {"bob"}
        assert who(bought=SHIRTS) == {"ada"}
        learn()


def test_a_category_holds_before_anything_was_learnt() -> None:
    assert not Shelf.objects.exists()
    assert who(never_bought=SHIRTS) == {"bob"}


def test_a_product_that_moved_to_another_category_was_bought_of_that_one() -> None:
    # given
    learn()
    Product.objects.filter(pk=7).update(category=2)

    # then
    assert who(bought=SHIRTS) == set()
    assert who(bought=[{"categories": ["2"]}]) == {"ada"}


@pytest.mark.parametrize(
    ("said", "place", "sentence"),
    [
        ({"products": ["7", "99999999"]}, "products", "The shop has no product with the id 99999999."),
        ({"categories": ["99999999"]}, "categories", "The shop has no category with the id 99999999."),
        ({"categories": [str(2**40)]}, "categories", f"The shop has no category with the id {2**40}."),
    ],
)
def test_what_the_shop_never_had_is_refused(said: dict[str, Any], place: str, sentence: str) -> None:
    with pytest.raises(AudienceError) as refused:
        meant({"but_not": {"never_bought": [said]}}, SandboxShop(), config.parse({}))
    assert refused.value.problems == {f"but_not.never_bought.0.{place}": sentence}


def test_what_the_shop_had_once_is_not_refused() -> None:
    # given: a product that somebody bought, and a category that had products
    learn()
    Product.objects.filter(pk__in=[7, 8]).delete()
    Category.objects.filter(pk__in=[1, 3]).delete()
    told = {"where": {"bought": [{"products": ["8"]}, {"categories": ["3"]}]}}

    # then
    assert meant(told, SandboxShop(), config.parse({})).plain() == told


def test_who_wants_no_newsletters_is_no_recipient(ada_and_bob: tuple[Contact, Contact]) -> None:
    ada, bob = ada_and_bob
    Preference.objects.create(contact=ada, unwanted=["newsletter", "cart"], changed_at=NOW)
    Preference.objects.create(contact=bob, unwanted=["cart"], changed_at=NOW)
    found = counted()
    assert (found.excluded, found.recipients) == ({"kind_unwanted": 1}, 1)


def test_whom_the_sunset_ends_is_no_recipient(ada_and_bob: tuple[Contact, Contact]) -> None:
    # given: clicks are counted for long, and Bob did not answer five mails
    ada, bob = ada_and_bob
    for number, (contact, days) in enumerate(((ada, 90), *((bob, day) for day in range(1, 6)))):
        at = NOW - timedelta(days=days)
        mail = Message.objects.create(
            flow="welcome", subject_id=str(number), step=0, contact=contact, recipient=str(contact.email), content={},
            template="welcome", language="en", channel="eu", state="sent", created_at=at, sent_at=at,
            next_attempt_at=at, expires_at=at,
        )  # fmt: skip
        if contact == ada:
            Response.objects.create(message=mail, contact=ada, kind="click", by="person", at=at)

    # then
    rules = {"link_clicks": True, "storefront_url": "https://shop.example.com"}
    assert counted(settings={**rules, "sunset": "3, 5"}).excluded == {"unanswered": 1}
    assert counted(settings={**rules, "sunset": "3, 6"}).excluded == {}
