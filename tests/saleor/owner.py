"""What the owner of the real shop has set before any mail may leave, and what a customer agrees to."""

from tests.saleor.driver import SaleorDriver
from tests.saleor.services import Sink

SETTINGS = {
    "storefront_url": "https://shop.example.com",
    "sender_address": "crm@shop.example.com",
    "holdout_percent": "0",
    "quiet_hours": "",
}
YES = {"marketing-consent": "true", "marketing-consent-wording": "2026-01"}


def switch_on(driver: SaleorDriver, sink: Sink, **more: object) -> SaleorDriver:
    """Save the settings that mails need, then ``more`` of them, and forget the mails that arrived so far."""
    driver.save(SETTINGS | more)
    sink.clear()
    return driver
