"""Whether an owner's words can be used: read, compiled and filled with examples, as they will be when they are sent."""

from html import unescape
from time import process_time
from typing import Any

from ..blocks import asked
from ..brand import BRAND, Brand
from ..compile import MAX_BYTES
from ..example import EXAMPLES, bare, filling
from ..languages import SOURCE, best
from ..render import Rendered, RenderError, fill_values, rendered, used_language
from .build import build
from .certain import empty, shown
from .names import NEEDED, names_of
from .read import read_body, read_line
from .words import Problem, Words

_LONGEST = 2.0  # seconds of computing, for all examples: a mail takes 2 ms


def check(words: Words, template: str, language: str = SOURCE, brand: Brand = BRAND) -> list[str]:
    """What is wrong with the words, one sentence each. Nothing: they can be kept and sent."""
    try:
        example(words, template, language, brand)
    except Problem as problem:
        return [str(problem)]
    return []


def example(words: Words, template: str, language: str = SOURCE, brand: Brand = BRAND) -> Rendered:
    """The mail as an example customer gets it. Raises Problem for the first thing that is wrong with it.

    It has to work for one of whom little is known, too.
    """
    names = names_of(template)
    started = process_time()
    spoken = {"written_in": language}
    mail = build(words, template, used_language(language, spoken), brand)
    subject, body = read_line(words.subject, template), read_body(words.body, template)
    try:
        said = EXAMPLES[template] | {"blocks": filling(asked(mail.text))} | spoken
        full, little = (rendered(mail, template, language, one) for one in (said, bare(template) | spoken))
    except RenderError as error:
        raise Problem(str(error)) from error
    for name in NEEDED.get(template, ()):
        value = str(_value(template, names[name].place))
        if any(value not in part for part in (full.text, unescape(full.html))):
            raise Problem(f"“{name}” is missing: without it this mail misses its point.")
        if any(value not in part for part in (little.text, unescape(little.html))):
            raise Problem(f"“{name}” is missing where little is known of a customer: let it stand under no condition.")
        if not shown(body, names[name].place):
            raise Problem(f"“{name}” is missing where a condition does not hold: let it stand under no condition.")
    if process_time() - started > _LONGEST:
        raise Problem("It takes too long to make this mail: use fewer conditions and loops.")
    if empty(subject):
        raise Problem("The subject is empty where no condition holds: say something else behind {% else %}.")
    for one in (full, little):
        if not one.subject:
            raise Problem("The subject is empty where little is known of a customer: give values a default.")
        if len(one.html.encode()) > MAX_BYTES:
            raise Problem(f"The mail has {len(one.html.encode())} bytes; at most {MAX_BYTES} survive Gmail.")
    return full


def _value(template: str, place: str) -> object:
    value: Any = fill_values(template, EXAMPLES[template], best(SOURCE).locale)
    for key in place.split("."):
        value = value[key]
    return value
