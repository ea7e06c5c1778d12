"""Parcels of the orders of years: each went out whole, some came back, whole or by one unit of the first line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from .bulk import copy_rows
from .catalogue import Ints
from .models import Fulfilment, FulfilmentLine
from .progress import Progress


@dataclass(frozen=True)
class Parcel:
    """When an order was handed over, and when what of it came back: all of it, or a single unit."""

    order: UUID
    shipped: datetime
    back: datetime | None = None
    whole: bool = False


def make_parcels(parcels: Mapping[int, Parcel], order: Ints, quantity: Ints, progress: Progress) -> None:
    """Write what was sent and what came back. ``order`` and ``quantity`` are those of the lines, numbered from 1."""
    rows: list[tuple[object, ...]] = []
    contents: list[tuple[object, ...]] = []
    sent: dict[int, int] = {}
    came: dict[int, int] = {}

    def pack(where: dict[int, int], number: int, parcel: Parcel, back: datetime | None) -> int:
        if number not in where:
            where[number] = len(rows) + 1
            status = Fulfilment.Status.RETURNED if back else Fulfilment.Status.FULFILLED
            rows.append((where[number], parcel.order, status.value, back or parcel.shipped))
        return where[number]

    for line, (number, units) in enumerate(zip(order.tolist(), quantity.tolist(), strict=True), start=1):
        parcel = parcels.get(number)
        if parcel is None:
            continue
        back = 0
        if parcel.back:
            back = units if parcel.whole else int(number not in came)
        for where, moved, moment in ((sent, units - back, None), (came, back, parcel.back)):
            if moved:
                contents.append((len(contents) + 1, pack(where, number, parcel, moment), line, moved))
    copy_rows(Fulfilment, ("id", "order", "status", "created_at"), rows, "parcels", progress)
    copy_rows(FulfilmentLine, ("id", "fulfilment", "line", "quantity"), contents, "parcel lines", progress)
