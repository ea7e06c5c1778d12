"""What a query to the demo shop may cost. Saleor has limits of its own (GRAPHQL_QUERY_MAX_COMPLEXITY and others)."""

from graphql import GraphQLError
from graphql.language.ast import Document, Field, FragmentDefinition, FragmentSpread, SelectionSet

LARGEST_BODY = 100_000  # bytes
DEEPEST = 20  # GraphiQL's question for the schema itself is 13 deep
MOST_FIELDS = 500


def check(document: Document) -> None:
    """Refuse what is too deep or too much, before anything looks closer at it. Raises GraphQLError.

    Fragments count wherever they are spread. Each is measured once, so that fragments in fragments cost nothing here.
    """
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinition)
    }
    measured: dict[str, tuple[int, int]] = {}
    within: set[str] = set()

    def measure(selections: SelectionSet | None) -> tuple[int, int]:
        """How deep, and how many fields."""
        deepest = fields = 0
        for selection in selections.selections if selections else ():
            if isinstance(selection, FragmentSpread):
                depth, count = spread(selection.name.value)
            else:
                depth, count = measure(selection.selection_set)
                if isinstance(selection, Field):
                    depth, count = depth + 1, count + 1
            deepest, fields = max(deepest, depth), fields + count
        return deepest, fields

    def spread(name: str) -> tuple[int, int]:
        if name in within:  # would be refused by validation, too, if that did not look at the fields of it first
            raise GraphQLError(f'Cannot spread fragment "{name}" within itself.')
        if name not in measured:
            within.add(name)
            measured[name] = measure(fragments[name].selection_set) if name in fragments else (0, 0)
            within.remove(name)
        return measured[name]

    for definition in document.definitions:
        depth, count = measure(getattr(definition, "selection_set", None))
        if depth > DEEPEST:
            raise GraphQLError(f"The query is {depth} levels deep; at most {DEEPEST} are allowed.")
        if count > MOST_FIELDS:
            raise GraphQLError(f"The query has {count} fields; at most {MOST_FIELDS} are allowed.")
