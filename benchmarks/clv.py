"""How long a million customers take to fit, and how much memory: ours against ``lifetimes``, on the same rows.

Run as ``python -m benchmarks.clv``, or with a number of customers. They are drawn from known parameters, in whole weeks
as a shop would count them. Every fit has a process of its own, so that its peak of memory is its own. ``lifetimes`` is
measured as it comes, with a row per customer, and again with customers who are alike counted first by our own code
(its ``weights``): the first is what a shop would gain, the second compares the fits alone. Ratios are of CPU time,
counting included; seconds by the clock stand beside it. Ours is the median of three, ``lifetimes`` is measured once.
Where it is not installed, that is said and ours is measured alone.
"""

import resource
import sys
import time
import warnings
from argparse import ArgumentParser
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from saleor_crm_plugin.segments.clv.purchase_models import Model, fit
from saleor_crm_plugin.segments.clv.summary import Rows, compress
from tests.segments.clv.shoppers import draw, parameters

CUSTOMERS = 1_000_000
TRUTH = (0.5, 7.0, 0.7, 2.5)
WEEKS = 104
OURS = "ours"
PLAIN = "lifetimes, a row per customer"
COUNTED = "lifetimes, counted rows"
FITTERS = {Model.BGNBD: "BetaGeoFitter", Model.MBGNBD: "ModifiedBetaGeoFitter"}


@dataclass(frozen=True)
class Measured:
    """One fit. Seconds and megabytes; ``before`` is the peak of memory with data and modules loaded, before the fit."""

    cpu: float
    clock: float
    counting: float  # of the CPU seconds, those for finding customers who are alike
    before: float
    peak: float
    found: tuple[float, float, float, float, float]  # r, alpha, a, b and the log-likelihood
    rows: int
    problem: str


def make(model: Model, customers: int, path: Path) -> None:
    """Customers of a shop ``WEEKS`` old, who came evenly over that time. A part of a week counts as one."""
    age = np.random.default_rng(9).integers(1, WEEKS + 1, customers).astype(float)
    drawn = draw(parameters(model, *TRUTH), age)
    np.savez(path, frequency=drawn.frequency, recency=np.ceil(drawn.recency), age=age)


def measure(way: str, model: Model, path: Path) -> Measured:
    """Fit once, in this process. Warming up on a few customers goes before: it imports and compiles."""
    with np.load(path) as data:
        customers = Rows(data["frequency"], data["recency"], data["age"], np.ones(len(data["age"])))
    once = _ours if way == OURS else _lifetimes
    few = Rows(*(column[:2000] for column in (customers.frequency, customers.recency, customers.age, customers.weight)))
    once(model, few)
    before, clock, cpu = _peak(), time.perf_counter(), time.process_time()
    rows = customers if way == PLAIN else compress(customers.frequency, customers.recency, customers.age)
    counting = time.process_time() - cpu
    found, problem = once(model, rows)
    seconds = time.process_time() - cpu, time.perf_counter() - clock
    return Measured(*seconds, counting, before, _peak(), found, len(rows.weight), problem)


def _ours(model: Model, rows: Rows) -> tuple[tuple[float, float, float, float, float], str]:
    found = fit(model, rows.frequency, rows.recency, rows.age, rows.weight)
    problem = "" if found.converged else found.message
    return (found.r, found.alpha, found.a, found.b, found.log_likelihood), problem


def _lifetimes(model: Model, rows: Rows) -> tuple[tuple[float, float, float, float, float], str]:
    warnings.simplefilter("ignore")  # of pandas and autograd, about what lifetimes calls
    lifetimes: Any = import_module("lifetimes")
    fitter = getattr(lifetimes, FITTERS[model])()
    try:
        fitter.fit(rows.frequency, rows.recency, rows.age, weights=rows.weight)
    except import_module("lifetimes.utils").ConvergenceError:
        return (np.nan, np.nan, np.nan, np.nan, np.nan), "did not converge"
    # It reports the mean, of times divided by the largest.
    orders = float((rows.weight * rows.frequency).sum())
    log_likelihood = -fitter._negative_log_likelihood_ * rows.weight.sum() - orders * np.log(rows.age.max())
    r, alpha, a, b = (float(fitter.params_[name]) for name in ("r", "alpha", "a", "b"))
    return (r, alpha, a, b, float(log_likelihood)), ""


def _peak() -> float:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024**2 if sys.platform == "darwin" else 1024)  # bytes there, kilobytes elsewhere


def _alone(way: str, model: Model, path: Path) -> Measured:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, way, model, path).result()


def main() -> None:
    parser = ArgumentParser(prog="python -m benchmarks.clv", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("customers", nargs="?", type=int, default=CUSTOMERS)
    customers: int = parser.parse_args().customers
    there = find_spec("lifetimes") is not None
    if there:
        print(f"{customers:,} customers in whole weeks, against lifetimes {version('lifetimes')}")
    else:
        print(f"{customers:,} customers in whole weeks. lifetimes is not installed: ours is measured alone.")
    for model in Model:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "customers.npz"
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
                pool.submit(make, model, customers, path).result()
            measured = {OURS: sorted((_alone(OURS, model, path) for _ in range(3)), key=lambda one: one.cpu)[1]}
            for way in (PLAIN, COUNTED) if there else ():
                measured[way] = _alone(way, model, path)
        _show(model, measured)


def _show(model: Model, measured: dict[str, Measured]) -> None:
    print(f"\n{model}, drawn from r {TRUTH[0]}, alpha {TRUTH[1]}, a {TRUTH[2]}, b {TRUTH[3]}")
    print(
        f"{'':32}{'rows':>10}{'CPU s':>8}{'(counting)':>12}{'clock s':>9}{'ours is faster by':>19}"
        f"{'peak MB':>9}{'(before)':>10}"
    )
    for way, one in measured.items():
        faster = "" if way == OURS else f"{one.cpu / measured[OURS].cpu:.0f} times"
        counting = "" if way == PLAIN else f"{one.counting:.2f}"
        print(
            f"{way:32}{one.rows:>10,}{one.cpu:8.2f}{counting:>12}{one.clock:9.2f}{faster:>19}"
            f"{one.peak:9.0f}{one.before:10.0f}"
        )
    print(f"{'':32}{'r':>10}{'alpha':>10}{'a':>10}{'b':>10}{'log-likelihood':>19}")
    for way, one in measured.items():
        r, alpha, a, b, log_likelihood = one.found
        print(f"{way:32}{r:10.4f}{alpha:10.4f}{a:10.4f}{b:10.4f}{log_likelihood:19,.1f}  {one.problem}")


if __name__ == "__main__":
    main()
