"""Reads the shop's past for a rehearsal, in a few statements: whom it is about, and what happened to them when."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from ...config import Settings
from ...contacts.address import hashes
from ...contacts.models import ConsentRecord, Contact, Suppression
from ...contacts.preferences.models import Preference
from ..catalogue import ABANDONED_CART
from ..flow import Flow
from ..people.enter import LATE
from ..wishes import Wishes
from . import queries
from .people import CartEvent, CartSeen, Person, Start

_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_LONGEST_CAP = timedelta(days=7)


def read(
    flows: Sequence[Flow], settings: Settings, since: datetime, until: datetime, contact_id: int | None = None
) -> list[Person]:
    """Everybody to whom something happened that starts one of the flows, or only this contact."""
    who = {"contact": contact_id, "since": since, "now": until}
    events: defaultdict[int, list[Start | CartEvent]] = defaultdict(list)
    carts: defaultdict[int, dict[str, CartSeen]] = defaultdict(dict)
    for flow in flows:
        if flow.of_people:
            for contact, start in _starts(flow, settings, who):
                events[contact].append(start)
        elif flow.key == ABANDONED_CART.key:
            _read_carts(who, events, carts)
    people = _people(events)
    for key, person in people.items():
        person.happenings = deque(sorted(events[key], key=lambda event: event.known_at))
        person.carts = carts.get(key, {})
    _consent(people, until)
    _suppression(people, until)
    _wishes(people, until)
    _places(people)
    _earlier(people, flows, who)
    return list(people.values())


def _starts(flow: Flow, settings: Settings, who: dict[str, Any]) -> Iterator[tuple[int, Start]]:
    window = flow.steps[0].delay(settings) + LATE
    asked = {**who, "since": who["since"] - window, "window": window}
    for subject, contact, basis, about, known_at in _rows(queries.STARTS.format(past=flow.starts.past), asked):
        yield contact, Start(flow.key, subject, basis, about, max(known_at, who["since"]))


def _read_carts(
    who: dict[str, Any],
    events: defaultdict[int, list[Start | CartEvent]],
    carts: defaultdict[int, dict[str, CartSeen]],
) -> None:
    for cart, contact, country, at, filled, ordered in _rows(queries.CARTS, who):
        carts[contact].setdefault(cart, CartSeen(country))
        events[contact].append(CartEvent(cart, at, filled, ordered))


def _people(contact_ids: Collection[int]) -> dict[int, Person]:
    rows = Contact.objects.raw(queries.CONTACTS, {"contacts": list(contact_ids)})
    return {contact.pk: Person(contact) for contact in rows}


def _consent(people: dict[int, Person], until: datetime) -> None:
    """What each had said by when. What was imported had been said before; and what was known from the first day on
    is all that there is to know of the time before that day."""
    for contact, at, granted, source in _rows(queries.CONSENT, {"contacts": list(people), "now": until}):
        person = people[contact]
        first = source == ConsentRecord.Source.IMPORT or at <= person.contact.created_at
        person.consent.append((_ALWAYS if first else at, granted))
    for person in people.values():
        person.consent.sort(key=lambda said: said[0])
        if not person.consent and person.contact.consented:
            person.consent = [(_ALWAYS, True)]


def _suppression(people: dict[int, Person], until: datetime) -> None:
    found = {
        digest: (at, Suppression.Reason(reason))
        for digest, at, reason in Suppression.objects.filter(at__lte=until).values_list("address_hash", "at", "reason")
    }
    if not found:
        return
    digests = hashes(person.contact.email or "" for person in people.values())
    for person in people.values():
        person.suppressed = found.get(digests[person.contact.email or ""])


def _wishes(people: dict[int, Person], until: datetime) -> None:
    """What they chose. Who would have answered mails that were never sent, nobody knows: all would have."""
    for row in Preference.objects.filter(contact__in=list(people), changed_at__lte=until):
        chosen = Wishes(unwanted=frozenset(row.unwanted), weekly=row.weekly, language=row.language)
        people[row.contact_id].wishes = row.changed_at, chosen


def _places(people: dict[int, Person]) -> None:
    """Where each buys: a code may not be good there."""
    for contact, channel, currency in _rows(queries.PLACES, {"contacts": list(people)}):
        people[contact].place = channel, currency


def _earlier(people: dict[int, Person], flows: Sequence[Flow], who: dict[str, Any]) -> None:
    """What was really said: by these flows before the rehearsal, by others also meanwhile."""
    asked = {
        "contacts": list(people),
        "flows": [flow.key for flow in flows],
        "since": who["since"],
        "oldest": who["since"] - _LONGEST_CAP,
        "now": who["now"],
    }
    for contact, at in _rows(queries.MAILS, asked):
        people[contact].mails.append(at)
    for contact, flow, subject, basis, said, at in _rows(queries.EARLIER, asked):
        person = people[contact]
        if flow == ABANDONED_CART.key:
            if subject in person.carts:
                person.carts[subject].said, person.carts[subject].last_said = said, at
        else:
            person.earlier.append((flow, subject, basis))


def _rows(statement: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return list(cursor.fetchall())
