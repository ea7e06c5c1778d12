"""Whether a big shop is trained in a night: a made one of 1 million customers, 100,000 products and 30 million lines.

Run as ``python -m benchmarks.recs_big``; ``--share 0.1`` makes everything a tenth. Measured is all that a nightly
training does beside reading and writing: comparing candidates for the four questions, fitting what was picked to the
whole past, and making lists of 60 for every customer and every product. The goal is 10 minutes and 6 GB on two cores.
The peak is that of the process, the log of the shop with it. There is no peer in this run: models of other libraries
neither choose nor weigh by time, so that their minutes are not for the same work (``benchmarks.recs`` has them).
"""

import argparse
import resource
import time

import numpy as np

from saleor_crm_plugin.recs.arrays import DAY, NONE, Codes, blocks, cores
from saleor_crm_plugin.recs.choice import Choice, choose
from saleor_crm_plugin.recs.interactions import Interactions, Kind
from saleor_crm_plugin.recs.recipes import Limits
from saleor_crm_plugin.recs.signals import latest
from saleor_crm_plugin.recs.tasks import Task

_LIST, _PIECE, _DAYS = 60, 50_000, 730
_CUSTOMERS, _PRODUCTS, _LINES = 1_000_000, 100_000, 30_000_000


def main() -> None:
    options = _arguments().parse_args()
    customers, products, lines = (round(options.share * size) for size in (_CUSTOMERS, _PRODUCTS, _LINES))
    start = time.perf_counter()
    history = big_shop(customers, products, lines)
    now = int(history.times[-1]) + 1
    print(f"A made shop: {customers:,} customers, {products:,} products, {lines:,} lines; {cores()} cores")
    print(
        f"  made in {time.perf_counter() - start:.0f} s, peak {_peak():.2f} GB (not part of the training)", flush=True
    )
    start = time.perf_counter()
    _train(history, now, Limits(seconds=options.seconds))
    minutes = (time.perf_counter() - start) / 60
    print(f"  all of it: {minutes:.1f} minutes (goal 10), peak {_peak():.2f} GB (goal 6)")


def _train(history: Interactions, now: int, limits: Limits) -> None:
    start = time.perf_counter()
    choices = choose(history, now, limits=limits)
    print(f"  choosing: {time.perf_counter() - start:.0f} s, peak {_peak():.2f} GB", flush=True)
    start = time.perf_counter()
    bought = latest(history.of(Kind.PURCHASE), now)
    print(f"  what everybody bought: {time.perf_counter() - start:.0f} s, peak {_peak():.2f} GB", flush=True)
    for task, choice in choices.items():
        start = time.perf_counter()
        model = choice.fit(history, now, limits)
        fitted = time.perf_counter()
        shown = 0
        rows = history.user_count if task in (Task.DISCOVERY, Task.REBUY) else history.item_count
        for first, after in blocks(rows, _PIECE):
            codes = np.arange(first, after, dtype=np.int32)
            if task is Task.DISCOVERY:
                items = model.recommend(codes, _LIST, exclude=bought[first:after]).items
            elif task is Task.REBUY:
                items = model.recommend(codes, _LIST, only=bought[first:after]).items
            else:
                items = model.related(codes, _LIST).items
            shown += int((items != NONE).sum())
        listed = time.perf_counter()
        print(_line(task, choice, fitted - start, listed - fitted, rows, shown), flush=True)
        del model


def _line(task: Task, choice: Choice, fit: float, lists: float, rows: int, shown: int) -> str:
    return (
        f"  {task.value:10}{choice.picked!s:64} NDCG@20 {choice.picked.ndcg:.4f} (popularity {choice.popular:.4f});"
        f" fit {fit:.0f} s, {rows:,} lists of {shown / max(rows, 1):.0f} in {lists:.0f} s, peak {_peak():.2f} GB"
    )


def big_shop(customers: int, products: int, lines: int, seed: int = 1) -> Interactions:
    """Products in groups sold by Zipf's law, customers with three tastes and habits, orders of about three lines.

    A sixth of the lines is bought again by habit, and every group has fashions that move through it in two years.
    """
    dice = np.random.default_rng(seed)
    orders = lines // 3
    buyer = (customers * dice.beta(1, 1.6, orders)).astype(np.int32)
    moment = np.sort(dice.integers(0, _DAYS * DAY, orders))
    order = np.sort(dice.integers(0, orders, lines, dtype=np.int32))
    user = buyer[order]
    items = _items(dice, user, moment[order] / (_DAYS * DAY), customers, products)
    return Interactions(
        users=user,
        items=items,
        times=moment[order],
        kinds=np.full(lines, Kind.PURCHASE, dtype=np.int8),
        weights=np.ones(lines, dtype=np.float32),
        orders=order,
        user_ids=np.arange(customers),
        item_ids=np.arange(products),
    )


def _items(
    dice: np.random.Generator,
    user: Codes,
    age: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
    customers: int,
    products: int,
) -> Codes:
    per_group = min(200, products)
    groups = products // per_group
    lines = len(user)
    # Big groups and small ones: the first of a thousand sells far more than the last.
    sizes = 1 / np.arange(1, groups + 1) ** 0.7
    tastes = dice.choice(groups, (customers, 3), p=sizes / sizes.sum()).astype(np.int32)
    group = tastes[user, dice.integers(0, 3, lines, dtype=np.int8)]
    stray = np.flatnonzero(dice.random(lines, dtype=np.float32) < 0.15)
    group[stray] = dice.integers(0, groups, len(stray), dtype=np.int32)
    # Zipf inside a group: the logarithm of a place in it is even.
    place = (np.power(np.float32(per_group), dice.random(lines, dtype=np.float32)) - 1).astype(np.int32)
    fashion = (age * per_group / 2).astype(np.int32)
    items = group * per_group + (place * 7 + fashion) % per_group
    again = np.flatnonzero(dice.random(lines, dtype=np.float32) < 1 / 6)
    habit = (user[again].astype(np.int64) * 2_654_435_761 + dice.integers(0, 4, len(again)) * 40_503) % per_group
    items[again] = tastes[user[again], 0] * per_group + habit
    return items.astype(np.int32)


def _peak() -> float:
    """Gigabytes that this process held at most. Linux tells kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, default=1, help="the size, 1 being the whole (1)")
    parser.add_argument("--seconds", type=float, default=120, help="about how long candidates are compared (120)")
    return parser


if __name__ == "__main__":
    main()
