"""Lists of products asked for as nobody should: refused in Saleor's words, never by a failure."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.graphql.demo import limits
from saleor_crm_plugin.graphql.ids import global_id
from tests.buying import a_past
from tests.graphql import shelf
from tests.graphql.asking import NOW, ask, data, refusal
from tests.graphql.telling import VISITOR
from tests.sandbox.driver import SandboxDriver

pytestmark = pytest.mark.django_db
IDS = [
    "",
    "x",
    "é",
    "====",
    global_id("User", 1),
    global_id("Product", "1 OR 1=1"),
    global_id("Category", "²"),
    "A" * 500,
]


@pytest.fixture
def shop() -> SandboxDriver:
    shop = SandboxDriver()
    a_past(shop, NOW)
    return shop


@pytest.mark.parametrize(
    ("first", "message"),
    [
        (101, "Requesting 101 records on the `{}` list exceeds the `first` limit of 100 records."),
        (2**31 - 1, "Requesting 2147483647 records on the `{}` list exceeds the `first` limit of 100 records."),
        (0, "Argument `first` must be a non-negative integer."),
        (-1, "Argument `first` must be a non-negative integer."),
    ],
)
def test_a_length_that_cant_be_had_is_refused(shop: SandboxDriver, first: int, message: str) -> None:
    cart_id = global_id("Checkout", shop.make_cart())
    category = global_id("Category", shop.category.pk)
    assert refusal(ask(shelf.POPULAR, channel="eu", first=first)) == ("GraphQLError", message.format("popularProducts"))
    assert refusal(ask(shelf.RECOMMENDED, channel="eu", first=first)) == (
        "GraphQLError",
        message.format("recommendedProducts"),
    )
    assert refusal(ask(shelf.OF_CHECKOUT, id=cart_id, first=first))[1] == message.format("recommendedProducts")
    assert refusal(ask(shelf.OF_CATEGORY, id=category, channel="eu", first=first))[1] == (
        message.format("popularProducts")
    )


@pytest.mark.parametrize("text", IDS)
def test_a_category_that_is_none_is_refused_as_saleor_does(shop: SandboxDriver, text: str) -> None:
    answer = ask(shelf.POPULAR, channel="eu", category=text)
    assert refusal(answer) == ("GraphQLError", f"Invalid ID: {text[:100]}. Expected: Category.")


@pytest.mark.parametrize("key", [0, 2**31 - 1, 2**31, 2**62, 2**63 - 1])
def test_an_id_that_nobody_has_is_no_error(shop: SandboxDriver, key: int) -> None:
    category, product = global_id("Category", key), global_id("Product", key)
    assert isinstance(data(shelf.POPULAR, channel="eu", category=category)["popularProducts"], list)
    assert data(shelf.OF_CATEGORY, id=category, channel="eu") == {"category": None}
    assert data(shelf.OF_PRODUCT, id=product, channel="eu") == {"product": None}


@pytest.mark.parametrize("text", IDS)
def test_a_cart_that_is_none_is_refused_as_saleor_does(text: str) -> None:
    code, message = refusal(ask(shelf.OF_CHECKOUT, id=text))
    assert (code, message) == ("GraphQLError", f"Invalid ID: {text[:100]}. Expected: Checkout.")


def test_an_empty_cart_is_answered_too(shop: SandboxDriver) -> None:
    found = data(shelf.OF_CHECKOUT, id=global_id("Checkout", shop.make_cart()))["checkout"]["recommendedProducts"]
    assert shelf.is_a_list(found)
    nobody = global_id("Checkout", "00000000-0000-4000-8000-000000000000")
    assert data(shelf.OF_CHECKOUT, id=nobody) == {"checkout": None}


@pytest.mark.parametrize("visitor", ["", "x", "é" * 20, "a" * 65, "\x00" * 16, "\ud800" * 16, "1' OR '1'='1' --"])
def test_a_visitor_that_is_none_is_refused(shop: SandboxDriver, visitor: str) -> None:
    code, message = refusal(ask(shelf.RECOMMENDED, channel="eu", visitor=visitor))
    assert code == "GraphQLError"
    assert message.startswith("Argument `visitorId` must be 16 to 64 letters")


@given(channel=st.text(max_size=20), visitor=st.text(max_size=70), category=st.text(max_size=40))
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_asked_for_is_a_failure(shop: SandboxDriver, channel: str, visitor: str, category: str) -> None:
    answers: list[dict[str, Any]] = [
        ask(shelf.RECOMMENDED, channel=channel, visitor=VISITOR),
        ask(shelf.RECOMMENDED, channel="eu", visitor=visitor),
        ask(shelf.POPULAR, channel="eu", category=category),
    ]
    for answer in answers:
        for error in answer.get("errors", ()):
            assert error["extensions"]["exception"]["code"] == "GraphQLError"


def test_lists_in_lists_are_too_much_at_some_point(shop: SandboxDriver) -> None:
    def nested(depth: int, first: str = "(first: 100)") -> str:
        return f"relatedProducts{first} {{ product {{ {nested(depth - 1, first)} }} }}" if depth else "name"

    ask_for = '{{ products(first: 1, channel: "eu") {{ edges {{ node {{ {} }} }} }} }}'.format
    data(ask_for(nested(2)))
    for query in (ask_for(nested(3)), ask_for(nested(5, ""))):
        code, message = refusal(ask(query))
        assert code == "GraphQLError"
        assert message.endswith(f"at most {limits.MOST_VALUES} are allowed.")
