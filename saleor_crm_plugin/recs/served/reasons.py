"""Why a product is shown."""

from enum import StrEnum


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


# How lists that are kept spell a reason. Never changed: only added to.
CODES = {reason: code for code, reason in enumerate(Reason)}
BY_CODE = tuple(Reason)
