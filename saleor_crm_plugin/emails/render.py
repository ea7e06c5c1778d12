"""What a recipient reads: fills a compiled mail with stored content."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel import Locale
from django.template import Template, TemplateDoesNotExist, TemplateSyntaxError

from .brand import BRAND, Brand
from .cart_content import cart_values
from .compile import CompiledMail, CompileError, compiled
from .content import ContentError, clean, letter, shortened, web_address
from .fill import fill
from .languages import Language, best, formatting_locale, written_in
from .letter_content import (
    letter_about_products,
    letter_values,
    letter_with_voucher,
    newsletter_confirmation_values,
    newsletter_values,
)
from .letters import About, OfMails
from .lines import fold
from .own.build import built
from .own.kept import words_of
from .own.words import Problem
from .source import second_pass, translated
from .stock_content import confirmation_values, stock_values

Reader = Callable[[Mapping[str, Any], Locale], dict[str, Any]]
_OF_LETTERS: Mapping[About, Reader] = {
    About.NOTHING: letter_values,
    About.PRODUCTS: letter_about_products,
    About.VOUCHER: letter_with_voucher,
}
# Who reads what a mail is about.
_READERS: Mapping[str, Reader] = OfMails(
    {
        "abandoned_cart_1": cart_values,
        "abandoned_cart_2": cart_values,
        "stock_confirmation": confirmation_values,
        "newsletter_confirmation": newsletter_confirmation_values,
        "back_in_stock": stock_values,
        "out_of_stock": stock_values,
        "price_drop": stock_values,
        "newsletter": newsletter_values,
    },
    lambda mail, about: _OF_LETTERS[about],
)
MAILS = tuple(_READERS)
PAGES = (
    "unsubscribe", "unsubscribed", "link_expired", "preferences", "preferences_saved",
    "newsletter_confirm", "newsletter_confirmed",
    "stock_ask", "stock_asked", "stock_confirm", "stock_confirmed", "stock_cancel", "stock_cancelled",
    "waiting_list_off",
)  # fmt: skip
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


def render(template: str, language: str, content: Mapping[str, Any], brand: Brand = BRAND) -> Rendered:
    """The mail ``template`` for one recipient, in the shipped language nearest to ``language``.

    It is in the words that its content names, where an owner wrote some (``own/``).
    """
    if template not in _READERS:
        raise RenderError(f"There is no mail named {template!r}.")
    used = used_language(language, content)
    try:
        words = words_of(content)
        mail = built(words, template, used, brand) if words else compiled(template, used, brand)
    except (CompileError, Problem) as error:
        raise RenderError(f"{template} in {used.code}: {error}") from error
    return rendered(mail, template, language, content)


def used_language(language: str, content: Mapping[str, Any]) -> Language:
    """The language in which a mail to who speaks ``language`` is made: the shipped one that is nearest, with the words
    of an owner in theirs (``content["written_in"]``, "" or missing where it is not known)."""
    return written_in(str(content.get("written_in", "")), best(language))


def spoken_and_used(language: str, content: Mapping[str, Any]) -> tuple[str, str]:
    """The names, in English, of the language that a mail should be in and of the one that it is in; "" for the first
    where they are one, or where none was asked for."""
    speaks = str(content.get("speaks", "")) or language
    used = used_language(language, content)
    wanted = written_in(speaks, used)  # what is no language, or the same one, is the used one
    return (wanted.name if wanted is not used else "", used.name)


def rendered(mail: CompiledMail, template: str, language: str, content: Mapping[str, Any]) -> Rendered:
    """A mail that was compiled for its ``used_language``, for one recipient."""
    used = used_language(language, content)
    try:
        values = fill_values(template, content, formatting_locale(language, used))
        subject = clean(_fill(mail.subject, values, used, autoescape=False))
        values["subject"] = subject if len(subject) <= MAX_SUBJECT else f"{subject[: MAX_SUBJECT - 1]}…"
        html = _fill(mail.html, values, used, autoescape=True)
        text = _fill(mail.text, values, used, autoescape=False)
    except (ContentError, TemplateDoesNotExist, TypeError, ValueError) as error:
        raise RenderError(f"{template} in {used.code}: {error}") from error
    return Rendered(
        subject=values["subject"],
        html=fold(re.sub(r"\n\s*\n", "\n", html)),
        text=fold(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"),
        language=used.code,
    )


def fill_values(template: str, content: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """What a mail's templates name. Raises ContentError where something essential is missing or wrong."""
    try:
        return letter(content, locale) | _READERS[template](content, locale)
    except KeyError as error:
        raise ContentError(f"The content has no {error}.") from None


def render_page(name: str, language: str, content: Mapping[str, Any]) -> str:
    """The public page ``name`` as a whole HTML document.

    ``content`` may have ``shop_name``, ``storefront_url``, for the pages of stock ``product_name`` and ``cancel_url``,
    and for those of preferences ``form``.
    """
    if name not in PAGES:
        raise RenderError(f"There is no page named {name!r}.")
    used = best(language)
    values = {
        "shop_name": clean(content.get("shop_name", "")),
        "storefront_url": web_address(content.get("storefront_url", "")),
        "product_name": shortened(clean(content.get("product_name", ""))),
        "cancel_url": web_address(content.get("cancel_url", "")),
        "form": content.get("form", {}),
    }
    return _fill(_page(name, used), values, used, autoescape=True)


@cache
def _page(name: str, language: Language) -> Template:
    try:
        return second_pass(True).from_string(translated(f"{name}.html", language))
    except (TemplateDoesNotExist, TemplateSyntaxError) as error:
        raise RenderError(f"{name} in {language.code}: {error}") from error


def _fill(template: Template, values: Mapping[str, Any], language: Language, autoescape: bool) -> str:
    return fill(template, {**values, "language": language}, autoescape)
