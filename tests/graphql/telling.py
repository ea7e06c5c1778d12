"""Telling the demo shop what visitors do, by real requests to its ``/graphql/``."""

from typing import Any
from uuid import uuid4

from django.test import Client

from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.graphql.ids import global_id
from tests.graphql.asking import URL

TRACK = """mutation($visitor: String, $events: [CrmEventInput!]!, $no: Boolean) {
    crmEventsTrack(visitorId: $visitor, events: $events, doNotTrack: $no) {
        recorded errors { field message code index } } }"""
VISITOR = "2f1c7f8e-0000-4000-8000-000000000001"
OTHER = "2f1c7f8e-0000-4000-8000-000000000002"


def tell(
    *events: dict[str, Any], visitor: str | None = VISITOR, token: str = "", headers: dict[str, str] | None = None,
    no: bool | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The payload of the mutation."""
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    variables = {"visitor": visitor, "events": events, "no": no}
    response = Client().post(
        URL,
        {"query": TRACK, "variables": variables},
        content_type="application/json",
        headers={**sent, **(headers or {})},
    )
    answer = response.json()
    assert "errors" not in answer, answer["errors"]
    payload: dict[str, Any] = answer["data"]["crmEventsTrack"]
    return payload


def recorded(*events: dict[str, Any], **rest: Any) -> int:
    """How many events were new, where nothing is wrong."""
    payload = tell(*events, **rest)
    assert payload["errors"] == []
    number: int = payload["recorded"]
    return number


def seen(product: int = 1, **more: Any) -> dict[str, Any]:
    """A product view."""
    return {"id": str(uuid4()), "kind": "PRODUCT_VIEW", "productId": global_id("Product", product), **more}


def stored() -> list[tuple[str, str | None, int | None]]:
    """Whose views there are: visitor id, product, contact."""
    rows = View.objects.order_by("at", "event_id")
    return list(rows.values_list("visitor_id", "product_id", "contact"))
