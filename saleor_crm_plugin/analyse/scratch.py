"""A database of our own for one analysis: made empty, gone afterwards. The CRM works in it as it does in a shop."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.core.management import call_command
from psycopg import sql

from ..shop.sandbox import database

_PREFIX = "crm_analysis_"


@contextmanager
def scratch_database() -> Iterator[None]:
    """Start the embedded PostgreSQL, set Django up on a new database of its, and drop that at the end.

    To be used once in a process, before Django is set up.
    """
    server = database.start()
    name = f"{_PREFIX}{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as admin:
        _drop_abandoned(admin)
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    os.environ[database.ENVIRONMENT] = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "saleor_crm_plugin.shop.sandbox.settings"
    try:
        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        from django.db import connections

        connections.close_all()
        os.environ[database.ENVIRONMENT] = server
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _drop_abandoned(admin: psycopg.Connection) -> None:
    """Drop what analyses left behind that were killed. One that is in use refuses to go."""
    rows = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{_PREFIX}%"]).fetchall()
    for (name,) in rows:
        with suppress(psycopg.errors.ObjectInUse):
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
