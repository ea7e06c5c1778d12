"""Whether filling an inlined mail is inlining the filled one, for all of them: ``python -m tests.emails.fidelity``.

Every mail in every language, in seconds; ``make fidelity`` draws hundreds of contents for each. Ends with status 1 and
one line for each that is not the same.
"""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.template import Context

from saleor_crm_plugin.emails.compile import compile_html
from saleor_crm_plugin.emails.content import clean
from saleor_crm_plugin.emails.example import EXAMPLES, bare
from saleor_crm_plugin.emails.inline import CSS_INLINE, PREMAILER, inline
from saleor_crm_plugin.emails.languages import Language, shipped
from saleor_crm_plugin.emails.render import MAILS, fill_values
from saleor_crm_plugin.emails.source import second_pass, translated

from .documents import normal

# Premailer takes some seconds for what css-inline does in one.
_CONTENTS = {PREMAILER: (EXAMPLES.__getitem__,), CSS_INLINE: (EXAMPLES.__getitem__, bare)}


def both_ways(source: str, template: str, engine: str, used: Language, content: dict[str, Any]) -> tuple[Any, Any]:
    """A translated mail with this content: inlined and then filled, and filled and then inlined, to be compared."""
    values = fill_values(template, content, used.locale) | {"subject": clean(content["shop_name"]), "language": used}
    inlined_first = _filled(compile_html(source, engine), values)
    filled_first = inline(_filled(source, values), engine)
    return normal(inlined_first), normal(filled_first)


def problems() -> Iterator[str]:
    """Every mail that is not the same both ways, with its language and engine."""
    for engine, contents in _CONTENTS.items():
        if not find_spec(engine.replace("-", "_")):
            print(f"{engine} is not installed: not looked at.")  # noqa: T201
            continue
        for template in MAILS:
            for language in shipped().values():
                source = translated(f"{template}.html", language)
                for content in contents:
                    one, other = both_ways(source, template, engine, language, content(template))
                    if one != other:
                        yield f"{template} in {language.code}: {engine} makes another mail of it once it is filled."


def main() -> None:
    found = list(problems())
    for told in found:
        print(told)  # noqa: T201
    print(f"{len(MAILS)} mails in {len(shipped())} languages, filled before and after: {len(found)} differ.")  # noqa: T201
    sys.exit(bool(found))


def _filled(source: str, values: dict[str, Any]) -> str:
    return str(second_pass(True).from_string(source).render(Context(values, use_l10n=False)))


if __name__ == "__main__":
    from django.conf import settings

    settings.configure(USE_TZ=True)
    main()
