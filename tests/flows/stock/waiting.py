"""Customers who wait, in the demo shop."""

from datetime import timedelta

from django.db import transaction

from saleor_crm_plugin.activity.stock import interest, watch
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.contacts.identity import Person, resolve
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.models import Decision
from tests.road import Road


def switch_on(road: Road, **settings: object) -> None:
    """All flows about stock, and nobody held out."""
    road.set(
        abandoned_cart_enabled=False,
        back_in_stock_enabled=True,
        out_of_stock_enabled=False,
        price_drop_enabled=False,
        **settings,
    )


def waits(road: Road, variant: str, email: str, channel: str = "", language: str = "de") -> StockInterest:
    """Somebody whose address is known to be theirs asks to be told. A moment passes."""
    place = channel or road.channel
    with transaction.atomic():
        (contact,) = resolve([Person(email=email, language=language, country="DE")], road.now).values()
        watch.watch(road.shop.stock_facts(), [(variant, place)], road.now)
        there = road.shop.availability([variant], place)[variant]
        wish = interest.Wish(variant, place, there.product_id, there.price, there.currency)
        asked = interest.ask(
            contact.pk, wish, language, known=True, confirm=True, kept=timedelta(days=90), now=road.now
        )
    assert asked
    road.wait(seconds=1)
    return asked


def agrees(email: str) -> None:
    """To marketing mail."""
    Contact.objects.filter(email=email).update(consented=True)


def reasons(one: StockInterest, flow: str = "back_in_stock") -> list[tuple[str, str]]:
    """The decisions about an interest, oldest first."""
    rows = Decision.objects.filter(enrolment__flow=flow, enrolment__subject_id__regex=rf"^{one.pk}(\.|$)")
    return list(rows.order_by("at", "id").values_list("outcome", "reason"))


def told(road: Road) -> list[str]:
    """Who got mail, in the order in which it came."""
    return [str(mail["To"]) for mail in road.sink.mails]
