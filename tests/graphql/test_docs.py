"""docs/graphql.md keeps its word: its questions get its answers, and it leaves no field out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from graphql import GraphQLObjectType, parse, validate

from saleor_crm_plugin.activity.stock.interest import MOST_LIVE, MOST_UNCONFIRMED
from saleor_crm_plugin.activity.views import MOST_OF_A_VISITOR
from saleor_crm_plugin.graphql.demo.schema import schema
from saleor_crm_plugin.graphql.told import MOST_EVENTS
from saleor_crm_plugin.graphql.waiting import A_MINUTE, MOST_A_DAY
from saleor_crm_plugin.shop.sandbox.models import User
from saleor_crm_plugin.vouchers import grant
from tests.graphql.asking import STAFF, data, token_of
from tests.graphql.docs_shop import NOW, fill, fill_shelves

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "graphql.md").read_text(encoding="utf-8")
OF_PEOPLE, OF_PRODUCTS = (
    re.findall(r"```graphql\n# asked by (.+?)\n(.+?)```\s+```json\n(.+?)```", part, re.DOTALL)
    for part in PAGE.split("\n## Products to show\n")
)
EXAMPLES = OF_PEOPLE + OF_PRODUCTS
OURS = {
    name: kind
    for name, kind in schema.get_type_map().items()
    if isinstance(kind, GraphQLObjectType) and name.startswith("Crm") and not name.endswith(("Connection", "Edge"))
}


def rounded(value: Any) -> Any:
    """An answer as the page tells it: numbers with four decimals."""
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return round(value, 4) if isinstance(value, float) else value


@pytest.fixture
def ada(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """The customer of the page, in its shop, whose codes are those of the page."""
    monkeypatch.setattr(grant, "mint", lambda prefix, count: [f"{prefix}-7KQ2M-XWP4T-9HDZR"])
    with time_machine.travel(NOW, tick=False):
        yield fill()


@pytest.fixture
def customer(transactional_db: None) -> Iterator[User]:
    """A customer of the page's other shop, which sold something."""
    with time_machine.travel(NOW, tick=False):
        yield fill_shelves()


def answered(asker: User, who: str, query: str) -> Any:
    token = {"the customer": token_of(asker), "staff": STAFF, "a visitor": ""}[who]
    return rounded(data(query, token))


@pytest.mark.django_db(transaction=True, reset_sequences=True)
@pytest.mark.parametrize(("who", "query", "answer"), OF_PEOPLE, ids=[query.split()[1] for _, query, _ in OF_PEOPLE])
def test_every_question_of_the_page_gets_its_answer(ada: User, who: str, query: str, answer: str) -> None:
    assert answered(ada, who, query) == json.loads(answer)


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_every_question_about_products_gets_its_answer_one_after_the_other(customer: User) -> None:
    for who, query, answer in OF_PRODUCTS:
        assert answered(customer, who, query) == json.loads(answer), query


def test_every_question_of_the_page_is_tried() -> None:
    assert len(EXAMPLES) == PAGE.count("```graphql") >= 4


@pytest.mark.parametrize("name", OURS)
def test_every_field_is_described_and_asked_for_once_at_least(name: str) -> None:
    section = PAGE.partition(f"\n`{name}`:")[2].partition("\n`Crm")[0]
    questions = " ".join(query for _, query, _ in EXAMPLES)
    for field in OURS[name].fields:
        assert f"| `{field}` |" in section or f"| `{field}(" in section, field
        assert re.search(rf"\b{field}\b", questions), field


def test_the_snippet_for_storefronts_asks_what_the_schema_answers_and_is_as_short_as_it_says() -> None:
    page = (DOCS / "tracking.md").read_text(encoding="utf-8")
    (snippet,) = re.findall(r"```js\n(.+?)```", page, re.DOTALL)
    (question,) = re.findall(r"`(mutation.+?)`", snippet, re.DOTALL)

    assert validate(schema, parse(question)) == []
    assert len([line for line in snippet.splitlines() if line.strip()]) <= 33
    assert f"at most {MOST_EVENTS}" in PAGE
    assert f"| {MOST_EVENTS} |" in page
    assert f"{MOST_OF_A_VISITOR:,} in a day" in page


def test_the_button_of_the_storefront_page_asks_what_the_schema_answers() -> None:
    page = (DOCS / "storefront.md").read_text(encoding="utf-8").partition("## Tell me when it is back")[2]
    questions = re.findall(r"```graphql\n(.+?)```", page, re.DOTALL)

    assert [validate(schema, parse(question)) for question in questions] == [[], []]


def test_the_limits_of_waiting_are_as_the_page_says() -> None:
    assert f"{MOST_LIVE} variants at a time; {MOST_UNCONFIRMED} mails a day" in PAGE
    assert f"{MOST_A_DAY} requests a day" in PAGE
    assert f"{A_MINUTE} requests in a minute" in PAGE
