"""What to show now: the lists made in training, with what happened since, of products that the channel sells.

Every function answers many at once with a number of statements that does not depend on how many, nor on ``n``. Ids
are the shop's, as its port spells them. What cannot be answered (nothing trained, nobody known) is answered with what is
popular, and says so by its reason; never by an error. Lists are the best first, without a product twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ...shop.port import Shop


class Reason(StrEnum):
    """Why a product is shown."""

    PINNED = "pinned"  # the merchant wants it here
    PERSONAL = "personal"  # from what this customer bought
    VIEWED = "viewed"  # looked at or carted, and not bought
    BOUGHT_BEFORE = "bought_before"  # due again
    BOUGHT_TOGETHER = "bought_together"  # in the same orders
    RELATED = "related"  # bought by the same customers
    SIMILAR = "similar"  # of the same kind: category, attributes, price, words
    POPULAR_IN_CATEGORY = "popular_in_category"
    POPULAR = "popular"


@dataclass(frozen=True)
class Suggestion:
    """A product to show. ``score`` compares inside one list only, from 1 down to 0."""

    product_id: str
    reason: Reason
    score: float


def related(
    shop: Shop, product_ids: Sequence[str], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """Products like each product."""
    raise NotImplementedError


def together(
    shop: Shop, product_ids: Sequence[str], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """What is bought together with each product."""
    raise NotImplementedError


def popular(
    shop: Shop, category_ids: Sequence[str | None], channel: str, n: int, now: datetime
) -> dict[str | None, list[Suggestion]]:
    """What sells now in each category and those below it; None is the whole shop."""
    raise NotImplementedError


def for_users(shop: Shop, user_ids: Sequence[str], channel: str, n: int, now: datetime) -> dict[str, list[Suggestion]]:
    """What each customer with an account may like and has not bought, or buys again."""
    raise NotImplementedError


def for_contacts(
    shop: Shop, contact_ids: Sequence[int], channel: str, n: int, now: datetime
) -> dict[int, list[Suggestion]]:
    """The same for the CRM's own contacts, guests among them: for mails."""
    raise NotImplementedError


def for_visitors(
    shop: Shop, visitor_ids: Sequence[str], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """What each visitor may like, whom nobody needs to know: from what they looked at."""
    raise NotImplementedError


def for_carts(shop: Shop, carts: Sequence[tuple[str, Sequence[str]]], channel: str, n: int, now: datetime) -> dict[str, list[Suggestion]]:
    """What goes well with each cart: (cart id, the products in it)."""
    raise NotImplementedError


def viewed_by_users(
    shop: Shop, user_ids: Sequence[str], channel: str, n: int, now: datetime
) -> dict[str, list[Suggestion]]:
    """What each customer looked at lately, the latest first, bought or not."""
    raise NotImplementedError
