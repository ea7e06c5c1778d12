"""A PostgreSQL and a Redis of our own, on private ports, gone when the run ends."""

import getpass
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_USUAL = ("max_connections=200", "shared_buffers=256MB", "jit=off")  # compiling costs more than small tables
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # faster, and nobody needs the data after


class MissingError(RuntimeError):
    """Something that the machine would have to have installed. The message says what to do."""


@dataclass(frozen=True)
class Postgres:
    """A running server: where its programs are and how to reach it."""

    programs: Path
    port: int

    def url(self, database: str) -> str:
        """For DATABASE_URL."""
        return f"postgres://saleor@127.0.0.1:{self.port}/{database}"

    def call(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's client programs against this server."""
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "saleor")
        subprocess.run([self.programs / program, *where, *arguments], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def postgres(directory: Path, *, durable: bool = False) -> Iterator[Postgres]:
    """Start PostgreSQL with its data below a directory. As root it runs as the user postgres, as it insists.

    ``durable``: every commit is flushed to the disk, as in a shop.
    """
    programs = _postgres_programs()
    data, port = directory / "postgres", free_port()
    data.mkdir()
    account: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(data, "postgres", "postgres")
        directory.chmod(0o755)
    initdb: list[str | Path] = [
        programs / "initdb",
        "-D",
        data,
        "-U",
        "saleor",
        "--auth=trust",
        "-E",
        "UTF8",
        "--no-locale",
        "-N",
    ]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, cwd=data, **account)
    chosen = _USUAL if durable else (*_USUAL, *_CARELESS)
    settings = [part for setting in (*chosen, f"unix_socket_directories={data}") for part in ("-c", setting)]
    command: list[str | Path] = [programs / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), *settings]
    with (directory / "postgres.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=data, start_new_session=True, **account)
    try:
        wait_for_port(port, server, "PostgreSQL", directory / "postgres.log")
        found = Postgres(programs, port)
        _wait_until_ready(found)
        yield found
    finally:
        stop(server)


@contextmanager
def redis(directory: Path) -> Iterator[int]:
    """Start Redis without persistence; gives its port."""
    program = shutil.which("redis-server")
    if not program:
        raise MissingError("redis-server is not installed: Saleor's Celery worker needs it.")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        wait_for_port(port, server, "Redis")
        yield port
    finally:
        stop(server)


def free_port() -> int:
    """A port that nothing listens on just now, below those that the kernel gives to outgoing connections.

    It may be taken minutes later only: one from the kernel's own range would by then be somebody's client.
    """
    while True:
        port = secrets.choice(range(20_000, 32_000))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_for_port(
    port: int, process: "subprocess.Popen[bytes]", name: str, log: Path | None = None, seconds: float = 90
) -> None:
    """Return when something listens; raise when the process has ended or the time is up."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    said = log.read_text("utf-8", "replace")[-3000:] if log else ""
    raise RuntimeError(f"{name} did not start listening on port {port}. {said}")


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End a process that we started, by asking first."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _postgres_programs() -> Path:
    packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[4]))
    on_path = shutil.which("initdb")
    found = packaged[-1] if packaged else Path(on_path).resolve() if on_path else None
    if not found:
        raise MissingError(f"PostgreSQL's server is not installed (or not to be found by {getpass.getuser()}).")
    return found.parent


def _wait_until_ready(server: Postgres) -> None:
    for _attempt in range(100):
        where = ("-h", "127.0.0.1", "-p", str(server.port), "-U", "saleor", "-d", "postgres", "-q")
        if subprocess.run([server.programs / "pg_isready", *where], check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL listens and is not ready.")
