"""However many look at what is there, who comes back to what is sold out is noticed."""

import pytest

from saleor_crm_plugin import work
from saleor_crm_plugin.activity import interactions
from saleor_crm_plugin.activity import views as told_views
from saleor_crm_plugin.activity.models import View
from saleor_crm_plugin.activity.stock.models import StockInterest
from saleor_crm_plugin.contacts.models import Contact
from saleor_crm_plugin.flows.stock import views
from tests.flows.stock.waiting import switch_on, waits
from tests.road import Road

ADA = "ada@example.com"
CROWD = [f"customer{number}@example.com" for number in range(3)]


@pytest.fixture
def hat(road: Road) -> str:
    """A product that is there, and that Ada and a crowd once had in a cart."""
    switch_on(road)
    road.set(out_of_stock_enabled=True)
    variant = road.make_product("Hat")[0]
    for email in (ADA, *CROWD):
        road.cart(variant, email=email)
    road.work()
    return _product(road, variant)


@pytest.fixture
def shirt(road: Road) -> str:
    """A product that is sold out."""
    return _product(road, road.make_product("Linen shirt", stock=0)[0])


def test_a_crowd_that_comes_back_to_what_is_there_is_in_nobodys_way(
    road: Road, hat: str, shirt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(views, "MOST", 1)
    _look(road, shirt, ADA)
    road.work(work.notice_views)
    # when
    _look(road, shirt, ADA)
    for _ in range(2):
        _look(road, hat, *CROWD)
    road.work(work.notice_views)
    # then
    assert _noticed() == {ADA}


def test_a_crowd_that_comes_back_to_a_product_of_which_a_size_is_gone_is_in_nobodys_way(
    road: Road, hat: str, shirt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a size for which somebody waits, and another one that is there
    monkeypatch.setattr(views, "MOST", 1)
    small, large = road.make_product("Coat", variants=["S", "L"])
    road.set_stock(small, 0)
    waits(road, small, "bob@example.com")
    _look(road, shirt, ADA)
    road.work(work.notice_views)
    # when
    _look(road, shirt, ADA)
    for _ in range(2):
        _look(road, _product(road, large), *CROWD)
    road.work(work.notice_views)
    # then
    assert _noticed() == {ADA}


def test_a_crowd_at_one_product_keeps_no_other_from_being_watched(
    road: Road, hat: str, shirt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(views, "MOST_GOODS", 2)
    _look(road, shirt, ADA)
    _look(road, hat, *CROWD)
    road.work(work.notice_views)
    # when
    _look(road, shirt, ADA)
    road.work(work.notice_views)
    # then
    assert _noticed() == {ADA}


def test_those_for_whom_there_is_no_room_at_once_are_noticed_the_next_time(
    road: Road, hat: str, shirt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    monkeypatch.setattr(views, "MOST", 2)
    _look(road, shirt, *CROWD)
    road.work(work.notice_views)
    _look(road, shirt, *CROWD)
    road.work(work.notice_views)
    assert len(_noticed()) == 2
    # when
    road.wait(minutes=10)
    road.work(work.notice_views)
    # then
    assert _noticed() == set(CROWD)


def _product(road: Road, variant: str) -> str:
    return road.shop.availability([variant], road.channel)[variant].product_id


def _look(road: Road, product: str, *emails: str) -> None:
    """Each looks, one after the other, a moment after all that was."""
    interactions.make_room([road.now], told_views.TABLE)
    for contact in Contact.objects.filter(email__in=emails).order_by("pk"):
        road.wait(seconds=1)
        View.objects.create(
            event_id=f"{View.objects.count()}", at=road.now, kind="product_view", contact=contact, product_id=product
        )


def _noticed() -> set[str]:
    found = StockInterest.objects.filter(kind="view").values_list("contact__email", flat=True)
    return set(map(str, found))
