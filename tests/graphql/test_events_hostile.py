"""Hostile tellers: whatever is told, the answer is a typed error or a number, nothing breaks, nobody loses anything."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.contacts.models import Visitor
from saleor_crm_plugin.graphql.ids import global_id
from tests.graphql.asking import URL
from tests.graphql.telling import TRACK, VISITOR, recorded, seen, tell

pytestmark = pytest.mark.django_db
PRODUCT = global_id("Product", 1)


def problems(*events: dict[str, Any], **rest: Any) -> set[tuple[str | None, str, int | None]]:
    payload = tell(*events, **rest)
    assert payload["recorded"] == 0
    assert not View.objects.exists()
    return {(error["field"], error["code"], error["index"]) for error in payload["errors"]}


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"productId": None}, "productId", "REQUIRED"),
        ({"productId": ""}, "productId", "REQUIRED"),
        ({"productId": "1"}, "productId", "INVALID"),
        ({"productId": "UHJvZHVjdDox; DROP TABLE crm_view"}, "productId", "INVALID"),
        ({"productId": global_id("Category", 1)}, "productId", "INVALID"),
        ({"productId": global_id("Product", 2**63)}, "productId", "INVALID"),
        ({"productId": "A" * 90_000}, "productId", "INVALID"),
        ({"variantId": global_id("Product", 1)}, "variantId", "INVALID"),
        ({"categoryId": "é"}, "categoryId", "INVALID"),
        ({"id": ""}, "id", "INVALID"),
        ({"id": "x" * 65}, "id", "INVALID"),
        ({"id": "a b"}, "id", "INVALID"),
        ({"id": "7:1"}, "id", "INVALID"),
        ({"id": "é"}, "id", "INVALID"),
        ({"id": "\x00"}, "id", "INVALID"),
        ({"kind": "CATEGORY_VIEW"}, "categoryId", "REQUIRED"),
        ({"kind": "SEARCH"}, "query", "REQUIRED"),
        ({"kind": "SEARCH", "query": " \t\x00\ud800 "}, "query", "REQUIRED"),
    ],
)
def test_an_event_that_is_none_is_named(change: dict[str, Any], field: str, code: str) -> None:
    assert problems(seen(2), {**seen(1), **change}) == {(field, code, 1)}


@pytest.mark.parametrize("visitor", ["v1", "x" * 65, "2f1c7f8e 0000 4000 8000 000000000001", "é" * 20, "\x00" * 20])
def test_a_visitor_id_that_is_none_is_named(visitor: str) -> None:
    assert problems(seen(), visitor=visitor) == {("visitorId", "INVALID", None)}
    assert not Visitor.objects.exists()


@pytest.mark.parametrize("visitor", [None, ""])
def test_who_is_nobody_has_to_say_who(visitor: str | None) -> None:
    assert problems(seen(), visitor=visitor) == {("visitorId", "REQUIRED", None)}


def test_more_than_fifty_events_are_too_many() -> None:
    assert problems(*(seen() for _ in range(51))) == {("events", "TOO_MANY_EVENTS", None)}


def test_no_events_are_none() -> None:
    assert recorded() == 0


@pytest.mark.parametrize(
    "at",
    ["", "now", "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-03-02T12:00:00+99:99",
     "1e9", 5, "2026-03-02T12:00:00" + "0" * 5000, "-1", "2026-W10", "2026-03-02T25:00:00Z", [], {}],
)  # fmt: skip
def test_a_moment_that_is_none_is_refused(at: object) -> None:
    body = {"query": TRACK, "variables": {"visitor": VISITOR, "events": [{**seen(), "at": at}]}}
    response = Client().post(URL, body, content_type="application/json")
    payload = response.json()

    assert response.status_code in (200, 400)
    for error in payload.get("errors", []):
        assert error["extensions"]["exception"]["code"] == "GraphQLError"
    if response.status_code == 200:
        assert payload["data"]["crmEventsTrack"]["recorded"] == 0
    assert not View.objects.exists()


@pytest.mark.parametrize(
    "events", ["x", 5, [5], [None], [[]], {"id": 1}, [{}], [{"id": "a"}], [{"id": "a", "kind": "LOOK"}], [{"kind": 1}]]
)
def test_what_is_no_list_of_events_is_no_question(events: object) -> None:
    response = Client().post(
        URL, {"query": TRACK, "variables": {"visitor": VISITOR, "events": events}}, content_type="application/json"
    )
    assert response.status_code in (200, 400)
    assert not View.objects.exists()
    assert "Internal Server Error" not in response.content.decode()


ANY_TEXT = st.text(max_size=80) | st.sampled_from([PRODUCT, VISITOR, "\ud800", "\x00", "a\u202eb", "١"])
ANY_EVENT = st.fixed_dictionaries(
    {"id": ANY_TEXT, "kind": st.sampled_from(["PRODUCT_VIEW", "CATEGORY_VIEW", "SEARCH"])},
    optional={
        "productId": ANY_TEXT, "variantId": ANY_TEXT, "categoryId": ANY_TEXT, "query": ANY_TEXT,
        "at": st.datetimes().map(str) | st.datetimes().map(lambda at: at.isoformat() + "+14:00") | ANY_TEXT,
    },
)  # fmt: skip


@given(st.lists(ANY_EVENT, max_size=4), ANY_TEXT | st.none())
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_is_told_brings_it_down(events: list[dict[str, Any]], visitor: str | None) -> None:
    body = json.dumps({"query": TRACK, "variables": {"visitor": visitor, "events": events}})
    response = Client().post(URL, body, content_type="application/json")

    assert response.status_code in (200, 400), response.content
    assert "Internal Server Error" not in response.content.decode()
