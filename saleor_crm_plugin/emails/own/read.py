"""Reads an owner's words into a tree (``tree.py``). What is not allowed is refused, never repaired or dropped.

HTML is let through element by element and attribute by attribute; tags nest with the elements around them, so that no
filled mail can be broken HTML. Nothing is passed on as it was written: the tree is written out anew (``write.py``).
"""

import re
from html import unescape
from html.parser import HTMLParser

from django.template.base import tag_re
from django.utils.text import smart_split

from .names import LINES, Name, Type, names_of
from .nest import Nest, Open
from .tokens import find, read_block, read_condition, read_value, web
from .tree import Block, Condition, Element, For, If, Link, Node, Text
from .words import Problem

_TEXT_BLOCKS = frozenset({"h1", "h2", "h3", "p", "ul", "ol", "blockquote"})
_INLINE = frozenset({"a", "b", "strong", "i", "em", "u", "s", "small", "sup", "sub"})
_VOID = frozenset({"br", "hr"})
_ALLOWED = (*sorted(_TEXT_BLOCKS | {"li"}), *sorted(_INLINE | _VOID))
_OURS = frozenset({"products", "button", "image", "voucher", "lines", "divider"})
_MOST_TOKENS = 200
# An opening that is not ended is matched as well, so that the first one ends the reading: looking for the end of each
# would take minutes where there are thousands.
_TAG = re.compile(tag_re.pattern + r"|\{[{%#]")
_MARK = re.compile("\ue000(\\d+)\ue001")
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ue000\ue001\ud800-\udfff\ufffe\uffff]")
_NUMBERED = re.compile(r"&#[0-9]{8}")  # Unicode ends at 1114111
_PLACES = re.compile(r"\n[ \t]*\n\s*")
_NAME = re.compile(r"[a-z][a-z0-9]{0,20}", re.ASCII)


def read_line(written: str, template: str) -> list[Node]:
    """A subject or a preview text: text, values and conditions. Raises Problem."""
    return _Reader(template, html=False).read(written)


def read_body(written: str, template: str) -> list[Node]:
    """A body. Raises Problem."""
    return _Reader(template, html=True).read(written)


