"""Values, conditions, loops and links of a tree as Django's template language says them: the same for HTML and text."""

from collections.abc import Callable, Sequence

from .tree import Condition, For, If, Link, Node, Term, Value

Inside = Callable[[Sequence[Node]], str]


def value(one: Value, *, html: bool) -> str:
    """A value through its filters. Django trusts texts that stand in a template, so that what comes of them is escaped
    for HTML behind the last filter: before it, others would change the entities."""
    said = one.place
    for name, argument in one.filters:
        if isinstance(argument, int):
            said += f"|{name}:{argument}"
        elif argument or name == "default":
            said += f"|{name}:{_literal(argument)}"
        else:
            said += f"|{name}"
    if html and any(isinstance(argument, str) and argument for _, argument in one.filters):
        said += "|force_escape"
    return f"{{{{ {said} }}}}"


def branching(one: If, inside: Inside) -> str:
    """All branches of a condition."""
    said = ""
    for number, (condition, nodes) in enumerate(one.branches):
        tag = f"{'elif' if number else 'if'} {_condition(condition)}" if condition else "else"
        said += f"{{% {tag} %}}{inside(nodes)}"
    return f"{said}{{% endif %}}"


def loop(one: For, inside: Inside) -> str:
    """What is said for each entry of a list."""
    return f"{{% for {one.entry} in {one.each.place} %}}{inside(one.inside)}{{% endfor %}}"


def where_it_leads(link: Link, said: str, otherwise: str = "") -> str:
    """What leads somewhere, and what is said instead for a recipient to whom its value is empty."""
    if not link.place:
        return said
    other = f"{{% else %}}{otherwise}" if otherwise else ""
    return f"{{% if {link.place} %}}{said}{other}{{% endif %}}"


def _condition(condition: Condition) -> str:
    return " ".join(f"{joint} {_term(term)}".strip() for joint, term in condition.terms)


def _term(term: Term) -> str:
    said = f"not {term.place}" if term.negated else term.place
    if not term.operator:
        return said
    return f"{said} {term.operator} {term.other if isinstance(term.other, int) else _literal(term.other)}"


def _literal(text: str) -> str:
    quote = "'" if '"' in text else '"'
    return f"{quote}{text}{quote}"
