"""``crm vouchers``: what was granted and brought, and codes for a whole segment."""

import csv
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError

from saleor_crm_plugin import config
from saleor_crm_plugin.contacts.models import Suppression
from saleor_crm_plugin.contacts.suppression import suppress
from saleor_crm_plugin.segments.models import Membership
from saleor_crm_plugin.shop.sandbox import own_settings
from saleor_crm_plugin.vouchers import of_customer
from saleor_crm_plugin.vouchers.grant import Granted, Wanted, grant
from saleor_crm_plugin.vouchers.models import Grant
from saleor_crm_plugin.webhooks.handlers import handlers
from saleor_crm_plugin.webhooks.models import InboxItem
from tests.road import Road
from tests.test_crm_command import crm
from tests.vouchers.granting import NOON, Granting, met, used


def champions(*emails: str) -> None:
    for email in emails:
        Membership.objects.create(
            contact=met(email), kind="rfm", currency="EUR", segment="Champions", entered_at=NOON, cause="test"
        )


def granted(file: Path, *more: str) -> Sequence[dict[str, str]]:
    crm("vouchers", "--grant", "A", "--segment", "rfm:Champions", "--channel", "eu", "--csv", str(file), *more)
    with file.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def test_codes_are_written_for_the_owner_of_the_file_alone(shop: Granting, tmp_path: Path) -> None:
    champions("ada@example.com")
    (tmp_path / "before.csv").touch(0o644)

    for name in ("before.csv", "new.csv"):
        granted(tmp_path / name)

    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}


def test_codes_can_go_into_a_pipe(shop: Granting, tmp_path: Path) -> None:
    champions("ada@example.com")
    os.mkfifo(pipe := tmp_path / "pipe")
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    to = ["--segment", "rfm:Champions", "--channel", "eu", "--csv", str(pipe)]
    crm("vouchers", "--grant", "A", *to)

    assert b"ada@example.com" in os.read(reading, 10_000)
    os.close(reading)


def test_before_anything_is_granted_the_tiers_are_listed(shop: Granting) -> None:
    assert crm("vouchers").splitlines() == ["A: nothing granted yet", "B: nothing granted yet"]


def test_each_tier_tells_what_it_granted_and_what_that_brought(road: Road) -> None:
    # given
    road.set(voucher_tiers="A = 10 EUR, budget 50 EUR, at most 9\nB = 15 %")
    settings = config.parse(road.shop.configuration())
    wishes = [Wanted(str(n), settings.vouchers.tiers[0], met("ada@example.com").pk, "eu", "EUR") for n in range(3)]
    codes = [one.code for one in grant(road.shop, settings, wishes, road.now).values() if isinstance(one, Granted)]
    # when
    for code, email in zip(codes, ("ada@example.com", "bob@example.com"), strict=False):
        cart_id = road.make_cart(email=email)
        road.add_line(cart_id, road.make_product(price=Decimal("40.00"))[0])
        assert road.add_code(cart_id, code)
        road.place_order(cart_id)
    road.work()
    # then
    assert crm("vouchers").splitlines() == [
        "A: 3 granted, 3 of at most 9 in use, 2 redeemed, 1 shared",
        "  budget: 30.00 EUR of 50.00 EUR used",
        "  revenue of its orders: 60.00 EUR",
        "B: nothing granted yet",
    ]
    # and when their time is over
    road.wait(days=9)
    road.work()
    assert crm("vouchers").splitlines()[:2] == [
        "A: 3 granted, 2 of at most 9 in use, 2 redeemed, 1 shared",
        "  budget: 20.00 EUR of 50.00 EUR used",
    ]


def test_a_tier_that_is_no_longer_in_the_settings_is_still_told_of(shop: Granting) -> None:
    shop.code("1")
    own_settings.save("voucher_tiers", "B = 15 %")

    assert "A (no longer in the settings): 1 granted, 1 in use, 0 redeemed, 0 shared" in crm("vouchers")


