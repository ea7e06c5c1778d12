"""What is shown: of what the channel sells now, with what happened since the night, and why."""

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin.activity.interactions import make_room
from saleor_crm_plugin.activity.models import Cart, PurchaseLine, View
from saleor_crm_plugin.contacts.models import Contact, Visitor
from saleor_crm_plugin.recs.served import popular, suggest
from saleor_crm_plugin.recs.served.models import ContactList, ProductList, Shelf, TrainingRun, Wears
from saleor_crm_plugin.recs.served.rules import SHOP, Kind, Place, set_rules
from saleor_crm_plugin.recs.served.suggest import Reason, Suggestion

from .shop import CHANNEL, DAY, NOW, OTHER_CHANNEL, Shop, buy, person

_events = count()
Lists = dict[object, list[Suggestion]]


def look(product: str, contact: int | None = None, visitor: str = "", at: datetime = NOW) -> None:
    """Somebody looks at a product."""
    make_room([at], "crm_view")
    View.objects.create(
        visitor_id=visitor,
        event_id=f"{next(_events)}",
        at=at,
        kind="product_view",
        contact_id=contact,
        product_id=product,
    )


def put_into_cart(product: str, contact: int) -> None:
    """A cart with one product."""
    Cart.objects.create(
        id=f"cart{next(_events)}", contact_id=contact, status="open", channel=CHANNEL, currency="EUR", language="de",
        country="DE", total=1, created_at=NOW, changed_at=NOW, seen_at=NOW, lines=[{"product_id": product}],
    )  # fmt: skip


def for_contact(shop: Shop, contact: int, n: int = 12, now: datetime = NOW) -> list[Suggestion]:
    """What a contact is shown."""
    return suggest.for_contacts(shop.port, [contact], CHANNEL, n, now)[contact]


def ids(shown: list[Suggestion], *reasons: Reason) -> list[str]:
    """The products, those with one of the reasons where some are named."""
    return [one.product_id for one in shown if not reasons or one.reason in reasons]


def everything(shop: Shop, n: int = 12, channel: str = CHANNEL) -> Lists:
    """All lists of all kinds for some who ask."""
    port, tea = shop.port, shop.products["tea"][:4]
    contacts = [contact for kind in shop.contacts.values() for contact in kind[:6]]
    users = list(Contact.objects.filter(pk__in=contacts).values_list("user_id", flat=True))
    answers = {
        "related": suggest.related(port, tea, channel, n, NOW),
        "together": suggest.together(port, tea, channel, n, NOW),
        "popular": suggest.popular(port, [None, *shop.shelves], channel, n, NOW),
        "users": suggest.for_users(port, [*users, "nobody"], channel, n, NOW),
        "contacts": suggest.for_contacts(port, contacts, channel, n, NOW),
        "visitors": suggest.for_visitors(port, ["visitor-1", ""], channel, n, NOW),
        "carts": suggest.for_carts(port, [("a", tea[:2]), ("b", [])], channel, n, NOW),
        "viewed": suggest.viewed_by_users(port, users, channel, n, NOW),
    }
    return {(name, key): shown for name, lists in answers.items() for key, shown in lists.items()}


def test_everybody_who_asks_is_answered_with_so_many_at_most(trained: Shop) -> None:
    lists = everything(trained, 7)
    assert {len(shown) for (name, _), shown in lists.items() if name != "viewed"} == {7}


def test_no_list_shows_a_product_twice(trained: Shop) -> None:
    assert all(len(set(ids(shown))) == len(shown) for shown in everything(trained, 30).values())


def test_lists_are_in_the_order_of_their_scores_from_one_down(trained: Shop) -> None:
    for shown in everything(trained, 30).values():
        scores = [one.score for one in shown]
        assert scores == sorted(scores, reverse=True)
        assert all(0 < score <= 1 for score in scores)
        assert not scores or scores[0] == 1


def test_the_same_question_has_the_same_answer(trained: Shop) -> None:
    assert everything(trained) == everything(trained)


