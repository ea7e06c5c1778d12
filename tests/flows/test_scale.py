"""What the tick costs: by what is due, not by what exists."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from saleor_crm_plugin.emails import outbox
from saleor_crm_plugin.flows import claims
from saleor_crm_plugin.webhooks import inbox

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


TICK = {"now": NOW, "until": NOW + timedelta(minutes=5), "limit": 200}


def read_by(plan: dict[str, Any]) -> int:
    """How many blocks the search for due rows touches (writing the leases aside)."""
    (search,) = [node for node in nodes(plan) if node["Node Type"] == "Limit"]
    return int(search["Shared Hit Blocks"])


def enrol(waiting: int, due: int, finished: int) -> None:
    """Fill the table with runs that wait, are due, or have ended."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE crm_enrolment CASCADE")
        for count, state, due_at in (
            (waiting, "waiting", NOW + timedelta(hours=1)),
            (due, "waiting", NOW - timedelta(hours=1)),
            (finished, "finished", NOW - timedelta(hours=1)),
        ):
            cursor.execute(
                "INSERT INTO crm_enrolment"
                " (flow, subject_id, state, next_step, basis, planned_at, due_at, waits_for, attempts, ended_by, arm,"
                " enrolled_at)"
                " SELECT 'abandoned_cart', gen_random_uuid(), %s, 0, %s, %s, %s + n * interval '1 ms', '', 0, '', '',"
                " %s"
                " FROM generate_series(1, %s) n",
                [state, NOW, due_at, due_at, NOW, count],
            )
        cursor.execute("ANALYZE crm_enrolment")


def plan_of(sql: str, params: Any) -> dict[str, Any]:
    """The executed plan of a statement."""
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + sql, params)
        answer = cursor.fetchone()[0]
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    assert isinstance(plan, dict)
    return plan


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """A plan and all below it."""
    return [plan, *(node for child in plan.get("Plans", []) for node in nodes(child))]


@pytest.mark.django_db
def test_the_tick_finds_the_due_among_a_hundred_thousand_by_index() -> None:
    enrol(waiting=60_000, due=50, finished=40_000)

    plan = plan_of(claims.OLDEST, TICK)

    (search,) = [node for node in nodes(plan) if node["Node Type"] == "Limit"]
    (found,) = [node for node in nodes(search) if node.get("Index Name") == "crm_enrolment_due"]
    assert found["Actual Rows"] == 50
    read_whole = {node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan"}
    assert read_whole == {"crm_flow_pause"}  # one row for each flow that rests


@pytest.mark.django_db
def test_the_tick_reads_as_much_among_a_hundred_thousand_as_among_a_thousand() -> None:
    enrol(waiting=600, due=50, finished=400)
    few = read_by(plan_of(claims.OLDEST, TICK))
    enrol(waiting=60_000, due=50, finished=40_000)
    many = read_by(plan_of(claims.OLDEST, TICK))

    # The index is one or two levels deeper, no more.
    assert many <= few + 10


@pytest.mark.django_db
def test_a_tick_with_nothing_due_reads_next_to_nothing() -> None:
    enrol(waiting=60_000, due=0, finished=40_000)

    assert plan_of(claims.OLDEST, TICK)["Shared Hit Blocks"] <= 5


@pytest.mark.django_db
def test_the_outbox_finds_the_queued_among_a_hundred_thousand_sent_by_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO crm_contact (id, key, language, country, consented, created_at)"
                       " VALUES (1, gen_random_uuid(), '', '', true, now())")  # fmt: skip
        for state, bulk, count in (("sent", True, 100_000), ("queued", False, 20), ("queued", True, 20_000)):
            cursor.execute(
                "INSERT INTO crm_message (id, flow, subject_id, step, contact_id, recipient, template, language,"
                " channel,"
                " content, bulk, state, attempts, error, created_at, next_attempt_at, expires_at)"
                " SELECT gen_random_uuid(), 'f', gen_random_uuid(), 0, 1, '', '', '', '', '{}', %s, %s, 0, '', %s,"
                " %s - n * interval '1 ms', %s FROM generate_series(1, %s) n",
                [bulk, state, NOW, NOW, NOW, count],
            )
        cursor.execute("ANALYZE crm_message")

    worker = "00000000-0000-0000-0000-000000000001"
    asked = {
        "worker": worker,
        "now": NOW,
        "until": NOW,
        "limit": 50,
        "resting": [],
        "expired_by": NOW + timedelta(days=30),
        "one_in": outbox.BULK_ONE_IN,
    }
    plan = plan_of(outbox.RESERVE, asked)

    searches = [node for node in nodes(plan) if node.get("Index Name") == "crm_message_next"]
    assert len(searches) == 2
    assert sum(node["Actual Rows"] for node in searches) < 2 * asked["limit"]
    assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"]


@pytest.mark.django_db
def test_the_inbox_finds_the_due_among_many_parked_by_index() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO crm_inbox (kind, object_id, version, due_at, attempts, error, parked_at, first_hint_at)"
            " SELECT 'cart', n, 1, %s, 0, '', CASE WHEN n %% 1000 = 0 THEN NULL ELSE %s::timestamptz END, %s"
            " FROM generate_series(1, 50000) n",
            [NOW, NOW, NOW],
        )
        cursor.execute("ANALYZE crm_inbox")

    plan = plan_of(inbox.CLAIM, {"now": NOW, "until": NOW, "limit": 100})

    assert "crm_inbox_due" in {node.get("Index Name") for node in nodes(plan)}
