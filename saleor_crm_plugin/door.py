"""The public addresses below ``/plugins/<PLUGIN_ID>/``: which room answers which."""

import logging
import re
from datetime import UTC, datetime
from traceback import format_exc

from django.http import HttpRequest, HttpResponse

from . import config
from .emails import unsubscribe
from .privacy import masked
from .shop.port import Shop

logger = logging.getLogger(__name__)

_UNSUBSCRIBE = re.compile(rf"/{unsubscribe.PATH}/([\w:=.-]{{1,500}})/?", re.ASCII)


def respond(request: HttpRequest, path: str, shop: Shop) -> HttpResponse:
    """Answer a request; ``path`` starts with a slash. What is not known is a 404, and nothing is ever a traceback."""
    try:
        if match := _UNSUBSCRIBE.fullmatch(path):
            settings = _settings(shop)
            return unsubscribe.respond(request, match[1], shop, settings, datetime.now(UTC))
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
