"""Shops in which it is known what the mails bring: most people buy nothing, and orders differ widely."""

from dataclasses import dataclass

import numpy as np

from saleor_crm_plugin.flows.uplift.interval import Group

DAYS, WORKS, COUNTS = 120, 14, 30
MEAN = float(np.exp(4.5))  # of what buyers spend, log-normal with a scatter of 1


@dataclass(frozen=True)
class Shop:
    """``buys`` of all people buy; a mail brings ``effect`` more revenue, by more buyers or by dearer orders."""

    people: int
    buys: float
    effect: float
    dearer: bool = False
    held_out: float = 0.1

    @property
    def truth(self) -> float:
        """What a mail brings, per person."""
        return self.buys * MEAN * self.effect

    def groups(self, dice: np.random.Generator) -> tuple[Group, Group]:
        """One history of the shop: who got mail, and who was held out."""
        held_out = int(dice.binomial(self.people, self.held_out))
        return self._group(self.people - held_out, self.effect, dice), self._group(held_out, 0, dice)

    def _group(self, people: int, effect: float, dice: np.random.Generator) -> Group:
        more, dearer = (1.0, 1 + effect) if self.dearer else (1 + effect, 1.0)
        buyers = int(dice.binomial(people, self.buys * more))
        return Group(people, dice.lognormal(4, 1, buyers) * dearer)


@dataclass(frozen=True)
class Mailing:
    """A shop that sends a newsletter every week to all its people, with other people held out of each.

    Some people buy far more often than others. For two weeks a mail brings ``more`` orders a day, to whoever gets it:
    the days that count for one newsletter are also those of the next four. The season changes what people buy, and
    the owner changes how many are held out.
    """

    people: int
    more: float
    held_out: tuple[float, ...] = (0.5, 0.1, 0.1, 0.3, 0.1, 0.2)

    @property
    def truth(self) -> float:
        """What one newsletter brings, per person."""
        return self.more * WORKS * MEAN

    def groups(self, dice: np.random.Generator) -> list[tuple[Group, Group]]:
        """One history: of each newsletter, who got it and who was held out."""
        out = dice.random((len(self.held_out), self.people)) < np.array(self.held_out)[:, None]
        season = 1 + np.sin(np.arange(DAYS) / 20)
        orders_a_day = dice.gamma(0.5, 0.004, self.people)[:, None] * season
        for number, held in enumerate(out):
            orders_a_day[~held, 7 * number : 7 * number + WORKS] += self.more
        orders = dice.poisson(orders_a_day)
        spent = np.zeros_like(orders_a_day)
        who, day = np.nonzero(orders)
        np.add.at(spent, (who, day), [dice.lognormal(4, 1, count).sum() for count in orders[who, day]])
        pairs = []
        for number, held in enumerate(out):
            counted = spent[:, 7 * number : 7 * number + COUNTS].sum(axis=1)
            pairs.append((_of(counted[~held]), _of(counted[held])))
        return pairs


def _of(spent: np.ndarray) -> Group:
    return Group(len(spent), np.sort(spent[spent > 0]))
