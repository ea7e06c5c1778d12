"""What the SQL over stock (``goods.StockFacts``) has in common in all shops."""

from collections.abc import Sequence
from dataclasses import fields

from . import reading
from .goods import Availability, StockFacts

_COLUMNS = ", ".join(field.name for field in fields(Availability))


def read_availability(facts: StockFacts, variant_ids: Sequence[str], channel: str) -> dict[str, Availability]:
    """Variants in a channel by id. The ids have to be of the shop's own kind. One query, none without variants."""
    if not variant_ids:
        return {}
    statement = f"""
        WITH wanted AS (SELECT unnest(%(variants)s::text[]) AS variant_id, %(channel)s::text AS channel)
        SELECT variant_id, {_COLUMNS} FROM ({facts.select}) facts
    """  # noqa: S608 - of constants
    with reading.connection().cursor() as cursor:
        cursor.execute(statement, {**facts.params, "variants": list(variant_ids), "channel": channel})
        return {row[0]: Availability(*row[1:]) for row in cursor.fetchall()}
