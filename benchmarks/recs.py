"""How good the automatic choice is against the best single peer, on logs of real shops and on several cut dates.

Run as ``python -m benchmarks.recs``. Everything is fitted to what was before a cut and asked about the four weeks after
it; peers are the models of ``implicit`` (if it is installed), popularity, plain counts of pairs, and TIFU-kNN. Ratios
compare with the peer that turned out best on that very cut, which nobody could have known before. Intervals are
bootstraps over the cases (customers or orders), paired: both are asked about the same ones.

Repeat purchases are compared in two ways. ``rebuy`` is against the best peer as its library ranks, among all products.
``rebuy, bought`` is against the best peer, TIFU-kNN among them, when all rank only what the customer bought before.

Data are not part of the repository. What is missing is said, and where to get it. ``--generated`` measures time and
memory on a made shop.
"""

import argparse
import statistics
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

from .recs_data import SHARES, SOURCES, generated, others

DAYS = 28
_ROUNDS = 2000
_FEWEST_CASES = 30


@dataclass(frozen=True)
class Ratio:
    """Ours divided by theirs, with the 95 % interval, paired by case."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True)
class Compared:
    """The automatic choice against the best peer of a cut: ratios, and both coverages."""

    data: str
    question: str
    ndcg: Ratio
    recall: Ratio
    seconds: float
    memory: float
    covered: float


def main(arguments: Sequence[str] | None = None) -> None:
    options = _arguments().parse_args(arguments)
    if options.generated:
        _made(options)
        return
    if not has_implicit():
        print("implicit is not installed (pip install implicit): its models are missing below.")
    every: list[Compared] = []
    for name, what, history in _data(Path(options.data), options.only.lower()):
        share = options.share or SHARES.get(name, 1.0)
        history = _some(history, share)
        print(f"\n{name}: {what}" + (f"; a share of {share:g} of its customers" if share < 1 else ""))
        print(f"{len(history):,} lines, {history.user_count:,} customers, {history.item_count:,} products")
        for back in range(options.cuts):
            now = int(history.times[-1]) + 1 - round((back * options.apart + 1) * DAYS * DAY)
            every += _cut(name, history, now, options)
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


def _cut(name: str, history: Interactions, now: int, options: argparse.Namespace) -> list[Compared]:
    limits = Limits(seconds=options.seconds)
    found = evaluate(history.before(now + DAYS * DAY), now, DAYS, limits, options.cases, own=False)
    searched = max((row.search_s for row in found.rows), default=0)
    print(
        f"  cut {np.datetime64(now, 's').astype('datetime64[D]')}, models compared in {searched:.0f} s"
        f"{'NDCG@20':>43}{'recall@20':>11}{'coverage':>10}{'fit s':>8}{'MB':>7}   auto : best peer"
    )
    compared = []
    for task in Task:
        rows = [row for row in found.rows if row.task is task]
        peers = [row for row in rows if row.kind == "peer"]
        if not peers or peers[0].cases < _FEWEST_CASES:
            continue
        auto = next(row for row in rows if row.kind == "auto")
        print(_line(str(task), auto) + f"   {auto.cases} cases", flush=True)
        for question, some in _opponents(task, peers):
            best = max(some, key=lambda row: row.ndcg20)
            one = _compared(name, question, auto, best)
            compared.append(one)
            print(_line("", best) + f"   NDCG {one.ndcg}, recall {one.recall}, of {len(some)} peers", flush=True)
    return compared


def _opponents(task: Task, peers: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
    """Whom the choice is compared with. No library ships TIFU-kNN, so it stands in the harder question only."""
    if task is Task.REBUY:
        yield "rebuy", [row for row in peers if row.of_all and not row.model.startswith("TIFU")]
        yield "rebuy, bought", [row for row in peers if not row.of_all]
    else:
        yield str(task), peers


def _compared(name: str, question: str, auto: Row, best: Row) -> Compared:
    return Compared(
        name,
        question,
        ratio(auto.per_case, best.per_case),
        ratio(auto.recall_per_case, best.recall_per_case),
        auto.fit_s / max(best.fit_s, 0.01),
        auto.peak_mb / max(best.peak_mb, 1),
        auto.coverage / max(best.coverage, 1e-9),
    )


def _line(task: str, row: Row) -> str:
    name = f"{row.kind}: {row.model.removeprefix('auto: ')}"
    return (
        f"  {task:10}{name[:66]:68}{row.ndcg20:7.4f}{row.recall20:11.4f}{row.coverage:10.3f}"
        f"{row.fit_s:8.1f}{row.peak_mb:7.0f}"
    )


def ratio(ours: PerCase, theirs: PerCase, rounds: int = _ROUNDS) -> Ratio:
    """The ratio of means, with its 95 % interval, drawing cases again with both of their values."""
    dice = np.random.default_rng(1)
    drawn = dice.integers(0, len(ours), (rounds, len(ours)))
    ratios = ours[drawn].mean(axis=1) / np.maximum(theirs[drawn].mean(axis=1), 1e-9)
    low, high = np.quantile(ratios, (0.025, 0.975))
    return Ratio(float(ours.mean() / max(theirs.mean(), 1e-9)), float(low), float(high))


def _totals(every: Sequence[Compared]) -> None:
    print("\nautomatic choice : best peer; the mean of the cuts of each data set, and of all data sets")
    for question in dict.fromkeys(one.question for one in every):
        found = [one for one in every if one.question == question]
        sets = dict.fromkeys(one.data for one in found)
        means = {
            name: [statistics.mean(_pair(one)[k] for one in found if one.data == name) for k in (0, 1)] for name in sets
        }
        ratios = [one.ndcg.value for one in found]
        ndcg, recall = (statistics.mean(pair[k] for pair in means.values()) for k in (0, 1))
        print(f"  {question:14} NDCG@20 {ndcg:.3f}, recall@20 {recall:.3f} over {len(sets)} data sets")
        print("    NDCG@20 by data set: " + ", ".join(f"{name} {pair[0]:.3f}" for name, pair in means.items()))
        print(
            f"    of {len(found)} cuts: from {min(ratios):.3f} to {max(ratios):.3f},"
            f" above the peer on {sum(value > 1 for value in ratios)}, surely better on"
            f" {sum(one.ndcg.low > 1 for one in found)}, surely worse on {sum(one.ndcg.high < 1 for one in found)}"
        )
        print(
            f"    medians: {_median(found, 'seconds'):.1f} times its seconds of fitting,"
            f" {_median(found, 'memory'):.1f} times its memory (with that of choosing),"
            f" {_median(found, 'covered'):.2f} times its coverage"
        )


def _pair(one: Compared) -> tuple[float, float]:
    return one.ndcg.value, one.recall.value


def _median(found: Sequence[Compared], name: str) -> float:
    return float(statistics.median(getattr(one, name) for one in found))


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
    parser.add_argument("--cases", type=int, default=600, help="the most cases of a task and cut (600)")
    parser.add_argument(
        "--share", type=float, help="the share of customers to look at (an eighth of Complete Journey, all of others)"
    )
    parser.add_argument("--seconds", type=float, default=30, help="about how long candidates are compared (30)")
    parser.add_argument("--generated", action="store_true", help="time and memory on a made shop instead")
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("--products", type=int, default=1_000)
    parser.add_argument("--events", type=int, default=100_000)
    return parser


if __name__ == "__main__":
    main()
