"""Real Saleor is held to the same contract as the demo shop. The fixture ``driver`` is in conftest.py."""

from tests.shop_contract import *  # noqa: F403
