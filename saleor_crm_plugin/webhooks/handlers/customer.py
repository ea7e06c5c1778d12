"""News of customer accounts."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from ...contacts import consent
from ...contacts.address import normalise
from ...contacts.erasure import erase
from ...contacts.identity import holder_of, resolve
from ...contacts.locks import hold_people
from ...contacts.models import ConsentRecord, Contact
from ...shop.port import Customer, Shop


def handle(shop: Shop, ids: Sequence[str], now: datetime) -> None:
    """Store who has an account and what they agreed to there; forget those whose account was deleted."""
    customers = shop.customers(ids)
    gone = list(Contact.objects.filter(user_id__in=[user_id for user_id in ids if user_id not in customers]))
    # At once, for both of what follows: holding some and then others could deadlock.
    hold_people(
        [normalise(one.email) for one in customers.values()] + [one.email for one in gone],
        [*customers, *(one.user_id for one in gone)],
    )
    erase(gone, now)
    people = {customer.id: holder_of(customer) for customer in customers.values()}
    contacts = resolve(list(people.values()), now)
    owners = {user_id: contacts[person] for user_id, person in people.items() if person in contacts}
    consent.record(account_statements(owners, customers.values()), now)


def account_statements(owners: Mapping[str, Contact], customers: Iterable[Customer]) -> list[consent.Statement]:
    """What accounts say about marketing mail. ``owners`` maps account ids to contacts."""
    return [
        consent.Statement(
            owners[customer.id].pk,
            customer.consent.granted,
            ConsentRecord.Source.ACCOUNT,
            customer.id,
            customer.consent.wording,
        )
        for customer in customers
        if customer.consent and customer.id in owners
    ]
