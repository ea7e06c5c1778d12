"""The vouchers of the shop that codes belong to: one for each tier, set of channels, and day on which it ends."""

import hashlib
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ..config import VoucherTier
from ..shop.port import Shop
from ..shop.vouchers import VoucherListing, VoucherTerms
from .models import IssuedVoucher

# Clocks of the shop's machines differ a little: a code can be used at once.
_EARLIER = timedelta(minutes=5)


def end_of(tier: VoucherTier, zone: ZoneInfo, now: datetime) -> datetime:
    """When a code that is granted now ends: with the day, in the owner's time zone, on which its time is over."""
    day = (now + tier.valid).astimezone(zone).date()
    return datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(days=1)


def last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    """The last day on which a code is good: one that ends at midnight is not good on the day that begins."""
    return (ends_at - timedelta(seconds=1)).astimezone(zone).date()


def issue(shop: Shop, tier: VoucherTier, ends_at: datetime, channels: dict[str, str], now: datetime) -> str:
    """The id of the shop's voucher for these terms, made where there is none. ``channels`` is slug to currency."""
    terms = _terms(tier, ends_at, channels, now)
    known = IssuedVoucher.objects.filter(pk=terms.key).values_list("voucher_id", flat=True).first() or ""
    voucher_id = shop.ensure_voucher(terms, known)
    if voucher_id != known:
        IssuedVoucher.objects.bulk_create(
            [IssuedVoucher(key=terms.key, voucher_id=voucher_id)],
            update_conflicts=True,
            unique_fields=["key"],
            update_fields=["voucher_id"],
        )
    return voucher_id


def _terms(tier: VoucherTier, ends_at: datetime, channels: dict[str, str], now: datetime) -> VoucherTerms:
    listings = tuple(
        VoucherListing(
            slug, tier.amounts[currency] if tier.percent is None else tier.percent, tier.minimum.get(currency)
        )
        for slug, currency in sorted(channels.items())
        if tier.serves(slug, currency)
    )
    worth = [f"{listing.channel} {listing.value:f} {listing.minimum or 0:f}" for listing in listings]
    digest = hashlib.sha256("\n".join([f"{tier.percent is None}", ends_at.isoformat(), *worth]).encode()).hexdigest()
    last_day = ends_at - timedelta(days=1)
    return VoucherTerms(
        key=f"{tier.name}:{digest[:32]}",
        name=f"{_worth(tier, channels)} · {last_day:%Y-%m-%d}",
        percent=tier.percent is not None,
        listings=listings,
        starts_at=now - _EARLIER,
        ends_at=ends_at,
    )


def _worth(tier: VoucherTier, channels: dict[str, str]) -> str:
    """What a code takes off, in any language: customers read a voucher's name in the checkout and on their order, and
    what their tier is called is the owner's affair."""
    if tier.percent is not None:
        return f"{tier.percent.normalize():f} %"
    currencies = sorted({currency for slug, currency in channels.items() if tier.serves(slug, currency)})
    return " / ".join(f"{tier.amounts[currency]:f} {currency}" for currency in currencies)[:200]
