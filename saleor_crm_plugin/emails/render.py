"""What a recipient reads: fills a compiled mail with stored content."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.template import Context, Template, TemplateDoesNotExist, TemplateSyntaxError

from .compile import CompileError, compiled
from .content import ContentError, clean, fill_values, web_address
from .languages import Language, best, formatting_locale
from .lines import fold
from .source import second_pass, translated

MAILS = ("abandoned_cart_1", "abandoned_cart_2")
PAGES = ("unsubscribe", "unsubscribed", "link_expired")
MAX_SUBJECT = 200


class RenderError(Exception):
    """A mail that can't be made, and why: the message is held with this sentence."""


@dataclass(frozen=True)
class Rendered:
    """A mail ready to be sent. ``language`` is the one really used."""

    subject: str
    html: str
    text: str
    language: str


def render(template: str, language: str, content: Mapping[str, Any]) -> Rendered:
    """The mail ``template`` for one recipient, in the shipped language nearest to ``language``."""
    if template not in MAILS:
        raise RenderError(f"There is no mail named {template!r}.")
    used = best(language)
    try:
        mail = compiled(template, used)
        values = fill_values(content, formatting_locale(language, used))
        subject = clean(_fill(mail.subject, values, used, autoescape=False))
        values["subject"] = subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…"
        html = _fill(mail.html, values, used, autoescape=True)
        text = _fill(mail.text, values, used, autoescape=False)
    except (CompileError, ContentError, TemplateDoesNotExist, TypeError, ValueError) as error:
        raise RenderError(f"{template} in {used.code}: {error}") from error
    return Rendered(
        subject=values["subject"],
        html=fold(re.sub(r"\n\s*\n", "\n", html)),
        text=fold(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"),
        language=used.code,
    )


def render_page(name: str, language: str, content: Mapping[str, Any]) -> str:
    """The public page ``name`` as a whole HTML document. ``content`` may have ``shop_name`` and ``storefront_url``."""
    if name not in PAGES:
        raise RenderError(f"There is no page named {name!r}.")
    used = best(language)
    values = {
        "shop_name": clean(content.get("shop_name", "")),
        "storefront_url": web_address(content.get("storefront_url", "")),
    }
    return _fill(_page(name, used), values, used, autoescape=True)


@cache
def _page(name: str, language: Language) -> Template:
    try:
        return second_pass(True).from_string(translated(f"{name}.html", language))
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        raise RenderError(f"{name} in {language.code}: {error}") from error


def _fill(template: Template, values: Mapping[str, Any], language: Language, autoescape: bool) -> str:
    return str(template.render(Context({**values, "language": language}, autoescape=autoescape, use_l10n=False)))
