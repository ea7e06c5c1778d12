"""From a template file to templates that only wait for their recipient: once per template and language.

Inlining CSS costs 20 to 35 times what filling in a recipient does (``benchmarks/render.py``), and its result depends on
no recipient. So: translate and set the brand (``source.py``), hide what waits for the recipient from the HTML
parser, inline, put it back, check, break long lines. The rule that makes this right, tested as a property: filling the
inlined template gives what inlining the filled template would.
"""

import re
from dataclasses import dataclass
from html import unescape
from threading import Lock

from django.template import Template, TemplateSyntaxError
from django.template.base import tag_re

from . import inline as inliner
from .blocks import asked
from .brand import BRAND, Brand
from .languages import Language
from .lines import fold
from .source import second_pass, translated

MAX_BYTES = 90_000  # Gmail cuts a mail off at 102 KB, and filling adds to the template
_WORD = r"crmtoken\d{4}x"
_PLACEHOLDER = re.compile(rf"<!--{_WORD}-->|{_WORD}")
_TAG_OR_PLACEHOLDER = re.compile(rf"<[a-z][^>]*>|{_WORD}")
# Where an HTML comment can't stand for a template's tag: in a tag, a title, a style sheet or another comment.
_SCAN = re.compile(
    rf"(?P<token>{tag_re.pattern})"
    r"|(?P<close>-->|</(?:title|style)>|>)|(?P<open><!--|<(?:title|style)\b|<[a-z/!])",
    re.IGNORECASE,
)
_WRITTEN_OUT = re.compile(r'href="(https?://[^"{}\\\s]+)"')
_CLOSES = {"<!--": "-->", "<title": "</title>", "<style": "</style>"}


class CompileError(Exception):
    """A template that can't be used, and why."""


@dataclass(frozen=True)
class CompiledMail:
    """The three parts of a mail in one language, to be filled in for each recipient."""

    subject: Template
    html: Template
    text: Template


lock = Lock()  # premailer's CSS parser keeps its state in module globals
_compiled: dict[tuple[str, str, str, Brand], CompiledMail] = {}


def compiled(name: str, language: Language, brand: Brand = BRAND) -> CompiledMail:
    """The compiled mail, from memory after the first call in a process."""
    key = (name, language.code, inliner.chosen(), brand)
    if key not in _compiled:
        with lock:
            if key not in _compiled:
                _compiled[key] = compile_mail(name, language, inliner.chosen(), brand)
    return _compiled[key]


def compile_mail(name: str, language: Language, engine: str = inliner.PREMAILER, brand: Brand = BRAND) -> CompiledMail:
    """Compile one mail in one language."""
    try:
        subject, html, text = (translated(f"{name}.{part}", language, brand) for part in ("subject.txt", "html", "txt"))
        return mail_of(subject, html, text, engine)
    except (CompileError, TemplateSyntaxError) as error:
        raise CompileError(f"{name} in {language.code}: {error}") from error


def mail_of(subject: str, html: str, text: str, engine: str = inliner.PREMAILER) -> CompiledMail:
    """Compile the three parts of a mail, each translated. Raises CompileError or TemplateSyntaxError."""
    mail = CompiledMail(
        subject=second_pass(False).from_string(subject),
        html=second_pass(True).from_string(followed(compile_html(html, engine))),
        text=second_pass(False).from_string(text),
    )
    if asked(mail.html) != asked(mail.text):
        raise CompileError("HTML and text ask for different blocks of products.")
    return mail


def compile_html(source: str, engine: str = inliner.PREMAILER) -> str:
    """Inline the styles of a translated HTML template, which stays a Django template."""
    hidden, tokens = protect(source)
    inlined = re.sub(r"^[ \t]+|^\s*\n", "", inliner.inline(hidden, engine), flags=re.MULTILINE)
    if tag_re.search(inlined):
        raise CompileError("The template contains text that reads as a template tag once it is HTML.")
    html = restore(fold(inlined), tokens)
    problems = lint(html)
    if problems:
        raise CompileError(" ".join(problems))
    return html


def followed(html: str) -> str:
    """Let the addresses that are written out in a template carry the owner's parameters (``links.py``), and lead by way
    of us where clicks are counted. Those that come with a recipient's content do so already."""

    def tag(match: re.Match[str]) -> str:
        address = unescape(match[1])
        for sign in '"{}\\':  # what an entity hid would be read as a part of the tag
            address = address.replace(sign, f"%{ord(sign):02X}")
        return f'href="{{% followed "{address}" %}}"'

    return _WRITTEN_OUT.sub(tag, html)


def protect(source: str) -> tuple[str, list[str]]:
    """Replace each template token by a placeholder that HTML parsers and serialisers leave alone.

    ``{% if %}`` and its like become comments, because parsers move text that stands between table rows out of the
    table; everything in attributes, titles, style sheets and comments becomes a word.
    """
    if _PLACEHOLDER.search(source):
        raise CompileError("The template contains text that looks like one of our placeholders.")
    tokens: list[str] = []
    closing = ""  # what ends the place we are in; "" in plain text

    def replace(match: re.Match[str]) -> str:
        nonlocal closing
        if token := match["token"]:
            tokens.append(token)
            word = f"crmtoken{len(tokens) - 1:04}x"
            return word if closing or token.startswith("{{") else f"<!--{word}-->"
        if match["open"] and not closing:
            closing = _CLOSES.get(match["open"].lower(), ">")
        elif match["close"] and match["close"].lower() == closing:
            closing = ""
        return match[0]

    return _SCAN.sub(replace, source), tokens


def restore(html: str, tokens: list[str]) -> str:
    """Put the template's tokens back; each has to be there once, in its old order.

    Only the attributes of one HTML tag may have changed places: css-inline orders them its own way.
    """
    found: list[int] = []
    for piece in _TAG_OR_PLACEHOLDER.findall(html):
        found += sorted(int(word[8:12]) for word in re.findall(_WORD, piece))
    if found != list(range(len(tokens))):
        wrong = [token for number, token in enumerate(tokens) if found.count(number) != 1]
        raise CompileError(f"Inlining lost, doubled or moved template tags: {wrong or 'their order'}.")
    return _PLACEHOLDER.sub(lambda match: tokens[int(match[0].strip("<!->")[8:12])], html)


def lint(html: str) -> list[str]:
    """What would keep the mail from arriving as it is meant, in sentences. Nothing: it is good."""
    problems = []
    if len(html.encode()) > MAX_BYTES:
        problems.append(f"The template has {len(html.encode())} bytes; at most {MAX_BYTES} survive Gmail.")
    if len(re.findall(r"<h1\b", html)) != 1:
        problems.append("A mail has exactly one h1.")
    if re.search(r"<(?:script|link|iframe|object|form)\b|@import|\burl\(", html, re.IGNORECASE):
        problems.append("A mail has no scripts, forms, frames or style resources.")
    if re.search(r"<table\b(?![^>]*\brole=\"presentation\")", html):
        problems.append("Every table lays out, so it has role=presentation.")
    if re.search(r"<img\b(?![^>]*\balt=)", html):
        problems.append("Every picture has an alt text.")
    return problems
