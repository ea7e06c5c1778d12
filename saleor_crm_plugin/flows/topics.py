"""Which module answers for which flow what it is about."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from .abandoned_cart import Carts
from .campaigns.topic import Newsletters
from .catalogue import FLOWS, GONE, NEWSLETTER, NEWSLETTER_CONFIRMATION
from .newsletter import Subscriptions
from .people.topic import People
from .situation import Topic
from .stock.subjects import FLOWS_ABOUT_STOCK
from .stock.topic import Interests


class OfFlow(Protocol):
    """A run or a mail."""

    flow: str


T = TypeVar("T", bound=OfFlow)

_CARTS, _INTERESTS, _PEOPLE = Carts(), Interests(), People()
_NEWSLETTERS, _SUBSCRIPTIONS = Newsletters(), Subscriptions()


def topic_of(key: str) -> Topic:
    """What the flow of a key is about. One that is not there (any more) is about nothing that anybody asks for."""
    if key in FLOWS_ABOUT_STOCK:
        return _INTERESTS
    if key == NEWSLETTER.key:
        return _NEWSLETTERS
    if key == NEWSLETTER_CONFIRMATION.key:
        return _SUBSCRIPTIONS
    return _PEOPLE if FLOWS.get(key, GONE).of_people else _CARTS


def by_topic(some: Iterable[T]) -> dict[Topic, list[T]]:
    """Runs or mails by what they are about."""
    found: dict[Topic, list[T]] = {}
    for one in some:
        found.setdefault(topic_of(one.flow), []).append(one)
    return found
