"""The owner's tiers of vouchers, as they are typed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_plugin.config import ConfigError, VoucherTier, parse
from saleor_crm_plugin.config.vouchers import smallest


def tiers(text: str) -> tuple[VoucherTier, ...]:
    return parse({"voucher_tiers": text}).vouchers.tiers


def test_two_tiers_come_with_the_plugin() -> None:
    rules = parse({}).vouchers

    assert [(tier.name, tier.percent, tier.valid.days) for tier in rules.tiers] == [("A", 20, 7), ("B", 15, 7)]
    assert (rules.prefix, rules.points) == ("CRM", {})


def test_everything_that_may_be_said_of_a_tier_is_read_in_any_order() -> None:
    (tier,) = tiers("A = 20 %, at most 500, counts 15 EUR / 60 PLN, channels eu / poland, valid 2 weeks,"
                    " budget 5000 EUR / 20000 PLN, min 50.50 EUR")  # fmt: skip

    assert tier == VoucherTier(
        "A",
        percent=Decimal(20),
        minimum={"EUR": Decimal("50.50")},
        channels=("eu", "poland"),
        valid=timedelta(weeks=2),
        budget={"EUR": Decimal(5000), "PLN": Decimal(20000)},
        counts={"EUR": Decimal(15), "PLN": Decimal(60)},
        most=500,
    )
    assert (tier.value("EUR"), tier.value("USD")) == (15, 0)


def test_an_amount_counts_as_it_is() -> None:
    (tier,) = tiers("Welcome = 10 EUR / 45 PLN")

    assert (tier.value("EUR"), tier.value("PLN")) == (10, 45)


def test_a_tier_serves_its_channels_and_currencies() -> None:
    percent, amount, one = tiers("A = 5 %\nB = 5 EUR / 20 PLN\nC = 5 %, channels eu, budget 10 EUR, counts 1 EUR")

    assert [percent.serves("eu", "EUR"), percent.serves("us", "USD")] == [True, True]
    assert [amount.serves("eu", "EUR"), amount.serves("us", "USD")] == [True, False]
    assert [one.serves("eu", "EUR"), one.serves("de", "EUR"), one.serves("eu", "USD")] == [True, False, False]


def test_no_tiers_are_allowed() -> None:
    assert tiers("") == ()


def test_the_prefix_is_written_in_capitals() -> None:
    assert parse({"voucher_prefix": "summer26"}).vouchers.prefix == "SUMMER26"


@pytest.mark.parametrize("prefix", ["SALE0", "SHOP", "SUMMER1", "LIND", "i", "A-B", "A" * 13])
def test_a_prefix_that_can_be_misread_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigError) as refused:
        parse({"voucher_prefix": prefix})
    assert "which customers take for each other" in refused.value.problems["voucher_prefix"]


def test_points_have_a_price_by_currency() -> None:
    assert parse({"voucher_points": "100 EUR, 25 PLN"}).vouchers.points == {"EUR": 100, "PLN": 25}


def test_currencies_know_what_can_be_paid() -> None:
    assert [smallest(currency) for currency in ("EUR", "JPY", "KWD")] == [Decimal("0.01"), 1, Decimal("0.001")]


@given(percent=st.integers(1, 100), most=st.integers(1, 10**9 - 1), days=st.integers(1, 3650))
def test_what_is_written_is_what_is_read(percent: int, most: int, days: int) -> None:
    (tier,) = tiers(f"A={percent}%,at most {most} ,valid {days}d")

    assert (tier.percent, tier.most, tier.valid) == (percent, most, timedelta(days=days))
