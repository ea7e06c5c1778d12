"""What mail providers report by webhook: bounces, complaints, unsubscribing; through django-anymail, which knows them.

django-anymail is an extra (``pip install 'saleor-crm-plugin[anymail]'``). Its views answer below our own door, since
Saleor gives a plugin no routes. Each checks who asks by the provider's signature, or else by the setting
ANYMAIL["WEBHOOK_SECRET"]; without either it is not there.
"""

import logging
from datetime import UTC, datetime
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotFound
from django.urls import Resolver404, resolve

from ... import config
from ...contacts.address import hashes, normalise
from ...privacy import masked
from ...shop.port import get_shop
from .events import kind_of, words_of
from .take import Report, take

logger = logging.getLogger(__name__)

PATH = "anymail"
METADATA = "crm_message"  # under which our mails tell providers which they are


def respond(request: HttpRequest, provider: str) -> HttpResponse:
    """Answer a provider's webhook: 400 where it can't prove who it is or says nothing that can be read, 404 where there
    is no such provider, or a setting or a package of it is missing. Raises what the database raises."""
    if not find_spec("anymail"):
        return HttpResponseNotFound()
    from anymail.exceptions import AnymailAPIError, AnymailConfigurationError

    try:
        match = resolve(f"/{provider}/", urlconf="anymail.urls")
    except Resolver404:
        return HttpResponseNotFound()
    if not _proves(getattr(match.func, "view_class", None)):
        logger.error("CRM: %s needs ANYMAIL['WEBHOOK_SECRET'] before its webhook is answered", match.url_name)
        return HttpResponseNotFound()
    try:
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except SuspiciousOperation as refusal:
        logger.warning("CRM: a provider's webhook was refused: %s", masked(str(refusal)))
        return HttpResponseBadRequest()
    except AnymailConfigurationError as missing:
        logger.error("CRM: the webhook of %s can't be answered: %s", match.url_name, masked(str(missing)))
        return HttpResponseNotFound()
    except (AnymailAPIError, ValueError, KeyError, TypeError, AttributeError) as error:
        logger.error("CRM: what %s told can't be read: %s", match.url_name, type(error).__name__)
        return HttpResponseBadRequest()
    return answer


def connect() -> None:
    """Listen to django-anymail, where it is installed."""
    if find_spec("anymail"):
        from anymail.signals import tracking

        tracking.connect(_told, dispatch_uid="saleor_crm.bounces")


def _proves(view: Any) -> bool:
    """Whether a view knows who asks: by a signature that it insists on, or by the secret that all share."""
    from anymail.utils import get_anymail_setting

    signed = not getattr(view, "warn_if_no_basic_auth", True)
    return signed or bool(get_anymail_setting("webhook_secret", default=[]))


def _told(sender: Any, event: Any, esp_name: str, **rest: Any) -> None:
    """Take one event. Raises what the database raises: the provider sends it again then."""
    kind, address = kind_of(event), normalise(str(event.recipient or ""))
    if kind is None or not address:
        return
    # One event of Amazon SES may be about several recipients.
    name = event.event_id or f"{event.message_id}:{event.event_type}"
    report = Report(
        kind=kind,
        recipient=address,
        message_id=_uuid((event.metadata or {}).get(METADATA)),
        words=words_of(event),
        source=f"{esp_name}:{hashes([address])[address][:16]}:{name}",
        vouched=True,
    )
    shop = get_shop()
    with shop.writing():
        take([report], _soft(shop), datetime.now(UTC))


def _soft(shop: Any) -> int:
    try:
        return config.parse(shop.configuration()).bounces.soft
    except config.ConfigError:
        return config.parse({}).bounces.soft


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
