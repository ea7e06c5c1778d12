# ruff: noqa: T201 - it speaks to whoever runs it
"""A populated database of a checkout's Saleor, restored in seconds from a dump that is made once."""

import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.saleor.runner.checkouts import Checkout
from tests.saleor.runner.environment import uninstall
from tests.saleor.runner.servers import Postgres


def prepare(checkout: Checkout, server: Postgres, environment: dict[str, str], name: str) -> None:
    """Create the database as Saleor would leave it after ``migrate`` and ``populatedb``: without us."""
    restore(populated_dump(checkout, server, environment), server, name)


def restore(dump: Path, server: Postgres, name: str) -> None:
    """Create a database from a dump."""
    server.call("createdb", name)
    server.call("pg_restore", "--no-owner", "-j", "4", "-d", name, str(dump))
    # A dump has no statistics: until autovacuum comes by, every statement would be planned blindly.
    server.call("vacuumdb", "--analyze-only", "-q", "-j", "4", "-d", name)


def populated_dump(checkout: Checkout, server: Postgres, environment: dict[str, str]) -> Path:
    """The dump of a database with Saleor's demo range and its superuser, made where there is none yet."""
    dump = _dump(checkout, "")
    if not dump.exists():
        with _migrated(checkout, server, environment) as made:
            manage(checkout, made, "populatedb", "--createsuperuser")
            _save(dump, server)
    return dump


def empty_dump(checkout: Checkout, server: Postgres, environment: dict[str, str]) -> Path:
    """The dump of a database as Saleor's own tests want it: migrated, without so much as a default channel."""
    dump = _dump(checkout, "-empty")
    if not dump.exists():
        with _migrated(checkout, server, environment | {"POPULATE_DEFAULTS": "False"}):
            _save(dump, server)
    return dump


def manage(checkout: Checkout, environment: dict[str, str], *arguments: str) -> None:
    """Run Saleor's manage.py; its output is shown only if it fails."""
    done = subprocess.run(
        [checkout.python, "-W", "ignore", "manage.py", *arguments],
        check=False,
        cwd=checkout.path,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {' '.join(arguments)} failed:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")


@contextmanager
def _migrated(checkout: Checkout, server: Postgres, environment: dict[str, str]) -> Iterator[dict[str, str]]:
    print(f"Saleor {checkout.branch}: no dump of a migrated database yet. Making it once; about six minutes.")
    uninstall(checkout)
    server.call("createdb", "making")
    environment = environment | {"DATABASE_URL": server.url("making")}
    _migrate(checkout, environment)
    yield environment
    server.call("dropdb", "making")


def _save(dump: Path, server: Postgres) -> None:
    dump.parent.mkdir(parents=True, exist_ok=True)
    unfinished = dump.with_suffix(f".{os.getpid()}")
    server.call("pg_dump", "-Fc", "-f", str(unfinished), "making")
    unfinished.rename(dump)


def _dump(checkout: Checkout, kind: str) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "saleor-crm"
    migrations = hashlib.sha256("\n".join(_migration_files(checkout)).encode()).hexdigest()[:12]
    return cache / f"{checkout.branch}-{migrations}{kind}.pgdump"


def _migrate(checkout: Checkout, environment: dict[str, str]) -> None:
    total = len(list(_migration_files(checkout)))
    command: list[str | Path] = [checkout.python, "-W", "ignore", "manage.py", "migrate"]
    started, shown, applied = time.monotonic(), 0.0, 0
    with subprocess.Popen(
        command, cwd=checkout.path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        said = []
        for line in process.stdout:
            said.append(line)
            applied += bool(re.match(r"\s+Applying ", line))
            if time.monotonic() - shown > (1 if sys.stdout.isatty() else 30):
                shown = time.monotonic()
                end = "\r" if sys.stdout.isatty() else "\n"
                print(f"  {applied} of about {total} migrations, {shown - started:.0f} s", end=end, flush=True)
    if process.returncode:
        raise RuntimeError(f"manage.py migrate failed:\n{''.join(said)[-6000:]}")


def _migration_files(checkout: Checkout) -> list[str]:
    files = (checkout.path / "saleor").glob("*/migrations/[0-9]*.py")
    return sorted(str(file.relative_to(checkout.path)) for file in files)
