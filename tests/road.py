"""The whole road in the demo shop on a moved clock: the owner's settings, the jobs, the mails that arrived."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import time_machine

from saleor_crm_plugin import work
from saleor_crm_plugin.flows.models import Decision, Enrolment
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.shop.sandbox.mail_sink import MailSink
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from tests.sandbox.driver import SandboxDriver

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AGREED = {"marketing-consent": "true"}


class Road(SandboxDriver):
    """The demo shop with the plugin switched on, and a clock. Times are as in ``shop.sandbox.storefront``."""

    def __init__(self, sink: MailSink, clock: time_machine.Traveller) -> None:
        super().__init__()
        self.clock = clock
        self.now = NOON
        self.sink = sink
        self.shop = SandboxShop()
        self.set(
            sender_name="Morgentau",
            sender_address="hello@news.example.com",
            smtp_host="127.0.0.1",
            smtp_port=str(sink.port),
            smtp_starttls=False,
            storefront_url="https://shop.example.com",
            abandoned_cart_enabled=True,
            holdout_percent="0",
            quiet_hours="",
        )

    def set(self, **settings: object) -> None:
        """Save settings of the owner's."""
        for name, value in settings.items():
            own_settings.save(name, value)

    def cart(self, *variants: str, email: str = "ada@example.com", **rest: object) -> str:
        """A cart of somebody who agreed to mail, with one of each variant."""
        rest.setdefault("metadata", AGREED)
        cart_id = self.make_cart(email=email, **rest)  # type: ignore[arg-type]
        for variant in variants:
            self.add_line(cart_id, variant)
        return cart_id

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.now += timedelta(**time)
        self.clock.move_to(self.now)

    def work(self, *jobs: work.Job) -> Sequence[EmailMessage]:
        """Run the jobs (all of them, where none is named) once, now. Returns the mails that arrived by them."""
        before = len(self.sink.mails)
        for job in jobs or work.JOBS:
            job(self.shop, work.now)
        return self.sink.mails[before:]

    def reasons(self, cart_id: str) -> list[tuple[str, str]]:
        """The decisions about a cart: (outcome, reason), oldest first."""
        rows = Decision.objects.filter(enrolment__subject_id=cart_id).order_by("at", "id")
        return list(rows.values_list("outcome", "reason"))

    def run_of(self, cart_id: str) -> Enrolment:
        """The cart's run of the flow."""
        return Enrolment.objects.get(subject_id=cart_id)

    def _tick(self) -> datetime:
        self.wait(seconds=1)
        return self.now
