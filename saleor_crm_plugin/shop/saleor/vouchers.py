"""Saleor's vouchers and their codes: the only tables of Saleor's that we write, through Saleor's own models.

Relies on saleor/discount/models.py (Voucher, VoucherCode, VoucherChannelListing), the same in 3.21 to 3.24. A code of a
voucher for ``single_use`` is switched off when its order is made (saleor/discount/utils/voucher.py,
increase_voucher_usage); ``used`` counts only where there is a ``usage_limit``. Where a payment takes more steps it is
switched off when it begins, and the checkout says so until it is an order or the payment failed
(saleor/checkout/complete_checkout.py, _increase_checkout_voucher_usage). Saleor switches it on again then, and for a
deleted draft, not for a cancelled order. Events are those of Saleor's mutations
(saleor/graphql/discount/mutations/voucher/).
"""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from traceback import format_exc
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.utils import timezone
from saleor.channel.models import Channel
from saleor.checkout.models import Checkout
from saleor.core.db.connection import allow_writer
from saleor.discount import DiscountValueType, VoucherType
from saleor.discount.models import Voucher, VoucherChannelListing, VoucherCode
from saleor.giftcard.models import GiftCard
from saleor.order import OrderStatus
from saleor.order.models import Order
from saleor.plugins.manager import get_plugins_manager

from saleor_crm_plugin.privacy import masked
from saleor_crm_plugin.shop.saleor.ids import integers, uuids
from saleor_crm_plugin.shop.vouchers import CodeUsage, VoucherTerms

logger = logging.getLogger(__name__)

# Where a voucher of ours says which it is.
KEY = "saleor_crm.voucher"
_DEAD = [OrderStatus.CANCELED, OrderStatus.EXPIRED]
# By COPY into a table of the transaction's own, so that codes which are taken stop nobody.
_STAGE = "CREATE TEMPORARY TABLE IF NOT EXISTS crm_new_code (id uuid, code text) ON COMMIT DELETE ROWS"


def read_channels() -> dict[str, str]:
    """All channels: slug to currency."""
    return dict(Channel.objects.values_list("slug", "currency_code"))


def ensure_voucher(terms: VoucherTerms, known: str) -> str:
    """The voucher under the key of these terms."""
    if known and Voucher.objects.filter(pk__in=integers([known])).exists():
        return known
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"crm voucher {terms.key}"])
    # Before what is in JSON, what is compared at once: a shop may have very many vouchers.
    # The name is for people, and theirs to change.
    there = Voucher.objects.filter(end_date=terms.ends_at, private_metadata__contains={KEY: terms.key})
    found = there.order_by("pk").values_list("pk", flat=True).first()
    return str(_create(terms) if found is None else found)


def add_codes(voucher_id: str, codes: Sequence[str]) -> list[str]:
    """Add codes by COPY: Saleor's columns, in the order and with the defaults of its model."""
    table, column = VoucherCode._meta.db_table, _columns(VoucherCode)
    first = not VoucherCode.objects.filter(voucher_id=int(voucher_id)).exists()
    taken = set(GiftCard.objects.filter(code__in=codes).values_list("code", flat=True))
    new = [(uuid4(), code) for code in codes if code not in taken]
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        cursor.execute("TRUNCATE crm_new_code")
        with cursor.copy("COPY crm_new_code (id, code) FROM STDIN") as into:
            for row in new:
                into.write_row(row)
        cursor.execute(
            f"""
            INSERT INTO {table} ({column["id"]}, {column["code"]}, {column["used"]}, {column["is_active"]},
                {column["voucher"]}, {column["created_at"]})
            SELECT id, code, 0, true, %s, %s FROM crm_new_code ON CONFLICT ({column["code"]}) DO NOTHING
            """,  # noqa: S608 - names of Saleor's model
            [int(voucher_id), timezone.now()],
        )
        if cursor.rowcount < len(new):
            cursor.execute(f"SELECT id FROM {table} JOIN crm_new_code USING (id)")  # noqa: S608 - the same
            added = {key for (key,) in cursor.fetchall()}
            new = [(key, code) for key, code in new if key in added]
    if new:
        _tell("voucher_codes_created", lambda: [_row(key, code, voucher_id) for key, code in new])
        if first:  # of a new voucher Saleor tells after its codes, with the last of them
            _tell("voucher_created", lambda: Voucher.objects.get(pk=voucher_id), new[-1][1])
    left = {code for _, code in new}
    return [code for code in codes if code not in left]


