"""Looks at every mail, in every language, as it is sent: ``python -m saleor_crm_plugin.emails.lint``.

Each is filled with its example, with as little as can be known of a customer, and in words like an owner's. Ends with
status 1 and one line for each thing that a reader, a mail program or a mail server would stumble over.
"""

import re
import sys
from collections.abc import Iterator

from lxml import html as lxml_html

from ..config.colours import READABLE, contrast
from .blocks import asked
from .brand import BRAND, Brand
from .compile import CompiledMail, compiled
from .compile import lint as of_template
from .example import EXAMPLES, bare, filling
from .languages import best, shipped
from .lines import MAX_LINE
from .own.build import built
from .own.skeleton import skeleton
from .render import MAILS, Rendered, rendered

MOST_BYTES = 102_000  # Gmail cuts off the rest
_COLOUR = re.compile(r"(?:^|;)\s*(background-color|color)\s*:\s*(#[0-9a-f]{6})", re.IGNORECASE)
_UNFILLED = re.compile(r"\{[{%#]|[%#}]\}|crmtoken|%\(\w+\)s")


def lint(mail: Rendered, unsubscribe_url: str) -> Iterator[str]:
    """What is wrong with a mail, in sentences."""
    yield from of_template(mail.html)
    document = lxml_html.document_fromstring(mail.html.encode(), parser=lxml_html.HTMLParser(encoding="utf-8"))
    links = [str(one.get("href")) for one in document.iter("a")]
    if len(mail.html.encode()) > MOST_BYTES:
        yield f"It has {len(mail.html.encode())} bytes; Gmail shows {MOST_BYTES}."
    if not mail.subject or "\n" in mail.subject:
        yield "A subject is one line that says something."
    if document.findtext(".//title") != mail.subject:
        yield "The title is not the subject."
    if (document.get("lang"), document.get("dir")) not in {(mail.language, "ltr"), (mail.language, "rtl")}:
        yield "The document does not say its language and direction."
    for said, part in (("subject", mail.subject), ("HTML", mail.html), ("text", mail.text)):
        if match := _UNFILLED.search(part):
            yield f"The {said} has something that was not filled in: {match[0]}"
        if any(len(line.encode()) > MAX_LINE for line in part.split("\n")):
            yield f"The {said} has a line of more than {MAX_LINE} bytes."
    if unsubscribe_url not in links or unsubscribe_url not in mail.text:
        yield "One part has no link to unsubscribe."
    if missing := [link for link in links if link.startswith("http") and link not in mail.text]:
        yield f"The text has no {missing[0]}"
    if len(mail.text.split()) < 20 or re.search(r"</?[a-z][^>]*>|&[a-z]+;", mail.text):
        yield "The text is not written to be read."
    if not document.xpath("//div[@class='preview']"):
        yield "Nothing is said for the line below the subject."
    for text, ground in sorted(set(_pairs(document))):
        if contrast(text, ground) < READABLE:
            yield f"{text} can't be read on {ground}: {contrast(text, ground):.1f}."


def _pairs(document: lxml_html.HtmlElement) -> Iterator[tuple[str, str]]:
    """Each colour of text with the ground that it stands on, as inlined."""
    for element in document.iter():
        if not isinstance(element.tag, str) or element.tag in ("style", "title") or not (element.text or "").strip():
            continue
        if any("display:none" in str(one.get("style")).replace(" ", "") for one in (element, *element.iterancestors())):
            continue
        text = ground = ""
        for one in (element, *element.iterancestors()):
            styles = {name.lower(): value.lower() for name, value in _COLOUR.findall(str(one.get("style")))}
            text, ground = text or styles.get("color", ""), ground or styles.get("background-color", "")
        if text and ground:
            yield text, ground


def problems(brand: Brand = BRAND) -> Iterator[str]:
    """What is wrong with all mails: the mail and the language first."""
    for template in MAILS:
        for language in shipped().values():
            ours, owners = compiled(template, language, brand), built(skeleton(template), template, language, brand)
            for said, mail in (("", ours), (", in words to begin with", owners)):
                for told in sorted(_of(mail, template, language.code)):
                    yield f"{template} in {language.code}{said}: {told}"


def _of(mail: CompiledMail, template: str, language: str) -> set[str]:
    full = EXAMPLES[template] | {"blocks": filling(asked(mail.html))}
    shown = (rendered(mail, template, best(language).code, content) for content in (full, bare(template)))
    return {told for one in shown for told in lint(one, full["unsubscribe_url"])}


def main() -> None:
    found = list(problems())
    for told in found:
        print(told)  # noqa: T201
    print(f"{len(MAILS)} mails in {len(shipped())} languages: {len(found)} problems.")  # noqa: T201
    sys.exit(bool(found))


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_TZ=True)
    main()