def test_lists_do_not_depend_on_who_else_asks(trained: Shop) -> None:
    contacts = [contacts[0] for contacts in trained.contacts.values()]
    together = suggest.for_contacts(trained.port, contacts[::-1], CHANNEL, 12, NOW)

    assert together == {contact: for_contact(trained, contact) for contact in contacts}


def test_nothing_is_shown_that_is_sold_out_or_not_sold_in_the_channel(trained: Shop) -> None:
    before = everything(trained, 5)
    gone = {one.product_id for shown in before.values() for one in shown[:1]}
    for number, product in enumerate(sorted(gone)):
        (trained.sell_out if number % 2 else trained.unlist)(product)

    after = everything(trained, 5)

    assert gone
    assert not gone & {one.product_id for shown in after.values() for one in shown}
    assert {len(shown) for (name, _), shown in after.items() if name != "viewed"} == {5}


def test_another_channel_shows_what_it_sells_itself(trained: Shop) -> None:
    first = everything(trained, 3, OTHER_CHANNEL)["popular", None][0].product_id
    trained.unlist(first, OTHER_CHANNEL)

    assert first not in ids(everything(trained, 3, OTHER_CHANNEL)["popular", None])
    assert first in ids(everything(trained, 3)["popular", None])


def test_a_channel_that_is_not_there_shows_nothing(trained: Shop) -> None:
    assert set(map(len, everything(trained, channel="nowhere").values())) == {0}


def test_customers_are_shown_what_their_like_buy_and_nothing_they_have(trained: Shop) -> None:
    for kind, contacts in trained.contacts.items():
        for contact in contacts[5:15]:
            shown = for_contact(trained, contact, 20)
            bought = PurchaseLine.objects.filter(purchase__contact=contact).values_list("product_id", flat=True)
            assert not set(ids(shown)) & set(bought)
            assert {trained.kind_of(product) for product in ids(shown, Reason.PERSONAL)} <= {kind}


def test_what_was_bought_since_the_training_is_not_shown_any_more(trained: Shop) -> None:
    contact = trained.contacts["cups"][0]
    (first, *_) = ids(for_contact(trained, contact))

    buy(contact, [first], 0)

    assert first not in ids(for_contact(trained, contact))


def test_somebody_unknown_is_shown_what_sells_and_told_so(trained: Shop) -> None:
    shown = suggest.for_users(trained.port, ["nobody"], CHANNEL, 6, NOW)["nobody"]

    assert {one.reason for one in shown} == {Reason.POPULAR}
    assert ids(shown)[:3] == ids(suggest.popular(trained.port, [None], CHANNEL, 3, NOW)[None])


def test_a_customer_with_a_single_order_is_shown_what_sells(trained: Shop) -> None:
    ada = person()
    buy(ada, [trained.products["tea"][0]], 0)

    assert {one.reason for one in for_contact(trained, ada)} == {Reason.POPULAR}


def test_what_was_looked_at_and_not_bought_comes_first_as_a_block_of_a_quarter(trained: Shop) -> None:
    contact, tyres = trained.contacts["tea"][0], trained.products["tyres"]
    for number, product in enumerate(tyres[:6]):
        look(product, contact, at=NOW - number * DAY / 2)

    shown = for_contact(trained, contact, 12)

    assert ids(shown, Reason.VIEWED) == tyres[:3] == ids(shown[:3])


def test_a_cart_says_more_than_a_look(trained: Shop) -> None:
    contact, tyres = trained.contacts["tea"][0], trained.products["tyres"]
    look(tyres[0], contact)
    put_into_cart(tyres[1], contact)

    assert ids(for_contact(trained, contact), Reason.VIEWED) == [tyres[1], tyres[0]]


def test_what_was_looked_at_and_bought_is_not_shown(trained: Shop) -> None:
    contact, tyre = trained.contacts["tea"][0], trained.products["tyres"][0]
    look(tyre, contact)
    buy(contact, [tyre], 0)

    assert tyre not in ids(for_contact(trained, contact))


