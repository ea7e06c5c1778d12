"""Workers of their own processes, which tests kill (``worker.py``)."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection

from saleor_crm_plugin.shop.sandbox.database import ENVIRONMENT
from tests.road import Road


def start(road: Road, job: str = "deliver") -> subprocess.Popen[bytes]:
    """Start a worker that does a job until it moves nothing any more: "deliver", or "campaigns"."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.emails.worker", road.now.isoformat(), job],
        env={**os.environ, ENVIRONMENT: _database()},
    )


def wait_for_mails(road: Road, count: int) -> None:
    """Until so many mails have arrived."""
    give_up = time.perf_counter() + 60
    while len(road.sink.mails) < count:
        assert time.perf_counter() < give_up, "the workers deliver nothing"
        time.sleep(0.001)


@contextmanager
def locked(table: str) -> Iterator[None]:
    """Nobody else writes to a table."""
    with psycopg.connect(_database()) as other:
        other.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield
        other.rollback()


def wait_until(holds: str, *, none: bool = False) -> None:
    """Until another connection to the database is as described (of pg_stat_activity), or none is any more."""
    others = "datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
    asked = f"SELECT count(*) FROM pg_stat_activity WHERE {others} AND {holds}"
    give_up = time.perf_counter() + 60
    while True:
        with connection.cursor() as cursor:
            cursor.execute(asked)
            if bool(cursor.fetchone()[0]) is not none:
                return
        assert time.perf_counter() < give_up, f"it never came to {holds}"
        time.sleep(0.02)


def _database() -> str:
    settings = connection.settings_dict
    return f"postgresql://{settings['USER']}@/{settings['NAME']}?host={settings['HOST']}"
