"""``crm segments``: what kinds of customers there are; computes what changed, or everything, when asked."""

from collections.abc import Iterator
from itertools import groupby

from django.core.management.base import CommandError, OutputWrapper

from ... import config, work
from ...config import Settings
from ...segments import nightly
from ...segments.models import ModelFit, SegmentState
from ...segments.overview import SegmentCount, overview
from ...shop.port import get_shop
from . import Options, Verbs, verb

_TITLES = {"rfm": "RFM groups", "score": "Score tiers", "lifecycle": "Lifecycle"}


def add(verbs: Verbs) -> None:
    text = "Tell what kinds of customers there are, how many, and what they bring."
    parser = verb(verbs, "segments", text, _segments)
    parser.add_argument("--run", dest="night", action="store_true", help="first compute what changed, as every night")
    parser.add_argument("--rebuild", action="store_true", help="first compute everything from the facts")


def _segments(options: Options, out: OutputWrapper) -> None:
    if options["night"] or options["rebuild"]:
        _compute(out, rebuild=options["rebuild"])
    for line in _lines():
        out.write(line)


def _lines() -> Iterator[str]:
    state = SegmentState.objects.first()
    if state is None:
        yield "Nothing is computed yet: it is done at night, or now with --run."
        return
    yield f"As of {state.as_of:%Y-%m-%d %H:%M} UTC."
    for (kind, currency), counts in groupby(overview(), lambda one: (one.kind, one.currency)):
        yield from _table(kind, currency, list(counts))
    for fit in ModelFit.objects.order_by("model", "currency"):
        name = f"{fit.model} {fit.currency}".strip()
        yield f"{name}: {fit.customers} {'gaps' if fit.model == 'order_gaps' else 'customers'}. {fit.message}".rstrip()


def _compute(out: OutputWrapper, *, rebuild: bool) -> None:
    """Compute, and tell each step as it begins: a rebuild of a large shop takes minutes."""

    def tell(step: str) -> None:
        out.write(f"{step} ...")
        out.flush()

    compute = nightly.rebuild if rebuild else nightly.run
    done = compute(_settings(), work.now(), tell)
    if done.busy:
        raise CommandError("Another run is at it. Try again when it is done.")
    out.write(f"{done.contacts} customers computed, {done.entered} memberships began.")


def _table(kind: str, currency: str, counts: list[SegmentCount]) -> Iterator[str]:
    bought = f" in {currency}" if currency else ", without a purchase" if kind != "rfm" else ""
    yield f"{_TITLES[kind]}{bought}, of {counts[0].sample} customers:"
    for one in counts:
        share = "" if one.share is None else f"{one.share:>7.1%}"
        revenue = f"{one.revenue:>14.2f} {currency} {share}" if currency else ""
        yield f"  {one.customers:>8}  {one.segment.replace('_', ' '):<20} {one.orders:>8} orders {revenue}".rstrip()


def _settings() -> Settings:
    try:
        return config.parse(get_shop().configuration())
    except config.ConfigError as error:
        raise CommandError(f"These settings have to be right first. {error}") from error