def test_looks_of_today_bring_what_goes_with_them(trained: Shop) -> None:
    contact, tyre = trained.contacts["tea"][10], trained.products["tyres"][0]
    before = ids(for_contact(trained, contact), Reason.RELATED)

    look(tyre, contact)

    new = set(ids(for_contact(trained, contact), Reason.RELATED)) - set(before)
    assert new
    assert {trained.kind_of(product) for product in new} == {"tyres"}


def test_what_runs_out_is_shown_to_those_who_need_it(trained: Shop) -> None:
    tea = trained.products["tea"][-1]

    assert ids(for_contact(trained, trained.contacts["tea"][0]), Reason.BOUGHT_BEFORE) == [tea]
    assert not ids(for_contact(trained, trained.contacts["cups"][0]), Reason.BOUGHT_BEFORE)


def test_what_runs_out_is_not_shown_any_more_once_it_was_bought(trained: Shop) -> None:
    contact, tea = trained.contacts["tea"][0], trained.products["tea"][-1]

    buy(contact, [tea], -1)

    assert tea not in ids(for_contact(trained, contact, now=NOW + DAY))


def test_no_category_has_more_than_half_of_a_customers_list_while_there_are_others(trained: Shop) -> None:
    shown = for_contact(trained, trained.contacts["cups"][0], 12)

    assert max(len(set(ids(shown)) & set(there)) for there in trained.shelves.values()) <= 6


def test_a_visitor_is_shown_what_goes_with_what_they_looked_at(trained: Shop) -> None:
    tyre = trained.products["tyres"][0]
    look(tyre, visitor="visitor-1")

    shown = suggest.for_visitors(trained.port, ["visitor-1", "visitor-2"], CHANNEL, 8, NOW)

    assert ids(shown["visitor-1"], Reason.VIEWED) == [tyre]
    assert {trained.kind_of(product) for product in ids(shown["visitor-1"], Reason.RELATED)} == {"tyres"}
    assert {one.reason for one in shown["visitor-2"]} == {Reason.POPULAR}


def test_who_knows_a_visitor_id_does_not_learn_what_its_owner_bought_or_likes(trained: Shop) -> None:
    # given an id that turned out to be a good customer's
    Visitor.objects.create(visitor_id="visitor-1", contact_id=trained.contacts["tea"][0], seen_at=NOW)
    look(trained.products["cups"][0], trained.contacts["tea"][0])  # told by the account, not by the id
    # then
    lists = suggest.for_visitors(trained.port, ["visitor-1", "visitor-2"], CHANNEL, 12, NOW)
    assert lists["visitor-1"] == lists["visitor-2"]


def test_accounts_without_a_visitor_id_are_nobodys_visitor(trained: Shop) -> None:
    look(trained.products["tyres"][0], trained.contacts["tea"][0], visitor="")

    assert {one.reason for one in suggest.for_visitors(trained.port, [""], CHANNEL, 5, NOW)[""]} == {Reason.POPULAR}


def test_a_product_has_its_like_beside_it(trained: Shop) -> None:
    tea = trained.products["tea"][0]

    shown = suggest.related(trained.port, [tea], CHANNEL, 5, NOW)[tea]

    assert tea not in ids(shown)
    assert {trained.kind_of(product) for product in ids(shown, Reason.RELATED, Reason.SIMILAR)} == {"tea"}


def test_what_is_in_the_same_orders_is_bought_together(trained: Shop) -> None:
    cup, saucer = trained.products["cups"][:2]

    (first, *_) = suggest.together(trained.port, [cup], CHANNEL, 5, NOW)[cup]

    assert (first.product_id, first.reason) == (saucer, Reason.BOUGHT_TOGETHER)


def test_a_cart_is_shown_what_it_lacks_and_nothing_that_is_in_it(trained: Shop) -> None:
    cup, saucer, other = trained.products["cups"][:3]

    shown = suggest.for_carts(trained.port, [("a", [cup]), ("b", [cup, saucer])], CHANNEL, 8, NOW)

    assert saucer in ids(shown["a"])
    assert not {cup, saucer} & set(ids(shown["b"]))
    assert other


def test_an_empty_cart_is_shown_what_sells(trained: Shop) -> None:
    assert {one.reason for one in suggest.for_carts(trained.port, [("a", [])], CHANNEL, 5, NOW)["a"]} == {
        Reason.POPULAR
    }


