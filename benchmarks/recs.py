"""How good the automatic choice is against the best single peer, on logs of real shops and on several cut dates.

Run as ``python -m benchmarks.recs``. Everything is fitted to what was before a cut and asked about the four weeks after
it; peers are the models of ``implicit`` (if it is installed), popularity, plain counts of pairs, and TIFU-kNN. Ratios
compare with the peer that turned out best on that very cut, which nobody could have known before. Intervals are
bootstraps over the cases (customers or orders), paired: both are asked about the same ones. In rebuy every model ranks
only what the customer bought before.

Data are not part of the repository. What is missing is said, and where to get it. ``--generated`` measures time and
memory on a made shop.
"""

import argparse
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY
from saleor_crm_plugin.recs.choice import choose
from saleor_crm_plugin.recs.evaluate import Row, evaluate
from saleor_crm_plugin.recs.factors import has_implicit
from saleor_crm_plugin.recs.interactions import Interactions, interactions
from saleor_crm_plugin.recs.measure import measured
from saleor_crm_plugin.recs.metrics import PerCase
from saleor_crm_plugin.recs.recipes import Limits
from saleor_crm_plugin.recs.tasks import Task

from .recs_data import SOURCES, generated, others

DAYS = 28
_ROUNDS = 2000


@dataclass(frozen=True)
class Compared:
    """The automatic choice against the best peer of a cut, and the 95 % interval of the ratio."""

    task: Task
    ratio: float
    low: float
    high: float


def main(arguments: Sequence[str] | None = None) -> None:
    options = _arguments().parse_args(arguments)
    if options.generated:
        _made(options)
        return
    if not has_implicit():
        print("implicit is not installed (pip install implicit): its models are missing below.")
    every: list[Compared] = []
    for name, what, history in _data(Path(options.data), options.only.lower()):
        history = _some(history, options.share)
        print(f"\n{name}: {what}")
        print(f"{len(history):,} lines, {history.user_count:,} customers, {history.item_count:,} products")
        for back in range(options.cuts):
            now = int(history.times[-1]) + 1 - round((back * options.apart + 1) * DAYS * DAY)
            every += _cut(history, now, options)
    _totals(every)


def _data(folder: Path, only: str) -> Iterator[tuple[str, str, Interactions]]:
    for source in (source for source in SOURCES if only in source.name.lower()):
        history = source.read(folder)
        if history is None:
            print(f"Missing: {source.name} ({source.what}). To have it: {source.get_it}")
        else:
            yield source.name, source.what, history
    for name, history in others(folder) if not only else ():
        yield name, "a list of events", history


def _some(history: Interactions, share: float) -> Interactions:
    """What a share of the customers did, each drawn alike."""
    if share >= 1:
        return history
    drawn = np.random.default_rng(1).random(history.user_count) < share
    part = history.where(drawn[history.users])
    return interactions(part.users, part.items, part.times, part.kinds, part.weights, part.orders)


def _cut(history: Interactions, now: int, options: argparse.Namespace) -> list[Compared]:
    limits = Limits(seconds=options.seconds)
    found = evaluate(history.before(now + DAYS * DAY), now, DAYS, limits, options.cases, own=False)
    compared = []
    print(
        f"  cut {np.datetime64(now, 's').astype('datetime64[D]')}{'NDCG@20':>67}{'recall@20':>11}{'coverage':>10}"
        f"{'fit s':>8}{'MB':>7}   auto : best peer"
    )
    for task in Task:
        rows = [row for row in found.rows if row.task is task]
        peers = [row for row in rows if row.kind == "peer"]
        if not peers or peers[0].cases < 30:
            continue
        auto, best = next(row for row in rows if row.kind == "auto"), max(peers, key=lambda row: row.ndcg20)
        low, high = interval(auto.per_case, best.per_case)
        compared.append(Compared(task, auto.ndcg20 / max(best.ndcg20, 1e-9), low, high))
        print(
            _line(task, auto) + f"   {compared[-1].ratio:.3f} ({low:.3f} to {high:.3f}), search {auto.search_s:.0f} s"
        )
        print(_line(task, best) + f"   of {len(peers)} peers, {auto.cases} cases", flush=True)
    return compared


def _line(task: Task, row: Row) -> str:
    name = f"{row.kind}: {row.model.removeprefix('auto: ')}"
    return (
        f"  {task.value:10}{name[:66]:68}{row.ndcg20:7.4f}{row.recall20:11.4f}{row.coverage:10.3f}"
        f"{row.fit_s:8.1f}{row.peak_mb:7.0f}"
    )


def interval(ours: PerCase, theirs: PerCase, rounds: int = _ROUNDS) -> tuple[float, float]:
    """The 95 % interval of the ratio of means, drawing cases again with both of their values."""
    dice = np.random.default_rng(1)
    drawn = dice.integers(0, len(ours), (rounds, len(ours)))
    ratios = ours[drawn].mean(axis=1) / np.maximum(theirs[drawn].mean(axis=1), 1e-9)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return float(low), float(high)


def _totals(every: Sequence[Compared]) -> None:
    by_task: dict[Task, list[Compared]] = defaultdict(list)
    for one in every:
        by_task[one.task].append(one)
    print("\nautomatic choice : best peer, over all data sets and cuts")
    for task, found in by_task.items():
        ratios = [one.ratio for one in found]
        print(
            f"  {task.value:10} mean {statistics.mean(ratios):.3f} (from {min(ratios):.3f} to {max(ratios):.3f});"
            f" of {len(found)} cuts, surely better on {sum(one.low > 1 for one in found)},"
            f" surely worse on {sum(one.high < 1 for one in found)}"
        )


def _made(options: argparse.Namespace) -> None:
    print(f"A made shop: {options.customers:,} customers, {options.products:,} products, {options.events:,} lines")
    history = generated(options.customers, options.products, options.events)
    now = int(history.times[-1]) + 1
    limits = Limits(seconds=options.seconds)
    search = measured(lambda: choose(history, now, limits=limits))
    print(f"  choosing for all four tasks: {search.seconds:.0f} s, {search.peak_mb:.0f} MB over the data", flush=True)
    users = np.arange(min(10_000, history.user_count), dtype=np.int32)
    for task, choice in search.result.items():
        fitting = measured(lambda choice=choice: choice.fit(history, now, limits))  # type: ignore[misc]
        asking = measured(lambda model=fitting.result: model.recommend(users, 20))  # type: ignore[misc]
        print(
            f"  {task.value:10}{choice.picked!s:70} fit {fitting.seconds:6.1f} s, {fitting.peak_mb:6.0f} MB;"
            f" {len(users) / asking.seconds:,.0f} lists/s",
            flush=True,
        )


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=".sandbox/recs-data", help="the folder with the data (.sandbox/recs-data)")
    parser.add_argument("--only", default="", metavar="NAME", help="only the data sets with this in their names")
    parser.add_argument("--cuts", type=int, default=3, help="how many cut dates (3)")
    parser.add_argument("--apart", type=int, default=2, help="how many windows of four weeks lie between them (2)")
    parser.add_argument("--cases", type=int, default=1000, help="the most cases of a task and cut (1000)")
    parser.add_argument(
        "--share", type=float, default=1, help="the share of customers to look at, for slow machines (1)"
    )
    parser.add_argument("--seconds", type=float, default=300, help="about how long candidates are compared (300)")
    parser.add_argument("--generated", action="store_true", help="time and memory on a made shop instead")
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=100_000)
    return parser


if __name__ == "__main__":
    main()
