"""How long the interval around what mails bring takes, against scipy's bootstrap of the same figures.

Run as ``python -m benchmarks.uplift``. The peer is ``scipy.stats.bootstrap``, "basic", with as many draws, over what
each person spent, those included who bought nothing; ours draws who buys and then for how much. In the same run: how
often each interval, which promises 95 %, holds the truth in a shop where few are held out and hardly any of them buys.
"""

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import bootstrap

from saleor_crm_plugin.flows.uplift.interval import DRAWS, Group, difference
from tests.flows.uplift.shops import Shop

ROUNDS = 3
PEOPLE = (20_000, 200_000)
MOST_PEOPLE = 2_000_000  # the peer would draw four billion times
HISTORIES = 200


def main() -> None:
    dice = np.random.default_rng(1)
    print(f"{'people':>10}{'ours, ms':>12}{'scipy, ms':>12}{'ratio':>9}")
    for people in PEOPLE:
        groups = Shop(people, 0.05, 0).groups(dice)
        mine, peers = _milliseconds(partial(difference, groups)), _milliseconds(partial(_usual, groups, dice))
        print(f"{people:10,}{mine:12,.1f}{peers:12,.0f}{mine / peers:9.4f}")
    most = Shop(MOST_PEOPLE, 0.4, 0).groups(dice)
    print(f"{MOST_PEOPLE:10,}{_milliseconds(partial(difference, most)):12,.1f}")
    _print_coverage(dice)


def _print_coverage(dice: np.random.Generator) -> None:
    mine, usual = 0, 0
    for _ in range(HISTORIES):
        groups = Shop(500, 0.04, 0).groups(dice)
        found, (low, high) = difference(groups), _usual(groups, dice)
        mine += found is None or found.low <= 0 <= found.high
        usual += low <= 0 <= high
    print("500 people, one in 10 held out, one in 25 buys, mails bring nothing:")
    print(
        f"of {HISTORIES} intervals that promise 95 %, {mine / HISTORIES:.0%} of ours"
        f" and {usual / HISTORIES:.0%} of scipy's say so"
    )


def _usual(groups: tuple[Group, Group], dice: np.random.Generator) -> tuple[float, float]:
    everybody = [np.concatenate([group.spent, np.zeros(group.people - len(group.spent))]) for group in groups]

    def differ(one: NDArray[np.float64], other: NDArray[np.float64], axis: int) -> NDArray[np.float64]:
        return np.asarray(one.mean(axis=axis) - other.mean(axis=axis))

    found = bootstrap(everybody, differ, n_resamples=DRAWS, batch=20, method="basic", rng=dice).confidence_interval
    return float(found.low), float(found.high)


def _milliseconds(act: Callable[[], object]) -> float:
    """The median of some rounds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


if __name__ == "__main__":
    main()
