"""Keeps the translations in step with the templates: ``python -m saleor_crm_plugin.emails.messages``.

Collects every text of the templates, merges it into ``locale/*/LC_MESSAGES/django.po`` (new texts come in untranslated,
old ones go) and compiles the ``.mo`` files beside them, which are part of the package: gettext's tools need not be
installed where it runs. To add a language, make its folder, such as ``locale/es/LC_MESSAGES``, and run this.
"""

from datetime import UTC, datetime
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, TokenType
from django.utils.text import smart_split, unescape_string_literal

from .languages import DOMAIN, LOCALE_DIR
from .source import TEMPLATE_DIR

Message = str | tuple[str, str]


def template_messages() -> dict[Message, list[tuple[str, int]]]:
    """The texts of all templates, with file and line of each. A pair is singular and plural."""
    found: dict[Message, list[tuple[str, int]]] = {}
    for path in sorted(TEMPLATE_DIR.glob("saleor_crm/*")):
        for token in Lexer(path.read_text(encoding="utf-8")).tokenize():
            if token.token_type != TokenType.BLOCK:
                continue
            tag, *arguments = smart_split(token.contents)
            message: Message
            if tag == "t":
                message = unescape_string_literal(arguments[0])
            elif tag == "plural":
                message = (unescape_string_literal(arguments[1]), unescape_string_literal(arguments[2]))
            else:
                continue
            found.setdefault(message, []).append((path.name, token.lineno or 0))
    return found


def read_catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=Locale.parse(path.parents[1].name), domain=DOMAIN)


def _new(locale: Locale) -> Catalog:
    return Catalog(
        locale=locale,
        header_comment=f"# {locale.english_name} texts of the mails and public pages of saleor-crm-plugin.",
        project="saleor-crm-plugin",
        version="0",
        last_translator="The authors of saleor-crm-plugin",
        language_team="none",
        msgid_bugs_address="none",
        revision_date=datetime.now(UTC),
        fuzzy=False,
    )


def update(folder: Path) -> None:
    """Bring one language's ``.po`` and ``.mo`` up to date."""
    po, mo = folder / f"{DOMAIN}.po", folder / f"{DOMAIN}.mo"
    template = Catalog(fuzzy=False)
    for message, places in template_messages().items():
        template.add(message, locations=places, flags=["python-format"] if "%(" in str(message) else [])
    catalogue = read_catalogue(po) if po.exists() else _new(Locale.parse(folder.parent.name))
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    with po.open("wb") as file:
        write_po(file, catalogue, width=120, ignore_obsolete=True, omit_header=False)
    with mo.open("wb") as file:
        write_mo(file, catalogue)


def main() -> None:
    for folder in sorted(LOCALE_DIR.glob("*/LC_MESSAGES")):
        update(folder)


if __name__ == "__main__":
    main()
