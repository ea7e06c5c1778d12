"""Who asks to be told, or takes it back, by what a storefront sends: read, limited, and stored.

What is answered to somebody who only typed an address says nothing of it: not whether anybody is known by it, waits
already, or wants no mail.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from graphql import GraphQLError

from ..activity import budget
from ..activity.stock import interest
from ..activity.stock.interest import MOST_LIVE, Wish
from ..config import Settings
from ..contacts import locks
from ..contacts.address import normalise
from ..contacts.holding import hold_one
from ..contacts.identity import Person, holder_of, resolve
from ..contacts.models import Contact
from ..flows.stock import asking
from ..shop.port import Shop
from ..shop.visitor import is_visitor_id
from .ids import number_of

# So often may the whole shop be asked in a minute, and may one visitor, account or address ask on a day.
A_MINUTE = 600
MOST_A_DAY = 50
_LONGEST_ADDRESS = 320
_LONGEST_CHANNEL = 255
_SUBJECT = "stock"


class StockCode(StrEnum):
    """Why nobody waits for a variant."""

    INVALID = "invalid"
    REQUIRED = "required"
    NOT_FOUND = "not_found"
    IN_STOCK = "in_stock"
    LIMIT_EXCEEDED = "limit_exceeded"
    INACTIVE = "inactive"


@dataclass(frozen=True)
class StockProblem:
    """What is wrong, and in which argument (in GraphQL's spelling)."""

    field: str | None
    message: str
    code: StockCode


class NotAskedError(Exception):
    """A request that is not taken, and why."""

    def __init__(self, field: str | None, message: str, code: StockCode) -> None:
        self.problem = StockProblem(field, message, code)
        super().__init__(message)


@dataclass(frozen=True)
class Asker:
    """Who asks. ``known`` is whether the address is theirs for sure: an account's that was confirmed."""

    person: Person
    language: str
    known: bool


@dataclass(frozen=True)
class Goods:
    """Which variant is meant, in which channel (slug)."""

    variant_id: str
    channel: str


def goods(variant_id: str, channel: str) -> Goods:
    """What a request names. Raises NotAskedError."""
    try:
        key = number_of(variant_id, "ProductVariant")[1]
    except GraphQLError:
        raise NotAskedError("variantId", "Must be the ID of a ProductVariant.", StockCode.INVALID) from None
    if not channel.isprintable() or len(channel) > _LONGEST_CHANNEL:  # PostgreSQL looks for no NUL
        raise NotAskedError("channel", "Must be the slug of a channel.", StockCode.INVALID)
    return Goods(str(key), channel)


def guest(email: str, language: str) -> Asker:
    """Somebody who is not logged in. Raises NotAskedError."""
    if not email:
        raise NotAskedError("email", "Needed from everybody who is not logged in.", StockCode.REQUIRED)
    spelled = normalise(email) if len(email) <= _LONGEST_ADDRESS else ""
    if not spelled:
        raise NotAskedError("email", "Must be an email address.", StockCode.INVALID)
    # Nothing else is said of the person: anybody can type any address.
    return Asker(Person(email=spelled), language, known=False)


def account(shop: Shop, user_id: str, email: str, language: str, *, confirmed: bool) -> Asker:
    """Somebody who is logged in. Raises NotAskedError where another address than the account's is given."""
    own = shop.customers([user_id]).get(user_id)
    if own is None or (email and normalise(email[:_LONGEST_ADDRESS]) != normalise(own.email)):
        raise NotAskedError("email", "Must be the account's own, or left out.", StockCode.INVALID)
    return Asker(holder_of(own), language or own.language, known=confirmed)


def limit(asker: Asker, visitor_id: str, now: datetime, subject: str = _SUBJECT) -> None:
    """Count a request, whatever becomes of it. Two statements. Raises NotAskedError beyond what may be asked."""
    if visitor_id and not is_visitor_id(visitor_id):
        message = "Must be 16 to 64 letters, digits, - or _, such as a UUID."
        raise NotAskedError("visitorId", message, StockCode.INVALID)
    who = visitor_id or asker.person.user_id or asker.person.email
    if not budget.spend_of_shop(subject, who, 1, A_MINUTE, now):
        message = "The shop takes no more requests in this minute. Try again later."
        raise NotAskedError(None, message, StockCode.LIMIT_EXCEEDED)
    if not budget.spend_of_person(subject, who, MOST_A_DAY, now):
        message = f"One visitor may ask {MOST_A_DAY} times a day."
        raise NotAskedError(None, message, StockCode.LIMIT_EXCEEDED)


def ask(shop: Shop, settings: Settings, asker: Asker, wanted: Goods, now: datetime) -> None:
    """Let somebody wait for a variant that is not there. Raises NotAskedError.

    Of what concerns an address only its owner is told: a guest who is beyond the limits, or was erased, is answered as
    everybody else, and nothing is stored.
    """
    found = shop.availability([wanted.variant_id], wanted.channel).get(wanted.variant_id)
    if found is None or not found.sold:
        raise NotAskedError("variantId", "The channel sells no such variant.", StockCode.NOT_FOUND)
    if found.there:
        raise NotAskedError("variantId", "The variant is in stock.", StockCode.IN_STOCK)
    wish = Wish(wanted.variant_id, wanted.channel, found.product_id, found.price, found.currency)
    with transaction.atomic():
        contact = resolve([asker.person], now).get(asker.person)
        if contact is None:
            return
        language = asker.language or contact.language
        asked = asking.ask(shop, settings, contact.pk, wish, language, known=asker.known, now=now)
    if asked is None and asker.known:
        message = f"One customer may wait for {MOST_LIVE} variants at a time."
        raise NotAskedError(None, message, StockCode.LIMIT_EXCEEDED)


def cancel(user_id: str, wanted: Goods, now: datetime) -> None:
    """Let an account wait no longer."""
    with transaction.atomic():
        locks.share()
        contact = hold_one(Contact.objects.filter(user_id=user_id))
        if contact:
            interest.cancel(contact.pk, wanted.variant_id, wanted.channel, now)
