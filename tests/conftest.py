"""The tests' ground: the demo shop on a real PostgreSQL (``database.py``), a real mail server."""

from collections.abc import Iterator

import pytest
import time_machine

pytest.register_assert_rewrite("tests.shop_contract", "tests.road")

from saleor_crm_plugin.shop.sandbox.mail_sink import MailSink, listening  # noqa: E402
from tests.road import NOON, Road  # noqa: E402


@pytest.fixture
def sink() -> Iterator[MailSink]:
    """A mail server that keeps what it gets."""
    with listening() as server:
        yield server


@pytest.fixture
def road(transactional_db: None, sink: MailSink) -> Iterator[Road]:
    """The demo shop with the plugin switched on. Transactions are real, so that hooks run when they are committed."""
    with time_machine.travel(NOON, tick=False) as clock:
        yield Road(sink, clock)
