"""Customers who wait for what is not there, in the demo shop of the questions."""

from datetime import datetime, timedelta

from django.db import transaction

from saleor_crm_plugin.activity.stock import interest, watch
from saleor_crm_plugin.contacts.identity import Person, resolve
from tests.graphql.asking import NOW
from tests.sandbox.driver import SandboxDriver


def waits(shop: SandboxDriver, variant: str, *emails: str, channel: str = "eu", at: datetime = NOW) -> None:
    """Customers ask to be told of a variant, all at once."""
    watch.watch(shop.shop.stock_facts(), [(variant, channel)], at)
    there = shop.shop.availability([variant], channel)[variant]
    wish = interest.Wish(variant, channel, there.product_id, there.price, there.currency)
    with transaction.atomic():
        for contact in resolve([Person(email=email) for email in emails], at).values():
            interest.ask(contact.pk, wish, "en", known=True, confirm=True, kept=timedelta(days=90), now=at)
