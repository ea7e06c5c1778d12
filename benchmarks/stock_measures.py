"""The part of ``benchmarks.stock`` that runs inside Saleor: measures, and prints what it finds.

Times are medians. Ratios are medians of those of pairs, taken in turns, so that a slow moment of the machine falls on
both.
"""

import json
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from time import perf_counter
from typing import Any

import django

django.setup()

from django.db import connection, connections  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402
from promise import Promise  # noqa: E402
from saleor.graphql.core.context import SaleorContext  # noqa: E402
from saleor.graphql.warehouse import dataloaders  # noqa: E402
from saleor.site.models import SiteSettings  # noqa: E402
from saleor.warehouse.models import Stock  # noqa: E402

from benchmarks import stock_shop  # noqa: E402
from benchmarks.stock_shop import CHANNEL, MOST_WANTED, WAITED_FOR  # noqa: E402
from saleor_crm_plugin import config  # noqa: E402
from saleor_crm_plugin.activity.stock import watch  # noqa: E402
from saleor_crm_plugin.activity.stock.queries import LOOK  # noqa: E402
from saleor_crm_plugin.flows.catalogue import BACK_IN_STOCK  # noqa: E402
from saleor_crm_plugin.flows.decide import decide_due  # noqa: E402
from saleor_crm_plugin.flows.models import Decision, Enrolment  # noqa: E402
from saleor_crm_plugin.flows.stock.react import react  # noqa: E402
from saleor_crm_plugin.shop.port import get_shop  # noqa: E402

SHOP = 100_000
WATCHED = (1_250, WAITED_FOR, 20_000)
ONE_BY_ONE = 500
BATCH = 200  # of decisions
BY_ZONE = "use_legacy_shipping_zone_stock_availability"  # from 3.23 on
SETTINGS = {
    "back_in_stock_enabled": True, "sender_address": "hello@news.example.com",
    "sender_name": "Shop", "storefront_url": "https://shop.example.com", "quiet_hours": "",
}  # fmt: skip
_CLEAR = """
DELETE FROM crm_message;
DELETE FROM crm_decision;
DELETE FROM crm_enrolment WHERE flow = 'back_in_stock';
UPDATE crm_stock_interest SET wave_id = NULL, state = 'waiting', told_at = NULL
    WHERE wave_id IS NOT NULL OR state <> 'waiting';
DELETE FROM crm_stock_wave
"""
_OURS = ("crm_message", "crm_decision", "crm_enrolment", "crm_stock_interest", "crm_stock_wave", "crm_stock_watch")


def main(repeats: int, most: int) -> None:
    """All of it."""
    stock_shop.grow(0, SHOP)
    stock_shop.fill_queues(timezone.now())
    print(f"  {'one sweep, milliseconds':32}{'nothing moved':>15}{'1 % moved':>12}{'all moved':>12}")
    for many in WATCHED:
        _sweeps(many, repeats)
        if many == WAITED_FOR:
            _explained()
            _beside_saleor(repeats)
            _one_by_one(repeats)
    _watch_only(WAITED_FOR)
    _comes_back(repeats)
    if most > SHOP:
        stock_shop.grow(SHOP, most)
        _sweeps(WAITED_FOR, repeats, f" of {most:,}")


def _look() -> list[watch.Moved]:
    return watch.look(get_shop().stock_facts(), timezone.now())


