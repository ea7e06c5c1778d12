"""Granting: one code for each wish and the same again, never beyond the tier's limits, never to nobody."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from saleor_crm_plugin import config
from saleor_crm_plugin.contacts.erasure import erase
from saleor_crm_plugin.shop.sandbox import models, voucher_models
from saleor_crm_plugin.vouchers import codes as codes_module
from saleor_crm_plugin.vouchers import grant as granting
from saleor_crm_plugin.vouchers.grant import Granted, Refusal, give_back
from saleor_crm_plugin.vouchers.models import Grant, IssuedVoucher
from tests.vouchers.granting import NOON, Granting, met, states, used

pytestmark = pytest.mark.django_db


def test_a_code_is_granted_to_a_contact_and_is_good_in_the_shop(shop: Granting) -> None:
    ada = met("ada@example.com")

    answer = shop.grant(shop.wish("score:1", ada))["score:1"]

    assert isinstance(answer, Granted)
    assert answer.code.startswith("CRM-")
    one = Grant.objects.get()
    assert (one.contact_id, one.tier, one.code, one.state) == (ada.pk, "A", answer.code, "granted")
    order = shop.order(answer.code, price="40.00")
    assert models.Order.objects.get(pk=order).total == Decimal("32.00")


def test_the_same_key_gives_the_same_code_again(shop: Granting) -> None:
    first = shop.code("score:1")

    assert shop.code("score:1") == first
    assert shop.code("score:2") != first
    assert (Grant.objects.count(), used("A")[0]) == (2, 2)


def test_a_decision_that_is_rolled_back_leaves_neither_code_nor_voucher(shop: Granting) -> None:
    ada = met("ada@example.com")

    with suppress(RuntimeError), transaction.atomic():
        shop.grant(shop.wish("score:1", ada))
        raise RuntimeError

    assert not Grant.objects.exists()
    assert not voucher_models.VoucherCode.objects.exists()
    assert used("A") == (0, {})


def test_one_voucher_of_the_shop_serves_a_tier_on_a_day_in_all_its_channels(shop: Granting) -> None:
    for key, tier in (("1", "A"), ("2", "A"), ("3", "B")):
        shop.code(key, tier=tier)

    assert voucher_models.Voucher.objects.count() == IssuedVoucher.objects.count() == 2
    assert voucher_models.VoucherListing.objects.filter(voucher__key__startswith="A:").count() == 2
    shop.now += timedelta(days=1)
    shop.code("4")
    assert voucher_models.Voucher.objects.count() == 3


def test_a_voucher_that_staff_deleted_is_made_again(shop: Granting) -> None:
    shop.code("1")
    voucher_models.Voucher.objects.all().delete()

    code = shop.code("2")

    assert shop.shop.code_usage([code])[code].active


def test_a_code_is_good_until_the_end_of_the_owners_day(shop: Granting) -> None:
    shop.settings = config.parse({"time_zone": "Europe/Berlin", "voucher_tiers": "A = 20 %, valid 7 d"})

    shop.code("1")

    # Noon in UTC and 7 days: the 9th of March is over in Berlin an hour before it is in UTC.
    assert Grant.objects.get().expires_at == datetime(2026, 3, 9, 23, tzinfo=UTC)
    assert voucher_models.Voucher.objects.get().name == "20 % · 2026-03-09"


@pytest.mark.parametrize(
    ("tier", "name"),
    [
        ("At risk = 12.50 %, valid 7 d", "12.5 % · 2026-03-09"),
        ("At risk = 10 EUR / 45.50 PLN / 12 USD, valid 7 d", "10 EUR / 45.50 PLN · 2026-03-09"),
    ],
)
def test_customers_read_what_a_code_takes_off_and_not_what_their_tier_is_called(
    shop: Granting, tier: str, name: str
) -> None:
    shop.settings = config.parse({"voucher_tiers": tier})

    shop.code("1", tier="At risk")

    assert voucher_models.Voucher.objects.get().name == name


def test_changed_settings_issue_another_voucher(shop: Granting) -> None:
    shop.code("1")
    shop.settings = config.parse({"voucher_tiers": "A = 25 %"})

    code = shop.code("2")

    assert models.Order.objects.get(pk=shop.order(code, price="40.00")).total == Decimal("30.00")


def test_an_amount_is_granted_in_the_currency_of_the_channel() -> None:
    shop = Granting("Welcome = 10 EUR / 45 PLN, min 30 EUR")
    ada = met("ada@example.com")

    shop.grant(shop.wish("1", ada, "Welcome"), shop.wish("2", ada, "Welcome", "poland", "PLN"))

    assert used("Welcome") == (2, {"EUR": Decimal(10), "PLN": Decimal(45)})
    listings = voucher_models.VoucherListing.objects.order_by("channel__slug").values_list(
        "channel__slug", "value", "minimum"
    )
    assert list(listings) == [("eu", Decimal(10), Decimal(30)), ("poland", Decimal(45), None)]


@pytest.mark.parametrize(
    ("tiers", "channel", "currency"),
    [
        ("A = 10 EUR", "poland", "PLN"),
        ("A = 20 %, channels eu", "poland", "PLN"),
        ("A = 20 %, budget 100 EUR, counts 10 EUR", "poland", "PLN"),
        ("A = 20 %", "eu", "PLN"),
        ("A = 20 %", "nowhere", "EUR"),
    ],
)
def test_where_a_tier_is_not_good_nothing_is_granted(tiers: str, channel: str, currency: str) -> None:
    shop = Granting(tiers)

    answers = shop.grant(shop.wish("1", met("ada@example.com"), channel=channel, currency=currency))

    assert answers == {"1": Refusal.NOT_SERVED}
    assert not voucher_models.Voucher.objects.exists()


def test_the_first_wishes_use_the_budget_and_the_others_are_told_why_not() -> None:
    shop = Granting("A = 10 EUR, budget 25 EUR\nB = 15 %, at most 1")
    ada = met("ada@example.com")

    answers = shop.grant(*(shop.wish(f"{tier}{n}", ada, tier) for tier in "AB" for n in range(3)))

    assert [key for key, answer in answers.items() if isinstance(answer, Granted)] == ["A0", "A1", "B0"]
    assert (answers["A2"], answers["B1"]) == (Refusal.BUDGET, Refusal.COUNT)
    assert used("A") == (2, {"EUR": Decimal(20)})


def test_a_percentage_counts_as_what_the_owner_reckons_with() -> None:
    shop = Granting("A = 20 %, budget 30 EUR, counts 15 EUR")
    ada = met("ada@example.com")

    answers = shop.grant(*(shop.wish(str(n), ada) for n in range(3)))

    assert [isinstance(answer, Granted) for answer in answers.values()] == [True, True, False]


def test_what_is_given_back_is_good_for_nothing_and_frees_the_budget() -> None:
    shop = Granting("A = 10 EUR, budget 10 EUR")
    code = shop.code("1")

    with transaction.atomic():
        assert give_back(shop.shop, ["1", "unknown"], shop.now) == {"1"}
        assert give_back(shop.shop, ["1"], shop.now) == set()

    assert used("A") == (0, {"EUR": Decimal(0)})
    assert not shop.shop.code_usage([code])[code].active
    assert shop.grant(shop.wish("1", met("ada@example.com"))) == {"1": Refusal.ENDED}
    assert shop.code("2") != code


def test_a_code_that_was_used_can_not_be_given_back(shop: Granting) -> None:
    order = shop.order(shop.code("1"))

    with transaction.atomic():
        assert give_back(shop.shop, ["1"], shop.now) == set()
    shop.note(order)
    with transaction.atomic():
        assert give_back(shop.shop, ["1"], shop.now) == set()

    assert states() == {"1": "redeemed"}
    assert used("A") == (1, {"EUR": Decimal(0)})


def test_nobody_gets_nothing(shop: Granting) -> None:
    ada = met("ada@example.com")
    wish = shop.wish("1", ada)
    erase([ada], NOON)

    assert shop.grant(wish) == {"1": Refusal.NOBODY}


def test_an_erased_persons_code_stays_counted_and_is_nobodys(shop: Granting) -> None:
    shop.code("1")

    erase([met("ada@example.com")], NOON)

    assert Grant.objects.get().contact_id is None
    assert used("A")[0] == 1


def test_two_wishes_of_one_key_are_a_mistake(shop: Granting) -> None:
    wish = shop.wish("1", met("ada@example.com"))

    with pytest.raises(ValueError, match="key"):
        shop.grant(wish, wish)


def test_a_code_that_somebody_has_is_minted_again(shop: Granting, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = shop.code("1")
    minted = iter([[taken], ["CRM-FRESH"]])
    monkeypatch.setattr(granting, "mint", lambda prefix, count: next(minted))

    assert shop.code("2") == "CRM-FRESH"
    assert codes_module.mint("", 1)  # the real one is as it was


def test_fifty_codes_cost_as_many_statements_as_one(shop: Granting) -> None:
    people = [met(f"customer{n}@example.com") for n in range(51)]
    shop.code("first")  # the voucher is there

    with CaptureQueriesContext(connection) as one:
        shop.grant(shop.wish("one", people[0]))
    with CaptureQueriesContext(connection) as fifty:
        shop.grant(*(shop.wish(str(n), contact) for n, contact in enumerate(people[1:])))

    assert len(fifty) == len(one)
