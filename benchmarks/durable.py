"""The demo shop's tables on an embedded PostgreSQL that flushes commits to the disk, as a shop's own does."""

import os
from pathlib import Path


def start(home: Path) -> None:
    """Start it in a folder of its own, with empty tables, and set Django up."""
    from saleor_crm_plugin.shop.sandbox import database

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "saleor_crm_plugin.shop.sandbox.settings")
    database.start(home)
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        for name in ("fsync", "full_page_writes", "synchronous_commit"):  # the sandbox trades them for speed
            cursor.execute(f"ALTER SYSTEM SET {name} = on")
        cursor.execute("SELECT pg_reload_conf()")
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    connection.close()
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SHOW fsync")
        assert cursor.fetchone() == ("on",)
