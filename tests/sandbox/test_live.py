"""The carts that lie in the demo shop now."""

from datetime import UTC, datetime, timedelta

import pytest

from saleor_crm_plugin.shop.sandbox.generate import generate
from saleor_crm_plugin.shop.sandbox.live import KINDS, live_carts
from saleor_crm_plugin.shop.sandbox.progress import quiet
from saleor_crm_plugin.shop.sandbox.shop import SandboxShop
from saleor_crm_plugin.shop.sandbox.storefront import lost

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
SHOP = SandboxShop()


@pytest.fixture
def carts(db: None) -> dict[str, list[str]]:
    generate(NOW, products=80, customers=120, progress=quiet)
    return live_carts(NOW, each=2, hook=lost)


def test_there_are_carts_of_every_kind(carts: dict[str, list[str]]) -> None:
    assert list(carts) == list(KINDS)
    every = [cart_id for ids in carts.values() for cart_id in ids]
    assert len(every) == len(set(every)) == 2 * len(KINDS)


def test_they_are_as_old_as_their_kind_says(carts: dict[str, list[str]]) -> None:
    ages = {kind: [NOW - cart.changed_at for cart in SHOP.carts(ids).values()] for kind, ids in carts.items()}
    assert all(age < timedelta(hours=1) for age in ages["fresh"])
    assert all(age > timedelta(hours=24) for age in ages["idle a day"])
    others = [age for kind, group in ages.items() if kind not in ("fresh", "idle a day") for age in group]
    assert all(timedelta(hours=4) < age < timedelta(hours=24) for age in others)


def test_they_are_as_their_kind_says(carts: dict[str, list[str]]) -> None:
    now = {kind: list(SHOP.carts(ids).values()) for kind, ids in carts.items()}
    priced = {kind: [cart.lines for cart in SHOP.priced_carts(ids).values()] for kind, ids in carts.items()}
    assert all(not cart.lines for cart in now["emptied"])
    assert now["bought"] == []
    assert set(SHOP.orders_of_carts(carts["bought"])) == set(carts["bought"])
    assert all(not line.available for lines in priced["sold out"] for line in lines)
    assert all([line.available for line in lines] == [False, True, True] for lines in priced["partly sold out"])
    assert all(cart.consent and not cart.consent.granted for cart in now["no consent"])
    assert all(cart.consent is None and cart.email for cart in now["never asked"])
    assert all(not cart.email for cart in now["no email"])
    assert all(cart.email and not cart.user_id for cart in now["guest"] + now["changed email"])
    assert all(line.unit_price < line.undiscounted_unit_price for lines in priced["price dropped"] for line in lines)
    assert all(cart.lines[0].quantity == 3 for cart in now["quantity changed"])
    assert all(cart.consent and cart.consent.granted and cart.email for cart in now["idle"] + now["hook lost"])


def test_they_speak_several_languages_and_pay_in_both_currencies(carts: dict[str, list[str]]) -> None:
    every = SHOP.carts([cart_id for ids in carts.values() for cart_id in ids]).values()
    assert {cart.language for cart in every} >= {"en", "de", "fr", "pl"}
    assert {cart.currency for cart in every} == {"EUR", "PLN"}


def test_the_same_seed_leaves_the_same_carts(carts: dict[str, list[str]]) -> None:
    generate(NOW, products=80, customers=120, progress=quiet)
    assert live_carts(NOW, each=2, hook=lost) == carts


def test_a_small_shop_has_room_for_them(db: None) -> None:
    generate(NOW, products=20, customers=40, progress=quiet)
    assert len(live_carts(NOW, each=1, hook=lost)) == len(KINDS)


def test_nobody_is_told_of_carts_whose_hook_was_lost(db: None, django_capture_on_commit_callbacks: object) -> None:
    generate(NOW, products=60, customers=100, progress=quiet)
    told: set[str] = set()
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        carts = live_carts(NOW, each=2, hook=lambda kind, object_id: told.add(object_id))
    assert told >= set(carts["idle"])
    assert told.isdisjoint(carts["hook lost"])
