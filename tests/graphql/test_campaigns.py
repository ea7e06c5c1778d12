"""crmAudience, crmCampaigns and what staff does with newsletters, by GraphQL."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from saleor_crm_plugin.flows.campaigns.models import Campaign
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.models import Channel
from tests.flows.campaigns.newsletters import people
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, customer, data, refusal, statements

pytestmark = pytest.mark.django_db
TEXT = {"language": "en", "subject": "Spring", "preview": "New", "body": "<h1>Spring</h1><p>It is here.</p>"}
CREATE = """mutation($input: CrmCampaignInput!) { crmCampaignCreate(input: $input) {
    campaign { id name state channels audience language rate texts { version language subject } report { sent } }
    errors { field message code } } }"""
STEP = "mutation($id: ID!) { %s(id: $id) { campaign { state } errors { field message code } } }"
AUDIENCE = """query($audience: CrmAudienceInput!, $channels: [String!]) { crmAudience(audience: $audience,
    channels: $channels, sample: 2) { counted { people recipients excluded { reason sentence count }
    sample { id email channel } } errors { field code message } } }"""


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    Channel.objects.create(slug="eu", currency="EUR")
    with time_machine.travel(NOW, tick=False):
        yield


def create(**more: Any) -> Any:
    told = {"name": "Spring", "channels": ["eu"], "texts": [TEXT], **more}
    return data(CREATE, STAFF, input=told)["crmCampaignCreate"]


def do(step: str, campaign: str) -> Any:
    return data(STEP % step, STAFF, id=campaign)[step]


def test_a_newsletter_goes_from_draft_to_cancelled() -> None:
    made = create(audience={"where": {"countries": ["de"]}}, rate=5)
    assert made["errors"] == []
    draft = made["campaign"]
    assert (draft["state"], draft["audience"], draft["rate"]) == ("DRAFT", '{"where": {"countries": ["DE"]}}', 5)
    assert draft["texts"] == [{"version": "A", "language": "en", "subject": "Spring"}]
    assert draft["report"] is None
    for step, state in (
        ("crmCampaignSchedule", "SCHEDULED"),
        ("crmCampaignUnschedule", "DRAFT"),
        ("crmCampaignSchedule", "SCHEDULED"),
        ("crmCampaignPause", "PAUSED"),
        ("crmCampaignResume", "SCHEDULED"),
        ("crmCampaignCancel", "CANCELLED"),
    ):
        assert do(step, draft["id"]) == {"campaign": {"state": state}, "errors": []}


def test_a_step_that_can_not_be_taken_is_refused_with_where_it_is() -> None:
    made = create()["campaign"]
    assert do("crmCampaignResume", made["id"]) == {
        "campaign": None, "errors": [{"field": "state", "message": "it is draft.", "code": "INVALID"}],
    }  # fmt: skip


def test_what_makes_no_sense_is_named_field_by_field() -> None:
    made = create(holdoutPercent=100, audience={"butNot": {"bought": [{"withinDays": 5}]}})
    assert {error["field"] for error in made["errors"]} == {"holdoutPercent", "audience.butNot.bought.0"}
    assert not Campaign.objects.exists()


def test_ids_of_another_kind_are_refused_in_conditions() -> None:
    made = create(audience={"where": {"bought": [{"products": [global_id("Category", 1)]}]}})
    assert [error["field"] for error in made["errors"]] == ["audience.where.bought.0.products"]


def test_a_limit_can_be_taken_back() -> None:
    made = create(rate=5)["campaign"]
    update = """mutation($id: ID!, $input: CrmCampaignInput!) { crmCampaignUpdate(id: $id, input: $input) {
        campaign { rate name } errors { message } } }"""
    assert data(update, STAFF, id=made["id"], input={"rate": None})["crmCampaignUpdate"] == {
        "campaign": {"rate": None, "name": "Spring"}, "errors": [],
    }  # fmt: skip


def test_an_audience_is_counted_and_some_of_it_named() -> None:
    people(3)
    people(1, consented=False)
    people(2, country="AT")
    found = data(AUDIENCE, STAFF, audience={"where": {"countries": ["DE"]}}, channels=["eu"])["crmAudience"]
    assert found["errors"] == []
    assert (found["counted"]["people"], found["counted"]["recipients"]) == (4, 3)
    assert found["counted"]["excluded"] == [
        {"reason": "no_consent", "sentence": "The customer had not agreed to marketing mail.", "count": 1}
    ]
    assert [person["channel"] for person in found["counted"]["sample"]] == ["eu", "eu"]


def test_conditions_and_channels_that_the_shop_does_not_know_are_named() -> None:
    strange = data(AUDIENCE, STAFF, audience={"where": {"rfm": ["Nobody"]}})["crmAudience"]
    assert (strange["counted"], strange["errors"][0]["field"]) == (None, "audience.where.rfm")
    strange = data(AUDIENCE, STAFF, audience={}, channels=["mars"])["crmAudience"]
    assert strange["errors"][0]["field"] == "channels"


def test_newsletters_are_listed_newest_first_page_by_page() -> None:
    for number in range(3):
        create(name=f"Number {number}")
    query = """query($after: String) { crmCampaigns(first: 2, after: $after) { totalCount pageInfo { endCursor }
        edges { node { name } } } }"""
    first = data(query, STAFF)["crmCampaigns"]
    second = data(query, STAFF, after=first["pageInfo"]["endCursor"])["crmCampaigns"]
    names = [edge["node"]["name"] for edge in first["edges"] + second["edges"]]
    assert (names, first["totalCount"]) == (["Number 2", "Number 1", "Number 0"], 3)


def test_it_is_for_who_manages_customers() -> None:
    user = customer()[0]
    for token in ("", customer_token(str(user.pk)), ORDER_STAFF):
        for query, variables in (
            (CREATE, {"input": {"name": "x"}}),
            (AUDIENCE, {"audience": {}}),
            ("{ crmCampaigns(first: 1) { totalCount } }", {}),
            (STEP % "crmCampaignCancel", {"id": global_id("CrmCampaign", 1)}),
        ):
            assert refusal(ask(query, token, **variables))[0] == "PermissionDenied"


def test_a_newsletter_that_is_not_there_is_said_to_be_so() -> None:
    assert do("crmCampaignCancel", global_id("CrmCampaign", 99))["errors"][0]["code"] == "NOT_FOUND"


def test_while_the_plugin_is_switched_off_nothing_is_done() -> None:
    own_settings.save_own("active", False)
    assert create()["errors"][0]["code"] == "INACTIVE"
    assert data("{ crmCampaigns(first: 1) { totalCount } }", STAFF) == {"crmCampaigns": None}


def test_a_count_costs_as_many_statements_for_many_as_for_few() -> None:
    people(1)
    data(AUDIENCE, STAFF, audience={})  # the first time makes the pepper
    costs = []
    for _ in range(2):
        people(20)
        with statements() as run:
            data(AUDIENCE, STAFF, audience={}, channels=["eu"])
        costs.append(len(run))
    assert costs[0] == costs[1] <= 8


def test_the_words_of_many_newsletters_cost_as_much_as_those_of_one() -> None:
    def asked() -> int:
        with statements() as captured:
            data("{ crmCampaigns(first: 20) { edges { node { id texts { subject } } } } }", STAFF)
        return len(captured)

    create()
    one = asked()
    for number in range(5):
        create(name=f"Spring {number}")

    assert asked() == one


def test_a_newsletter_that_can_not_go_on_says_why() -> None:
    held = create()["campaign"]["id"]
    Campaign.objects.update(state="paused", problem="The words are gone.")
    asked = "query($id: ID!) { crmCampaign(id: $id) { problem } }"
    assert data(asked, STAFF, id=held)["crmCampaign"] == {"problem": "The words are gone."}
    assert do("crmCampaignResume", held)["errors"] == []
    assert data(asked, STAFF, id=held)["crmCampaign"] == {"problem": None}
