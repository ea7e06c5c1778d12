"""Long lists, page by page: Saleor's connections (saleor/graphql/core/connection.py), cut by keyset, not by offset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import graphene
from django.conf import settings
from graphene.relay.connection import PageInfo
from graphql import GraphQLError
from graphql.language.ast import Field, InlineFragment, SelectionSet

from . import cursors

P = TypeVar("P")


@dataclass(frozen=True)
class Window(Generic[P]):
    """Which part of a list is wanted: ``first`` items after a position (None: from the start)."""

    first: int
    after: P | None


class CountableConnection(graphene.relay.Connection):
    """The shape of all Saleor's connections: no null among edges, and a count."""

    class Meta:
        abstract = True

    total_count = graphene.Int(description="A total count of items in the collection.")

    @classmethod
    def __init_subclass_with_meta__(cls, node: Any = None, name: str | None = None, **options: Any) -> None:
        super().__init_subclass_with_meta__(node=node, name=name, **options)
        cls.Edge._meta.fields["node"] = graphene.Field(
            node, required=True, description="The item at the end of the edge."
        )
        cls._meta.fields["edges"] = graphene.Field(
            graphene.NonNull(graphene.List(graphene.NonNull(cls.Edge))),
            description="Contains the nodes in this connection.",
        )

    @staticmethod
    def resolve_total_count(root: Any, info: Any) -> Any:
        return root.total_count()


def arguments() -> dict[str, Any]:
    """The arguments of a connection's field."""
    return {
        "first": graphene.Int(description=f"Retrieve the first n elements from the list, at most {_limit()}."),
        "after": graphene.String(description="Return the elements in the list that come after the specified cursor."),
    }


def window(info: Any, first: int | None, after: str | None, reader: cursors.Reader[P]) -> Window[P] | None:
    """What is wanted; None where only the count is. Raises GraphQLError, in Saleor's words, for what can't be had."""
    if first is None:
        if any(_asks_for_edges(field.selection_set, info) for field in info.field_asts):
            raise GraphQLError(
                f"You must provide a `first` value to properly paginate the `{info.field_name}` connection."
            )
        return None
    if first <= 0:
        raise GraphQLError("Argument `first` must be a non-negative integer.")
    if first > _limit():
        raise GraphQLError(
            f"Requesting {first} records on the `{info.field_name}` connection exceeds the `first` limit of "
            f"{_limit()} records."
        )
    return Window(first, cursors.read(after, reader) if after else None)


def page(
    connection: type[CountableConnection],
    wanted: Window[Any] | None,
    items: Sequence[Any],
    position: Callable[[Any], Sequence[object]],
    count: Callable[[], Any],
) -> CountableConnection:
    """The page of a list. ``items`` are those of the window and the next one, if any. ``count`` may promise."""
    shown = items[: wanted.first] if wanted else []
    edges = [connection.Edge(node=item, cursor=cursors.write(position(item))) for item in shown]
    info = PageInfo(
        has_next_page=wanted is not None and len(items) > len(shown),
        has_previous_page=wanted is not None and wanted.after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return connection(edges=edges, page_info=info, total_count=count)


def _limit() -> int:
    return int(getattr(settings, "GRAPHQL_PAGINATION_LIMIT", None) or 100)


def _asks_for_edges(selections: SelectionSet, info: Any) -> bool:
    for selection in selections.selections:
        if isinstance(selection, Field):
            if selection.name.value == "edges":
                return True
        else:
            inner = selection if isinstance(selection, InlineFragment) else info.fragments[selection.name.value]
            if _asks_for_edges(inner.selection_set, info):
                return True
    return False
