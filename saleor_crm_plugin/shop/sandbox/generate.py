"""Fill the demo shop: the same seed and the same moment give the same shop."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection, transaction

from . import models, voucher_models
from .catalogue import make_catalogue
from .history import make_history
from .people import make_people
from .progress import Progress, bars

_TABLES = (
    voucher_models.VoucherCode, voucher_models.VoucherListing, voucher_models.Voucher,
    models.FulfilmentLine, models.Fulfilment, models.OrderLine, models.Order, models.CheckoutLine, models.Checkout,
    models.User, models.Stock, models.Price, models.Variant, models.Product, models.Category, models.Channel,
)  # fmt: skip


@dataclass(frozen=True)
class Generated:
    """How much there is now."""

    products: int
    customers: int
    orders: int
    lines: int


def clear() -> None:
    """Empty the shop and start its numbering again. The stored settings stay."""
    tables = ", ".join(model._meta.db_table for model in _TABLES)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # no TRUNCATE while checks of foreign keys are pending
        cursor.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


@transaction.atomic
def generate(
    now: datetime,
    *,
    seed: int = 1,
    products: int = 500,
    customers: int = 5000,
    years: float = 2.0,
    progress: Progress = bars,
) -> Generated:
    """Empty the shop and fill it with a range, customers and years of orders up to ``now``."""
    clear()
    goods, persons, past = (np.random.default_rng([seed, stage]) for stage in range(3))
    catalogue = make_catalogue(goods, products, progress)
    people = make_people(persons, customers, years, progress)
    orders, lines = make_history(past, catalogue, people, now, years, progress)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE " + ", ".join(model._meta.db_table for model in _TABLES))
    return Generated(products, customers, orders, lines)