def test_what_sells_in_a_category_is_of_it(trained: Shop) -> None:
    for category, there in trained.shelves.items():
        shown = suggest.popular(trained.port, [category], CHANNEL, 5, NOW)[category]
        assert set(ids(shown)) <= set(there)
        assert {one.reason for one in shown} == {Reason.POPULAR_IN_CATEGORY}


@pytest.mark.parametrize("category", ["999", "9" * 19, "9" * 40, "no number", "-1"])
def test_a_category_that_is_not_there_shows_nothing(trained: Shop, category: str) -> None:
    assert suggest.popular(trained.port, [category], CHANNEL, 5, NOW) == {category: []}


@pytest.mark.parametrize("product", ["999", "9" * 19, "9" * 40, "no number", "-1"])
def test_a_product_that_is_not_there_has_what_sells_beside_it(trained: Shop, product: str) -> None:
    shown = suggest.related(trained.port, [product], CHANNEL, 5, NOW)[product]

    assert {one.reason for one in shown} == {Reason.POPULAR}


def test_what_was_looked_at_is_told_with_the_latest_first_bought_or_not(trained: Shop) -> None:
    contact, tea = trained.contacts["tea"][0], trained.products["tea"]
    user = Contact.objects.get(pk=contact).user_id
    assert user
    for hours, product in ((3, tea[0]), (1, tea[-1]), (2, tea[2]), (9, tea[-1])):
        look(product, contact, at=NOW - hours * DAY / 24)

    shown = suggest.viewed_by_users(trained.port, [user, "nobody"], CHANNEL, 5, NOW)

    assert ids(shown[user]) == [tea[-1], tea[2], tea[0]]
    assert {one.reason for one in shown[user]} == {Reason.VIEWED}
    assert shown["nobody"] == []


def test_the_merchants_pins_come_first_and_bans_never(trained: Shop) -> None:
    tea, tyres = trained.products["tea"], trained.products["tyres"]
    (banned, *_) = ids(suggest.related(trained.port, [tea[0]], CHANNEL, 5, NOW)[tea[0]])
    trained.sell_out(tyres[2])
    set_rules(Place(Kind.PRODUCT, tea[0]), [tyres[1], tyres[2], tyres[0]], {banned}, "user:1", NOW)

    for function in (suggest.related, suggest.together):
        shown = function(trained.port, [tea[0]], CHANNEL, 5, NOW)[tea[0]]
        assert ids(shown, Reason.PINNED) == ids(shown[:2]) == [tyres[1], tyres[0]]
        assert banned not in ids(shown)


def test_pins_of_a_category_come_first_in_what_sells_in_it(trained: Shop) -> None:
    (category, *_), tea = trained.shelves, trained.products["tea"]
    set_rules(Place(Kind.CATEGORY, category), [tea[-3]], {tea[0]}, "user:1", NOW)

    shown = suggest.popular(trained.port, [category, None], CHANNEL, 90, NOW)

    assert ids(shown[category])[0] == tea[-3]
    assert tea[0] not in ids(shown[category])
    assert tea[0] in ids(shown[None])


def test_what_the_whole_shop_bans_is_in_no_list(trained: Shop) -> None:
    before = everything(trained, 5)
    banned = {one.product_id for shown in before.values() for one in shown[:2]}
    set_rules(SHOP, [], banned, "user:1", NOW)

    assert not banned & {one.product_id for shown in everything(trained, 5).values() for one in shown}


def test_nobody_is_shown_what_is_there_in_other_sizes_only(trained: Shop) -> None:
    contact = trained.contacts["cups"][0]
    (first, *_) = ids(for_contact(trained, contact))
    variant = trained.variant(first)
    variant.size = "L"
    variant.save()
    # given who wears M, when the product comes in M as well and M is sold out
    run = TrainingRun.objects.get(current=True)
    Wears.objects.create(contact_id=contact, run_id=run.pk, sizes=["size=m"], genders=[])
    assert first in ids(for_contact(trained, contact))
    other = type(variant).objects.create(product_id=int(first), sku="m", name="M", size="M")
    price = variant.prices.get(channel__slug=CHANNEL)
    price.pk, price.variant = None, other
    price.save()
    # then
    assert first not in ids(for_contact(trained, contact))


