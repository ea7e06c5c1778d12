"""``crm demand``: what customers wait for and what that is worth, as a table or as a CSV file."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, OutputWrapper

from ... import work
from ...flows.stock.demand import Demand, demand, totals
from ...shop.port import Shop, get_shop
from . import Options, Verbs, verb
from .channels import check_channel
from .spreadsheet import text as cell_text

_SHOWN = 50
_PAGE = 500
_COLUMNS = (
    "product", "variant", "channel", "waiting", "in_carts", "looked", "since", "units", "price", "currency",
    "lost_revenue", "expected_value", "valued", "told", "bought", "product_id", "variant_id",
)  # fmt: skip


@dataclass(frozen=True)
class _Named:
    """What is wanted, and what it is called; "" where the channel shows it no more."""

    one: Demand
    product: str
    variant: str


def add(verbs: Verbs) -> None:
    text = "Tell what customers wait for, how many, and what that is worth: the most wanted first."
    parser = verb(verbs, "demand", text, _demand)
    parser.add_argument("--channel", metavar="SLUG", help="only of this channel")
    parser.add_argument("--csv", metavar="FILE", help="write all of it there, for a spreadsheet")


def _demand(options: Options, out: OutputWrapper) -> None:
    shop, now, channel = get_shop(), work.now(), options["channel"]
    if channel is not None:
        check_channel(shop, channel)
    if options["csv"]:
        count = _write(Path(options["csv"]), _all(shop, channel, now))
        out.write(f"{count:,} variants are in {options['csv']}.")
        return
    for line in _table(shop, channel, now):
        out.write(line)


def _table(shop: Shop, channel: str | None, now: datetime) -> Iterator[str]:
    shown = list(islice(_all(shop, channel, now), _SHOWN))
    if not shown:
        yield "Nobody waits for anything."
        return
    yield f"{'wait':>6} {'carts':>6} {'looked':>6} {'told':>6} {'bought':>6}  {'since':<10} {'worth today':>16}  what"
    for named in shown:
        one = named.one
        counts = " ".join(f"{count:>6}" for count in (one.waiting, one.in_carts, one.looked, one.told, one.bought))
        worth = "" if one.lost is None else f"{one.lost:,.2f} {one.currency}"
        yield f"{counts}  {one.since:%Y-%m-%d} {worth:>16}  {_what(named)}"
    sums = totals(channel, now)
    if (more := sum(total.variants for total in sums) - len(shown)) > 0:
        yield f"and {more:,} more: --csv FILE writes all of them."
    for total in sums:
        if total.currency:
            yield f"{total.waiting:,} requests wait for {total.lost:,.2f} {total.currency}."


def _what(named: _Named) -> str:
    name = ", ".join(part for part in (named.product, named.variant) if part)
    name = "".join(sign if sign.isprintable() else " " for sign in name)
    return f"{name or f'variant {named.one.variant_id}'} ({named.one.channel})"


def _all(shop: Shop, channel: str | None, now: datetime) -> Iterator[_Named]:
    after = None
    while page := demand(channel, now, after, _PAGE):
        yield from _named(shop, page)
        after = page[-1].position


def _named(shop: Shop, page: Sequence[Demand]) -> Iterator[_Named]:
    """One question to the shop for each channel."""
    by_channel: defaultdict[str, list[str]] = defaultdict(list)
    for one in page:
        by_channel[one.channel].append(one.variant_id)
    tiles = {channel: shop.variants(variants, channel, "en", ()) for channel, variants in by_channel.items()}
    for one in page:
        tile = tiles[one.channel].get(one.variant_id)
        yield _Named(one, tile.product_name if tile else "", tile.variant_name if tile else "")


def _write(file: Path, rows: Iterable[_Named]) -> int:
    """RFC 4180, in UTF-8. Returns how many rows. Raises CommandError where the file can't be written."""
    count = 0
    try:
        with file.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target)
            writer.writerow(_COLUMNS)
            for named in rows:
                writer.writerow(_row(named))
                count += 1
    except OSError as error:
        raise CommandError(f"{file} can't be written: {error.strerror}.") from error
    return count


def _row(named: _Named) -> list[Any]:
    one = named.one
    return [
        *(cell_text(cell) for cell in (named.product, named.variant, one.channel)),
        one.waiting,
        one.in_carts,
        one.looked,
        one.since.isoformat(timespec="seconds"),
        one.units,
        one.price,
        one.currency,
        one.lost,
        one.expected,
        one.valued,
        one.told,
        one.bought,
        *(cell_text(cell) for cell in (one.product_id, one.variant_id)),
    ]
