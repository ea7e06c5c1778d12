"""How much more those who got mail spent, and between which figures that lies. Plain arrays: no database, no clock.

Most people buy nothing, some buy much, and few are held out: the usual bootstrap (percentile, BCa) takes the few for
all that there could be, and is far too narrow where only two or three of them bought. So the bootstrap here draws who
buys and for how much from both groups, where one alone has too few buyers to tell: the more buyers a group has, the
less it takes from the other. The interval is the basic one (Davison and Hinkley, Bootstrap Methods and their
Application, 1997, 5.2): what differs between the draws is turned around the difference that was found, which is right
for a crooked distribution, too. ``tests/flows/uplift`` counts how often it holds the truth.
"""

from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

DRAWS = 2_000
LEAST_PEOPLE = 10  # in each group, before anything is said
LEAST_BUYERS = 10  # in both together
# A group with as many buyers speaks for itself as much as both together do.
BORROWS = 30
# The sum of more purchases is nearly normal: drawing each changes nothing but the time that it takes.
DRAWN_ONE_BY_ONE = 150
FOUND = 1.96 + 0.84  # so many standard errors away, a difference is found in four cases of five
_SEED = 20260302


@dataclass(frozen=True)
class Group:
    """So many people, and what each of those who bought anything spent, in one currency."""

    people: int
    spent: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Revenue per person."""
        return float(self.spent.sum()) / self.people if self.people else 0.0


@dataclass(frozen=True)
class Difference:
    """What one person who gets mail spends more than one who does not: between ``low`` and ``high`` with 95 %."""

    found: float
    low: float
    high: float
    error: float  # standard error

    @property
    def conclusive(self) -> bool:
        """Whether chance alone hardly makes such a difference."""
        return self.low > 0 or self.high < 0


def difference(*pairs: tuple[Group, Group]) -> Difference | None:
    """The difference of revenue per person with its interval; None where there are too few to say anything.

    Each pair are those who got mail and those who were held out, drawn by lot from the same people. Several pairs, of
    newsletters, are each compared in itself, and their differences are averaged by how many people they have: what
    differs between the times at which they were sent differs in no pair. A person may be in many pairs, also in such
    whose time overlaps: as long as each pair was drawn for itself, what one finds by chance says nothing of what
    another finds, so that errors add up as if they were of different people.

    The same figures give the same interval. Takes a tenth of a second for each pair, for however many people.
    """
    pairs = tuple(pair for pair in pairs if min(group.people for group in pair) >= LEAST_PEOPLE)
    buyers = sum(len(treated.spent) + len(held_out.spent) for treated, held_out in pairs)
    if not pairs or buyers < LEAST_BUYERS:
        return None
    dice = np.random.default_rng(_SEED)
    people = sum(treated.people + held_out.people for treated, held_out in pairs)
    drawn, found = np.zeros(DRAWS), 0.0
    for treated, held_out in pairs:
        share = (treated.people + held_out.people) / people
        drawn += share * (_means(treated, held_out, dice) - _means(held_out, treated, dice))
        found += share * (treated.mean - held_out.mean)
    low, high = np.quantile(drawn - drawn.mean(), [0.025, 0.975])
    return Difference(found, found - float(high), found - float(low), float(drawn.std()))


def people_needed(seen: Difference, people: int) -> int | None:
    """How many people, of both groups together, show such a difference in four cases of five; None: as good as none."""
    if abs(seen.found) <= seen.error * 1e-3:
        return None
    return ceil(people * (FOUND * seen.error / seen.found) ** 2)


def _means(group: Group, other: Group, dice: np.random.Generator) -> NDArray[np.float64]:
    """The mean of such a group, if it were drawn again and again."""
    if not len(group.spent) and not len(other.spent):
        return np.zeros(DRAWS)
    own = len(group.spent) / (len(group.spent) + BORROWS)
    both = group.people + other.people
    # Somebody is drawn from the group itself, or from all; as one who buys, and then with what was spent.
    of_own = own + (1 - own) * group.people / both
    buys_own, buys_other = of_own * len(group.spent) / group.people, (1 - of_own) * len(other.spent) / other.people
    buys = dice.binomial(group.people, min(buys_own + buys_other, 1.0), DRAWS)
    from_own = dice.binomial(buys, buys_own / (buys_own + buys_other))
    total = _sums(group.spent, from_own, dice) + _sums(other.spent, buys - from_own, dice)
    return np.asarray(total / group.people)


def _sums(spent: NDArray[np.float64], counts: NDArray[np.int64], dice: np.random.Generator) -> NDArray[np.float64]:
    """Sums of so many of these amounts, drawn with repetition."""
    if not len(spent) or not counts.any():
        return np.zeros(len(counts))
    if counts.mean() > DRAWN_ONE_BY_ONE:
        sums = counts * spent.mean() + spent.std() * np.sqrt(counts) * _nearly_normal(spent, counts, dice)
        return np.asarray(sums)
    ends = np.cumsum(counts)
    running = np.concatenate([[0.0], np.cumsum(spent[dice.integers(0, len(spent), int(ends[-1]))])])
    return np.asarray(running[ends] - running[ends - counts])


def _nearly_normal(
    spent: NDArray[np.float64], counts: NDArray[np.int64], dice: np.random.Generator
) -> NDArray[np.float64]:
    """Standardised sums of so many amounts: normal, as crooked as they are (Cornish and Fisher)."""
    normal, scatter = dice.standard_normal(len(counts)), spent.std()
    if not scatter:
        return normal
    crooked = ((spent - spent.mean()) ** 3).mean() / scatter**3
    return np.asarray(normal + crooked * (normal**2 - 1) / (6 * np.sqrt(np.maximum(counts, 1))))
