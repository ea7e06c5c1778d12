"""A list, whatever it is made of: each product once, of what is sold, in the order of scores, as long as possible."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.recs.served.compose import Block, Draft, Suggestion, fits
from saleor_crm_plugin.recs.served.learnt import Entry, Wear
from saleor_crm_plugin.recs.served.reasons import Reason
from saleor_crm_plugin.recs.served.rules import Rules
from saleor_crm_plugin.shop.goods import OnSale, Values

products = st.integers(0, 14).map(str)
scores = st.floats(1e-30, 1e30)


def on_sale(product: str, category: str | None = None, **values: Values) -> OnSale:
    """A product that is sold."""
    empty: dict[str, Values] = {"values": frozenset(), "comes_in": frozenset(), "in_stock": frozenset()}
    return OnSale(product_id=product, category_id=category, **(empty | values))


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    told = draw(st.lists(st.tuples(products, scores), max_size=12, unique_by=lambda one: one[0]))
    reason = draw(st.sampled_from(Reason))
    entries = [Entry(product, reason, score) for product, score in sorted(told, key=lambda one: -one[1])]
    return Block(entries, draw(st.none() | st.integers(0, 5)))


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    return Draft(
        draw(st.lists(blocks(), max_size=4)),
        closed=draw(st.sets(products, max_size=4)),
        rules=Rules(
            pins=tuple(draw(st.lists(products, max_size=3, unique=True))),
            bans=frozenset(draw(st.sets(products, max_size=3))),
        ),
        bans=draw(st.sets(products, max_size=3)),
        most_share=draw(st.none() | st.sampled_from([0.25, 0.5, 1.0])),
    )


sold_products = st.dictionaries(products, st.none() | st.sampled_from("abc")).map(
    lambda told: {product: on_sale(product, category) for product, category in told.items()}
)


@given(drafts(), sold_products, st.integers(0, 12))
def test_every_list_keeps_to_what_may_be_shown(draft: Draft, sold: dict[str, OnSale], n: int) -> None:
    shown = draft.compose(sold, n)
    there = [one.product_id for one in shown]

    assert len(there) == len(set(there)) <= n
    assert set(there) <= set(sold) & set(draft.candidates())
    assert not set(there) & {*draft.closed, *draft.bans, *draft.rules.bans}


@given(drafts(), sold_products, st.integers(1, 12))
def test_every_list_is_in_the_order_of_its_scores_from_one_down(draft: Draft, sold: dict[str, OnSale], n: int) -> None:
    scores = [one.score for one in draft.compose(sold, n)]

    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


@given(drafts(), sold_products, st.integers(0, 12))
def test_a_list_is_only_short_where_there_is_no_more(draft: Draft, sold: dict[str, OnSale], n: int) -> None:
    draft = Draft(
        [Block(block.entries) for block in draft.blocks],
        draft.closed,
        draft.rules,
        draft.bans,
        draft.wear,
        draft.most_share,
    )
    open_ = set(draft.candidates()) & set(sold) - {*draft.closed, *draft.bans, *draft.rules.bans}

    assert len(draft.compose(sold, n)) == min(n, len(open_))


@given(drafts(), sold_products, st.integers(1, 12))
def test_pins_come_first_in_their_order(draft: Draft, sold: dict[str, OnSale], n: int) -> None:
    shown = draft.compose(sold, n)
    pinned = [one.product_id for one in shown if one.reason == Reason.PINNED and one.product_id in draft.rules.pins]
    first = [one.product_id for one in shown[: len(pinned)]]

    if draft.most_share is None:
        assert first[: len(pinned)] == pinned[: len(first)]


def test_a_block_goes_on_where_the_one_before_it_ended() -> None:
    draft = Draft(
        [
            Block([Entry("1", Reason.VIEWED, 8), Entry("2", Reason.VIEWED, 4)]),
            Block([Entry("2", Reason.POPULAR, 900), Entry("3", Reason.POPULAR, 450), Entry("4", Reason.POPULAR, 45)]),
        ]
    )
    sold = {product: on_sale(product) for product in "1234"}

    assert draft.compose(sold, 5) == [
        Suggestion("1", Reason.VIEWED, 1),
        Suggestion("2", Reason.VIEWED, 0.5),
        Suggestion("3", Reason.POPULAR, 0.5),
        Suggestion("4", Reason.POPULAR, 0.05),
    ]


def test_what_is_over_its_categorys_share_comes_after_all_others() -> None:
    draft = Draft([Block([Entry(product, Reason.PERSONAL, 10 - int(product)) for product in "123456"])], most_share=0.5)
    sold = {product: on_sale(product, "hats" if product in "1234" else "shoes") for product in "123456"}

    assert [one.product_id for one in draft.compose(sold, 4)] == ["1", "2", "5", "6"]
    assert [one.product_id for one in draft.compose(sold, 6)] == ["1", "2", "3", "5", "6", "4"]


M, L, SHOE = ("size", "m"), ("size", "l"), ("size", "42")
WOMEN, MEN, UNISEX = ("gender", "women"), ("gender", "men"), ("gender", "unisex")


@pytest.mark.parametrize(
    ("comes_in", "in_stock", "fitting"),
    [
        ({M, L}, {M}, True),
        ({M, L}, {L}, False),
        ({L}, {L}, True),  # never came in the customer's size: it may be of another kind of sizes
        ({SHOE}, {SHOE}, True),
        (set(), set(), True),
    ],
)
def test_a_product_has_to_be_there_in_a_size_of_the_customers(
    comes_in: set[tuple[str, str]], in_stock: set[tuple[str, str]], fitting: bool
) -> None:
    product = on_sale("1", comes_in=frozenset(comes_in), in_stock=frozenset(in_stock))

    assert fits(product, Wear(sizes=frozenset({M}))) is fitting
    assert fits(product, Wear())


@pytest.mark.parametrize(
    ("values", "fitting"), [({WOMEN}, True), ({MEN}, False), ({MEN, WOMEN}, True), ({UNISEX}, True), (set(), True)]
)
def test_who_buys_for_one_gender_is_shown_that_one(values: set[tuple[str, str]], fitting: bool) -> None:
    product = on_sale("1", values=frozenset(values))

    assert fits(product, Wear(genders=frozenset({WOMEN}))) is fitting
    assert fits(product, Wear())
