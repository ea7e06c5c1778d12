"""The two template tags of our mails: texts in the customer's language.

``{% t "Hello %(first_name)s," %}`` works while a template is compiled: it leaves the translated text, with ``{{
first_name }}`` in it for the recipient. ``{% plural item_count "%(count)s item" "%(count)s items" %}`` works for each
recipient, because the form depends on the number (Polish has three).
"""

import re
from html import escape

from django.template import Context, Library
from django.utils.safestring import SafeString

from .languages import Language

register = Library()
_PLACE = re.compile(r"%\((\w+)\)s")


@register.simple_tag(takes_context=True)
def t(context: Context, message: str) -> SafeString:
    language: Language = context["language"]
    text = language.catalogue.gettext(message)
    if context.autoescape:
        text = escape(text, quote=False)
    return SafeString(_PLACE.sub(r"{{ \1 }}", text))


@register.simple_tag(takes_context=True)
def plural(context: Context, count: int, one: str, many: str) -> str:
    language: Language = context["language"]
    text = language.catalogue.ngettext(one, many, count)
    return _PLACE.sub(lambda place: str(context[place[1]]), text)  # escaped by the tag, where the mail is HTML
