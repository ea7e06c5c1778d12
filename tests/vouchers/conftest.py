"""What tests of vouchers share."""

import pytest

from tests.vouchers.granting import Granting


@pytest.fixture
def shop(db: None) -> Granting:
    """The demo shop with the tiers A (20 %) and B (15 %)."""
    return Granting()