def read_code_usage(codes: Sequence[str]) -> dict[str, CodeUsage]:
    """What became of codes. Orders are found by order_voucher_code_idx.

    Codes are read first, then carts, then orders: the way that a code goes, so that it is overlooked at no step.
    """
    active = dict(VoucherCode.objects.filter(code__in=codes).values_list("code", "is_active"))
    used_up = [code for code, good in active.items() if not good]
    carts = Checkout.objects.filter(voucher_code__in=used_up, is_voucher_usage_increased=True)
    paying = set(carts.values_list("voucher_code", flat=True)) if used_up else set()
    orders: dict[str, list[str]] = {}
    living = Order.objects.filter(voucher_code__in=codes).exclude(status__in=_DEAD).order_by("created_at", "pk")
    for code, order in living.values_list("voucher_code", "pk"):
        orders.setdefault(code, []).append(str(order))
    return {code: CodeUsage(good, tuple(orders.get(code, ())), code in paying) for code, good in active.items()}


def deactivate_codes(codes: Sequence[str]) -> set[str]:
    """Switch codes off, as Saleor does with those that are used."""
    rows = VoucherCode.objects.select_for_update().filter(code__in=codes, is_active=True).order_by("pk")
    good = dict(rows.values_list("code", "voucher_id"))
    VoucherCode.objects.filter(code__in=good).update(is_active=False)
    for voucher in Voucher.objects.filter(pk__in=set(good.values())).order_by("pk"):
        _tell("voucher_updated", partial(_itself, voucher), None)
    used = Order.objects.filter(voucher_code__in=good).exclude(status__in=_DEAD).values_list("voucher_code", flat=True)
    return set(good).difference(used)


def read_codes_of_orders(order_ids: Sequence[str]) -> dict[str, str]:
    """The code that was used for each order."""
    rows = Order.objects.filter(pk__in=uuids(order_ids)).exclude(voucher_code=None).exclude(voucher_code="")
    return {str(order): code for order, code in rows.values_list("pk", "voucher_code")}


def _create(terms: VoucherTerms) -> int:
    voucher = Voucher.objects.create(
        type=VoucherType.ENTIRE_ORDER,
        name=terms.name,
        start_date=terms.starts_at,
        end_date=terms.ends_at,
        single_use=True,
        discount_value_type=DiscountValueType.PERCENTAGE if terms.percent else DiscountValueType.FIXED,
        private_metadata={KEY: terms.key},
    )
    channels = Channel.objects.in_bulk([listing.channel for listing in terms.listings], field_name="slug")
    VoucherChannelListing.objects.bulk_create(
        VoucherChannelListing(
            voucher=voucher,
            channel=channels[listing.channel],
            currency=channels[listing.channel].currency_code,
            discount_value=listing.value,
            min_spent_amount=listing.minimum,
        )
        for listing in terms.listings
        if listing.channel in channels
    )
    return int(voucher.pk)


def _columns(model: Any) -> dict[str, str]:
    return {field.name: connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields}


def _row(key: UUID, code: str, voucher_id: str) -> VoucherCode:
    return VoucherCode(id=key, code=code, voucher_id=int(voucher_id))


def _itself(voucher: Any) -> Any:
    return voucher


def _tell(event: str, about: Callable[[], Any], *rest: Any) -> None:
    """Fire an event as Saleor's mutations do, after the commit. What others make of it stops none of our work."""

    def fire() -> None:
        with allow_writer():
            call: Callable[..., object] = getattr(get_plugins_manager(allow_replica=False), event)
            call(about(), *rest)

    transaction.on_commit(partial(_carefully, fire, event))


def _carefully(fire: Callable[[], None], event: str) -> None:
    try:
        fire()
    except Exception:
        logger.error("CRM: nobody could be told of %s: %s", event, masked(format_exc()))
