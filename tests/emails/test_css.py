"""Uses of CSS in mails, and what the inlining engines make of them: each survives, or is known not to."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from saleor_crm_plugin.emails.inline import CSS_INLINE, PREMAILER, inline

from .documents import parse
from .engines import ENGINES


@dataclass(frozen=True)
class Use:
    """A rule, the HTML that it is for, and what stands in the style of the first ``.x`` then (``inlined``), or in the
    document's style sheet (``kept``)."""

    name: str
    rule: str
    body: str = '<p class="x">T</p>'
    inlined: str = ""
    kept: str = ""


_RED, _P, _NAMED = "color:red", '<p class="x">T</p>', '<p id="one" class="x">T</p>'
_MODERN, _SHADES = "rgb(255 0 0 / 50%)", "linear-gradient(red, blue)"
USES: Sequence[Use] = (
    Use("a class", ".x { color: red; }", inlined=_RED),
    Use("an element", "p { color: red; }", inlined=_RED),
    Use("an id", "#one { color: red; }", _NAMED, inlined=_RED),
    Use("two classes", ".x.y { color: red; }", '<p class="x y">T</p>', inlined=_RED),
    Use("a list of selectors", ".z, .x { color: red; }", inlined=_RED),
    Use("a descendant", "div .x { color: red; }", f"<div>{_P}</div>", inlined=_RED),
    Use("a child", "div > .x { color: red; }", f"<div>{_P}</div>", inlined=_RED),
    Use("a sibling", "h1 + .x { color: red; }", f"<h1>H</h1>{_P}", inlined=_RED),
    Use("a later sibling", "h1 ~ .x { color: red; }", f"<h1>H</h1><p>-</p>{_P}", inlined=_RED),
    Use("an attribute", "[title=a] { color: red; }", '<p class="x" title="a">T</p>', inlined=_RED),
    Use("the first child", "p:first-child { color: red; }", f"<div>{_P}<p>-</p></div>", inlined=_RED),
    Use("the last child", "p:last-child { color: red; }", f"<div><p>-</p>{_P}</div>", inlined=_RED),
    Use("the second child", "p:nth-child(2) { color: red; }", f"<div><p>-</p>{_P}</div>", inlined=_RED),
    Use("not", "p:not(.y) { color: red; }", inlined=_RED),
    Use("is", ":is(p, h2).x { color: red; }", inlined=_RED),
    Use("the stronger selector wins", "#one { color: red; } .x { color: blue; }", _NAMED, inlined=_RED),
    Use("important wins", ".x { color: red !important; } #one { color: blue; }", _NAMED, inlined=_RED),
    Use("the element's own style wins", ".x { color: blue; }", '<p class="x" style="color: red">T</p>', inlined=_RED),
    Use("one side", ".x { padding: 1px; padding-left: 9px; }", inlined="padding:1px;padding-left:9px"),
    Use("a colour to fall back to", f".x {{ color: red; color: {_MODERN}; }}", inlined=f"color:red;color:{_MODERN}"),
    Use("transparency", ".x { color: rgba(0, 0, 0, 0.5); }", inlined="color:rgba(0,0,0,0.5)"),
    Use("calc", ".x { width: calc(100% - 8px); }", inlined="width:calc(100% - 8px)"),
    Use("a gradient", f".x {{ background-image: {_SHADES}; }}", inlined=f"background-image:{_SHADES}"),
    Use("a custom property", ".x { color: var(--ink); }", inlined="color:var(--ink)"),
    Use("fonts in quotes", ".x { font-family: 'Segoe UI', Arial; }", inlined="font-family:'Segoe UI',Arial"),
    Use("a vendor's property", ".x { -webkit-text-size-adjust: 100%; }", inlined="-webkit-text-size-adjust:100%"),
    Use("Outlook's properties", ".x { mso-line-height-rule: exactly; }", inlined="mso-line-height-rule:exactly"),
    Use("narrow screens", "@media (max-width: 600px) { .x { color: red !important; } }", kept="max-width:600px"),
    Use("the dark", "@media (prefers-color-scheme: dark) { .x { color: red; } }", kept="prefers-color-scheme:dark"),
    Use("what the browser can", "@supports (display: grid) { .x { color: red; } }", kept="@supports(display:grid)"),
    Use("a font", "@font-face { font-family: F; src: local('F'); }", kept="@font-face"),
    Use("the pointer", "a:hover { color: red; }", '<a class="x" href="https://a.example">T</a>', kept="a:hover"),
    Use("Outlook's dark", "[data-ogsc] .x { color: red !important; }", kept="[data-ogsc].x"),
)  # fmt: skip
# Whoever writes a mail of ours does without these.
LOST = {
    PREMAILER: {"the second child", "not", "is", "a colour to fall back to"},
    CSS_INLINE: {"is", "a colour to fall back to"},
}


def survives(use: Use, engine: str) -> bool:
    """Whether a mail still says what the rule does."""
    sheet = f"<style>{use.rule}</style>" if use.kept else f"<style data-inlined>{use.rule}</style>"
    document = parse(inline(f"<!DOCTYPE html><html><head>{sheet}</head><body>{use.body}</body></html>", engine))
    if use.kept:
        return _bare(use.kept) in _bare("".join(one.text or "" for one in document.iter("style")))
    return _bare(use.inlined) in _bare(document.find_class("x")[0].get("style", ""))


def _bare(css: str) -> str:
    return css.replace(" ", "").replace('"', "'").replace("!important", "").lower()


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("use", USES, ids=lambda use: use.name)
def test_what_css_says_is_kept(use: Use, engine: str) -> None:
    assert survives(use, engine) == (use.name not in LOST[engine])


def test_there_are_33() -> None:
    assert len({use.name for use in USES}) == 33
