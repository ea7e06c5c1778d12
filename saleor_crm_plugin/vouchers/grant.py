"""Granting codes, within the caller's transaction: what is decided and the code that goes with it are one."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from ..config import Settings, VoucherTier
from ..shop.port import Shop
from . import budget, people, sweep
from .budget import Use
from .codes import mint
from .issue import end_of, issue
from .models import Grant

_VALID = (Grant.State.GRANTED, Grant.State.REDEEMED)
# What was granted before: a list as one parameter, since thousands come at once. By the keys.
_MADE = """
SELECT state, key, code, tier, value, currency, percent, minimum, expires_at, state = 'redeemed'
FROM crm_voucher_grant WHERE key = ANY(%s)
"""
_COLUMNS = (
    "key", "tier", "contact_id", "code", "voucher_id", "channel", "currency", "value", "percent", "minimum", "state",
    "granted_at", "expires_at", "look_at",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A code for a contact, to be used in a channel (slug) with a currency. ``key`` says what for: 1 to 120 characters
    that no other wish has, such as "<flow>:<subject>"."""

    key: str
    tier: VoucherTier
    contact_id: int
    channel: str
    currency: str


@dataclass(frozen=True)
class Granted:
    """A code that its contact can use until ``expires_at``, on the terms on which it was granted, whatever the tier's
    are today. It takes off ``percent``, or else ``value``, which is also what it counts for in the tier's budget, from
    ``minimum`` on (both in ``currency``; None: from any sum on)."""

    code: str
    tier: str
    value: Decimal
    currency: str
    percent: Decimal | None
    minimum: Decimal | None
    expires_at: datetime
    redeemed: bool


class Refusal(StrEnum):
    """Why no code is granted."""

    BUDGET = "budget"  # the tier's budget in this currency is used
    COUNT = "count"  # as many codes as the tier allows are out
    NOT_SERVED = "not_served"  # the tier is not good in this channel or currency
    ENDED = "ended"  # the code of this key was given back, has expired, or was deactivated
    NOBODY = "nobody"  # there is no such contact (any more)


def grant(shop: Shop, settings: Settings, wanted: Sequence[Wanted], now: datetime) -> dict[str, Granted | Refusal]:
    """A code for each wish, or why there is none: by key, and by the same key the same code again.

    Codes are minted and counted in the caller's transaction. A constant number of queries for each tier. Where a budget
    does not reach for all, the first of ``wanted`` get it. Raises ValueError for two wishes of one key.
    """
    if len({wish.key for wish in wanted}) < len(wanted):
        raise ValueError("Each wish needs a key of its own.")
    with transaction.atomic():
        there = people.hold({wish.contact_id for wish in wanted})
        used = budget.hold({wish.tier.name for wish in wanted})
        made = _made([wish.key for wish in wanted])
        answers = {key: _spelt_alike(answer, settings.time_zone) for key, answer in made.items()}
        if new := [wish for wish in wanted if wish.key not in answers]:
            channels = shop.channels()
            refused = _refused(new, there, used, channels)
            answers |= refused
            answers |= _grant(shop, settings, [wish for wish in new if wish.key not in refused], channels, now)
    return {wish.key: answers[wish.key] for wish in wanted}


def hold(tiers: Collection[str], keys: Collection[str]) -> None:
    """Keep from other workers, in their order, the tiers of which a transaction will grant codes, and those of the
    codes of these keys, which it may give back: for whoever does both. Four statements."""
    budget.hold({*tiers, *_tiers_of(keys)})


def give_back(shop: Shop, keys: Collection[str], now: datetime) -> set[str]:
    """Take codes back that nobody was told of: their budget is free again, and the shop takes them no more.

    Returns the keys of those that were taken back; a code that was used meanwhile stays. In the caller's transaction.
    """
    with transaction.atomic():
        budget.hold(_tiers_of(keys))
        rows = Grant.objects.select_for_update(no_key=True).filter(key__in=keys, state=Grant.State.GRANTED)
        grants = {one.code: one for one in rows.order_by("pk")}
        good = shop.deactivate_codes(list(grants)) if grants else set()
        back = [one for code, one in grants.items() if code in good]
        sweep.end(back, Grant.State.GIVEN_BACK, now)
    return {one.key for one in back}


def set_aside(keys: Collection[str]) -> None:
    """Let codes be granted anew for what codes were granted for that were given back: these get other keys."""
    given_back = Grant.objects.filter(key__in=keys, state=Grant.State.GIVEN_BACK)
    given_back.update(key=Concat("key", Value("#"), Cast("pk", CharField())))


