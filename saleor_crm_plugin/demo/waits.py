"""Who waits in the demo shop, for what, and who was told in which order: for the demo's page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django.db.models import Count

from ..activity.stock.models import StockInterest, StockWave
from ..emails.money import money
from ..flows.catalogue import BACK_IN_STOCK
from ..flows.models import Enrolment
from ..flows.stock.demand import Demand, demand, totals
from ..shop.goods import VariantTile
from ..shop.port import Shop
from ..shop.sandbox import pictures
from ..shop.sandbox.models import User
from .mailbox import Letter, Mailbox
from .scarce import SHORT

_SHOWN = 9
_ENGLISH = Locale("en")
_ZONE = ZoneInfo("Europe/Berlin")
_QUEUE = "few"  # whose queue is shown

State = StockInterest.State


@dataclass(frozen=True)
class Wanted:
    """A variant that is wanted. ``width`` of its bar in percent of the longest, ``value`` as it is written."""

    name: str
    slug: str
    story: str
    one: Demand
    unconfirmed: int
    lost: str
    value: str
    width: float


@dataclass(frozen=True)
class Place:
    """A place in the queue: who has it, and what became of it. ``tone`` is the colour of its mark."""

    number: int
    name: str
    country: str
    asked: str
    happened: str
    tone: str
    letter: Letter | None


@dataclass(frozen=True)
class Wave:
    """Units that came free, and how many of the waiting were given their turn."""

    key: int
    number: int
    at: str
    units: int
    told: int


def waits_context(shop: Shop, out: Path, parts: Mapping[str, str], mailbox: Mailbox, now: datetime) -> dict[str, Any]:
    """What ``waits.html`` shows. ``parts`` tells which variant plays which part (``scarce.Scarcity``). Its pictures are
    drawn into ``out/media``."""
    wanted = _wanted(shop, parts, now)
    queue = parts.get(_QUEUE, "")
    tile = _tiles(shop, [(queue, "eu")]).get((queue, "eu")) if queue else None
    slugs = {one.slug for one in wanted} | ({tile.slug} if tile else set())
    pictures.write_pictures(sorted(slugs), out / "media")
    waves = _waves(queue)
    return {
        "wanted": wanted,
        "wanted_totals": [
            f"{money(total.lost, total.currency, _ENGLISH)}" for total in totals(None, now) if total.lost
        ],
        "queue_of": tile,
        "queue": _places(queue, waves, mailbox.letters) if tile else [],
        "waves": waves,
    }


def _wanted(shop: Shop, parts: Mapping[str, str], now: datetime) -> list[Wanted]:
    found = demand(None, now, None, _SHOWN)
    tiles = _tiles(shop, [(one.variant_id, one.channel) for one in found])
    unconfirmed = dict(
        StockInterest.objects.filter(state=State.UNCONFIRMED).values_list("variant_id").annotate(Count("pk"))
    )
    stories = {variant: SHORT[part].story for part, variant in parts.items()}
    most = max((one.waiting for one in found), default=0) or 1
    return [
        Wanted(
            name=_name(tile),
            slug=tile.slug,
            story=stories.get(one.variant_id, ""),
            one=one,
            unconfirmed=unconfirmed.get(one.variant_id, 0),
            lost=_amount(one.lost or None, one.currency),
            value=_amount(one.expected, one.currency) if one.valued else "",
            width=100 * one.waiting / most,
        )
        for one in found
        if (tile := tiles.get((one.variant_id, one.channel)))
    ]


def _waves(variant: str) -> list[Wave]:
    """Those in which somebody was told."""
    rows = StockWave.objects.filter(variant_id=variant, members__state=State.TOLD)
    counted = rows.annotate(told=Count("members")).order_by("opened_at", "pk")
    return [
        Wave(wave.pk, number, f"{wave.opened_at.astimezone(_ZONE):%A, %H:%M}", wave.units, wave.told)
        for number, wave in enumerate(counted, start=1)
    ]


def _places(variant: str, waves: Sequence[Wave], letters: Sequence[Letter]) -> list[Place]:
    """All who asked, in the order of the queue."""
    asked = list(
        StockInterest.objects.filter(variant_id=variant, kind=StockInterest.Kind.REQUEST)
        .exclude(state=State.UNCONFIRMED)
        .select_related("contact")
        .order_by("asked_at", "pk")
    )
    accounts = User.objects.in_bulk([int(one.contact.user_id) for one in asked if one.contact.user_id])
    bought = set(
        Enrolment.objects.filter(flow=BACK_IN_STOCK.key, recovered_order_id__isnull=False).values_list(
            "subject_id", flat=True
        )
    )
    mails = {letter.subject_id: letter for letter in letters if letter.flow == BACK_IN_STOCK.key}
    numbers = {wave.key: wave.number for wave in waves}
    places = []
    for number, one in enumerate(asked, start=1):
        account = accounts.get(int(one.contact.user_id)) if one.contact.user_id else None
        happened, tone = _happened(one, numbers.get(one.wave_id or 0), bought=str(one.pk) in bought)
        places.append(
            Place(
                number,
                account.first_name if account else "A guest",
                _ENGLISH.territories.get(account.country, "") if account else "",
                f"{one.asked_at.astimezone(_ZONE):%-d %b}",
                happened,
                tone,
                mails.get(str(one.pk)),
            )
        )
    return places


def _happened(one: StockInterest, wave: int | None, *, bought: bool) -> tuple[str, str]:
    if one.state == State.TOLD and one.told_at:
        told = f"Told on {one.told_at.astimezone(_ZONE):%A, %H:%M}" + (f", wave {wave}" if wave else "")
        return (f"{told}. Bought it.", "ordered") if bought else (f"{told}.", "treated")
    if one.state == State.WAITING:
        return "Keeps the place.", "skipped"
    return "Waits no more.", "skipped"


def _tiles(shop: Shop, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], VariantTile]:
    """One question to the shop for each channel."""
    found: dict[tuple[str, str], VariantTile] = {}
    for channel in {channel for _, channel in pairs}:
        variants = [variant for variant, other in pairs if other == channel]
        tiles = shop.variants(variants, channel, "en", ())
        found |= {(variant, channel): tile for variant, tile in tiles.items()}
    return found


def _name(tile: VariantTile) -> str:
    return f"{tile.product_name}, {tile.variant_name}" if tile.variant_name else tile.product_name


def _amount(amount: Decimal | None, currency: str) -> str:
    return "" if amount is None or not currency else money(amount, currency, _ENGLISH)
