"""From an owner's words to the compiled mail that our own templates become, too (``emails/compile.py``)."""

from collections import OrderedDict
from collections.abc import Sequence
from functools import lru_cache

from django.template import TemplateSyntaxError

from .. import inline as inliner
from ..blocks import Block, asked
from ..brand import BRAND, Brand
from ..compile import CompiledMail, CompileError, lock, mail_of
from ..languages import SOURCE, Language, best
from ..source import from_source, second_pass
from . import as_html, as_text
from .read import read_body, read_line
from .words import MOST_BODY, MOST_PREVIEW, MOST_SUBJECT, Problem, Words

_MOST_KEPT = 300  # compiled mails in a process: about 100 KB each
_built: OrderedDict[tuple[str, str, str, Brand, str], CompiledMail] = OrderedDict()


def built(words: Words, template: str, language: Language, brand: Brand = BRAND) -> CompiledMail:
    """The compiled mail, from memory where it is there. Raises Problem or CompileError."""
    key = (words.key, template, language.code, brand, inliner.chosen())
    with lock:  # the inliner keeps its state in module globals
        if key not in _built:
            _built[key] = build(words, template, language, brand)
            if len(_built) > _MOST_KEPT:
                _built.popitem(last=False)
        _built.move_to_end(key)
        return _built[key]


def build(words: Words, template: str, language: Language, brand: Brand = BRAND) -> CompiledMail:
    """Compile an owner's words for one mail, whose frame and reason at the foot stay ours.

    ``language`` is that of the words and that of the frame, which may be two (``languages.written_in``).
    """
    subject, html, text = sources(words, template)
    try:
        return mail_of(
            from_source(subject, language, brand, html=False),
            from_source(html, language, brand, html=True),
            from_source(text, language, brand, html=False),
            inliner.chosen(),
        )
    except (TemplateSyntaxError, CompileError) as error:
        raise Problem(str(error)) from error


@lru_cache(maxsize=_MOST_KEPT)
def blocks_in(words: Words, template: str) -> Sequence[Block]:
    """The blocks of products that words ask for: those of the text, which are those of the HTML. Raises Problem."""
    text = sources(words, template)[2]
    try:
        return asked(second_pass(False).from_string(from_source(text, best(SOURCE), html=False)))
    except (TemplateSyntaxError, CompileError) as error:
        raise Problem(str(error)) from error


def sources(words: Words, template: str) -> tuple[str, str, str]:
    """Subject, HTML and text as templates for the first pass. Raises Problem."""
    _fit(words)
    subject, preview = read_line(words.subject, template), read_line(words.preview, template)
    body = read_body(words.body, template)
    html = (
        f'{{% extends "saleor_crm/{template}.html" %}}'
        f"{{% block preview %}}{as_html.line(preview)}{{% endblock %}}"
        f"{{% block content %}}{as_html.card(body)}{{% endblock %}}"
    )
    text = (
        f'{{% extends "saleor_crm/{template}.txt" %}}{{% block greeting %}}{{% endblock %}}'
        f"{{% block content %}}{as_text.paragraphs(body)}{{% endblock %}}"
    )
    return as_text.line(subject), html, text


def _fit(words: Words) -> None:
    """Before anything is read: what takes the square of its length stays short."""
    for said, text, most in (
        ("subject", words.subject, MOST_SUBJECT),
        ("preview text", words.preview, MOST_PREVIEW),
        ("body", words.body, MOST_BODY),
    ):
        if len(text) > most:
            raise Problem(f"The {said} has {len(text)} characters; at most {most} are allowed.")
    if "\n" in words.subject.strip() or "\n" in words.preview.strip():
        raise Problem("Subject and preview text are one line each.")