def test_everybody_in_a_segment_gets_a_code_and_the_same_one_again(shop: Granting, tmp_path: Path) -> None:
    champions("ada@example.com", "bob@example.com", "out@example.com", "=1+1@example.com")
    suppress("out@example.com", Suppression.Reason.UNSUBSCRIBED, NOON)
    Membership.objects.filter(contact=met("bob@example.com")).update(left_at=None)

    first = granted(tmp_path / "first.csv")
    again = granted(tmp_path / "again.csv")
    other = granted(tmp_path / "other.csv", "--name", "summer")

    assert [row["email"] for row in first] == ["ada@example.com", "bob@example.com"]
    assert first == again
    assert {row["code"] for row in first} == set(Grant.objects.values_list("code", flat=True)[:2])
    assert not {row["code"] for row in other} & {row["code"] for row in first}
    assert {row["consented"] for row in first} == {"no"}
    assert used("A")[0] == 4


def test_the_same_codes_again_end_in_the_same_words(shop: Granting, tmp_path: Path) -> None:
    own_settings.save("time_zone", "Europe/Berlin")
    champions("ada@example.com")

    first, again = granted(tmp_path / "first.csv"), granted(tmp_path / "again.csv")

    assert first == again
    assert "T00:00:00+0" in first[0]["expires_at"]


def test_until_when_a_code_is_good_is_its_last_day(shop: Granting) -> None:
    ada, berlin = met("ada@example.com"), ZoneInfo("Europe/Berlin")
    shop.settings = replace(shop.settings, time_zone=berlin)
    shop.code("1")

    (line,) = of_customer.tell(ada.pk, berlin)

    assert "until 2026-03-09)" in line


def test_who_left_the_segment_gets_none(shop: Granting, tmp_path: Path) -> None:
    champions("ada@example.com", "bob@example.com")
    Membership.objects.filter(contact=met("bob@example.com")).update(left_at=NOON + timedelta(days=1))

    assert [row["email"] for row in granted(tmp_path / "codes.csv")] == ["ada@example.com"]


def test_where_the_tier_ends_the_rest_is_counted(shop: Granting, tmp_path: Path) -> None:
    own_settings.save("voucher_tiers", "A = 20 %, at most 2")
    champions(*(f"customer{n}@example.com" for n in range(5)))

    told = crm(
        "vouchers", "--grant", "A", "--segment", "rfm:Champions", "--channel", "eu", "--csv", str(tmp_path / "x.csv")
    )

    assert told.splitlines() == ["2 codes written.", "  3 got none: as many codes as the tier allows are out"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--grant", "A"], "--segment, --channel, --csv"),
        (["--segment", "score:A", "--csv", "x"], "Only with --grant TIER: --segment, --csv"),
        (["--channel", "eu"], "Only with --grant TIER: --channel"),
        (["--name", "summer"], "Only with --grant TIER: --name"),
        (["--grant", "Z", "--segment", "score:A", "--channel", "eu", "--csv", "x"], "no such tier"),
        (["--grant", "A", "--segment", "Champions", "--channel", "eu", "--csv", "x"], "with its kind"),
        (["--grant", "A", "--segment", "rfm:Champion", "--channel", "eu", "--csv", "x"], "“Champion” is not known"),
        (["--grant", "A", "--segment", "score:a", "--channel", "eu", "--csv", "x"], "there are A, B"),
        (["--grant", "A", "--segment", "lifecycle:nope", "--channel", "eu", "--csv", "x"], "at_risk, lapsed"),
        (["--grant", "A", "--segment", "score:A", "--channel", "nowhere", "--csv", "x"], "no such channel"),
        (["--grant", "A", "--segment", "score:A", "--channel", "eu", "--csv", "/no/where"], "/no/where"),
    ],
)
def test_what_can_not_be_done_is_said(shop: Granting, words: list[str], why: str) -> None:
    with pytest.raises(CommandError, match=why):
        crm("vouchers", *words)


def test_a_segment_that_is_misspelt_leaves_the_file_as_it_was(shop: Granting, tmp_path: Path) -> None:
    champions("ada@example.com")
    before = granted(tmp_path / "codes.csv")

    with pytest.raises(CommandError, match="Champions"):
        crm(
            "vouchers", "--grant", "A", "--segment", "rfm:Champion",
            "--channel", "eu", "--csv", str(tmp_path / "codes.csv"),
        )  # fmt: skip

    with (tmp_path / "codes.csv").open(newline="", encoding="utf-8") as lines:
        assert list(csv.DictReader(lines)) == before


def test_an_order_redeems_through_the_inbox(shop: Granting) -> None:
    order = shop.order(shop.code("1"))

    handlers(shop.shop, shop.settings)[InboxItem.Kind.ORDER]([order], shop.now)

    assert Grant.objects.get().redeemed_order_id == order
