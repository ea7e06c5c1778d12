"""The public addresses below ``/plugins/<PLUGIN_ID>/``: which room answers which."""

import logging
import re
from datetime import UTC, datetime
from traceback import format_exc

from django.http import HttpRequest, HttpResponse

from . import config
from .emails import browser, newsletter, preferences, stock_links, unsubscribe
from .emails.bounces import providers
from .emails.stock_links import Purpose
from .emails.tracking import doors
from .emails.tracking.links import CLICK, OPEN
from .privacy import masked
from .shop.port import Shop
from .webhooks import events, receiver, stock_pages

logger = logging.getLogger(__name__)

_UNSUBSCRIBE = re.compile(rf"/{unsubscribe.PATH}/([\w:=.-]{{1,500}})/?", re.ASCII)
_VIEW = re.compile(rf"/{browser.PATH}/([\w:=.-]{{1,300}})/?", re.ASCII)
_PREFERENCES = re.compile(rf"/{preferences.PATH}/([\w:=.-]{{1,500}})/?", re.ASCII)
_PROVIDERS = re.compile(rf"/{providers.PATH}/([a-z_]{{1,30}}(?:/tracking)?)/?", re.ASCII)
_NEWSLETTER = re.compile(rf"/{newsletter.PATH}/([\w-]{{1,200}})/?", re.ASCII)
_WEBHOOKS = re.compile(rf"/{events.DOOR}/?")
_STOCK = re.compile(rf"/{stock_links.PATH}/({'|'.join(Purpose)})/([\w:=.-]{{1,700}})/?", re.ASCII)
_CLICK = re.compile(rf"/{CLICK}/([\w-]{{1,2500}})/?", re.ASCII)
_OPEN = re.compile(rf"/{OPEN}/([\w-]{{1,200}})/?", re.ASCII)


def respond(request: HttpRequest, path: str, shop: Shop) -> HttpResponse:
    """Answer a request; ``path`` starts with a slash. What is not known is a 404, and nothing is ever a traceback."""
    try:
        if _WEBHOOKS.fullmatch(path):
            return receiver.respond(request, shop, datetime.now(UTC))
        if match := _CLICK.fullmatch(path):
            return doors.follow(request, match[1], lambda: config.parse(shop.configuration()), datetime.now(UTC))
        if match := _OPEN.fullmatch(path):
            return doors.seen(request, match[1], datetime.now(UTC))
        if match := _UNSUBSCRIBE.fullmatch(path):
            settings = _settings(shop)
            return unsubscribe.respond(request, match[1], shop, settings, datetime.now(UTC))
        if match := _VIEW.fullmatch(path):
            return browser.respond(request, match[1], shop, _settings(shop))
        if match := _PREFERENCES.fullmatch(path):
            settings = _settings(shop)
            return preferences.respond(request, match[1], shop, settings, datetime.now(UTC))
        if match := _NEWSLETTER.fullmatch(path):
            settings = _settings(shop)
            return newsletter.respond(request, match[1], shop, settings, datetime.now(UTC))
        if match := _PROVIDERS.fullmatch(path):
            return providers.respond(request, match[1])
        if match := _STOCK.fullmatch(path):
            settings = _settings(shop)
            return stock_pages.respond(request, Purpose(match[1]), match[2], shop, settings, datetime.now(UTC))
    except Exception:
        logger.error("CRM: a request could not be answered: %s", masked(format_exc()))
        return HttpResponse("Please try again in a moment.", status=503, content_type="text/plain")
    return HttpResponse("Not found.", status=404, content_type="text/plain")


def _settings(shop: Shop) -> config.Settings:
    """The owner's settings; the defaults where the stored ones can't be read, since unsubscribing must always work."""
    try:
        return config.parse(shop.configuration())
    except config.ConfigError:
        return config.parse({})
