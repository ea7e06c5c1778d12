"""The settings of stock: who is told that something is there again, or that it is not, or that it costs less."""

from .. import values
from . import customers, stock
from .field import Field, Kind

STOCK_FIELDS: tuple[Field, ...] = (
    Field(
        "stock_kept",
        Kind.TEXT,
        "Waiting list: keep for",
        "How long a customer waits for a product before the request ends by itself, such as 90 d.",
        "90 d",
        customers.period,
    ),
    Field(
        "stock_order",
        Kind.TEXT,
        "Waiting list: who is told first",
        "oldest: who asked first. best: who is expected to bring most in the next 12 months.",
        "oldest",
        stock.order,
    ),
    Field(
        "stock_per_unit",
        Kind.TEXT,
        "Waiting list: mails for each unit",
        "With 10 units there again and 1 mail for each, 10 customers are told. More than 1 sells faster and disappoints some.",
        "1",
        stock.per_unit,
    ),
    Field(
        "stock_wave",
        Kind.TEXT,
        "Waiting list: next customers after",
        "So long the customers who were told have the units before them; what is not sold then is told to the next, such as 6 h.",
        "6 h",
        stock.wave,
    ),
    Field(
        "stock_restock_key",
        Kind.TEXT,
        "Restock date field",
        "The metadata field of the variant or product in which you store the day it is expected again, such as 2026-12-24.",
        "restock-date",
        values.metadata_key,
    ),
    Field(
        "stock_drop_percent",
        Kind.TEXT,
        "Price drop: at least (percent)",
        "So much cheaper than when the customer asked for it a product has to be before the customer is told.",
        "10",
        stock.drop_percent,
    ),
    Field(
        "out_of_stock_delay",
        Kind.TEXT,
        "Out of stock: mail after",
        "How long after something was not there its customer is shown what is, such as 15 min.",
        "15 min",
        values.delay,
    ),
    Field(
        "back_in_stock_enabled",
        Kind.FLAG,
        "Back in stock mails",
        "Tell customers who asked for it that something is there again: no more of them than there are units, first come, first served.",
        False,
        values.flag,
    ),
    Field(
        "out_of_stock_enabled",
        Kind.FLAG,
        "Out of stock mails",
        "Show customers who agreed to mail what is there instead of what they wanted.",
        False,
        values.flag,
    ),
    Field(
        "price_drop_enabled",
        Kind.FLAG,
        "Price drop mails",
        "Tell customers who agreed to mail that something they asked for costs less now.",
        False,
        values.flag,
    ),
    Field(
        "stock_confirm",
        Kind.FLAG,
        "Waiting list: guests confirm by mail",
        "A guest who asks to be told first confirms the address by a mail (double opt-in). Customers who are logged in do not.",
        True,
        values.flag,
    ),
)
