"""Where contacts buy: the channel and the language of the last cart or purchase; and in which language they read."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection


def last_place(contact: str) -> str:
    """A SELECT of ``channel``, its ``currency`` and ``language`` of the contact that an expression names: one row, none
    for who never bought anything or had a cart. Served by the indexes on the contact."""
    return f"""
    SELECT channel, currency, language FROM (
        (SELECT channel, currency, language, changed_at AS at FROM crm_cart
            WHERE contact_id = {contact} ORDER BY changed_at DESC LIMIT 1)
        UNION ALL
        (SELECT channel, currency, language, placed_at FROM crm_purchase
            WHERE contact_id = {contact} ORDER BY placed_at DESC LIMIT 1)
    ) seen ORDER BY at DESC LIMIT 1
    """  # noqa: S608 - of constants


@dataclass(frozen=True)
class Place:
    """A channel (slug) and a language."""

    channel: str
    language: str


_PLACES = f"""
SELECT contact.id, place.channel, coalesce(nullif(place.language, ''), contact.language)
FROM crm_contact contact
CROSS JOIN LATERAL ({last_place("contact.id")}) place
WHERE contact.id = ANY(%(contacts)s)
"""  # noqa: S608 - of constants


def places_of(contacts: Collection[int]) -> dict[int, Place]:
    """Where each contact buys, and in which language. Who never bought anything or had a cart has no place. One
    query."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, {"contacts": list(contacts)})
        return {contact: Place(channel, language) for contact, channel, language in cursor.fetchall()}


def _language(chosen: str, used: str, contact: str) -> str:
    return f"coalesce(nullif({chosen}, ''), nullif({used}, ''), {contact}.language)"


def language_of(contact: str) -> str:
    """An expression: the language of mails, as ``addressed`` tells it, to the row of crm_contact of this alias."""
    return _language(
        f"(SELECT language FROM crm_preference WHERE contact_id = {contact}.id)",  # noqa: S608 - of constants
        f"(SELECT language FROM ({last_place(f'{contact}.id')}) place)",  # noqa: S608
        contact,
    )


_ADDRESSED = f"""
SELECT contact.id, coalesce(place.channel, ''), {_language("preference.language", "place.language", "contact")}
FROM crm_contact contact
LEFT JOIN crm_preference preference ON preference.contact_id = contact.id
LEFT JOIN LATERAL ({last_place("contact.id")}) place ON true
WHERE contact.id = ANY(%(contacts)s)
"""  # noqa: S608 - of constants


def addressed(contacts: Collection[int]) -> dict[int, Place]:
    """Where each contact buys ("": nowhere yet), and the language of mails that are about no cart or order: the one
    that the customer chose, else as for ``places_of``, else the contact's. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ADDRESSED, {"contacts": list(contacts)})
        return {contact: Place(channel, language) for contact, channel, language in cursor.fetchall()}