class _Reader(HTMLParser):
    def __init__(self, template: str, *, html: bool) -> None:
        super().__init__(convert_charrefs=True)
        self._names, self._lines, self._html = names_of(template), LINES[template], html
        self._tokens: list[str] = []
        self._nest = Nest()

    def read(self, written: str) -> list[Node]:
        if _BAD.search(written) or (self._html and (_NUMBERED.search(written) or _BAD.search(unescape(written)))):
            raise Problem("There is a character that can't be shown.")
        marked = _TAG.sub(self._mark, written)
        if self._html:
            if "<![" in marked:
                raise Problem("“<![” is not allowed.")
            self.feed(marked)
            # What the parser waits for the end of, it would drop or begin anew at each “<” in it, minutes of computing.
            if self.rawdata.startswith("<") and len(self.rawdata) > 1:
                raise Problem(f"“{_MARK.sub('…', self.rawdata)[:40]}” is not ended.")
            self.close()
        else:
            self.handle_data(marked)
        return self._nest.whole()

    def _mark(self, match: re.Match[str]) -> str:
        if len(match[0]) == 2:
            self._no_brackets(match[0])
        if len(self._tokens) == _MOST_TOKENS:
            raise Problem(f"There are more than {_MOST_TOKENS} tags.")
        self._tokens.append(match[0])
        return f"\ue000{len(self._tokens) - 1}\ue001"

    # What the HTML parser tells.

    def handle_data(self, data: str) -> None:
        for number, piece in enumerate(_MARK.split(data)):
            if number % 2:
                self._token(self._tokens[int(piece)])
            elif piece:
                self._text(piece)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if _MARK.search(tag) or tag not in _ALLOWED:
            raise Problem(f"<{_MARK.sub('…', tag)[:30]}> is not allowed; there are {', '.join(_ALLOWED)}.")
        if tag == "hr":
            self._our_block(Block("divider"))
        elif tag == "br":
            self._inline("br")
            self._attributes(tag, attrs)
            self._nest.add(Element("br"))
        else:
            self._begin(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        if tag not in _INLINE:
            self._nest.end_implied()
        self._nest.end(tag, f"</{tag[:30]}>")

    def handle_comment(self, data: str) -> None:
        raise Problem("HTML comments are not allowed; {# a note #} is left out of the mail.")

    def handle_decl(self, decl: str) -> None:
        raise Problem("Only the body of a mail is written here, no whole HTML document.")

    def handle_pi(self, data: str) -> None:
        raise Problem("“<?” is not allowed.")

    # Elements and text.

    def _begin(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _INLINE:
            self._inline(tag)
        else:
            self._nest.end_implied()
            outside = self._nest.element()
            good = {"li": ("ul", "ol"), "p": ("", "blockquote")}.get(tag, ("",))
            if outside not in good:
                raise Problem(f"<{tag}> can't stand in <{outside}>." if outside else "<li> stands in a list.")
        if tag == "a" and self._nest.in_link():
            raise Problem("A link can't stand in a link.")
        element = self._attributes(tag, attrs)
        self._nest.add(element)
        self._nest.push(Open(f"<{tag}>", tag, element.inside, element=element))

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> Element:
        element = Element(tag)
        for name, value in attrs:
            value = (value or "").strip()
            if tag == "a" and name == "href":
                element.link = self._href(value)
            elif name == "align" and tag in _TEXT_BLOCKS and value in ("left", "center", "right"):
                element.align = value
            else:
                raise Problem(f"<{tag}> can't have “{_MARK.sub('…', name)[:30]}={_MARK.sub('…', value)[:30]}”.")
        if tag == "a" and element.link is None:
            raise Problem("A link has an address: <a href=…>.")
        return element

    def _href(self, value: str) -> Link:
        if match := _MARK.fullmatch(value):
            token = self._tokens[int(match[1])]
            if not token.startswith("{{"):
                raise Problem(f"“{token[:60]}” can't be an address.")
            return Link(place=find(self._names, token[2:-2].strip(), Type.LINK).place)
        if _MARK.search(value):
            raise Problem("An address is either written out or a value, not put together.")
        if re.fullmatch(r"mailto:[\w.+-]{1,64}@[\w.-]{1,190}|tel:\+?[\d-]{3,30}", value, re.ASCII):
            return Link(address=value)
        self._no_brackets(value)
        return Link(address=web(value))

    def _text(self, text: str) -> None:
        self._no_brackets(text)
        if not self._html:
            self._nest.add(Text(text))
            return
        if self._nest.element() in ("", "blockquote") and not self._nest.top.implied:
            text = text.lstrip()
            if not text:
                return
        elif self._nest.element() in ("ul", "ol"):
            if text.strip():
                raise Problem("Text in a list stands in <li>.")
            return
        if not self._in_own_paragraph():
            self._inline("text")
            self._nest.add(Text(text))
            return
        for number, paragraph in enumerate(_PLACES.split(text)):
            if number:
                self._nest.end_implied()
            if paragraph.strip() or (paragraph and self._nest.top.implied):
                self._inline("text")
                self._nest.add(Text(paragraph))

    def _in_own_paragraph(self) -> bool:
        return self._nest.top.implied or self._nest.element() in ("", "blockquote")

    def _inline(self, said: str) -> None:
        """Something that stands in a paragraph: begin one where there is none."""
        if not self._html:
            return
        outside = self._nest.element()
        if outside in ("ul", "ol"):
            raise Problem(f"“{said[:30]}” can't stand in a list outside of <li>.")
        if outside in ("", "blockquote"):
            paragraph = Element("p")
            self._nest.add(paragraph)
            self._nest.push(Open("a paragraph", "", paragraph.inside, element=paragraph, implied=True))

    # Tags.

    def _token(self, token: str) -> None:
        if token.startswith("{#"):
            return
        inside = token[2:-2].strip()
        if token.startswith("{{"):
            self._inline(inside)
            self._nest.add(read_value(inside, self._names))
            return
        if "\\" in inside:  # behind which a quote ends no text: of many, each would be looked for the end of
            raise Problem(f"A text in quotes has no backslashes: “{inside[:60]}”.")
        bits = list(smart_split(inside))
        name = bits[0] if bits else ""
        if name in ("if", "elif", "else", "endif"):
            self._branch(name, bits[1:])
        elif name in ("for", "endfor"):
            self._each(name, bits[1:])
        elif name in _OURS and self._html:
            block = read_block(name, inside[len(name) :], self._names)
            self._our_block(Block("lines", self._lines) if name == "lines" else block)
        else:
            there = sorted(_OURS | {"if", "for"}) if self._html else ["if"]
            raise Problem(f"There is no tag “{name[:30]}” here; there are {', '.join(there)}.")

    def _branch(self, name: str, bits: list[str]) -> None:
        condition: Condition | None = None
        if name in ("if", "elif"):
            condition = read_condition(bits, self._names)
        elif bits:
            raise Problem(f"“{name}” says nothing more.")
        if name == "if":
            self._nest.end_implied_before()
            branching = If([(condition, [])])
            self._nest.add(branching)
            self._nest.push(Open("{% if %}", "endif", branching.branches[0][1], branching=branching))
            return
        self._nest.end_implied()
        top = self._nest.top
        if not top.branching:
            raise Problem(f"{{% {name} %}} has no {{% if %}} in front of it in {top.said}.")
        if name == "endif":
            self._nest.pop()
            return
        if top.branching.branches[-1][0] is None:
            raise Problem("{% else %} is the last branch.")
        top.branching.branches.append((condition, []))
        top.inside = top.branching.branches[-1][1]

    def _each(self, name: str, bits: list[str]) -> None:
        if name == "endfor":
            self._nest.end_implied()
            top = self._nest.top
            if not top.loop or bits:
                raise Problem(f"{{% endfor %}} has no {{% for %}} in front of it in {top.said}.")
            self._names = top.shadowed or self._names
            self._nest.pop()
            return
        if not self._html:
            raise Problem("A loop stands in the body only.")
        if len(bits) != 3 or bits[1] != "in" or not _NAME.fullmatch(bits[0]):
            raise Problem("A loop is written {% for one in products %}.")
        if self._nest.in_loop():
            raise Problem("A loop can't stand in a loop.")
        each = find(self._names, bits[2], Type.LIST)
        if any(known.split(".")[0] == bits[0] for known in self._names):
            raise Problem(f"“{bits[0]}” has another meaning: call it something else.")
        self._nest.end_implied_before()
        loop = For(each, f"own_{bits[0]}")
        self._nest.add(loop)
        self._nest.push(Open("{% for %}", "endfor", loop.inside, loop=loop, shadowed=self._names))
        fields = {f"{bits[0]}.{key}": Name(one.type, f"own_{bits[0]}.{one.place}") for key, one in each.fields.items()}
        self._names = {**self._names, **fields}

    def _our_block(self, block: Block) -> None:
        self._nest.end_implied()
        if self._nest.element():
            raise Problem(f"“{block.kind}” stands between paragraphs, not in <{self._nest.element()}>.")
        if block.kind == "products" and self._nest.in_loop():
            raise Problem("Products can't stand in a loop.")
        self._nest.add(block)

    def _no_brackets(self, text: str) -> None:
        if "{" in text or "}" in text:
            raise Problem("A curly bracket stands alone: they are for tags only, and a tag stands on one line.")