@pytest.mark.parametrize("untrained", [True, False])
def test_without_lists_what_sells_is_shown(trained: Shop, untrained: bool) -> None:
    if untrained:
        TrainingRun.objects.update(current=False)
    else:
        ProductList.objects.all().delete()
        ContactList.objects.all().delete()
    popular.refresh(NOW)

    reasons = {one.reason for shown in everything(trained).values() for one in shown}

    assert reasons == {Reason.POPULAR, Reason.POPULAR_IN_CATEGORY}


def statements(work: Callable[[], object]) -> int:
    """How many statements it takes."""
    with CaptureQueriesContext(connection) as run:
        work()
    return len(run)


def test_the_number_of_statements_depends_neither_on_how_many_ask_nor_on_how_much_is_shown(trained: Shop) -> None:
    port, tea = trained.port, trained.products["tea"]
    contacts = trained.contacts["tea"]
    users = [str(user) for user in Contact.objects.filter(pk__in=contacts).values_list("user_id", flat=True)]
    for contact in contacts[:20]:
        look(trained.products["tyres"][3], contact, visitor=f"visitor-{contact}")
    visitors = [f"visitor-{contact}" for contact in contacts]
    asked: list[tuple[Callable[[int, int], object], int]] = [
        (lambda many, n: suggest.related(port, tea[:many], CHANNEL, n, NOW), 3),
        (lambda many, n: suggest.together(port, tea[:many], CHANNEL, n, NOW), 4),
        (lambda many, n: suggest.popular(port, [None, *trained.shelves][:many], CHANNEL, n, NOW), 3),
        (lambda many, n: suggest.for_users(port, users[:many], CHANNEL, n, NOW), 9),
        (lambda many, n: suggest.for_contacts(port, contacts[:many], CHANNEL, n, NOW), 8),
        (lambda many, n: suggest.for_visitors(port, visitors[:many], CHANNEL, n, NOW), 4),
        (lambda many, n: suggest.for_carts(port, [(p, [p]) for p in tea[:many]], CHANNEL, n, NOW), 3),
    ]

    def count(function: Callable[[int, int], object], many: int, n: int) -> int:
        return statements(lambda: function(many, n))

    for function, usual in asked:
        assert {count(function, many, 1) for many in (1, 20)} == {usual}
        # Longer lists than were learnt: what sells is put behind them.
        assert max(count(function, many, n) for many in (1, 20) for n in (2, 12, 100)) <= usual + 2


def test_what_was_looked_at_is_read_by_three_statements_and_the_shops(trained: Shop) -> None:
    contacts = trained.contacts["tea"]
    users = [str(user) for user in Contact.objects.filter(pk__in=contacts).values_list("user_id", flat=True)]
    for contact in contacts:
        look(trained.products["tyres"][3], contact)

    assert {statements(lambda: suggest.viewed_by_users(trained.port, users[:many], CHANNEL, n, NOW))  # noqa: B023
            for many in (1, 20) for n in (1, 50)} == {4}  # fmt: skip


def test_what_sells_in_the_channel_fills_a_list_before_what_sells_in_others(trained: Shop) -> None:
    # given a product without any list, what sells in a small channel, and what sells much more in a big one
    small, big = trained.products["cups"][:3], trained.products["tyres"][:3]
    for product, buyers, channel in [*((one, 2, OTHER_CHANNEL) for one in small), *((one, 9, CHANNEL) for one in big)]:
        for _ in range(buyers):
            buy(person(), [product], 0, channel=channel)
    popular.refresh(NOW)
    ProductList.objects.all().delete()
    Shelf.objects.all().delete()
    tea = trained.products["tea"][0]
    # when
    shown = suggest.related(trained.port, [tea], OTHER_CHANNEL, 3, NOW)[tea]
    # then
    assert set(ids(shown)) == set(small)
