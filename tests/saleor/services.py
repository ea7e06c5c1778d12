"""A real Saleor for the tests: its HTTP server, its Celery worker, and a mail server that keeps what it gets."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiosmtpd.controller import Controller

from tests.saleor.runner.servers import stop, wait_for_port

LOGS = Path(os.environ.get("CRM_TEST_LOGS", "/tmp"))


@contextmanager
def http_server(port: int) -> Iterator[None]:
    """Saleor's ASGI application under uvicorn, as it runs in production."""
    with _process(
        "http", "uvicorn", "saleor.asgi:application", "--port", str(port), "--log-level", "warning"
    ) as server:
        wait_for_port(port, server, "Saleor", LOGS / "http.log")
        yield


@contextmanager
def celery_worker() -> Iterator[None]:
    """Saleor's Celery worker. It answers as soon as it is up: a task waits for it in Redis."""
    arguments = ("--loglevel", "warning", "--concurrency", "2", "--without-gossip", "--without-mingle")
    with _process("worker", "celery", "-A", "saleor.celeryconf:app", "worker", *arguments):
        yield


@contextmanager
def celery_beat() -> Iterator[None]:
    """Saleor's beat, which tells the worker what is due."""
    scheduler = "saleor.schedulers.schedulers.DatabaseScheduler"
    with _process("beat", "celery", "-A", "saleor.celeryconf:app", "beat", "--scheduler", scheduler):
        yield


class Sink:
    """A mail server that accepts everything and keeps it."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.recipients: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Called by aiosmtpd for each mail."""
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def clear(self) -> None:
        """Forget what came."""
        self.mails.clear()
        self.recipients.clear()

    @contextmanager
    def listening(self) -> Iterator["Sink"]:
        """On the port to which Saleor's EMAIL_URL leads."""
        address = urlsplit(os.environ["EMAIL_URL"])
        controller = Controller(self, hostname=address.hostname, port=address.port)
        controller.start()
        try:
            yield self
        finally:
            controller.stop()


@contextmanager
def _process(log: str, *module: str) -> Iterator["subprocess.Popen[bytes]"]:
    with (LOGS / f"{log}.log").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *module], stdout=output, stderr=output, start_new_session=True
        )
        try:
            yield process
        finally:
            stop(process)
