"""The page at the demo shop's ``/graphql/``: a box for queries, examples, and what every field means.

It is a page of our own: it needs no network, no framework, and no more than its own nonce in its content policy.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.http import HttpResponse
from django.template import Context, Engine
from graphql import GraphQLField, GraphQLObjectType

from . import examples
from .schema import schema

_ENGINE = Engine(dirs=[str(Path(__file__).parent / "templates")])


@dataclass(frozen=True)
class FieldNote:
    """One field of a type, as it is shown: ``name`` with its arguments."""

    name: str
    type: str
    description: str


@dataclass(frozen=True)
class TypeNote:
    """One type, as it is shown."""

    name: str
    description: str
    fields: tuple[FieldNote, ...]


def page() -> HttpResponse:
    """The page. It carries no token and nobody's data."""
    nonce = secrets.token_urlsafe(16)
    context = Context({"nonce": nonce, "types": list(notes()), "examples": examples.EXAMPLES})
    response = HttpResponse(_ENGINE.get_template("explorer.html").render(context))
    response["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response["Referrer-Policy"] = "no-referrer"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def notes() -> Iterator[TypeNote]:
    """What there is: the roots first, then the types that answers are made of."""
    types = schema.get_type_map()
    for name in sorted(types, key=lambda name: (name != "Query", name != "Mutation", name != "User", name)):
        kind = types[name]
        if isinstance(kind, GraphQLObjectType) and not name.startswith("__"):
            fields = (_note(field, found) for field, found in kind.fields.items())
            yield TypeNote(name, kind.description or "", tuple(fields))


def _note(name: str, field: GraphQLField) -> FieldNote:
    arguments = ", ".join(f"{argument}: {found.type}" for argument, found in field.args.items())
    return FieldNote(f"{name}({arguments})" if arguments else name, str(field.type), field.description or "")
