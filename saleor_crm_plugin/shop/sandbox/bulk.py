"""Many rows into a table at once, by COPY."""

from collections.abc import Sequence

from django.db import connection, models

from .progress import Progress


def copy_rows(
    model: type[models.Model], fields: Sequence[str], rows: Sequence[tuple[object, ...]], stage: str, progress: Progress
) -> None:
    """Write rows with explicit ids; JSON values come as text. The table's own numbering goes on after them."""
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    column_of = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = ", ".join(quote(column_of[field]) for field in fields)
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in progress(stage, rows):
                copy.write_row(row)
        if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), coalesce(max(id), 0) + 1, false) FROM {table}",  # noqa: S608
                [model._meta.db_table],
            )
