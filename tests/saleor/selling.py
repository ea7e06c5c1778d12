"""What a shop's staff does to prices: vouchers, tax rates, a tax app."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from saleor.app.models import App
from saleor.permission.models import Permission
from saleor.tax.models import TaxClassCountryRate, TaxConfiguration
from saleor.webhook.models import Webhook, WebhookEvent

from tests.saleor.graphql import TAX_RATE, VOUCHER_CREATE, VOUCHER_LISTING, GraphQL, global_id

Answer = Callable[[Any], tuple[int, dict[str, Any]]]


def voucher(
    staff: GraphQL, channels: Sequence[str], code: str, value: int, kind: str = "ENTIRE_ORDER", **more: object
) -> str:
    """A voucher with one code, worth so much in each channel. Returns its id."""
    settings = {"name": code, "type": kind, "addCodes": [code], "discountValueType": "PERCENTAGE", **more}
    created = str(staff(VOUCHER_CREATE, input=settings)["voucher"]["id"])
    listings = [{"channelId": channel, "discountValue": value} for channel in channels]
    staff(VOUCHER_LISTING, id=created, input={"addChannels": listings})
    return created


@contextmanager
def tax_rate(staff: GraphQL, country: str, percent: float) -> Iterator[None]:
    """The country's usual rate of tax, for a while."""
    staff(TAX_RATE, country=country, rate=percent)
    try:
        yield
    finally:
        TaxClassCountryRate.objects.filter(country=country, tax_class=None).delete()


@contextmanager
def tax_app(channel: str, answer: Answer) -> Iterator[list[Any]]:
    """A tax app that listens on this machine and does the taxes of a channel. Gives what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append(question)
            status, said = answer(question)
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    app = App.objects.create(name="Taxes", identifier="test.taxes", is_active=True)
    app.permissions.add(Permission.objects.get(codename="handle_taxes"))
    hook = Webhook.objects.create(app=app, name="Taxes", target_url=f"http://127.0.0.1:{server.server_port}/")
    WebhookEvent.objects.create(webhook=hook, event_type="checkout_calculate_taxes")
    row = TaxConfiguration.objects.filter(channel__slug=channel)
    before = row.values("tax_calculation_strategy", "tax_app_id").get()
    row.update(tax_calculation_strategy="TAX_APP", tax_app_id=app.identifier)
    try:
        yield asked
    finally:
        row.update(**before)
        app.delete()
        server.shutdown()
        server.server_close()


def variants_of(ids: Sequence[str]) -> list[str]:
    """As vouchers name the variants that they are for."""
    return [global_id("ProductVariant", pk) for pk in ids]
