"""Fills a compiled template in, as Django would, in a fifth of the time.

Django asks of each variable, for each recipient, what it might be: an attribute, a method, a number in a list. Here a
template's nodes become functions once, which look names up in dicts. What is anything else is left to Django's own
code: a value that is no plain text, a variable with filters, a tag with arguments; and a template with a tag that is
not known here, as a whole. That the result is the same, letter by letter, is tested for every mail.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from django.template import Context, Node, NodeList, Template, Variable, VariableDoesNotExist
from django.template.base import FilterExpression, TextNode, VariableNode, render_value_in_context
from django.template.defaulttags import CommentNode, ForNode, IfNode, WithNode
from django.template.library import SimpleNode

from .blocks import Shown

Scope = dict[str, Any]
Out = Callable[[str], None]  # takes the next piece
Step = Callable[[Scope, Out], None]
Read = Callable[[Scope], Any]

_MISSING = object()
_COMPARED = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_OURS = "_saleor_crm_step"  # where a template keeps what was made of it


class _Unknown(Exception):  # noqa: N818 - no error: Django does it
    """A template with something in it that only Django can fill."""


def fill(template: Template, values: Mapping[str, Any], autoescape: bool) -> str:
    """The text of a template. Numbers and days are written as they are (``use_l10n=False``)."""
    kept = vars(template)
    if _OURS not in kept:
        kept[_OURS] = _made(template, autoescape)
    step: Step | None = kept[_OURS]
    if step is None:
        return str(template.render(Context(dict(values), autoescape=autoescape, use_l10n=False)))
    pieces: list[str] = []
    step({"True": True, "False": False, "None": None, **values}, pieces.append)
    return "".join(pieces)


def _made(template: Template, autoescape: bool) -> Step | None:
    if "forloop" in str(template.source):
        return None
    try:
        return _Maker(template, autoescape).steps(template.nodelist)
    except _Unknown:
        return None


class _Maker:
    """Makes the functions of one template."""

    def __init__(self, template: Template, autoescape: bool) -> None:
        self._template, self._autoescape = template, autoescape
        self._plain = Context(autoescape=autoescape, use_l10n=False)
        self._kinds: Mapping[type[Node], Callable[[Any], Step]] = {
            VariableNode: self._variable,
            IfNode: self._if,
            ForNode: self._for,
            WithNode: self._with,
            Shown: self._shown,
            SimpleNode: self._by_django,
            CommentNode: lambda node: lambda scope, out: None,
        }

    def steps(self, nodes: NodeList) -> Step:
        """What stands one after another."""
        made: Sequence[str | Step] = [node.s if type(node) is TextNode else self._step(node) for node in nodes]

        def run(scope: Scope, out: Out) -> None:
            for step in made:
                if isinstance(step, str):
                    out(step)
                else:
                    step(scope, out)

        return run

    def _step(self, node: Node) -> Step:
        if type(node) not in self._kinds:
            raise _Unknown
        return self._kinds[type(node)](node)

    def _variable(self, node: VariableNode) -> Step:
        if node.filter_expression.filters or not isinstance(node.filter_expression.var, Variable):
            return self._by_django(node)
        read, autoescape, plain = self._read(node.filter_expression), self._autoescape, self._plain

        def run(scope: Scope, out: Out) -> None:
            value = read(scope)
            if type(value) is str:
                out(escape(value) if autoescape else value)
            elif value is not _MISSING:
                out(render_value_in_context(value, plain))

        return run

    def _if(self, node: IfNode) -> Step:
        branches = [
            (self._holds(condition) if condition is not None else lambda scope: True, self.steps(nodes))
            for condition, nodes in node.conditions_nodelists
        ]

        def run(scope: Scope, out: Out) -> None:
            for holds, steps in branches:
                if holds(scope):
                    steps(scope, out)
                    return

        return run

    def _holds(self, condition: Any) -> Read:
        if condition.id == "not":
            inside = self._holds(condition.first)
            return lambda scope: not inside(scope)
        if condition.id in ("and", "or"):
            first, second = self._holds(condition.first), self._holds(condition.second)
            if condition.id == "and":
                return lambda scope: first(scope) and second(scope)
            return lambda scope: first(scope) or second(scope)
        if condition.id in _COMPARED:
            return self._compared(_COMPARED[condition.id], condition)
        if condition.id == "literal" and not condition.value.filters:
            return self._or_none(self._read(condition.value))
        autoescape = self._autoescape
        return lambda scope: condition.eval(Context(scope, autoescape=autoescape, use_l10n=False))

    def _compared(self, compare: Callable[[Any, Any], Any], condition: Any) -> Read:
        first, second = self._holds(condition.first), self._holds(condition.second)

        def holds(scope: Scope) -> Any:
            try:
                return compare(first(scope), second(scope))
            except Exception:  # as Django has it: what can't be compared is not so
                return False

        return holds

    def _for(self, node: Any) -> Step:
        if len(node.loopvars) != 1 or node.is_reversed or node.sequence.filters:
            raise _Unknown
        (name,) = node.loopvars
        read, each, nothing = self._read(node.sequence), self.steps(node.nodelist_loop), self.steps(node.nodelist_empty)

        def run(scope: Scope, out: Out) -> None:
            values = read(scope)
            values = [] if values is _MISSING or values is None else list(values)
            if not values:
                nothing(scope, out)
                return
            before = scope.get(name, _MISSING)
            for value in values:
                scope[name] = value
                each(scope, out)
            _restore(scope, name, before)

        return run

    def _with(self, node: WithNode) -> Step:
        reads = [(name, self._or_empty(expression)) for name, expression in node.extra_context.items()]
        return self._within(lambda scope: {name: read(scope) for name, read in reads}, node.nodelist)

    def _shown(self, node: Shown) -> Step:
        inside = self._within(lambda scope: {"block": node.filled(scope)}, node.nodelist)

        def run(scope: Scope, out: Out) -> None:
            if node.filled(scope):
                inside(scope, out)

        return run

    def _within(self, named: Callable[[Scope], Mapping[str, Any]], nodes: NodeList) -> Step:
        """Nodes between which some names stand for something else."""
        steps = self.steps(nodes)

        def run(scope: Scope, out: Out) -> None:
            new = named(scope)
            before = {name: scope.get(name, _MISSING) for name in new}
            scope.update(new)
            steps(scope, out)
            for name, value in before.items():
                _restore(scope, name, value)

        return run

    def _read(self, expression: FilterExpression) -> Read:
        """What a name stands for; _MISSING where it stands for nothing."""
        variable = expression.var
        if not isinstance(variable, Variable):
            return lambda scope: variable
        if variable.lookups is None:
            return lambda scope: _by_django(variable, scope)
        first, *rest = variable.lookups
        if len(rest) == 1:
            return self._read_two(variable, first, rest[0])

        def read(scope: Scope) -> Any:
            value = scope.get(first, _MISSING)
            if value is _MISSING:
                return value
            try:
                for name in rest:
                    value = value[name]
            except (KeyError, TypeError, IndexError):
                return _by_django(variable, scope)
            return _by_django(variable, scope) if callable(value) else value

        return read

    def _read_two(self, variable: Variable, first: str, second: str) -> Read:
        """The same for ``{{ tile.name }}``: most are such."""

        def read(scope: Scope) -> Any:
            try:
                value = scope[first][second]
            except (KeyError, TypeError, IndexError):
                return _by_django(variable, scope) if first in scope else _MISSING
            return _by_django(variable, scope) if callable(value) else value

        return read

    def _or_none(self, read: Read) -> Read:
        def run(scope: Scope) -> Any:
            value = read(scope)
            return None if value is _MISSING else value

        return run

    def _or_empty(self, expression: FilterExpression) -> Read:
        if expression.filters:
            raise _Unknown
        read = self._read(expression)

        def run(scope: Scope) -> Any:
            value = read(scope)
            return "" if value is _MISSING else value

        return run

    def _by_django(self, node: Node) -> Step:
        if getattr(node, "target_var", None):
            raise _Unknown
        template, autoescape = self._template, self._autoescape

        def run(scope: Scope, out: Out) -> None:
            context = Context(scope, autoescape=autoescape, use_l10n=False)
            with context.bind_template(template):
                out(str(node.render(context)))

        return run


def _by_django(variable: Variable, scope: Scope) -> Any:
    try:
        return variable.resolve(scope)
    except VariableDoesNotExist:
        return _MISSING


def _restore(scope: Scope, name: str, before: Any) -> None:
    if before is _MISSING:
        del scope[name]
    else:
        scope[name] = before
