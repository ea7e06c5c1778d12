"""One contact per person: found by account, address or visitor id, and merged when two turn out to be one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from ..shop.port import Cart, Customer, Order
from . import changes, consent, visitors
from .address import normalise
from .computed import forget
from .locks import hold_people
from .models import ComputedOfContact, ConsentRecord, Contact, Suppression
from .suppression import suppress, suppressed, wish


@dataclass(frozen=True)
class Person:
    """How an event names somebody.

    ``user_id`` only where the shop says that this account has this address, and knows it (``Customer.known``): a cart
    whose email differs from its account's belongs to the person behind the email. Empty where not known.
    """

    email: str = ""
    user_id: str = ""
    visitor_id: str = ""
    language: str = ""
    country: str = ""


def owner_of(subject: Cart | Order) -> Person:
    """Who a cart or an order belongs to.

    An order is its account's, whatever address it was sent to: the shop says who placed it, and an account that
    changes its address keeps its orders. Its language and country are told when it is stored (``webhooks/told.py``).
    """
    if isinstance(subject, Order):
        return Person(email=subject.user_email if subject.user_id else subject.email, user_id=subject.user_id or "")
    own = bool(subject.user_id) and normalise(subject.email) == normalise(subject.user_email)
    return Person(
        email=subject.email,
        user_id=(subject.user_id or "") if own else "",
        visitor_id=subject.visitor_id,
        language=subject.language,
        country=subject.country,
    )


def holder_of(account: Customer) -> Person:
    """Who has an account. One whose address nobody confirmed is joined to no contact: whoever registers somebody's
    address would take along, under the address that comes next, what is known of its owner."""
    user_id = account.id if account.known else ""
    return Person(email=account.email, user_id=user_id, language=account.language)


def resolve(people: Sequence[Person], now: datetime) -> dict[Person, Contact]:
    """The contact of each person, made where there is none. Call it in a transaction.

    People without a valid address and without an account are missing from the answer, and so are those
    who were erased: the shop's own orders keep their address, and reading one must not bring them back.
    Two workers that meet the same people wait for each other. A constant number of queries, and some more for each
    merge and each change of address, which are rare.
    """
    people = list(dict.fromkeys(people))
    spelled = {person: normalise(person.email) for person in people}
    hold_people(spelled.values(), (person.user_id for person in people))
    if names := [person.visitor_id for person in people if person.visitor_id]:
        visitors.hold(names)
    gone = {email for email, why in suppressed(spelled.values()).items() if why == Suppression.Reason.ERASED}
    known = [person for person in people if (spelled[person] or person.user_id) and spelled[person] not in gone]
    _create_missing(known, spelled, now)
    found = _find(known, spelled)
    keys: dict[Person, int] = {}
    for person in known:
        contact = _one(found, spelled[person], person.user_id, now)
        _note(contact, person)
        keys[person] = contact.pk
    answer = {person: found.by_key(key) for person, key in keys.items()}
    _save_notes({contact.pk: contact for contact in answer.values()})
    owners: dict[str, int] = {}
    for person, contact in answer.items():
        if person.visitor_id:
            owners.setdefault(person.visitor_id, contact.pk)
    if owners:
        visitors.bind(owners, now)
    return answer


def recognise(people: Sequence[Person]) -> dict[Person, int | None]:
    """The number of each person's contact, None where ``resolve`` would have to make one or to give up an erased one.

    Whoever has neither a valid address nor an account is missing. Changes nothing. A constant number of queries.
    """
    spelled = {person: normalise(person.email) for person in people}
    gone = {email for email, why in suppressed(spelled.values()).items() if why == Suppression.Reason.ERASED}
    named = [person for person in spelled if spelled[person] or person.user_id]
    emails, users = {spelled[person] for person in named} - {""}, {person.user_id for person in named} - {""}
    found = _Found(list(Contact.objects.filter(Q(email__in=emails) | Q(user_id__in=users))))
    known: dict[Person, int | None] = {}
    for person in named:
        by_email, by_user = found.by_email.get(spelled[person]), found.by_user.get(person.user_id)
        if by_email and person.user_id and by_email.user_id not in (None, person.user_id):
            by_email = None
        contact = None if spelled[person] in gone else by_user or by_email
        known[person] = contact.pk if contact else None
    return known


class _Found:
    """The contacts at hand, by account and by address, kept right through changes and merges."""

    def __init__(self, contacts: Sequence[Contact]) -> None:
        self.by_user: dict[str, Contact] = {}
        self.by_email: dict[str, Contact] = {}
        self._all: dict[int, Contact] = {}
        self._merged_into: dict[int, int] = {}
        for contact in contacts:
            self.put(contact)

    def put(self, contact: Contact) -> None:
        self._all[contact.pk] = contact
        if contact.user_id:
            self.by_user[contact.user_id] = contact
        if contact.email:
            self.by_email[contact.email] = contact

    def take(self, contact: Contact) -> None:
        """Forget under which names a contact was known, before they change."""
        self.by_user.pop(contact.user_id or "", None)
        self.by_email.pop(contact.email or "", None)

    def merge(self, drop: int, keep: int) -> None:
        self._merged_into[drop] = keep

    def by_key(self, key: int) -> Contact:
        """A contact, or the one it has become a part of."""
        while key in self._merged_into:
            key = self._merged_into[key]
        return self._all[key]


def _create_missing(people: Sequence[Person], spelled: dict[Person, str], now: datetime) -> None:
    emails = {spelled[person] for person in people} - {""}
    users = {person.user_id for person in people} - {""}
    here = Contact.objects.filter(Q(email__in=emails) | Q(user_id__in=users)).values_list("email", "user_id")
    seen = {value for row in here for value in row if value}
    new: list[Contact] = []
    for person in people:
        email = spelled[person]
        if not seen & ({email, person.user_id} - {""}):
            new.append(Contact(email=email or None, user_id=person.user_id or None, created_at=now))
            seen |= {email, person.user_id} - {""}
    changes.note(contact.pk for contact in Contact.objects.bulk_create(new))


def _find(people: Sequence[Person], spelled: dict[Person, str]) -> _Found:
    emails = {spelled[person] for person in people} - {""}
    users = {person.user_id for person in people} - {""}
    rows = Contact.objects.select_for_update(no_key=True).filter(Q(email__in=emails) | Q(user_id__in=users))
    return _Found(list(rows.order_by("pk")))


def _one(found: _Found, email: str, user_id: str, now: datetime) -> Contact:
    by_user = found.by_user.get(user_id) if user_id else None
    by_email = found.by_email.get(email) if email else None
    if by_email and user_id and by_email.user_id not in (None, user_id):
        # The shop has given this address to another account since: its former holder keeps the rest.
        _give_up_address(found, by_email, now)
        by_email = None
    if by_user and by_email and by_user.pk != by_email.pk:
        contact = _merge(found, by_user, by_email, now)
    else:
        contact = by_user or by_email or Contact(created_at=now)
    if contact.pk is None or (user_id and contact.user_id != user_id) or (email and contact.email != email):
        if contact.pk:
            found.take(contact)
        if contact.email and email and contact.email != email:
            _take_wishes_along(contact.email, email, now)
        _set(contact, email=email or contact.email, user_id=user_id or contact.user_id)
        found.put(contact)
    return contact


def _merge(found: _Found, by_user: Contact, by_email: Contact, now: datetime) -> Contact:
    """Make two contacts one. The older stays, with its ``key``; every fact that points at the younger is moved."""
    keep, drop = sorted((by_user, by_email), key=lambda contact: contact.pk)
    # Before its facts are touched: who writes facts holds their contact (by a foreign key) and then wants their rows.
    list(Contact.objects.select_for_update().filter(pk__in=[keep.pk, drop.pk]).order_by("pk").values_list("pk"))
    found.take(keep)
    found.take(drop)
    found.merge(drop.pk, keep.pk)
    for relation in Contact._meta.related_objects:
        related = relation.related_model
        if issubclass(related, ComputedOfContact):
            continue
        if make_way := getattr(related, "make_way", None):  # where both may have what a contact has once
            make_way(drop.pk, keep.pk, now)
        related._default_manager.filter(**{relation.field.name: drop}).update(**{relation.field.name: keep})
    email, user_id = by_user.email or by_email.email, by_user.user_id
    forget([drop.pk])
    drop.delete()
    changes.note([keep.pk])
    keep.language, keep.country = keep.language or drop.language, keep.country or drop.country
    _set(keep, email=email, user_id=user_id)
    consent.refresh([keep.pk])
    keep.refresh_from_db(fields=["consented"])
    found.put(keep)
    return keep


def _give_up_address(found: _Found, contact: Contact, now: datetime) -> None:
    """Take its address from a contact. What the person said under it stays said, whatever address comes next."""
    if wish(contact.email or ""):
        consent.withdraw(contact, ConsentRecord.Source.UNSUBSCRIBE, now)
    found.take(contact)
    _set(contact, email=None)
    found.put(contact)


def _take_wishes_along(old: str, new: str, now: datetime) -> None:
    """Who wanted no mail at the old address wants none at the new."""
    if said := wish(old):
        suppress(new, said, now)


def _set(contact: Contact, **values: str | None) -> None:
    for name, value in values.items():
        setattr(contact, name, value)
    contact.save(update_fields=list(values) if contact.pk else None)


def _note(contact: Contact, person: Person) -> None:
    contact.language = person.language or contact.language
    contact.country = person.country or contact.country


def _save_notes(contacts: dict[int, Contact]) -> None:
    stored = {
        pk: (language, country)
        for pk, language, country in Contact.objects.filter(pk__in=contacts).values_list("pk", "language", "country")
    }
    Contact.objects.bulk_update(
        [c for pk, c in sorted(contacts.items()) if stored.get(pk) != (c.language, c.country)], ["language", "country"]
    )
