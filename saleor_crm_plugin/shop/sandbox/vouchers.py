"""The demo shop's vouchers: what the plugin asks of them, and what its carts and orders do."""

from collections.abc import Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from django.db import connection

from ..vouchers import CodeUsage, VoucherTerms
from .models import Channel, Checkout, Order, Status
from .voucher_models import Voucher, VoucherCode, VoucherListing

_DEAD = (Status.CANCELED, Status.EXPIRED)


def read_channels() -> dict[str, str]:
    """All channels: slug to currency."""
    return dict(Channel.objects.values_list("slug", "currency"))


def ensure_voucher(terms: VoucherTerms, known: str) -> str:
    """The voucher under the key of these terms. Who makes it holds its key, so that others wait and find it."""
    if known.isdigit() and Voucher.objects.filter(pk=int(known)).exists():
        return known
    voucher, created = Voucher.objects.get_or_create(
        key=terms.key,
        defaults={
            "name": terms.name,
            "percent": terms.percent,
            "starts_at": terms.starts_at,
            "ends_at": terms.ends_at,
        },
    )
    if created:
        channels = Channel.objects.in_bulk([listing.channel for listing in terms.listings], field_name="slug")
        VoucherListing.objects.bulk_create(
            VoucherListing(
                voucher=voucher, channel=channels[listing.channel], value=listing.value, minimum=listing.minimum
            )
            for listing in terms.listings
            if listing.channel in channels
        )
    return str(voucher.pk)


def add_codes(voucher_id: str, codes: Sequence[str]) -> list[str]:
    """Add codes, by one statement. Returns those that are taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH added AS (
                INSERT INTO sandbox_vouchercode (voucher_id, code) SELECT %s, unnest(%s::text[])
                ON CONFLICT (code) DO NOTHING RETURNING code
            )
            SELECT unnest(%s::text[]) EXCEPT SELECT code FROM added
            """,
            [int(voucher_id), list(codes), list(codes)],
        )
        return [code for (code,) in cursor.fetchall()]


def read_code_usage(codes: Sequence[str]) -> dict[str, CodeUsage]:
    """What became of codes, read the way that they go: codes, carts, orders."""
    rows = list(VoucherCode.objects.filter(code__in=codes).values_list("code", "active"))
    paying = set(Checkout.objects.filter(voucher_code__in=codes, paying=True).values_list("voucher_code", flat=True))
    orders: dict[str, list[str]] = {}
    living = Order.objects.filter(voucher_code__in=codes).exclude(voucher_code="").exclude(status__in=_DEAD)
    for code, order in living.order_by("placed_at", "pk").values_list("voucher_code", "pk"):
        orders.setdefault(code, []).append(str(order))
    return {code: CodeUsage(active, tuple(orders.get(code, ())), code in paying) for code, active in rows}


def deactivate_codes(codes: Sequence[str]) -> set[str]:
    """Make codes useless. Returns those that were good until now."""
    rows = VoucherCode.objects.select_for_update().filter(code__in=codes, active=True).order_by("pk")
    good = set(rows.values_list("code", flat=True))
    VoucherCode.objects.filter(code__in=good).update(active=False)
    return good


def read_codes_of_orders(keys: Sequence[UUID]) -> dict[str, str]:
    """The code that was used for each order."""
    rows = Order.objects.filter(pk__in=keys).exclude(voucher_code="")
    return {str(order): code for order, code in rows.values_list("pk", "voucher_code")}


def discount(code: str, channel_id: int, goods: Decimal, now: datetime, *, used: bool = False) -> Decimal | None:
    """What a code takes off goods in a channel, None where it is not good for them. ``used``: it was used up for just
    these goods."""
    listing = VoucherListing.objects.filter(
        channel=channel_id,
        voucher__codes__code=code,
        voucher__codes__active=not used,
        voucher__starts_at__lte=now,
        voucher__ends_at__gte=now,
    )
    found = listing.select_related("voucher").first()
    if found is None or goods < (found.minimum or 0):
        return None
    share = goods * found.value / 100
    return min(goods, share.quantize(Decimal("0.01"), ROUND_HALF_UP) if found.voucher.percent else found.value)


def take_off(cart: Checkout, goods: Decimal, now: datetime) -> Decimal | None:
    """The same of a cart's code, for goods that are paid now: nobody can use it again. Its own payment may have used it
    up before."""
    code = cart.voucher_code
    if not code:
        return Decimal(0)
    if cart.paying:
        return discount(code, cart.channel_id, goods, now, used=True)
    off = discount(code, cart.channel_id, goods, now)
    used = off is not None and VoucherCode.objects.filter(code=code, active=True).update(active=False)
    return off if used else None


def let_go(code: str) -> None:
    """The payment that used a code up has failed: it is good again."""
    VoucherCode.objects.filter(code=code).update(active=True)
