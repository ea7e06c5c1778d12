"""Lists of products that can't be had from Saleor's own schema: refused in its words, or empty."""

from typing import Any

import pytest
from saleor.account.models import User

from tests.buying import Past
from tests.graphql import shelf
from tests.saleor.askers import Askers, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id


@pytest.mark.parametrize("key", [2**31 - 1, 2**31, 2**63 - 1])
def test_a_category_that_nobody_has_is_no_error(driver: SaleorDriver, api: GraphQL, key: int) -> None:
    assert api(shelf.POPULAR, channel=driver.channel, category=global_id("Category", key)) == []


@pytest.mark.parametrize(
    ("query", "variables", "message"),
    [
        (shelf.POPULAR, {"category": "x"}, "Invalid ID: x. Expected: Category."),
        (shelf.POPULAR, {"first": 0}, "Argument `first` must be a non-negative integer."),
        (shelf.POPULAR, {"first": 101},
         "Requesting 101 records on the `popularProducts` list exceeds the `first` limit of 100 records."),
        (shelf.RECOMMENDED, {"visitor": "x"},
         "Argument `visitorId` must be 16 to 64 letters, digits, - or _, such as a UUID."),
    ],
)  # fmt: skip
def test_what_cant_be_had_is_refused_as_saleor_does(
    driver: SaleorDriver, api: GraphQL, query: str, variables: dict[str, Any], message: str
) -> None:
    assert refusal(api.raw(query, channel=driver.channel, **variables)) == ("GraphQLError", message)


def test_lists_in_lists_run_into_saleors_own_limit_of_costs(driver: SaleorDriver, api: GraphQL) -> None:
    inner = "name"
    for _ in range(4):
        inner = f"relatedProducts {{ product {{ {inner} }} }}"  # 12 each, where nothing is said
    answer = api.raw(f'{{ products(first: 100, channel: "{driver.channel}") {{ edges {{ node {{ {inner} }} }} }} }}')
    (error,) = answer["errors"]
    assert error["extensions"]["exception"]["code"] == "QueryCostError"


def test_who_registers_somebodys_address_is_shown_nothing_of_its_history_before_it_is_confirmed(
    driver: SaleorDriver, sold: Past, staff: GraphQL, askers: Askers
) -> None:
    # given an address under which things were bought and points earned, and an account that was not confirmed
    stranger = askers.customer(sold.customers[0])
    User.objects.filter(pk=int(sold.customers[0])).update(is_confirmed=False)
    shown = {one["reason"] for one in stranger(shelf.MINE, channel=driver.channel)["recommendedProducts"]}
    assert shown <= {"POPULAR"}
    assert stranger("{ me { loyalty { balance } } }")["loyalty"] is None
    # when, then staff and the confirmed customer are told as before
    assert staff(shelf.OF_USER, id=global_id("User", sold.customers[0]), channel=driver.channel)["recommendedProducts"]
