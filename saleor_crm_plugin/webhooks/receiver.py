"""Takes the deliveries of the shop's webhooks (``events.py``): each is a hint about one variant.

Everybody can send something here. What the shop has not signed is refused before it is read and before anything is
asked of the database. A delivery that is sent again is one more hint, and hints do no harm: state is read afresh.
"""

import json
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ..shop.ids import number_of
from ..shop.port import Shop
from . import events, inbox, signature
from .models import InboxItem

_HEADER = "Saleor-Signature"


def respond(request: HttpRequest, shop: Shop, now: datetime) -> HttpResponse:
    """Answer a delivery: 200 and nothing else when it was taken; 405, 413, 401 or 400 when it was not.

    Saleor does not repeat what was answered with these (saleor/webhook/transport/utils.py, handle_webhook_retry).
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    body = _body(request)
    if body is None:
        return _refused(413, "Too large.")
    if not signature.holds(request.headers.get(_HEADER, ""), body):
        return _refused(401, f"{_HEADER} does not fit: only this shop's own deliveries are taken.")
    variant_id = _variant(body)
    if variant_id is None:
        return _refused(400, "Nothing is known of such an event.")
    with shop.writing():
        inbox.hint(InboxItem.Kind.STOCK, [variant_id], now)
    return HttpResponse(status=200)


def _body(request: HttpRequest) -> bytes | None:
    """What was sent, None where it is too much. It may be more than was announced, or announced in no number."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if len(announced) > 10 or (announced.isdecimal() and int(announced) > events.LONGEST):
        return None
    try:
        body = request.read(events.LONGEST + 1)
    except OSError:  # whoever sent it is gone
        return b""
    return body if len(body) <= events.LONGEST else None


def _variant(body: bytes) -> str | None:
    """The primary key of the variant that an event is about. None where it is no event that we asked for."""
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or str(event.get("__typename")) not in events.TYPES:
        return None
    variant = event.get("productVariant")
    key = number_of(variant.get("id"), "ProductVariant") if isinstance(variant, dict) else None
    return None if key is None else str(key)


def _refused(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain")
