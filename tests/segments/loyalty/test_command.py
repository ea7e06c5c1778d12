"""``crm loyalty``: what those who run the shop read and do."""

from collections.abc import Iterator

import pytest
import time_machine
from django.core.management import CommandError

from saleor_crm_plugin.segments.loyalty.models import Entry, Lot
from saleor_crm_plugin.segments.loyalty.spend import redeem
from saleor_crm_plugin.shop.sandbox import own_settings
from tests.segments.loyalty.ledgers import DAY, NOW, change, customer, earned, has, order
from tests.test_crm_command import crm

ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def _shop(db: None) -> Iterator[None]:
    for name, value in {"loyalty_since": "2026-01-01", "loyalty_tiers": "Silver = 100, 1.5\nGold = 500"}.items():
        own_settings.save(name, value)
    own_settings.save("time_zone", "Europe/Berlin")
    with time_machine.travel(NOW, tick=False):
        yield


def test_show_tells_what_a_customer_has_and_why() -> None:
    ada = customer()
    bought = earned(ada, 120)
    pending = order(ada, 30)
    redeem(ada, 20, "voucher:1", NOW)
    change(bought, refunded=60)

    lines = crm("loyalty", "show", " Ada@Example.com").splitlines()

    assert lines[:5] == [
        f"Contact {ada}: 40 points",
        "  pending: 30",
        "  expiring within 30 days: 0",
        "  next to expire: 40 on 2027-03-02",
        "  tier: none (60 points earned by orders in 365 days, 40 more for Silver)",
    ]
    assert lines[5:] == [
        f"  2026-03-02 13:00       -60  taken back: order {bought} was refunded, cancelled or changed",
        f"  2026-03-02 13:00       -20  spent on voucher:1: points of order {bought}",
        f"  2026-03-02 13:00       +30  for order {pending}",
        f"  2026-03-02 13:00            points of order {bought} are earned, and expire on 2027-03-02",
        f"  2026-03-02 13:00      +120  for order {bought}",
    ]


def test_show_tells_of_a_debt() -> None:
    ada = customer()
    bought = earned(ada, 500)
    redeem(ada, 20, "voucher:1", NOW)
    change(bought, refunded=500)

    lines = crm("loyalty", "show", ADA).splitlines()

    assert lines[0] == (
        f"Contact {ada}: -20 points. The next ones make up for what was taken back after it had been spent."
    )
    assert "next to expire" not in "\n".join(lines)


def test_show_names_the_tier() -> None:
    earned(customer(), 500)

    assert "  tier: Gold (500 points earned by orders in 365 days)" in crm("loyalty", "show", ADA).splitlines()


def test_every_movement_has_words() -> None:
    from saleor_crm_plugin.management.verbs.loyalty import _WORDS

    assert {kind for kind, _ in _WORDS} == set(Entry.Kind)


def test_show_tells_a_long_history_to_its_end() -> None:
    ada = customer()
    bought = order(ada, 1000)
    for cents in range(1, 602):
        change(bought, refunded=cents)

    assert len(crm("loyalty", "show", ADA).splitlines()) == 4 + 602


@pytest.mark.parametrize("words", [["show", "nobody@example.com"], ["show", ""], ["adjust", "no", "5", "--note", "x"]])
def test_somebody_unknown_is_an_error(words: list[str]) -> None:
    customer()

    with pytest.raises(CommandError, match="Nobody is known"):
        crm("loyalty", *words)


@pytest.mark.parametrize(
    "words", [[], ["dance"], ["show"], ["adjust", ADA], ["adjust", ADA, "5"], ["adjust", ADA, "x", "--note", "x"]]
)
def test_what_it_does_not_understand_is_an_error(words: list[str]) -> None:
    with pytest.raises(CommandError):
        crm("loyalty", *words)


def test_adjust_gives_and_takes_with_a_reason() -> None:
    ada = customer()

    given = crm("loyalty", "adjust", ADA, "50", "--note", "Sorry for the delay")
    taken = crm("loyalty", "adjust", ADA, "-20", "--note", "Too much")

    assert (given, taken) == (f"Contact {ada}: 50 points\n", f"Contact {ada}: 30 points\n")
    assert "+50  by hand: Sorry for the delay" in crm("loyalty", "show", ADA)


def test_adjust_lets_a_customer_owe_only_where_that_is_wanted() -> None:
    ada = customer()

    with pytest.raises(CommandError, match="0 are available"):
        crm("loyalty", "adjust", ADA, "-20", "--note", "Fraud")
    crm("loyalty", "adjust", ADA, "-20", "--note", "Fraud", "--allow-negative")

    assert has(ada).balance == -20


@pytest.mark.parametrize(
    ("points", "note", "why"),
    [
        ("0", "x", "or from -1000000000 to -1 to take some"),
        ("5", " ", "reason"),
        ("99999999999", "x", "from 1 to 1000000000"),
    ],
)
def test_adjust_says_what_is_wrong(points: str, note: str, why: str) -> None:
    customer()

    with pytest.raises(CommandError, match=why):
        crm("loyalty", "adjust", ADA, points, "--note", note)


def test_mature_does_what_is_due() -> None:
    ada = customer()
    order(ada, 100, fulfilled_at=NOW - 31 * DAY)

    assert crm("loyalty", "mature") == "Lots of points that moved: 1.\n"
    assert has(ada).balance == 100


def test_the_tick_does_what_is_due() -> None:
    ada = customer()
    order(ada, 100, fulfilled_at=NOW - 31 * DAY)

    assert "mature_points: 1" in crm("tick")
    assert has(ada).balance == 100


def test_rebuild_proves_every_balance() -> None:
    earned(customer(), 100)
    earned(customer("bea@example.com"), 100)

    assert crm("loyalty", "rebuild") == "Lots computed again: 2, of 2 customers. Differences: 0.\n"


def test_rebuild_fails_on_a_difference_names_it_and_repairs_it() -> None:
    ada = customer()
    bought = earned(ada, 100)
    Lot.objects.update(points=7)

    with pytest.raises(CommandError, match="--repair"):
        crm("loyalty", "rebuild")
    text = crm("loyalty", "rebuild", "--repair")

    assert text.splitlines() == [
        "Lots computed again: 1, of 1 customers. Differences: 1.",
        f"  contact {ada}, order:{bought}: points is 7, its movements say 100",
        "Lots repaired: 1.",
    ]
    assert has(ada).balance == 100


@pytest.mark.parametrize("words", [["show", ADA], ["adjust", ADA, "5", "--note", "x"], ["mature"]])
def test_settings_that_can_not_be_read_are_named(words: list[str]) -> None:
    customer()
    own_settings.save("loyalty_rates", "a lot")

    with pytest.raises(CommandError, match="Loyalty points: per unit of money"):
        crm("loyalty", *words)
