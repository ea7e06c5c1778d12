"""A mail in the browser: the page behind "View in browser", by a signed link that expires.

It shows what the mail says, with nothing that tells the shop who looked. Whoever has the link sees the mail, as whoever
gets it forwarded does; it changes nothing.
"""

from collections.abc import Collection
from datetime import timedelta

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from ..config import PLUGIN_ID, Settings
from ..shop.port import Shop
from . import links
from .brand import brand_of
from .models import Message
from .page import page
from .render import RenderError, render

PATH = "view"
VALID_FOR = timedelta(days=90)
_SALT = "saleor_crm.view"
_METHODS = ("GET", "HEAD")
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; form-action 'none';"
    " frame-ancestors 'none'; base-uri 'none'"
)


def add_links(shop: Shop, messages: Collection[Message]) -> None:
    """Give each mail, which is yet to be stored, the address of its page. No query."""
    if not messages:
        return
    door = shop.public_url(f"/plugins/{PLUGIN_ID}/{PATH}/")
    for message in messages:
        message.content["view_url"] = f"{door}{signing.dumps(str(message.pk), salt=_SALT)}/"


def respond(request: HttpRequest, token: str, shop: Shop, settings: Settings) -> HttpResponse:
    """The page of a mail, as long as the mail is kept."""
    if request.method not in _METHODS:
        return HttpResponseNotAllowed(_METHODS)
    names = {"shop_name": settings.sender_name or shop.name()}
    try:
        key = signing.loads(token, salt=_SALT, max_age=VALID_FOR)
        message = Message.objects.get(pk=key)
        content = message.content | links.frame(settings, message) | {"view_url": ""}
        mail = render(message.template, message.language, content, brand_of(settings.look_of(message.channel)))
    except (signing.BadSignature, Message.DoesNotExist, RenderError):
        return page("link_expired", "", names, status=404)
    response = HttpResponse(mail.html)
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Content-Security-Policy"] = _POLICY
    return response
