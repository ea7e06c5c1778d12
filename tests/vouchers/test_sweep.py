"""Codes that nobody used end with their time, and with what staff does in the shop."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from saleor_crm_plugin.config import POINTS
from saleor_crm_plugin.shop.sandbox import voucher_models
from saleor_crm_plugin.vouchers import budget
from saleor_crm_plugin.vouchers.budget import Use
from saleor_crm_plugin.vouchers.grant import Wanted
from saleor_crm_plugin.vouchers.models import Grant
from saleor_crm_plugin.vouchers.sweep import GRACE, expire
from tests.vouchers.granting import NOON, Granting, met, states, used

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def over(shop: Granting) -> None:
    """The time of all codes is over."""
    shop.now = max(Grant.objects.values_list("expires_at", flat=True)) + GRACE


def test_an_unused_code_is_switched_off_after_its_time_and_frees_the_budget() -> None:
    shop = Granting("A = 10 EUR, budget 10 EUR")
    code = shop.code("1")
    assert expire(shop.shop, shop.now).looked == 0

    over(shop)
    swept = expire(shop.shop, shop.now)

    assert ([one.key for one in swept.ended], swept.looked) == (["1"], 1)
    assert not shop.shop.code_usage([code])[code].active
    assert (states(), used("A")) == ({"1": "expired"}, (0, {"EUR": Decimal(0)}))
    assert expire(shop.shop, shop.now).looked == 0


def test_an_order_that_nobody_has_heard_of_yet_keeps_its_code(shop: Granting) -> None:
    order = shop.order(shop.code("1"))
    over(shop)

    swept = expire(shop.shop, shop.now)

    assert (swept.looked, swept.ended) == (1, [])
    assert expire(shop.shop, shop.now).looked == 0  # not again before tomorrow
    shop.note(order)
    assert states() == {"1": "redeemed"}


def test_a_code_that_comes_up_while_tiers_are_held_waits_until_its_own_is(
    shop: Granting, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a code of A, the longest due, which another worker is just ending, and one of B
    for tier in "AB":
        shop.code(tier, tier=tier)
        shop.now += DAY
    over(shop)
    held, hold = set[str](), budget.hold

    def late(tiers: Collection[str]) -> dict[str, Use]:
        held.update(tiers)
        Grant.objects.filter(tier="A").update(state=Grant.State.EXPIRED)
        return hold(tiers)

    monkeypatch.setattr(budget, "hold", late)
    # when
    swept = expire(shop.shop, shop.now, limit=1)
    # then
    assert {one.tier for one in swept.ended} <= held


def test_a_code_that_staff_deleted_ends(shop: Granting) -> None:
    shop.code("1")
    voucher_models.VoucherCode.objects.all().delete()
    over(shop)

    assert len(expire(shop.shop, shop.now).ended) == 1


def test_a_code_for_points_is_looked_at_every_day(shop: Granting) -> None:
    ada, worth = met("ada@example.com"), shop.tier("A")
    points = replace(worth, name=POINTS, valid=30 * DAY)
    with transaction.atomic():
        shop.grant(Wanted("points:1", points, ada.pk, "eu", "EUR"))
        shop.grant(Wanted("points:2", points, ada.pk, "eu", "EUR"))
    lost = Grant.objects.get(key="points:1")
    voucher_models.VoucherCode.objects.filter(code=lost.code).update(active=False)

    shop.now = NOON + DAY
    assert expire(shop.shop, shop.now).looked == 0  # those for points are looked at by whoever gives them back
    swept = expire(shop.shop, shop.now, points=True)

    assert ([one.key for one in swept.ended], swept.looked) == (["points:1"], 2)
    assert states() == {"points:1": "deactivated", "points:2": "granted"}


def test_many_codes_end_in_pieces(shop: Granting) -> None:
    ada = met("ada@example.com")
    shop.grant(*(shop.wish(str(n), ada) for n in range(7)))
    over(shop)

    sizes = []
    while looked := expire(shop.shop, shop.now, limit=3).looked:
        sizes.append(looked)

    assert sizes == [3, 3, 1]
    assert set(states().values()) == {"expired"}
