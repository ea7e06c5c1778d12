"""crmFlows and a customer's decisions and runs: what was decided, what comes next, what it is worth; for staff."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import time_machine

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.catalogue import FLOWS
from saleor_crm_plugin.flows.models import Decision, Enrolment, Pause
from saleor_crm_plugin.flows.pauses import pause
from saleor_crm_plugin.graphql import cursors
from saleor_crm_plugin.graphql.demo.people import customer_token
from saleor_crm_plugin.graphql.ids import global_id
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.graphql.asking import NOW, ORDER_STAFF, STAFF, ask, customer, customers, data, id_of, refusal, statements

pytestmark = pytest.mark.django_db
SET = "query($key: String) { crmFlows(key: $key) { key enabled askedFor ends steps { template delayMinutes } } }"
WORTH = """{ crmFlows(key: "welcome") { enrolled decisions { outcome reason count } uplift {
    treated { people } heldOut { people }
    currencies { currency difference { amount currency } low { amount } high { amount } conclusive weeks sentence
        treated { buyers revenuePer1000 { amount } } heldOut { buyers orders revenue { amount currency } } } } } }"""
DECISIONS = """query($id: ID!, $first: Int, $after: String) { crmCustomer(id: $id) {
    decisions(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        edges { node { id at flow title about mail outcome reason sentence } } } } }"""
_numbers = count(1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def decide(contact: Contact, outcome: str, at: datetime = NOW, flow: str = "welcome", step: int = 0) -> None:
    run = Enrolment.objects.create(
        flow=flow, subject_id=f"subject{next(_numbers)}", contact=contact, basis=at, planned_at=at, due_at=at,
        enrolled_at=at, arm={"sent": "treated", "held_out": "holdout"}[outcome], arm_at=at,
    )  # fmt: skip
    reason = "due" if outcome == "sent" else "holdout"
    Decision.objects.create(enrolment=run, step=step, outcome=outcome, reason=reason, at=at)


def buy(contact: Contact, amount: str) -> None:
    at = NOW - timedelta(days=35)
    Purchase.objects.create(
        order_id=f"order{next(_numbers)}", contact=contact, channel="eu", currency="EUR", language="de",
        total=Decimal(amount), refunded=0, real=True, paid=True, placed_at=at, changed_at=at,
    )  # fmt: skip


def decisions(contact: Contact, first: int = 10, after: str | None = None) -> dict[str, Any]:
    found = data(DECISIONS, STAFF, id=id_of(contact), first=first, after=after)["crmCustomer"]["decisions"]
    assert isinstance(found, dict)
    return found


def test_every_flow_is_there_as_the_owner_set_it() -> None:
    own_settings.save("abandoned_cart_delay", "3 h")
    flows = {flow["key"]: flow for flow in data(SET, STAFF)["crmFlows"]}
    assert list(flows) == list(FLOWS)
    assert flows["abandoned_cart"]["steps"][0] == {"template": "abandoned_cart_1", "delayMinutes": 180}
    assert flows["second_purchase"]["ends"] == [
        "the customer orders",
        "the order is cancelled, or comes back whole",
        "an earlier order becomes known",
    ]
    asked = ["stock_confirmation", "newsletter_confirmation", "back_in_stock"]
    assert [key for key, flow in flows.items() if flow["askedFor"]] == asked


def test_every_flow_declares_what_ends_it_whom_it_is_for_and_what_limits_it() -> None:
    told = "{ crmFlows { key ends audience limit askedFor holdoutPercent } }"
    flows = {flow["key"]: flow for flow in data(told, STAFF)["crmFlows"]}
    assert [key for key, flow in flows.items() if not flow["ends"]] == []
    assert flows["abandoned_cart"]["ends"] == [
        "the customer orders",
        "the cart is emptied",
        "the shop no longer has the cart",
        "everything in the cart is sold out: one mail shows what is there instead",
        "the customer leaves another cart later",
    ]
    assert flows["back_in_stock"]["audience"] == "whoever asked for just this mail"
    assert flows["loyal_a"]["limit"].startswith("waits where the customer had enough")
    held = {key for key, flow in flows.items() if flow["holdoutPercent"]}
    assert held == {key for key, flow in flows.items() if not flow["askedFor"]}


@pytest.mark.parametrize("key", ["", "nothing", "\0", "welcome' --"])
def test_a_key_that_no_flow_has_leads_nowhere(key: str) -> None:
    assert data(SET, STAFF, key=key) == {"crmFlows": []}


def test_what_a_flow_is_worth_is_told_with_how_sure_that_is() -> None:
    # given 40 with a mail, of whom half buy, and 40 without one, of whom two buy
    for number, (_, contact) in enumerate(customers(80)):
        decide(contact, "held_out" if number % 2 else "sent", NOW - timedelta(days=40))
        if number % 4 == 0 or number in (1, 3):
            buy(contact, "50.00")
    # when
    (flow,) = data(WORTH, STAFF)["crmFlows"]
    # then
    assert flow["enrolled"] == 80
    assert flow["decisions"] == [
        {"outcome": "HELD_OUT", "reason": "holdout", "count": 40}, {"outcome": "SENT", "reason": "due", "count": 40},
    ]  # fmt: skip
    (euros,) = flow["uplift"]["currencies"]
    assert flow["uplift"]["treated"] == flow["uplift"]["heldOut"] == {"people": 40}
    assert euros["treated"] == {"buyers": 20, "revenuePer1000": {"amount": 25000.0}}
    assert euros["heldOut"] == {"buyers": 2, "orders": 2, "revenue": {"amount": 100.0, "currency": "EUR"}}
    assert euros["difference"] == {"amount": 22500.0, "currency": "EUR"}
    assert 0 < euros["low"]["amount"] < 22500 < euros["high"]["amount"]
    assert euros["conclusive"]
    assert euros["weeks"] is None
    assert euros["sentence"].endswith("the mails bring more.")


def test_mails_that_were_asked_for_are_compared_with_nothing() -> None:
    asked = '{ crmFlows(key: "back_in_stock") { uplift { days } } }'
    assert data(asked, STAFF) == {"crmFlows": [{"uplift": None}]}


def test_the_decisions_about_a_customer_are_told_newest_first_and_nobody_elses() -> None:
    ada, bob = (contact for _, contact in customers(2))
    decide(ada, "sent", NOW - timedelta(days=2))
    decide(ada, "held_out", NOW - timedelta(days=1), flow="abandoned_cart", step=1)
    decide(bob, "sent")
    found = decisions(ada)
    newest, oldest = (edge["node"] for edge in found["edges"])
    assert found["totalCount"] == 2
    assert (newest["title"], newest["mail"], newest["outcome"]) == ("Abandoned cart", 2, "HELD_OUT")
    assert (oldest["flow"], oldest["reason"]) == ("welcome", "due")
    assert oldest["sentence"] == "It was time, and nothing spoke against it."


def test_a_flow_that_this_version_does_not_have_is_told_of_by_its_key() -> None:
    ada = customer()[1]
    decide(ada, "sent", flow="gone_flow")
    (edge,) = decisions(ada)["edges"]
    assert (edge["node"]["flow"], edge["node"]["title"]) == ("gone_flow", "gone_flow")


def test_pages_of_decisions_of_one_moment_neither_repeat_nor_skip() -> None:
    ada = customer()[1]
    for number in range(7):
        decide(ada, "sent", NOW - timedelta(days=number // 4))
    seen, after, more = [], None, True
    while more:
        page = decisions(ada, 2, after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == [edge["node"]["id"] for edge in decisions(ada)["edges"]]
    assert len(set(seen)) == 7


def test_cursors_that_somebody_made_up_are_refused() -> None:
    ada = customer()[1]
    for values in (["1"], ["x", "1"], [NOW.isoformat(), "-1"], [NOW.isoformat(), str(2**64)]):
        answer = ask(DECISIONS, STAFF, id=id_of(ada), first=1, after=cursors.write(values))
        assert answer["errors"][0]["message"] == "Received cursor is invalid."


def test_it_is_for_who_manages_customers() -> None:
    user = customer()[0]
    for token in ("", customer_token(str(user.pk)), ORDER_STAFF):
        answer = ask(SET, token)
        assert refusal(answer)[0] == "PermissionDenied"
        assert answer["data"] == {"crmFlows": None}


def test_while_the_plugin_is_switched_off_there_are_no_flows() -> None:
    own_settings.save_own("active", False)
    assert data(SET, STAFF) == {"crmFlows": None}


def test_more_runs_cost_no_more_statements() -> None:
    costs = []
    for more in range(2):
        for number in range(5):
            contact = Contact.objects.create(email=f"c{more}{number}@example.com", created_at=NOW)
            decide(contact, "sent")
            buy(contact, "10.00")
        with statements() as run:
            data(WORTH, STAFF)
        costs.append(len(run))
    assert costs[0] == costs[1] <= 9


PAUSE = """mutation($key: String!) { crmFlowPause(key: $key) {
    flow { key paused pausedAt pausedBy } errors { field code } } }"""
RESUME = "mutation($key: String!) { crmFlowResume(key: $key) { flow { key paused } errors { field code } } }"


def test_staff_pauses_and_resumes_a_flow() -> None:
    paused = data(PAUSE, STAFF, key="welcome")["crmFlowPause"]
    assert paused["errors"] == []
    assert paused["flow"] == {"key": "welcome", "paused": True, "pausedAt": NOW.isoformat(), "pausedBy": None}
    assert Pause.objects.get().flow == "welcome"
    resumed = data(RESUME, STAFF, key="welcome")["crmFlowResume"]
    assert resumed == {"flow": {"key": "welcome", "paused": False}, "errors": []}
    assert not Pause.objects.exists()


def test_who_paused_a_flow_is_told_by_id() -> None:
    Pause.objects.create(flow="welcome", since=NOW, by="app:12")
    (flow,) = data('{ crmFlows(key: "welcome") { pausedBy } }', STAFF)["crmFlows"]
    assert flow["pausedBy"] == global_id("App", 12)


@pytest.mark.parametrize("question", [PAUSE, RESUME])
@pytest.mark.parametrize("key", ["", "nothing", "\0", "welcome' --", "w" * 5000])
def test_a_key_that_no_flow_has_pauses_nothing(question: str, key: str) -> None:
    (done,) = data(question, STAFF, key=key).values()
    assert done == {"flow": None, "errors": [{"field": "key", "code": "NOT_FOUND"}]}
    assert not Pause.objects.exists()


@pytest.mark.parametrize("token", ["", ORDER_STAFF, customer_token("1")], ids=["nobody", "other staff", "a customer"])
@pytest.mark.parametrize("question", [PAUSE, RESUME])
def test_nobody_else_may(question: str, token: str) -> None:
    assert refusal(ask(question, token, key="welcome"))[0] == "PermissionDenied"
    assert not Pause.objects.exists()


def test_while_the_plugin_is_off_nothing_is_paused() -> None:
    own_settings.save_own("active", False)
    (done,) = data(PAUSE, STAFF, key="welcome").values()
    assert done["errors"] == [{"field": None, "code": "INACTIVE"}]


RESTS = "The flow is paused: nothing of it is decided or sent until it goes on."
RUNS = """query($id: ID!, $first: Int, $after: String) { crmCustomer(id: $id) {
    runs(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
        edges { node { id flow title about nextMail nextAt paused sentence } } } } }"""


def enrol(contact: Contact, at: datetime = NOW, **values: Any) -> None:
    """A run that waits for its first mail."""
    Enrolment.objects.create(
        **{"flow": "welcome", "subject_id": f"subject{next(_numbers)}", "contact": contact} | values,
        basis=at, planned_at=at, due_at=at + timedelta(days=1), enrolled_at=at,
    )  # fmt: skip


def runs(contact: Contact, first: int = 10, after: str | None = None) -> dict[str, Any]:
    found = data(RUNS, STAFF, id=id_of(contact), first=first, after=after)["crmCustomer"]["runs"]
    assert isinstance(found, dict)
    return found


def test_what_a_customer_waits_for_is_told_with_its_moment() -> None:
    ada = customer()[1]
    enrol(ada, next_step=1, flow="abandoned_cart")
    (edge,) = runs(ada)["edges"]
    assert edge["node"] | {"id": "", "about": ""} == {
        "id": "", "flow": "abandoned_cart", "title": "Abandoned cart", "about": "", "nextMail": 2,
        "nextAt": (NOW + timedelta(days=1)).isoformat(), "paused": False, "sentence": "It is decided then.",
    }  # fmt: skip


def test_what_waits_in_a_flow_that_rests_says_so() -> None:
    ada = customer()[1]
    enrol(ada)
    pause(FLOWS["welcome"], "", NOW)
    (edge,) = runs(ada)["edges"]
    assert (edge["node"]["paused"], edge["node"]["sentence"]) == (True, RESTS)


def test_a_cart_that_was_ordered_before_any_decision_says_so() -> None:
    ada = customer()[1]
    enrol(ada, state="finished", ended_by="ordered")
    (edge,) = runs(ada)["edges"]
    assert (edge["node"]["nextMail"], edge["node"]["nextAt"]) == (None, None)
    assert edge["node"]["sentence"] == "The customer had ordered."


def test_pages_of_runs_that_began_at_once_neither_repeat_nor_skip_and_are_nobody_elses() -> None:
    ada, bob = (contact for _, contact in customers(2))
    for number in range(7):
        enrol(ada, NOW - timedelta(days=number // 4))
    enrol(bob)
    seen, after, more = [], None, True
    while more:
        page = runs(ada, 2, after)
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == [edge["node"]["id"] for edge in runs(ada)["edges"]]
    assert (len(set(seen)), page["totalCount"]) == (7, 7)
