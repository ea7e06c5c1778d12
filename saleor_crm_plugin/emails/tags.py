"""The template tags of our mails: texts in the customer's language, and blocks of products.

``{% t "Hello %(first_name)s," %}`` works while a template is compiled: it leaves the translated text, with ``{{
first_name }}`` in it for the recipient. ``{% plural item_count "%(count)s item" "%(count)s items" %}`` works for each
recipient, because the form depends on the number (Polish has three). ``{% products "cart" limit=4 %}`` is replaced by
the block's part of the template while that is compiled, and filled for each recipient (``blocks.py``).
"""

import re
from html import escape

from django.template import Context, Library
from django.template.base import Parser, Token
from django.utils.safestring import SafeString

from .blocks import USUAL, Block, Shown
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


@register.simple_tag(takes_context=True)
def products(context: Context, kind: str, limit: int = USUAL) -> SafeString:
    block = Block.of(kind, limit)
    part = "html" if context.autoescape else "txt"
    if context.template is None:
        raise AssertionError("a tag is rendered by a template")
    inside = context.template.engine.get_template(f"saleor_crm/products.{part}").render(context)
    return SafeString(f"{{% shown {block.kind} {block.limit} %}}{inside}{{% endshown %}}")


@register.tag
def shown(parser: Parser, token: Token) -> Shown:
    _, kind, limit = token.split_contents()
    inside = parser.parse(("endshown",))
    parser.delete_first_token()
    return Shown(Block.of(kind, int(limit)), inside)
