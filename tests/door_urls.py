"""The plugin's public addresses, routed as Saleor routes them."""

from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from saleor_crm_plugin import door
from saleor_crm_plugin.config import PLUGIN_ID
from saleor_crm_plugin.shop.port import get_shop


def answer(request: HttpRequest, path: str) -> HttpResponse:
    return door.respond(request, path, get_shop())


urlpatterns = [re_path(rf"(?s)^plugins/{PLUGIN_ID}(?P<path>/.*)$", answer)]
