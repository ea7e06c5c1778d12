"""What an answer costs: as many statements for a page of customers as for one."""

import pytest

from tests.graphql.asking import STAFF, customers, data, give_each_day, programme, statements

pytestmark = pytest.mark.django_db
PAGE = """query($first: Int) { customers(first: $first) { edges { node { email loyalty {
    balance pending tier nextTier { name }
    history(first: 2) { totalCount pageInfo { hasNextPage } edges { node { points orderId } } }
    longer: history(first: 5) { edges { node { points } } }
} } } } }"""


def cost(first: int) -> int:
    with statements() as run:
        found = data(PAGE, STAFF, first=first)["customers"]["edges"]
    assert len(found) == first
    assert [edge["node"]["loyalty"]["balance"] for edge in found] == [6] * first
    assert all(len(edge["node"]["loyalty"]["longer"]["edges"]) == 3 for edge in found)
    return len(run)


def test_the_points_of_a_page_of_customers_cost_as_many_statements_as_those_of_one() -> None:
    # given
    programme()
    for _, contact in customers(100):
        give_each_day(contact, 3)
    # when, then
    assert [cost(1), cost(50), cost(100)] == [8, 8, 8]


def test_what_is_not_asked_for_costs_nothing() -> None:
    programme()
    customers(1)
    with statements() as run:
        data("{ customers(first: 1) { edges { node { email } } } }", STAFF)
    assert [query["sql"] for query in run if "crm_" in query["sql"]] == []
