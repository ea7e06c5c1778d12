"""What orders tell of their people beside what was bought: the language they speak, and the country they live in."""

from collections.abc import Collection, Mapping

from django.db import connection

from . import queries


def tell(countries: Mapping[str, str], new: Collection[str]) -> None:
    """Note what people's newest purchases speak and where they went. ``countries`` says of each order that was looked
    at where it went, ``new`` are those of them that we had not."""
    told = {"orders": list(countries), "countries": list(countries.values()), "new": list(new)}
    with connection.cursor() as cursor:
        cursor.execute(queries.TELL, told)
