"""The template tags of our mails: texts in the customer's language, and blocks of products.

``{% t "Hello %(first_name)s," %}`` works while a template is compiled: it leaves the translated text, with ``{{
first_name }}`` in it for the recipient. ``{% plural item_count "%(count)s item" "%(count)s items" %}`` works for each
recipient, because the form depends on the number (Polish has three). ``{% products "cart" limit=4 %}`` is replaced by
the block's part of the template while that is compiled, and filled for each recipient (``blocks.py``).
``{% followed "https://…" %}`` stands where an address was written out (``compile.py``): it gets the parameters of links
into the shop, and leads there by way of us where clicks are counted. ``{% given logo %}…{% otherwise %}…{% endgiven
%}`` and ``{% social %}`` are for what the owner's brand has or has not.
"""

import re
from collections import Counter
from collections.abc import Callable
from html import escape
from typing import Any

from django.template import Context, Library, Node, NodeList
from django.template.base import Parser, Token
from django.utils.safestring import SafeString

from .blocks import USUAL, Block, Shown
from .brand import Brand
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


class _Given(Node):
    """What is said if the brand has something, and what otherwise."""

    def __init__(self, name: str, there: NodeList, otherwise: NodeList) -> None:
        self.name, self.there, self.otherwise = name, there, otherwise

    def render(self, context: Context) -> str:
        return str((self.there if getattr(context["brand"], self.name) else self.otherwise).render(context))


@register.tag
def given(parser: Parser, token: Token) -> _Given:
    _, name = token.split_contents()
    there, otherwise = parser.parse(("otherwise", "endgiven")), NodeList()
    if parser.next_token().contents == "otherwise":
        otherwise = parser.parse(("endgiven",))
        parser.delete_first_token()
    return _Given(name, there, otherwise)


@register.simple_tag(takes_context=True)
def social(context: Context) -> SafeString:
    brand: Brand = context["brand"]
    if not context.autoescape:
        return SafeString("\n".join(f"{one.name}: {one.url}" for one in brand.social))
    links = (f'<a class="fine-link" href="{escape(one.url)}">{escape(one.name)}</a>' for one in brand.social)
    return SafeString(" · ".join(links))


@register.simple_tag(takes_context=True)
def followed(context: Context, url: str) -> str:
    follow: Callable[[str], str] | None = context.get("follow")
    return follow(url) if follow else url  # escaped by the tag


@register.simple_tag(takes_context=True)
def plural(context: Context, count: int, one: str, many: str) -> str:
    language: Language = context["language"]
    text = language.catalogue.ngettext(one, many, count)
    return _PLACE.sub(lambda place: str(context[place[1]]), text)  # escaped by the tag, where the mail is HTML


@register.simple_tag(takes_context=True)
def products(context: Context, kind: str, limit: int = USUAL, *, title: str = "", **options: Any) -> SafeString:
    places: Counter[str] = context["places"]
    places[kind] += 1
    block = Block.of(kind, limit, **options, place=places[kind])
    part = "html" if context.autoescape else "txt"
    if context.template is None:
        raise AssertionError("a tag is rendered by a template")
    engine = context.template.engine
    heading = (
        (escape(title, quote=False) if context.autoescape else title)
        if title
        else engine.get_template("saleor_crm/products_heading.txt").render(context)
    )
    with context.push(products={"heading": SafeString(heading)}):
        inside = engine.get_template(f"saleor_crm/products.{part}").render(context)
    return SafeString(f"{{% shown {block.written} place={block.place} %}}{inside}{{% endshown %}}")


@register.tag
def shown(parser: Parser, token: Token) -> Shown:
    _, kind, *rest = token.split_contents()
    said = {name: value.strip('"') for name, _, value in (bit.partition("=") for bit in rest)}
    limit, place = int(said.pop("limit")), int(said.pop("place"))
    inside = parser.parse(("endshown",))
    parser.delete_first_token()
    return Shown(Block.of(kind.strip('"'), limit, place=place, **said), inside)
