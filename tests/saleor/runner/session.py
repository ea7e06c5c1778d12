"""A Saleor that is ready to be tested: servers up, database populated, us installed and migrated."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.saleor.runner.checkouts import Checkout
from tests.saleor.runner.database import manage, prepare
from tests.saleor.runner.environment import install
from tests.saleor.runner.servers import Postgres, free_port, postgres, redis

_NEW_KEY = """
from cryptography.hazmat.primitives import serialization as s
from cryptography.hazmat.primitives.asymmetric import rsa
key = rsa.generate_private_key(65537, 2048)
print(key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode())
"""
_INHERITED = ("PATH", "HOME", "LANG", "TERM", "TMPDIR")


@dataclass(frozen=True)
class Session:
    """Where its files are, its database server, and the environment in which Saleor's programs run."""

    directory: Path
    server: Postgres
    environment: dict[str, str]


@contextmanager
def servers(checkout: Checkout, *, durable: bool = False) -> Iterator[Session]:
    """PostgreSQL and Redis of its own, and the environment that leads Saleor to them."""
    with tempfile.TemporaryDirectory(prefix="saleor-crm-") as name:
        directory = Path(name)
        with postgres(directory, durable=durable) as server, redis(directory) as redis_port:
            yield Session(directory, server, _environment(checkout, server, redis_port, directory))


@contextmanager
def ready(checkout: Checkout, *, durable: bool = False) -> Iterator[Session]:
    """The same with the database ``saleor`` populated, us installed, and Saleor's ``migrate`` run over both."""
    with servers(checkout, durable=durable) as session:
        prepare(checkout, session.server, session.environment, "saleor")
        install(checkout)
        manage(checkout, session.environment, "migrate")
        yield session


def call(command: Sequence[str | Path], cwd: Path, env: Mapping[str, str]) -> int:
    """Run to the end. If we are stopped meanwhile it is asked to stop too, and has time to end what it started."""
    with subprocess.Popen(command, cwd=cwd, env=env, start_new_session=True) as process:
        try:
            return process.wait()
        except BaseException:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def _environment(checkout: Checkout, server: Postgres, redis_port: int, directory: Path) -> dict[str, str]:
    key = subprocess.run([checkout.python, "-c", _NEW_KEY], check=True, capture_output=True, text=True).stdout
    return {name: os.environ[name] for name in _INHERITED if name in os.environ} | {
        "DATABASE_URL": server.url("saleor"),
        "CELERY_BROKER_URL": f"redis://127.0.0.1:{redis_port}/0",
        "CELERY_RESULT_BACKEND": f"redis://127.0.0.1:{redis_port}/1",
        "SECRET_KEY": "only for tests",
        "RSA_PRIVATE_KEY": key,
        "DEBUG": "False",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "ALLOWED_CLIENT_HOSTS": "127.0.0.1,localhost",
        "DB_CONN_MAX_AGE": "600",  # each new connection would read the catalogue of 200 tables anew
        "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
        "EMAIL_URL": f"smtp://127.0.0.1:{free_port()}",
        "HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS": "True",
        "JWT_TTL_ACCESS": "1 day",
        "SEND_USAGE_TELEMETRY": "False",
        "DJANGO_SETTINGS_MODULE": "saleor.settings",
        "PYTHONPATH": str(checkout.path),
        "PYTHONWARNINGS": "ignore",
        "CRM_TEST_LOGS": str(directory),
    }
