"""Our part of the schema is a promise to storefronts: it changes on purpose only. ``ours.graphql`` is what it was."""

from saleor_crm_plugin.graphql.demo.schema import schema
from tests.graphql.printed import SNAPSHOT, ours


def test_our_part_of_the_schema_is_as_it_was() -> None:
    assert ours(schema) == SNAPSHOT.read_text(encoding="utf-8")
