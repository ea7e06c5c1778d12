"""Loyalty tiers: what a customer's orders earned in the last year decides."""

from dataclasses import dataclass
from datetime import timedelta

from ...config import LoyaltyRules

# Orders count from the moment at which their points were earned. Pending points don't, nor do those of staff. Spent and
# expired ones do: a tier is for buying, not for saving.
YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Standing:
    """A customer's tier ("" below the first), the next one ("" at the top) and the points missing for it."""

    tier: str
    next_tier: str
    missing: int


def standing(rules: LoyaltyRules, points: int) -> Standing:
    """Where so many points of the last year put a customer."""
    reached = [tier for tier in rules.tiers if tier.threshold <= points]
    beyond = rules.tiers[len(reached) :]
    return Standing(
        tier=reached[-1].name if reached else "",
        next_tier=beyond[0].name if beyond else "",
        missing=beyond[0].threshold - points if beyond else 0,
    )
