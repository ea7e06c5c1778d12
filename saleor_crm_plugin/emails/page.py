"""The public pages to which the links of mails lead. They keep to themselves: nothing is stored of them, nor loaded."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse

from .render import render_page

METHODS = ("GET", "HEAD", "POST")  # GET shows a page and changes nothing: mail scanners open links. POST acts.


def page(name: str, language: str, content: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """The answer with the page ``name`` (``render.render_page``), in English where no language is known."""
    response = HttpResponse(render_page(name, language or "en", content), status=status)
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    return response
