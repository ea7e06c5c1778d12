"""Answers the links and pixels of mails: whoever follows a link gets where it leads, whatever becomes of the note."""

import logging
from collections.abc import Callable
from datetime import datetime
from traceback import format_exc
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect

from ...config import LinkRules, Settings
from ...privacy import masked
from ..page import page
from .links import path_of, read_click, read_open
from .machines import is_machine
from .models import Response
from .targets import allowed

logger = logging.getLogger(__name__)

METHODS = ("GET", "HEAD")
MOST_OF_A_MAIL = 200  # responses: nobody follows more, a script may
_PIXEL = (  # a transparent GIF of one pixel
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,\x00\x00\x00\x00\x01\x00"
    b"\x01\x00\x00\x02\x02D\x01\x00;"
)

# Losing the notes of the last moment when the database crashes costs less than readers who wait for the disk, or for
# somebody who has their contact locked.
_IN_A_HURRY = "SET LOCAL synchronous_commit = off; SET LOCAL lock_timeout = '500ms'; SET LOCAL statement_timeout = '2s'"

# Served by the key of mails and the index of the foreign key.
_NOTE = """
INSERT INTO crm_mail_response (message_id, contact_id, kind, link, "by", at)
SELECT mail.id, mail.contact_id, %(kind)s, %(link)s, %(by)s, %(now)s FROM crm_message mail
WHERE mail.id = %(mail)s
    AND (SELECT count(*) FROM crm_mail_response there WHERE there.message_id = mail.id) < %(most)s
"""


def follow(request: HttpRequest, token: str, settings: Callable[[], Settings], now: datetime) -> HttpResponse:
    """Answer a request for a link: on to its target, which the signature and the shop's hosts vouch for.

    While the settings can't be read, or are none, the signature alone holds, since it was given only to a host of the
    shop's. Notes nothing of a link that is none.
    """
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    found = read_click(token, now)
    rules, names = _rules(settings)
    if found is None or (rules and not allowed(found[1], rules)):
        return page("link_expired", "", names, status=404)
    mail, target = found
    _note(request, mail, Response.Kind.CLICK, path_of(target), now)
    return _kept_to_itself(HttpResponseRedirect(target))


def seen(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    """Answer a request for a pixel, which is there for everybody: who tries tokens learns nothing."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    if mail := read_open(token, now):
        _note(request, mail, Response.Kind.OPEN, "", now)
    return _kept_to_itself(HttpResponse(_PIXEL, content_type="image/gif"))


def _rules(settings: Callable[[], Settings]) -> tuple[LinkRules | None, dict[str, str]]:
    try:
        read = settings()
    except Exception:
        logger.error("CRM: settings could not be read for a link: %s", masked(format_exc()))
        return None, {}
    return read.links, {"shop_name": read.sender_name, "storefront_url": read.storefront_url}


def _note(request: HttpRequest, mail: UUID, kind: Response.Kind, link: str, now: datetime) -> None:
    by = Response.By.MACHINE if is_machine(request) else Response.By.UNKNOWN
    values: dict[str, Any] = {"kind": kind, "link": link, "by": by, "now": now, "mail": mail, "most": MOST_OF_A_MAIL}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_IN_A_HURRY)
            cursor.execute(_NOTE, values)
    except Exception:
        logger.error("CRM: a %s could not be noted: %s", kind, masked(format_exc()))


def _kept_to_itself(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response