def granted(keys: Sequence[str]) -> dict[str, Granted]:
    """The codes that were granted for these keys and are neither given back nor over. One query."""
    return {key: answer for key, answer in _made(keys).items() if isinstance(answer, Granted)}


def _tiers_of(keys: Collection[str]) -> set[str]:
    return set(Grant.objects.filter(key__in=keys, state=Grant.State.GRANTED).values_list("tier", flat=True))


def _made(keys: Sequence[str]) -> dict[str, Granted | Refusal]:
    with connection.cursor() as cursor:
        cursor.execute(_MADE, [list(keys)])
        return {key: Granted(*terms) if state in _VALID else Refusal.ENDED for state, key, *terms in cursor.fetchall()}


def _spelt_alike(answer: Granted | Refusal, zone: ZoneInfo) -> Granted | Refusal:
    """The same answer with its end told in the owner's time zone, as when it was given first: kept ones come in UTC."""
    return replace(answer, expires_at=answer.expires_at.astimezone(zone)) if isinstance(answer, Granted) else answer


def _refused(
    wanted: Sequence[Wanted], there: Collection[int], used: dict[str, Use], channels: dict[str, str]
) -> dict[str, Refusal]:
    """Those that get nothing. ``used`` grows by those that do."""
    refused: dict[str, Refusal] = {}
    for wish in wanted:
        tier = wish.tier
        use = used.get(tier.name, Use())
        value, amount = tier.value(wish.currency), use.amounts.get(wish.currency, Decimal(0))
        if wish.contact_id not in there:
            refused[wish.key] = Refusal.NOBODY
        elif channels.get(wish.channel) != wish.currency or not tier.serves(wish.channel, wish.currency):
            refused[wish.key] = Refusal.NOT_SERVED
        elif tier.most is not None and use.codes >= tier.most:
            refused[wish.key] = Refusal.COUNT
        elif tier.budget and amount + value > tier.budget[wish.currency]:
            refused[wish.key] = Refusal.BUDGET
        else:
            use.codes += 1
            use.amounts[wish.currency] = amount + value
    return refused


def _grant(
    shop: Shop, settings: Settings, wanted: Sequence[Wanted], channels: dict[str, str], now: datetime
) -> dict[str, Granted | Refusal]:
    by_tier: dict[str, list[Wanted]] = defaultdict(list)
    for wish in wanted:
        by_tier[wish.tier.name].append(wish)
    answers: dict[str, Granted | Refusal] = {}
    for name, wishes in sorted(by_tier.items()):
        tier = wishes[0].tier
        ends_at = end_of(tier, settings.time_zone, now)
        voucher_id = issue(shop, tier, ends_at, channels, now)
        codes = _new_codes(shop, voucher_id, settings.vouchers.prefix, len(wishes))
        look_at = sweep.first_look(name, ends_at, now)
        granted = [
            Granted(
                code, name, tier.value(wish.currency), wish.currency, tier.percent, tier.minimum.get(wish.currency),
                ends_at, redeemed=False,
            )
            for wish, code in zip(wishes, codes, strict=True)
        ]  # fmt: skip
        _store(
            (wish.key, name, wish.contact_id, one.code, voucher_id, wish.channel, wish.currency, one.value,
             one.percent, one.minimum, Grant.State.GRANTED.value, now, ends_at, look_at)
            for wish, one in zip(wishes, granted, strict=True)
        )  # fmt: skip
        answers |= {wish.key: one for wish, one in zip(wishes, granted, strict=True)}
    budget.count((wish.tier.name, wish.currency, 1, wish.tier.value(wish.currency)) for wish in wanted)
    return answers


def _new_codes(shop: Shop, voucher_id: str, prefix: str, count: int) -> list[str]:
    """Codes that the shop takes, all new. Those that were somebody else's by the rarest chance are minted again."""
    codes: list[str] = []
    while len(codes) < count:
        minted = mint(prefix, count - len(codes))
        taken = set(shop.add_codes(voucher_id, minted))
        codes += [code for code in minted if code not in taken]
    return codes


def _store(rows: Iterator[tuple[object, ...]]) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY crm_voucher_grant ({', '.join(_COLUMNS)}) FROM STDIN") as into,
    ):
        for row in rows:
            into.write_row(row)
