"""Forgetting a person."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from .computed import forget
from .locks import hold_people
from .models import Contact, Suppression
from .suppression import suppress


def erase(contacts: Collection[Contact], now: datetime) -> None:
    """Forget people: their contact, addresses, consent, carts and mails.

    What stays says nothing of a person: sums (purchases and flow results without an owner) and a hash of the
    address that keeps it suppressed (GDPR art. 17 with art. 21(3): who objected must stay recognisable).
    """
    with transaction.atomic():
        hold_people([contact.email for contact in contacts], [contact.user_id for contact in contacts])
        there = list(Contact.objects.select_for_update().filter(pk__in=[c.pk for c in contacts]).order_by("pk"))
        forget([contact.pk for contact in there])
        for contact in there:
            if contact.email:
                suppress(contact.email, Suppression.Reason.ERASED, now)
            contact.delete()
