"""The demo shop keeps the contract of the port."""

import pytest

from tests.sandbox.driver import SandboxDriver
from tests.shop_contract import *  # noqa: F403


@pytest.fixture
def driver(db: None) -> SandboxDriver:
    return SandboxDriver()
