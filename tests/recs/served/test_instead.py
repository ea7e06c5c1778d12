"""What is shown instead of a variant that is not there."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.recs.served.instead import Wanted, instead_of
from saleor_crm_plugin.recs.served.rules import SHOP, Kind, Place, set_rules
from saleor_crm_plugin.recs.served.suggest import Reason
from saleor_crm_plugin.shop.goods import OnSale, Tile
from tests.learnt import Learnt, product_of
from tests.road import NOON
from tests.sandbox.driver import SandboxDriver

MEDIUM = frozenset({("size", "m")})


@pytest.fixture
def shop(db: None) -> SandboxDriver:
    return SandboxDriver()


@pytest.fixture
def learnt(db: None) -> Learnt:
    return Learnt()


def coats(shop: SandboxDriver, *prices: int, sizes: Sequence[str] = ("S", "M")) -> list[str]:
    """A variant in the last of the sizes of one product for each price."""
    return [shop.make_product(f"Coat {price}", price=Decimal(price), variants=sizes)[-1] for price in prices]


def wanted(variant: str, price: int = 100, *, sized: bool = True, currency: str = "EUR") -> Wanted:
    return Wanted(product_of(variant), Decimal(price), currency, MEDIUM if sized else frozenset())


def shown(shop: SandboxDriver, one: Wanted, n: int = 4, channel: str = "eu") -> list[str]:
    """The products that are shown instead of one."""
    return [found.product_id for found in instead_of(shop.shop, [one], channel, n, NOON)[one]]


def products(*variants: str) -> list[str]:
    return [product_of(variant) for variant in variants]


def test_what_is_like_it_comes_in_its_order(shop: SandboxDriver, learnt: Learnt) -> None:
    # given
    gone, *others = coats(shop, 100, 90, 120, 70)
    learnt.like(gone, others)

    # when / then
    assert shown(shop, wanted(gone)) == products(*others)
    assert shown(shop, wanted(gone), n=2) == products(*others[:2])


def test_what_costs_less_than_half_or_more_than_half_as_much_again_is_no_alternative(
    shop: SandboxDriver, learnt: Learnt
) -> None:
    # given
    gone, cheap, half, dear, dearest = coats(shop, 100, 49, 50, 150, 151)
    learnt.like(gone, [cheap, half, dear, dearest])

    # when / then
    assert shown(shop, wanted(gone)) == products(half, dear)


def test_what_is_in_another_currency_has_no_comparable_price(shop: SandboxDriver, learnt: Learnt) -> None:
    # given
    gone, other = coats(shop, 100, 100)
    learnt.like(gone, [other])

    # when / then
    assert shown(shop, wanted(gone, currency="PLN")) == []
    assert shown(shop, wanted(gone, currency="PLN"), channel="poland") == products(other)


def test_what_is_not_there_in_the_wanted_size_is_no_alternative(shop: SandboxDriver, learnt: Learnt) -> None:
    # given
    gone, there, sold_out = coats(shop, 100, 100, 100)
    (large,) = coats(shop, 100, sizes=("L",))
    (bag,) = coats(shop, 100, sizes=("",))
    shop.sell_out(sold_out)
    learnt.like(gone, [sold_out, large, bag, there])

    # when / then: a bag has no sizes
    assert shown(shop, wanted(gone)) == products(bag, there)
    assert shown(shop, wanted(gone, sized=False)) == products(sold_out, large, bag, there)


def test_where_too_little_is_like_it_what_sells_in_its_category_follows_under_the_same_rules(
    shop: SandboxDriver, learnt: Learnt
) -> None:
    # given
    gone, like, sells, dear, small, elsewhere = coats(shop, 100, 90, 80, 300, 95, 85)
    shop.sell_out(small)
    learnt.like(gone, [like])
    learnt.stands(gone, "clothes", "coats")
    learnt.sells([dear, small, gone, like, sells], category="coats")
    learnt.sells([elsewhere], category="clothes")
    learnt.sells([elsewhere])

    # when
    found = instead_of(shop.shop, [wanted(gone)], "eu", 4, NOON)[wanted(gone)]

    # then
    assert [one.product_id for one in found] == products(like, sells)
    assert [one.reason for one in found] == [Reason.BOUGHT_TOGETHER, Reason.POPULAR_IN_CATEGORY]


def test_what_only_sells_well_is_instead_of_nothing(shop: SandboxDriver, learnt: Learnt) -> None:
    # given
    gone, one, other = coats(shop, 100, 100, 100)
    learnt.like(gone, {one: Reason.POPULAR})
    learnt.sells([other])

    # when / then
    assert shown(shop, wanted(gone)) == []


def test_what_the_merchant_bans_is_not_shown_and_what_is_pinned_comes_first(
    shop: SandboxDriver, learnt: Learnt
) -> None:
    # given
    gone, like, pinned, banned_here, banned = coats(shop, 100, 100, 100, 100, 100)
    learnt.like(gone, [banned, like])
    learnt.stands(gone, "coats")
    learnt.sells([banned_here, banned], category="coats")
    here = Place(Kind.PRODUCT, product_of(gone))
    set_rules(here, pins=products(pinned), bans=products(banned_here), by="user:1", now=NOON)
    set_rules(SHOP, pins=[], bans=products(banned), by="user:1", now=NOON)

    # when / then
    assert shown(shop, wanted(gone)) == products(pinned, like)


def test_before_anything_is_learnt_there_is_nothing_instead(shop: SandboxDriver) -> None:
    # given
    (gone,) = coats(shop, 100)

    # when / then
    assert shown(shop, wanted(gone)) == []
    assert instead_of(shop.shop, [], "eu", 4, NOON) == {}


def test_twenty_wanted_variants_cost_as_many_statements_as_one(shop: SandboxDriver, learnt: Learnt) -> None:
    # given
    gone = coats(shop, *range(100, 120))
    there = coats(shop, *range(80, 100))
    for one in gone:
        learnt.like(one, there)
        learnt.stands(one, "coats")
    learnt.sells(there, category="coats")

    # when
    costs = []
    for some in ([wanted(gone[0])], [wanted(one) for one in gone]):
        with CaptureQueriesContext(connection) as captured:
            found = instead_of(shop.shop, some, "eu", 4, NOON)
        assert all(len(one) == 4 for one in found.values())
        costs.append(len(captured))

    # then
    assert costs[0] == costs[1] < 15


sizes = st.frozensets(st.tuples(st.sampled_from(["size", "shoe-size"]), st.sampled_from(["s", "m", "38"])))
prices = st.decimals(0, 500, places=2)


@given(sizes, sizes, sizes)
def test_who_wants_a_size_is_shown_nothing_that_says_it_is_not_there_in_it(
    mine: frozenset[tuple[str, str]], comes_in: frozenset[tuple[str, str]], there: frozenset[tuple[str, str]]
) -> None:
    # when
    fits = Wanted("1", Decimal(1), "EUR", mine).fits(OnSale("2", None, frozenset(), comes_in | there, there))

    # then
    said = {slug for slug, _ in comes_in | there}
    assert fits == all(mine & there & {one for one in mine if one[0] == slug} for slug in {s for s, _ in mine} & said)


@given(prices, prices)
def test_the_price_range_is_the_same_for_all_prices(price: Decimal, other: Decimal) -> None:
    # when
    about = Wanted("1", price, "EUR").costs_about(Tile("2", "", "", "", other, other, "EUR", False))

    # then
    assert about == (price <= 2 * other and 2 * other <= 3 * price)


def test_a_variant_as_the_shop_tells_of_it_is_wanted_in_its_size(shop: SandboxDriver, learnt: Learnt) -> None:
    # given
    gone, there = coats(shop, 100, 90)
    (large,) = coats(shop, 90, sizes=("L",))
    shop.sell_out(gone)
    learnt.like(gone, [large, there])

    # when
    tile = shop.shop.variants([gone], "eu", "en", ["size"])[gone]

    # then
    assert Wanted.of(tile) == wanted(gone)
    assert shown(shop, Wanted.of(tile)) == products(there)
