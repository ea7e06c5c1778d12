"""Vouchers for loyalty points: the points go and the code comes in one transaction, or neither does."""

from datetime import datetime
from decimal import ROUND_DOWN

from django.db import transaction

from ..config import POINTS, Settings, VoucherTier
from ..config.vouchers import smallest
from ..segments.loyalty import ledger, spend
from ..shop.port import Shop
from ..vouchers.grant import Granted, Refusal, Wanted, grant
from ..vouchers.sweep import due, expire


class NotSold(Exception):  # noqa: N818 - nothing is broken
    """Points buy no voucher there: the channel is not known, or its currency has no price."""


class TooFew(Exception):  # noqa: N818 - nothing is broken
    """So few points are worth less than the smallest coin."""


def buy(
    shop: Shop, settings: Settings, contact_id: int, points: int, channel: str, source: str, now: datetime
) -> Granted:
    """Spend points on a code for a channel (slug). What is less than the smallest coin is rounded away.

    ``source`` names it (1 to 80 characters): asked again, it gives the same code and takes nothing. Raises NotSold,
    TooFew, ValueError, and the refusals of ``spend.redeem``.
    """
    currency = shop.channels().get(channel, "")
    price = settings.vouchers.points.get(currency)
    if price is None:
        raise NotSold
    value = (points / price).quantize(smallest(currency), ROUND_DOWN)
    if value <= 0:
        raise TooFew
    tier = VoucherTier(POINTS, amounts={currency: value}, valid=settings.vouchers.points_valid)
    with transaction.atomic():
        spend.redeem(contact_id, points, source, now)
        answer = grant(shop, settings, [Wanted(source, tier, contact_id, channel, currency)], now)[source]
        if isinstance(answer, Refusal):
            raise NotSold
        return answer


def return_points(shop: Shop, now: datetime, limit: int = 1000) -> int:
    """Give the points of codes back that were not used in their time, or that the shop's staff switched off.

    Returns how many codes were looked at: call it until none was. Contacts are held before codes, as everywhere, and
    what falls due for others meanwhile is left to the next time: to hold them, too, would be a way to deadlock.
    """

    def owners() -> set[int]:
        rows = due(now, points=True).values_list("contact_id", flat=True)[:limit]
        return {contact_id for contact_id in rows if contact_id is not None}

    with ledger.holding(owners) as held:
        swept = expire(shop, now, points=True, of=held, limit=limit)
        if swept.ended:
            spend.take_back_many([one.key for one in swept.ended], now)
    return swept.looked
