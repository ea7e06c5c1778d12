"""Many keys as one parameter: ``filter(Among("contact", ids))``.

Django's ``__in`` has a placeholder for each of them, and the statement is taken apart anew every time: with hundreds of
keys that takes longer than the database does.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import F, Lookup


class Among(Lookup):
    """That a field is one of some values."""

    lookup_name = "among"
    prepare_rhs = False

    def __init__(self, name: str, values: Iterable[Any]) -> None:
        super().__init__(F(name), list(values))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        field: Any = self.lhs.output_field
        while field.remote_field:
            field = field.target_field
        sql, params = self.process_lhs(compiler, connection)
        values = [field.get_db_prep_value(value, connection) for value in self.rhs]
        kind = re.sub(r"\(.*\)", "", field.db_type(connection))  # without its length, which a cast would cut to
        return f"{sql} = ANY(%s::{kind}[])", [*params, values]
