"""What a query to the demo shop may cost. Saleor has limits of its own (GRAPHQL_QUERY_MAX_COMPLEXITY and others)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLError
from graphql.language.ast import Document, Field, FragmentDefinition, FragmentSpread, IntValue, SelectionSet, Variable

from .. import recommended

LARGEST_BODY = 100_000  # bytes
DEEPEST = 20  # GraphiQL's question for the schema itself is 13 deep
MOST_FIELDS = 500
MOST_VALUES = 200_000  # in the answer, if every list is as long as it may be
_LISTS = {"relatedProducts", "boughtTogether", "recommendedProducts", "recentlyViewedProducts", "popularProducts"}


@dataclass(frozen=True)
class _Size:
    """How deep, how many fields, and how many values those become where they are in lists."""

    depth: int = 0
    fields: int = 0
    values: int = 0


def check(document: Document, variables: Mapping[str, Any]) -> None:
    """Refuse what is too deep or too much, before anything looks closer at it. Raises GraphQLError.

    Fragments count wherever they are spread. Each is measured once, so that fragments in fragments cost nothing here.
    """
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinition)
    }
    measured: dict[str, _Size] = {}
    within: set[str] = set()

    def measure(selections: SelectionSet | None) -> _Size:
        depth = fields = values = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FragmentSpread):
                size = spread(selection.name.value)
            else:
                size = measure(selection.selection_set)
                if isinstance(selection, Field):
                    size = _Size(size.depth + 1, size.fields + 1, 1 + _length(selection, variables) * size.values)
            depth, fields, values = max(depth, size.depth), fields + size.fields, values + size.values
        return _Size(depth, fields, values)

    def spread(name: str) -> _Size:
        if name in within:  # would be refused by validation, too, if that did not look at the fields of it first
            raise GraphQLError(f'Cannot spread fragment "{name}" within itself.')
        if name not in measured:
            within.add(name)
            measured[name] = measure(fragments[name].selection_set) if name in fragments else _Size()
            within.remove(name)
        return measured[name]

    for definition in document.definitions:
        size = measure(getattr(definition, "selection_set", None))
        if size.depth > DEEPEST:
            raise GraphQLError(f"The query is {size.depth} levels deep; at most {DEEPEST} are allowed.")
        if size.fields > MOST_FIELDS:
            raise GraphQLError(f"The query has {size.fields} fields; at most {MOST_FIELDS} are allowed.")
        if size.values > MOST_VALUES:
            raise GraphQLError(f"The answer may have {size.values} values; at most {MOST_VALUES} are allowed.")


def _length(field: Field, variables: Mapping[str, Any]) -> int:
    """How long a list may be. A longer one is refused by its own field, before anything is read."""
    for argument in field.arguments or ():
        if argument.name.value == "first":
            value = argument.value
            told = variables.get(value.name.value) if isinstance(value, Variable) else None
            if isinstance(value, IntValue) and value.value.isdigit():
                told = int(value.value[:19])
            return min(told, recommended.MOST) if isinstance(told, int) and told > 0 else recommended.MOST
    return recommended.USUAL if field.name.value in _LISTS else 1