def _sweeps(many: int, repeats: int, of_shop: str = "") -> None:
    """Sweeps over so many watched variants, of which none, some or all moved since the one before."""
    watch.watch(get_shop().stock_facts(), stock_shop.pairs(many), timezone.now())
    stock_shop.stock(0, many)
    _look()
    shown = f"  {f'{many:,} variants watched{of_shop}':32}"
    for moving, width in ((0, 15), (many // 100, 12), (many, 12)):
        took = []
        for number in range(repeats):
            stock_shop.stock(3 - number % 2, moving)
            stock_shop.tidy("crm_stock_watch", "warehouse_stock")
            seconds, moved = _timed(_look)
            assert len(moved) == moving
            took.append(seconds)
        stock_shop.stock(0, moving)
        _look()
        shown += f"{statistics.median(took) * 1000:{width}.0f}"
    assert _statements(_look) == 1
    print(shown, flush=True)


def _watch_only(many: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM crm_stock_watch WHERE variant_id::bigint > %s", [stock_shop.FIRST + many])
    stock_shop.tidy("crm_stock_watch")


def _explained() -> None:
    """How PostgreSQL finds it: which tables it reads as a whole, how much it reads, and what it reads by key."""
    facts = get_shop().stock_facts()
    with connection.cursor() as cursor:
        cursor.execute(
            "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + LOOK.format(facts=facts.select, some=""),
            {**facts.params, "seen_at": timezone.now(), "watched": None},
        )
        ((found,),) = cursor.fetchall()
        plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
        cursor.execute("SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r'")
        sizes = dict(cursor.fetchall())
    whole: set[str] = set()
    by_key: set[str] = set()
    for node in _nodes(plan):
        if (table := node.get("Relation Name")) and node["Actual Loops"]:
            (whole if node["Node Type"] == "Seq Scan" else by_key).add(table)
    large = sorted(table for table in whole if sizes[table] > 1000)
    print(f"    read as a whole: {', '.join(large)}; by key: {', '.join(sorted(by_key - set(large)))}")
    print(f"    {plan['Shared Hit Blocks'] + plan['Shared Read Blocks']:,} pages of 8 kB", flush=True)
    assert all(table.startswith("crm_") for table in large)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _beside_saleor(repeats: int) -> None:
    """The sweep against Saleor's loader of what a storefront is told of the same variants."""
    for by_zone in (True, False) if hasattr(SiteSettings, BY_ZONE) else (True,):
        if hasattr(SiteSettings, BY_ZONE):
            SiteSettings.objects.update(**{BY_ZONE: by_zone})
        variants = [variant for variant, _ in stock_shop.pairs(WAITED_FOR)]
        keys = [(int(one), None, CHANNEL) if by_zone else (int(one), CHANNEL) for one in variants]
        name = "AvailableQuantityByProductVariantId" + ("CountryCode" if by_zone else "") + "AndChannelSlugLoader"

        def load(name: str = name, keys: list[Any] = keys) -> list[int]:
            loader = getattr(dataloaders, name)(SaleorContext())
            # Begun inside of a promise, as a resolver does it: only there loaders gather what they are asked.
            found: list[int] = Promise.resolve(None).then(lambda _: loader.load_many(keys)).get()
            return found

        said, ours = load(), get_shop().availability(variants, CHANNEL)
        limit = SiteSettings.objects.get().limit_quantity_per_checkout or sys.maxsize
        assert said == [min(ours[variant].units or 0, limit) for variant in variants]
        _look()
        pairs = _in_turns(_look, load, repeats)
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        mine, theirs = (statistics.median(pair[side] for pair in pairs) * 1000 for side in (0, 1))
        print(f"    Saleor's loader, {'by zones' if by_zone else 'by channel'}: {theirs:.0f} ms "
              f"({_statements(load)} statements), the sweep {mine:.0f} ms: {ratio:.2f}x", flush=True)  # fmt: skip
    if hasattr(SiteSettings, BY_ZONE):
        SiteSettings.objects.update(**{BY_ZONE: True})


def _one_by_one(repeats: int) -> None:
    """A tenth of the variants, each by a statement of its own: Saleor's of the stocks that serve a channel."""

    def ask() -> None:
        for variant, channel in stock_shop.pairs(ONE_BY_ONE):
            stocks = Stock.objects.for_channel_and_country(channel).filter(product_variant_id=int(variant))
            sum(stocks.annotate_available_quantity().values_list("available_quantity", flat=True))

    pairs = _in_turns(_look, ask, max(repeats // 3, 1))
    scale = WAITED_FOR / ONE_BY_ONE
    ratio = statistics.median(mine / (theirs * scale) for mine, theirs in pairs)
    theirs = statistics.median(theirs for _, theirs in pairs) * scale * 1000
    print(f"    one statement per variant: {theirs:,.0f} ms ({ONE_BY_ONE} of them, scaled): {ratio:.3f}x", flush=True)


def _comes_back(repeats: int) -> None:
    """From a unit that is there to everybody whose turn it is being enrolled, and then the decisions."""
    settings = config.parse(SETTINGS)
    for units in (1, 100, 5_000):
        took = {}
        for asked in ([str(MOST_WANTED)], None):
            times = []
            for _ in range(max(repeats // 3, 1)):
                _clear(settings)
                stock_shop.stock(units, 1)
                seconds, _ = _timed(partial(react, get_shop(), settings, timezone.now(), asked))
                assert Enrolment.objects.filter(flow=BACK_IN_STOCK.key).count() == units
                times.append(seconds)
            took[asked is None] = statistics.median(times) * 1000
        print(f"  The most wanted is back, {units:,} units: {units:,} enrolled after {took[False]:.0f} ms (an event), "
              f"{took[True]:.0f} ms (the sweep); goal 1,000", flush=True)  # fmt: skip
    times = []
    statements = 0
    while True:
        with _counting() as count:
            seconds, decided = _timed(lambda: decide_due(get_shop(), settings, timezone.now(), BATCH))
        if not decided:
            break
        statements = max(statements, count())
        times.append(seconds)
    assert Decision.objects.filter(outcome=Decision.Outcome.SENT).count() == 5_000
    print(f"  Their decisions: {5_000 / sum(times):.0f} a second by one worker, at most {statements} statements for "
          f"{BATCH}; the first {BATCH} took {times[0]:.2f} s, the last {times[-1]:.2f} s", flush=True)  # fmt: skip
    _clear(settings)


def _clear(settings: config.Settings) -> None:
    """Nothing is there, nobody was told."""
    stock_shop.stock(0, 1)
    with connection.cursor() as cursor:
        for statement in _CLEAR.split(";"):
            cursor.execute(statement)
    react(get_shop(), settings, timezone.now())
    stock_shop.tidy(*_OURS)


def _in_turns(mine: Callable[[], object], theirs: Callable[[], object], repeats: int) -> list[tuple[float, float]]:
    pairs = []
    for number in range(repeats):
        order = (mine, theirs) if number % 2 else (theirs, mine)
        took = {act: _timed(act)[0] for act in order}
        pairs.append((took[mine], took[theirs]))
    return pairs


def _timed(act: Callable[[], Any]) -> tuple[float, Any]:
    start = perf_counter()
    found = act()
    return perf_counter() - start, found


class _counting(ExitStack):  # noqa: N801 - reads as a word
    """Counts the statements of all connections."""

    def __enter__(self) -> Any:
        super().__enter__()
        seen = [self.enter_context(CaptureQueriesContext(connections[name])) for name in connections]
        return lambda: sum(map(len, seen))


def _statements(act: Callable[[], object]) -> int:
    with _counting() as count:
        act()
    return int(count())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
