"""Years of orders: written from rhythm and baskets, with gifts, refunds and cancellations."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from .baskets import Lines, fill
from .bulk import copy_rows
from .catalogue import Catalogue, Ints
from .models import Order, OrderLine, Status
from .parcels import Parcel, make_parcels
from .people import People
from .pricing import VAT
from .progress import Progress
from .rhythm import purchase_days

_GIFTS = 0.04
_ORDER = (
    "id", "number", "status", "checkout_id", "user", "email", "channel", "language", "billing_name", "shipping_name",
    "country", "total", "refunded", "paid", "placed_at", "changed_at",
)  # fmt: skip
# What became of orders that are older than a few days.
_FATES = {
    Status.FULFILLED: 0.865,
    Status.CANCELED: 0.03,
    Status.RETURNED: 0.04,
    Status.PARTIALLY_RETURNED: 0.045,
    Status.EXPIRED: 0.012,
    Status.DRAFT: 0.003,
    Status.UNCONFIRMED: 0.005,
}


_LINE = ("id", "order", "variant", "quantity", "fulfilled", "unit_price", "net", "gift_card")


@dataclass(frozen=True)
class _Fate:
    """What became of an order. Moments are in days before now."""

    status: Status
    refunded: Decimal
    paid: bool
    changed: float
    shipped: float | None = None  # when all of it was handed over
    back: float | None = None  # when a part of it, or all, came back


def make_history(
    rng: np.random.Generator, catalogue: Catalogue, people: People, now: datetime, years: float, progress: Progress
) -> tuple[int, int]:
    """Write the orders. Returns how many orders and lines."""
    person, days = purchase_days(rng, people, now, years)
    count = len(person)
    month = np.array([(now - timedelta(days=float(day))).month - 1 for day in days])
    gift = rng.random(count) < np.where(month == 11, 4 * _GIFTS, _GIFTS)
    lines = fill(rng, catalogue, people, person, days, month, gift)
    channel = np.where(people.country[person] == "PL", 2, 1)
    cents = _paid_prices(rng, catalogue, lines, channel, month)
    totals = np.bincount(lines.order, cents * lines.quantity, count).astype(np.int64)
    first_line = np.full(count, -1)
    first_line[lines.order[::-1]] = np.arange(len(lines.order))[::-1]
    fates = rng.choice(list(_FATES), count, p=np.array(list(_FATES.values())) / sum(_FATES.values()))
    ids, carts = _uuids(rng, count), _uuids(rng, count)
    receivers = people.name[rng.integers(len(people.name), size=count)]
    rows: list[tuple[object, ...]] = []
    parcels: dict[int, Parcel] = {}
    for index in range(count):
        who = person[index]
        fate = _fate(rng, str(fates[index]), float(days[index]), int(totals[index]), int(cents[first_line[index]]))
        if fate.shipped is not None:
            back = None if fate.back is None else now - timedelta(days=fate.back)
            shipped = now - timedelta(days=fate.shipped)
            parcels[index] = Parcel(ids[index], shipped, back, whole=fate.status == Status.RETURNED)
        name = str(people.name[who])
        rows.append((
            ids[index], 1001 + index, fate.status.value, carts[index], int(people.user[who]) or None,
            str(people.email[who]), int(channel[index]), str(people.language[who]), name,
            str(receivers[index]) if gift[index] else name, str(people.country[who]), _money(totals[index]),
            fate.refunded, fate.paid, now - timedelta(days=float(days[index])), now - timedelta(days=fate.changed),
        ))  # fmt: skip
    copy_rows(Order, _ORDER, rows, "orders", progress)
    rates = np.array([VAT.get(str(code), 0) for code in people.country[person[lines.order]]])
    nets = (200 * cents * lines.quantity + 100 + rates) // (2 * (100 + rates))  # half a cent is rounded up
    items: list[tuple[object, ...]] = [
        (
            number + 1, ids[order], int(variant), int(quantity), int(quantity) if order in parcels else 0,
            _money(price), _money(net), False,
        )
        for number, (order, variant, quantity, price, net) in enumerate(
            zip(lines.order, lines.variant, lines.quantity, cents, nets, strict=True)
        )
    ]  # fmt: skip
    copy_rows(OrderLine, _LINE, items, "order lines", progress)
    make_parcels(parcels, lines.order, lines.quantity, progress)
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval('sandbox_order_number', %s, false)", [1001 + count])
    return count, len(items)


def _paid_prices(rng: np.random.Generator, catalogue: Catalogue, lines: Lines, channel: Ints, month: Ints) -> Ints:
    """What was paid for a unit, in cents: the price of then, less in the sales."""
    full = catalogue.price[lines.product, channel[lines.order] - 1]
    sale = np.isin(month[lines.order], (0, 6)) & (rng.random(len(full)) < 0.5)
    paid = full * np.where(sale, 0.75, 1.0)
    euros, zloty = np.rint(paid) * 100 - 5, np.rint(paid / 10) * 1000 - 100  # written as in the catalogue
    cents: Ints = np.maximum(np.where(channel[lines.order] == 1, euros, zloty), 495).astype(np.int64)
    return cents


def _fate(rng: np.random.Generator, status: str, days: float, total: int, first: int) -> _Fate:
    """What became of an order: how it stands now, what was given back, when that last changed."""
    shipped = days - float(rng.uniform(0.5, 3))
    back = shipped - float(rng.uniform(3, 20))
    changed = max(shipped, 0.02)
    if status in (Status.FULFILLED, Status.RETURNED, Status.PARTIALLY_RETURNED):
        if shipped <= 0:
            return _Fate(Status.UNFULFILLED, Decimal(0), True, days)
        if status == Status.FULFILLED or back <= 0:
            return _Fate(Status.FULFILLED, Decimal(0), True, shipped, shipped)
        part = total if status == Status.RETURNED or first == total else first
        standing = Status.RETURNED if part == total else Status.PARTIALLY_RETURNED
        return _Fate(standing, _money(part), True, back, shipped, back)
    if status == Status.CANCELED:
        return _Fate(Status.CANCELED, _money(total), True, changed)
    return _Fate(Status(status), Decimal(0), False, changed)


def _money(cents: float) -> Decimal:
    return Decimal(int(cents)).scaleb(-2)


def _uuids(rng: np.random.Generator, count: int) -> list[UUID]:
    raw: NDArray[np.uint8] = rng.integers(0, 256, (count, 16), dtype=np.uint8)
    return [UUID(bytes=row.tobytes(), version=4) for row in raw]
