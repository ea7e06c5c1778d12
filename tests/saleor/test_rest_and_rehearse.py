"""Flows that rest, and rehearsals, in real Saleor."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.db.models import F
from saleor.account.models import User
from saleor.app.models import App

from saleor_crm_plugin.activity.models import Purchase
from saleor_crm_plugin.emails.models import Message
from saleor_crm_plugin.flows.models import Decision, Enrolment
from tests.saleor.askers import Askers, refusal
from tests.saleor.driver import SaleorDriver
from tests.saleor.graphql import GraphQL, global_id
from tests.saleor.services import Sink
from tests.saleor.test_people_road import buys, switched_on, works
from tests.saleor.worker import Worker

__all__ = ["switched_on"]
PAUSE = "mutation($key: String!) { crmFlowPause(key: $key) { flow { paused pausedBy } errors { field code } } }"
RESUME = "mutation($key: String!) { crmFlowResume(key: $key) { flow { paused pausedBy } errors { field code } } }"
STAFF_ONLY = "To access this path, you need one of the following permissions: MANAGE_USERS"


def a_day_passes() -> None:
    day = timedelta(days=1)
    Purchase.objects.update(placed_at=F("placed_at") - day)
    Enrolment.objects.update(basis=F("basis") - day, due_at=F("due_at") - day, planned_at=F("planned_at") - day)


def test_staff_and_apps_let_a_flow_rest_and_its_mail_leaves_afterwards(
    switched_on: SaleorDriver, worker: Worker, sink: Sink, staff: GraphQL, askers: Askers
) -> None:
    # given somebody to whom a mail is due
    buys(switched_on, worker)
    works(worker)
    a_day_passes()
    # when
    paused = staff(PAUSE, key="welcome")
    works(worker)
    # then
    owner = User.objects.get(email="admin@example.com")
    assert paused == {"flow": {"paused": True, "pausedBy": global_id("User", owner.pk)}, "errors": []}
    assert sink.mails == []
    # when
    resumed = askers.app("manage_users")(RESUME, key="welcome")
    works(worker)
    # then
    assert resumed["flow"] == {"paused": False, "pausedBy": None}
    assert sink.recipients == ["ada@example.com"]


def test_an_app_is_named_as_the_one_who_paused(switched_on: SaleorDriver, askers: Askers) -> None:
    app = askers.app("manage_users")
    assert app(PAUSE, key="welcome")["flow"]["pausedBy"] == global_id("App", App.objects.get(name="an app").pk)


def test_only_who_manages_customers_may(switched_on: SaleorDriver, api: GraphQL, askers: Askers) -> None:
    for asker in (api, askers.staff("manage_products"), askers.app("manage_orders")):
        for query in (PAUSE, RESUME):
            assert refusal(asker.raw(query, key="welcome")) == ("PermissionDenied", STAFF_ONLY)


def test_a_rehearsal_tells_what_would_have_been_sent_and_writes_nothing(
    switched_on: SaleorDriver, worker: Worker, sink: Sink
) -> None:
    # given an order two days ago, while the flow was off
    switched_on.configure("flows", "welcome = off")
    buys(switched_on, worker)
    a_day_passes()
    a_day_passes()
    out = StringIO()
    # when
    call_command("crm", "replay", "--days", "30", "--contact", "ada@example.com", stdout=out)
    # then
    assert "Welcome, mail 1: sent. It was time, and nothing spoke against it." in out.getvalue()
    assert sink.mails == []
    assert not Message.objects.exists()
    assert not Decision.objects.exists()
