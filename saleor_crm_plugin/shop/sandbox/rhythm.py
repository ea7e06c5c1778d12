"""When customers buy: at their own rate until they are gone, a little more in some seasons than in others.

The assumptions of BG/NBD (Fader, Hardie, Lee 2005): orders come as a Poisson process whose rate is
gamma-distributed over people; after each order but the first a person is gone with a chance that is
beta-distributed over people. Guests can be gone after their first.
"""

from datetime import datetime, timedelta

import numpy as np

from .catalogue import Floats, Ints
from .people import People

# How lively the shop is in each month: sales in January and July, a long run-up to Christmas.
_MONTHS = np.array([1.1, 0.85, 0.95, 1.05, 1.05, 0.95, 1.1, 0.8, 0.95, 1.05, 1.3, 1.2])
_HOURS = np.array([2, 1, 1, 0.5, 0.5, 1, 2, 4, 5, 6, 7, 7, 8, 8, 7, 7, 7, 8, 9, 11, 13, 13, 9, 5])


def purchase_days(rng: np.random.Generator, people: People, now: datetime, years: float) -> tuple[Ints, Floats]:
    """Who bought when: persons, and days before now (with the time of day), the oldest first."""
    length = int(years * 365) + 2
    days = np.arange(-length, 1)
    pace = np.array([_MONTHS[(now + timedelta(days=int(day))).month - 1] for day in days])
    clock = np.concatenate([[0.0], np.cumsum(pace[:-1])])  # the shop's own time: fast in lively months
    at = -people.joined
    alive = np.arange(len(at))
    who, when = [], []
    while len(alive):
        who.append(alive)
        when.append(at[alive])
        newcomers = people.user[alive] > 0 if len(who) == 1 else False
        alive = alive[(rng.random(len(alive)) > people.dropout[alive]) | newcomers]
        later = np.interp(at[alive], days, clock) + rng.exponential(1 / np.maximum(people.rate[alive], 1e-9))
        at[alive] = np.interp(later, clock, days, right=1.0)
        alive = alive[at[alive] < 0]
    persons, moments = np.concatenate(who), _in_the_evening(rng, np.concatenate(when), now)
    order = np.argsort(moments, kind="stable")
    return persons[order], -moments[order]


def _in_the_evening(rng: np.random.Generator, moments: Floats, now: datetime) -> Floats:
    """The same days at hours at which people shop; never later than half an hour ago."""
    midnight = (now.hour * 60 + now.minute) / 1440
    day = np.floor(moments + midnight) - midnight
    hour = rng.choice(24, len(moments), p=_HOURS / _HOURS.sum()) + rng.random(len(moments))
    moved = day + hour / 24
    return np.where(moved < -1 / 48, moved, np.minimum(moments, -1 / 48))
